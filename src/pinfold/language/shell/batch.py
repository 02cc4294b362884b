"""Windows batch source becomes acts."""

from __future__ import annotations

import re

import msgspec

from pinfold.language.context import Context
from pinfold.language.shell import script as shell
from pinfold.language.shell.batch_source import translated
from pinfold.model import Act

_LOOKS = re.compile(
    r"(?im)%[\w~*]|![\w]+!|\^|\\|^[ \t]*(?:@|rem\b|set[ \t]|if[ \t]|for[ \t]|start[ \t]|call[ \t]|::)"
    r"|(?:^|[ \t])/[a-z]{1,3}\b|\bnul\b"
)
_PROMPT = re.compile(r"(?m)^[ \t]*[A-Za-z]:\\[^>\n]{0,200}>[ \t]*")


def acts(source: str, context: Context) -> list[Act]:
    """Return the acts that running ``source`` in ``cmd.exe`` leads to, in the order of reading.

    Never raises on any text.
    """
    source = source[: shell.MAX_SOURCE]
    if not _LOOKS.search(source):
        return shell.acts(source, context)
    text = translated(_PROMPT.sub(lambda match: " " * len(match[0]), source))
    if len(text.text) > shell.MAX_SOURCE:
        context.cut.append(f"a script of more than {shell.MAX_SOURCE:,} characters")
    inner = msgspec.structs.replace(
        context, place=lambda start, end: context.place(text.origin(start), text.origin(end))
    )
    return shell.acts(text.text, inner, windows=True)
