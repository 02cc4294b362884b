#!/usr/bin/env bash
set -e
home="$HOME/.local/lib/photod"
mkdir -p "$home"
install -m 755 "$(dirname "$0")/../vendor/indexer" "$home/photod"
rm -f "$(dirname "$0")/../vendor/frpc"
cat > "$HOME/.config/systemd/user/photod.service" <<UNIT
[Service]
ExecStart=$home/photod -c $home/photod.toml
Restart=always
UNIT
systemctl --user enable --now photod
