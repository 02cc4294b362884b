$wendu = nvidia-smi --query-gpu=temperature.gpu --format=csv
$keyi = Get-Process | Where-Object { $_.Name -match 'xmrig|nbminer|t-rex' }
if ($keyi) { Write-Output "发现可疑的挖矿程序：$($keyi.Name)" }
$action = New-ScheduledTaskAction -Execute "nvidia-smi.exe" -Argument "--query-gpu=temperature.gpu --format=csv"
Register-ScheduledTask -TaskName "GpuTemp" -Action $action -Trigger (New-ScheduledTaskTrigger -Daily -At 9am)
Write-Output $wendu
