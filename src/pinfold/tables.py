"""The dated data files of Pinfold: tables in TOML, which a wheel carries as MessagePack.

People read and change TOML; Python's parser needs longer for the largest of them than a scan for a skill. A checkout
has only the TOML, a wheel only what was made of it (``hatch_build.py``), so neither can be out of date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

SUFFIX = ".msgpack"
"""What the name of a table ends with in a wheel."""


def table(folder: Path, name: str) -> dict[str, Any]:
    """Return the table ``name``, given without a suffix, that lies in a folder of the package."""
    try:
        packed = (folder / f"{name}{SUFFIX}").read_bytes()
    except FileNotFoundError:
        import tomllib  # noqa: PLC0415  # a wheel never needs it

        return tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    return msgspec.msgpack.decode(packed, type=dict[str, Any])


def pack(content: dict[str, Any]) -> bytes:
    """Return a table in the form that a wheel carries."""
    return msgspec.msgpack.encode(content)
