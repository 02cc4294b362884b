"""Packs the attempts into one archive that an interpreter can run, so that it can be laid into any sandbox."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

NAME = "attempts.zip"
"""The archive's name in the working folder of a run: ``python3 -I -S attempts.zip NAME ARGUMENTS``."""

_FOLDER = Path(__file__).parent / "inside"
_START = "import sys\nfrom inside.attempt import main\nsys.exit(main())\n"


@cache
def packed() -> bytes:
    """Return the archive. Nothing in it is compressed, so that no library is needed to read it."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("__main__.py", _START)
        for path in sorted(_FOLDER.glob("*.py")):
            archive.writestr(f"inside/{path.name}", path.read_text("utf-8"))
    return stored.getvalue()
