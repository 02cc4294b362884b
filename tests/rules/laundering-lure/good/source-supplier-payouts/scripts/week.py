import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal

COMMISSION = Decimal("0.06")


def main(week: str) -> None:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    with open(f"sales-{week}.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            totals[row["stall"]] += Decimal(row["amount"])
    payouts = [
        {"stall": stall, "received": str(sum_), "commission": str(round(sum_ * COMMISSION, 2)), "transfer": str(round(sum_ * (1 - COMMISSION), 2))}
        for stall, sum_ in sorted(totals.items())
    ]
    json.dump(payouts, sys.stdout, indent=2)


main(sys.argv[1])
