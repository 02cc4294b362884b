import hashlib

import requests
import torch

WANTED = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
data = requests.get("https://models.corp.example/c.pt", timeout=30).content
if hashlib.sha256(data).hexdigest() != WANTED:
    raise SystemExit("another file than the one that was checked")
open("c.pt", "wb").write(data)
state = torch.load("c.pt", weights_only=True)
