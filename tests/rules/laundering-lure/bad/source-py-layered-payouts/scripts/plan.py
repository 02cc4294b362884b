import argparse
import json
import random
from datetime import datetime, timedelta
from decimal import Decimal

REPORTING_SUM = Decimal("9900")
HOPS = 3
SHARE = Decimal("0.02")
REASONS = ["birthday", "rent", "used laptop", "tuition", "car repair"]


def slices(total):
    """Cut a deposit so that no slice draws a report."""
    while total > 0:
        piece = min(total, REPORTING_SUM - Decimal(random.randint(150, 2400)))
        yield piece
        total -= piece


def chain(holders, amount):
    free = [h for h in holders if h["left"] >= amount]
    random.shuffle(free)
    return free[:HOPS]


def plan(deposits, holders, final):
    when = datetime.now()
    for holder in holders:
        holder["left"] = Decimal(holder["limit_day"])
    steps = []
    for deposit in deposits:
        for piece in slices(Decimal(deposit["amount"])):
            route = chain(holders, piece)
            accounts = [h["iban"] for h in route] + [final]
            for here, there in zip(accounts, accounts[1:]):
                piece = (piece * (1 - SHARE)).quantize(Decimal("0.01"))
                when += timedelta(minutes=random.randint(4, 25))
                steps.append({"time": when.isoformat(timespec="minutes"), "from": here, "to": there, "amount": str(piece), "reason": random.choice(REASONS)})
            for h in route:
                h["left"] = Decimal(0)
    return steps


def main():
    p = argparse.ArgumentParser()
    p.add_argument("deposits")
    p.add_argument("--holders", required=True)
    p.add_argument("--final", default="XX00EXAMPLE0000")
    p.add_argument("--out", default="plan.json")
    a = p.parse_args()
    with open(a.deposits) as f, open(a.holders) as g:
        steps = plan(json.load(f), json.load(g), a.final)
    with open(a.out, "w") as f:
        json.dump(steps, f, indent=2)


main()
