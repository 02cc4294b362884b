#!/bin/bash
# Usage: show.sh FILE
# Prints the first lines of FILE.
if [ "$1" = --help ]; then
  sed -n '2,3p' "$0" | cut -c3-
  exit 0
fi
head "$1"
