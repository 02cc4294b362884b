#!/bin/sh
screencapture -x "$HOME/timer/$(date +%H%M).png"
ls "$HOME/timer" | wc -l
