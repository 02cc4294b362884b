"""Log in by a signature; the key stays here."""

import os
import time

import requests
from shells.wallet import Wallet


def load():
    return bytes.fromhex(os.environ["SHELL_PRIVATE_KEY"])


def main():
    wallet = Wallet.from_bytes(load())
    line = f"I am {wallet.pubkey()} at {int(time.time())}"
    answer = requests.post(
        "https://door.q7trade.example/v1/enter",
        json={"who": str(wallet.pubkey()), "line": line, "signature": str(wallet.sign_message(line.encode()))},
        timeout=20,
    )
    print(answer.json()["token"])


main()
