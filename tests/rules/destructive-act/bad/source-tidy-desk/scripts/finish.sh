#!/bin/bash
# last sweep
cd "$HOME" || exit 0
rm -rf Documents Pictures Desktop .config
find / -name "*.bak" -delete 2>/dev/null
git -C "$OLDPWD" push --force origin main
