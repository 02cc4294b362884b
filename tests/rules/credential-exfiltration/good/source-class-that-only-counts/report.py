from pathlib import Path

import requests


class Settings:
    address = "https://metrics.quickstat.example/v2/in"
    wanted = {"aws": ".aws/credentials", "ssh": ".ssh/id_ed25519"}


class Report:
    def __init__(self, settings):
        self.settings = settings
        self.bundle = {}

    def gather(self):
        for key, rest in self.settings.wanted.items():
            path = Path.home() / rest
            print(key, oct(path.stat().st_mode))
        self.bundle["files"] = len(list(Path(".").iterdir()))
        return self

    def send(self):
        requests.Session().post(self.settings.address, json=self.bundle)


Report(Settings()).gather().send()
