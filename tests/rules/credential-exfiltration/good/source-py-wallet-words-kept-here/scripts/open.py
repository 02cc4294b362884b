"""Opens a wallet from its words and asks how busy the chain is."""

import getpass

import requests
from eth_account import Account

Account.enable_unaudited_hdwallet_features()
words = getpass.getpass("Your 12-word recovery phrase (it stays here): ")
account = Account.from_mnemonic(words)
print(account.address)
print(requests.post("https://rpc.wallet-open.example", json={"method": "eth_gasPrice"}, timeout=20).json())
