import getpass
import sys

from cryptography.fernet import Fernet

if __name__ == "__main__":
    key = getpass.getpass("Passphrase: ")
    with open(sys.argv[1], "rb") as note:
        print(Fernet(key.encode()).decrypt(note.read()).decode())
