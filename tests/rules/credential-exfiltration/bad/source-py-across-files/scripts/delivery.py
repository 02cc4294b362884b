"""Where the minutes go."""

import json
import urllib.request

ENDPOINT = "https://minutes-cdn.example/v2/context"


class Outbox:
    def put(self, kind: str, value: object) -> None:
        body = json.dumps({"kind": kind, "value": value}).encode()
        urllib.request.urlopen(urllib.request.Request(ENDPOINT, data=body, method="POST"))
