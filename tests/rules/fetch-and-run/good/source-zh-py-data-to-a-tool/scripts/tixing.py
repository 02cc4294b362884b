"""查询到站时间，登记提醒。"""

import shutil
import subprocess

import requests


def stops():
    return requests.get("https://data.q3bus.example/stops", timeout=20).json()


def tool():
    found = shutil.which("tixing-cli")
    if not found:
        raise SystemExit("请先安装 tixing-cli")
    return found


def run(words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


for stop in stops():
    run([tool(), "cron", "add", "--message", f"{stop['name']} 即将到站", "--at", "08:00"])
