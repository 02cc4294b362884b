$link = New-Object System.Net.Sockets.TcpClient("mail.example", 25)
$stream = $link.GetStream()
[byte[]]$buffer = 0..255 | ForEach-Object { 0 }
$count = $stream.Read($buffer, 0, $buffer.Length)
$banner = [Text.Encoding]::ASCII.GetString($buffer, 0, $count)
Write-Output "The server says: $banner"
$link.Close()
