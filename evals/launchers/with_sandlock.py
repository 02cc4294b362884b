"""Runs a command under sandlock: ``with_sandlock.py FOLDER COMMAND …``, with the Python that has sandlock.

The grants are those of ``with_landlock.py``; for the network it is sandlock's own default, which denies all of it.
"""

from __future__ import annotations

import sys

from sandlock import Sandbox  # type: ignore[import-not-found]
from with_landlock import DEVICES, READ

if __name__ == "__main__":
    folder, *command = sys.argv[1:]
    box = Sandbox(fs_readable=READ, fs_writable=[folder, *DEVICES], cwd=folder)
    sys.exit(box.run_interactive(command))
