import os

IN_CONTAINER = os.path.exists("/.dockerenv")
DATA = "/data" if IN_CONTAINER else os.path.expanduser("~/data")
print(DATA)
