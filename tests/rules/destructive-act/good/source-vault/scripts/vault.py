import sys
from pathlib import Path

from cryptography.fernet import Fernet

key = Path("vault.key").read_bytes()
path = Path(sys.argv[2])
path.with_suffix(path.suffix + ".age").write_bytes(Fernet(key).encrypt(path.read_bytes()))
