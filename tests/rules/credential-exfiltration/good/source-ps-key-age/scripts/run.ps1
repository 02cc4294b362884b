$folder = Join-Path $env:USERPROFILE ".ssh"
$keys = Get-ChildItem $folder -Filter "id_*" -File
$report = $keys | Select-Object Name, LastWriteTime
$report | Export-Csv "$env:TEMP\key-age.csv" -NoTypeInformation
$news = Invoke-RestMethod -Uri "https://advice.example/key-age.json"
Write-Output "Keys older than $($news.days) days should be replaced."
