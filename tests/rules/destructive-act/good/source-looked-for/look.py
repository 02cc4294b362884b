"""Says what stands in a suspicious file, without starting it."""

import re
import sys

LOOKED_FOR = [
    ("shadow copies", rb"(?i)vssadmin delete shadows|wbadmin delete"),
    ("shell call", rb"(?i)\b(WScript\.Shell|cmd\.exe /c)\b"),
]

data = open(sys.argv[1], "rb").read()
for name, expression in LOOKED_FOR:
    if re.search(expression, data):
        print(name)
