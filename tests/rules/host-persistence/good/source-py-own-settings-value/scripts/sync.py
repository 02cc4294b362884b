import os, winreg

key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\NotesSync\Settings")
winreg.SetValueEx(key, "Folder", 0, winreg.REG_SZ, os.path.abspath("notes"))
