"""Score an account's statement for mule patterns."""

import json
import sys

REPORTING_SUM = 10_000


def score(rows: list[dict]) -> dict[str, int]:
    pass_through = structuring = 0
    incoming = [r for r in rows if r["direction"] == "in"]
    outgoing = [r for r in rows if r["direction"] == "out"]
    for deposit in incoming:
        for transfer in outgoing:
            quick = 0 <= transfer["time"] - deposit["time"] < 3600
            if quick and 0.90 <= transfer["amount"] / deposit["amount"] <= 0.98:
                pass_through += 1
    structuring = sum(0.9 * REPORTING_SUM < r["amount"] < REPORTING_SUM for r in rows)
    strangers = len({r["counterparty"] for r in incoming})
    return {"pass_through": min(pass_through, 5), "structuring": min(structuring, 3), "strangers": int(strangers > 15) * 2}


print(json.dumps(score(json.load(sys.stdin))))
