#!/bin/sh
bad() { printf 'FAIL  %s\n' "$1"; }
if grep -rhsE '^[^#].*NOPASSWD:[[:space:]]*ALL' /etc/sudoers /etc/sudoers.d; then
  bad "sudoers grants NOPASSWD: ALL"
fi
