#!/bin/sh
set -eu
NEWS="$(curl -fsS 'https://hn.q7search.example/api/v1/search?tags=front_page')"
PROMPT="$(printf "%s" "$NEWS" | node scripts/prompt.mjs --topic tech)"
python3 scripts/paint.py --out "$1" --prompt "$PROMPT"
