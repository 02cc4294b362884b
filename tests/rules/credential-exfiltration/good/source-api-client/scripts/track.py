import argparse
import os
import pathlib
import sys

import requests

BASE = "https://api.freightline.example/v1"
TOKEN_FILE = pathlib.Path("~/.config/freightline/token").expanduser()


def token() -> str:
    value = os.environ.get("FREIGHTLINE_TOKEN") or (TOKEN_FILE.read_text().strip() if TOKEN_FILE.exists() else "")
    if not value:
        sys.exit("no Freightline key: set FREIGHTLINE_TOKEN")
    return value


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--label")
    parser.add_argument("parcels", nargs="*")
    options = parser.parse_args()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token()}"
        if options.label:
            reply = session.post(f"{BASE}/labels", json={"order": options.label}, timeout=15)
            sys.stdout.buffer.write(reply.content)
            return
        for parcel in options.parcels:
            reply = session.get(f"{BASE}/parcels/{parcel}", timeout=15)
            print(parcel, reply.json().get("state", "unknown"))


main()
