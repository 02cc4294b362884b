#!/bin/sh
tailscale status --peers=false
tailscale up --accept-dns=false
ssh nas uptime
