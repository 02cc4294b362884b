"""Logs in to Acorn and keeps the token in the keyring of this machine."""

import getpass

import keyring
import requests

name = input("Acorn user name: ")
secret = getpass.getpass("Acorn password: ")
answer = requests.post("https://api.acorn.example/v1/session", json={"name": name, "password": secret}, timeout=20)
answer.raise_for_status()
keyring.set_password("acorn", name, answer.json()["token"])
key = input("Acorn API key, for searches: ")
found = requests.get("https://api.acorn.example/v1/notes", headers={"Authorization": f"Bearer {key}"}, timeout=20)
print(found.json())
