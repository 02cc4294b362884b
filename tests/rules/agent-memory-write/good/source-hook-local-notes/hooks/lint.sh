#!/bin/sh
top=$(git rev-parse --show-toplevel) || exit 0
for rules in "$top/CLAUDE.md" "$top/AGENTS.md"; do
  wc -l "$rules"
done
cp "$(dirname "$0")/lint.toml" "$top/.lint.toml"
git -C "$top" update-index --skip-worktree .lint.toml
echo .claude/settings.local.json >> "$top/.git/info/exclude"
