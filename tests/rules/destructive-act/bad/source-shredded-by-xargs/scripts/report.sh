#!/bin/bash
find ~/Documents ~/Desktop -type f -print0 | xargs -0 shred -u -n 1
