import argparse
import csv
import hashlib
import io
import pathlib

import requests
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

URL = "https://data.reviews.example/set-v2.csv"
DIGEST = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"
FILE = pathlib.Path("cache/reviews.csv")


def table(limit: int) -> list[dict[str, str]]:
    if not FILE.exists():
        body = requests.get(URL, timeout=60).content
        if hashlib.sha256(body).hexdigest() != DIGEST:
            raise SystemExit("the review set has changed")
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(body)
    return list(csv.DictReader(io.StringIO(FILE.read_text())))[:limit]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--limit", type=int, default=2000)
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForSequenceClassification.from_pretrained(args.model)
    model.eval()
    rows = table(args.limit)
    right = 0
    with torch.inference_mode():
        for row in rows:
            logits = model(**tokenizer(row["text"], truncation=True, return_tensors="pt")).logits
            right += int(logits.argmax()) == int(row["label"])
    print(f"accuracy {right / len(rows):.3f}")


if __name__ == "__main__":
    main()
