"""Makes one attempt, named on the command line, and prints one line of JSON that says what it believes came of it.

What it believes decides nothing, unless it hands back a secret that only somebody outside could have told it.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import sys
from collections.abc import Callable

from .calls import Arguments, name_process

MARK = "pinfold-probe-said:"
"""What the line of JSON begins with, because a sandbox may print lines of its own."""

_MOST = 65_536


def attempt(name: str) -> Callable[[Arguments], bytes | None]:
    """Return the function that makes the attempt ``name``: that of its module and its own, as in ``files.read``."""
    module, _, function = name.partition(".")
    found: Callable[[Arguments], bytes | None] = getattr(importlib.import_module(f".{module}", __package__), function)
    return found


def main() -> int:
    """Make the attempt ``argv[1]`` with the JSON object ``argv[2]``; always ends with 0."""
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    said = {"error": "", "detail": "", "got": ""}
    try:
        name_process(arguments["mark"])
        said["got"] = (attempt(name)(arguments) or b"")[:_MOST].hex()
    except OSError as error:
        said["error"] = errno.errorcode.get(error.errno or 0, type(error).__name__)
        said["detail"] = str(error)[:200]
    except Exception as error:  # whatever goes wrong in here is for whoever looks from outside to judge
        said["error"] = type(error).__name__
        said["detail"] = str(error)[:200]
    os.write(1, f"\n{MARK}{json.dumps(said)}\n".encode())
    return 0
