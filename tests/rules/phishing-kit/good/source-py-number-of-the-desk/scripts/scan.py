"""Looks for attachments that the office does not allow."""

import pathlib

found = [path for path in pathlib.Path("inbox").rglob("*.exe")]
for path in found:
    print(f"Not allowed: {path}")
print("Questions? Call the help desk at 555-0100.")
