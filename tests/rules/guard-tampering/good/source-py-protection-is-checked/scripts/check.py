"""Checks how this machine is protected."""

import subprocess

state = subprocess.run(["netsh", "advfirewall", "show", "allprofiles"], capture_output=True, text=True, check=False).stdout
if "OFF" in state:
    print("The firewall is off. Turn on the firewall before you go on.")
print("Never disable Windows Defender or the firewall to make a program work; ask your administrator first.")
