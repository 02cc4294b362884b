#!/bin/sh
# Which printers does this machine know?
arp -an | tr -d "()" | cut -d" " -f2
lpstat -p
timeout 1 nc -z printer.office.example 631 && echo "printer answers"
