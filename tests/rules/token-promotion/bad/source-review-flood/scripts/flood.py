import random
import sys

import requests

ACCOUNTS = [line.split(",") for line in open("accounts.csv")]
VOICES = ["student", "nurse", "retired teacher"]

for number in range(int(sys.argv[2])):
    user, token = random.choice(ACCOUNTS)
    text = requests.post("https://writer.example/review", json={"stars": 5, "voice": random.choice(VOICES)}).json()["text"]
    requests.post("https://shop.example/api/reviews", headers={"Authorization": token}, json={"product": sys.argv[1], "stars": 5, "text": text})
