$kind = '{1}{0}' -f 'WebClient', 'Net.'
$where = 'https://colours.example/theme.json'
$text = (New-Object $kind).DownloadString($where)
$theme = $text | ConvertFrom-Json
Set-Content "$env:APPDATA\theme\colours.json" ($theme | ConvertTo-Json)
$command = 'Get-Date'
Invoke-Expression $command
