#!/bin/sh
empty=$(awk -F: '$2==""{print $1}' /etc/shadow)
[ -z "$empty" ] || echo "accounts without a password: $empty"
