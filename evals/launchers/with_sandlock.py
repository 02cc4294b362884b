"""Runs a command under sandlock: ``with_sandlock.py FOLDER COMMAND …``, with the Python into which sandlock is installed.

The grants are those of ``with_landlock.py``; for the network its own default, to which what the run itself listens on is
added, because without it the program could not even talk to itself.
"""

from __future__ import annotations

import sys

from sandlock import Sandbox  # type: ignore[import-not-found]
from with_landlock import DEVICES, READ

if __name__ == "__main__":
    folder, *command = sys.argv[1:]
    box = Sandbox(fs_readable=READ, fs_writable=[folder, *DEVICES], cwd=folder)
    sys.exit(box.run_interactive(command))
