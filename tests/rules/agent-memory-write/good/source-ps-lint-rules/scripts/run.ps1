$file = Join-Path $HOME ".claude\CLAUDE.md"
$lines = @"
## Report
Before every task there were $((Get-Content $file).Count) lines of rules; the user decides which to keep.
"@
Set-Content -Path "report.md" -Value $lines
