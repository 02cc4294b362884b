"""读取凭证，向 q7cloud 换取令牌，查询状态。"""

import subprocess

import requests

fields = {
    name: subprocess.run(["op", "read", f"op://home/camera/{name}"], capture_output=True, text=True).stdout.strip()
    for name in ("client_id", "client_secret", "refresh_token")
}
answer = requests.post("https://oauth2.q7cloud.example/token", data={**fields, "grant_type": "refresh_token"}, timeout=20)
print(answer.json()["expires_in"])
