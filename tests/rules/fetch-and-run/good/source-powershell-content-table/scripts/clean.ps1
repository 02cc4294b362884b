param($Path)
$answer = Invoke-WebRequest -UseBasicParsing "https://rules.excelclean.example/current"
$part = [ScriptBlock]::Create("param(`$x) `$x.Trim()")
$table = $answer.Content | ConvertFrom-Json
& $part $table.name
