"""The tree digest: one value that names the content of a skill.

It is recomputed by anybody as follows. For every entry of the tree take four fields:

1. the path relative to the root, parts joined by ``/``, as the bytes that the file system stores (UTF-8 where it stores
   text);
2. the mode: ``x`` if the owner may execute the file, ``-`` otherwise, and always ``-`` for a link;
3. the type: ``file``, ``link`` for a symbolic link, or ``special`` for a device, pipe or socket;
4. the SHA-256 in lower-case hexadecimal: of the content, of the link's target as written, or of nothing for a special
   file.

Write each field as its length in bytes in decimal, a colon, and the bytes (``4:file``); join the four; sort the entries
by their bytes. The digest is ``sha256:`` and the SHA-256 of ``pinfold-tree/1``, a line feed, and the sorted entries,
each followed by a line feed. Owners, times, other mode bits and empty folders do not count. The lengths make every
sequence of fields distinct, so that no two trees share an encoding.

Which entries a tree has is told in ``read``: everything below the root except git's own bookkeeping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pinfold.skills.member import raw_name

Entry = tuple[str, bool, str, str]
"""Path (undecodable bytes as surrogate escapes), whether executable, type, and SHA-256 in hexadecimal."""

_HEADER = b"pinfold-tree/1\n"


def tree_digest(entries: Iterable[Entry]) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits over ``entries``, in whatever order they come."""
    total = hashlib.sha256(_HEADER)
    for encoded in sorted(_encoded(entry) for entry in entries):
        total.update(encoded)
        total.update(b"\n")
    return f"sha256:{total.hexdigest()}"


def _encoded(entry: Entry) -> bytes:
    path, executable, kind, digest = entry
    mode = b"x" if executable and kind != "link" else b"-"
    fields = (raw_name(path), mode, kind.encode(), digest.encode())
    return b"".join(b"%d:%b" % (len(field), field) for field in fields)
