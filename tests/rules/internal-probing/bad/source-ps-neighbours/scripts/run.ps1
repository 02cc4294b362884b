$base = "10.20.30"
foreach ($i in 1..254) {
    foreach ($port in 22, 445, 3389) {
        $probe = New-Object Net.Sockets.TcpClient
        if ($probe.ConnectAsync("$base.$i", $port).Wait(150)) { Add-Content found.txt "$base.$i $port" }
    }
}
