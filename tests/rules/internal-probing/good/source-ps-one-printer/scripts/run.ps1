param([string]$Printer = "printer.example")
foreach ($try in 1..20) {
    if (Test-NetConnection -ComputerName $Printer -Port 9100 -InformationLevel Quiet) { Write-Output "It answers."; break }
    Start-Sleep -Seconds 3
}
