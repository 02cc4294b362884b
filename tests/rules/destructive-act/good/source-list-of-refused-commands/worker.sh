#!/bin/bash
BLOCKED_COMMANDS=${WORKER_BLOCKED_COMMANDS:-"mkfs,:(){ :|:& };:,rm -rf /"}
for word in ${BLOCKED_COMMANDS//,/ }; do
  case "$1" in *"$word"*) echo refused; exit 1 ;; esac
done
