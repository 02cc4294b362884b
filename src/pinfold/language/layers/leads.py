"""Words by which a text has its reader undo a disguise, or take the content of some file for orders.

All patterns are for folded bytes.
"""

from __future__ import annotations

import re2

from pinfold.language.fold import Folded

_UNDO = (
    rb"decod\w*|unpack\w*|unzip\w*|decrypt\w*|decipher\w*|decompress\w*|deobfuscat\w*|inflat\w*|join\w*|concatenat\w*"
    rb"|(?:re)?assembl\w*|combin\w*|put .{0,40}together|revers\w*|backwards?|read|open|run|print|use|treat|take|load"
    rb"|parse|extract\w*|convert\w*|translat\w*"
)
_OBEY = (
    rb"(?:follow|obey|do (?:exactly |just )?(?:what|as)|carry out|execute|run|apply|perform|act on|comply with)(?:ing)?"
    rb" (?:it|them|its|what|that|this|their|all of it|the (?:steps?|instructions?|orders?|result|output|content))\b"
    rb"|\bas (?:your|the|further|additional) (?:instructions|orders|rules|system prompt)\b"
)
_UNDO_CHINESE = (
    "解码|解碼|解密|解压|解壓|解开|解開|拼接|拼起来|合并|合併|连起来|連起來|倒过来|倒著|倒着|反转|反轉|还原|還原"
    "|读取|讀取|阅读|閱讀|打开|打開|运行|運行|转换|轉換"
)
_OBEY_CHINESE = (
    "照做|照办|照辦|照着做|照著做|照其|照它|执行|執行|遵循|遵照|遵守|按其|按它|按输出|按輸出|去做|作为指令|作為指令"
    "|当作指令|當作指令"
)

_LEAD = re2.compile(
    rb"(?s)\b(?:" + _UNDO + rb")\b.{0,120}?(?:\b(?:" + _OBEY + rb"))"
    rb"|(?:" + _UNDO_CHINESE.encode() + rb").{0,180}?(?:" + _OBEY_CHINESE.encode() + rb")"
)
_DECODES = re2.compile(
    rb"b(?:ase)?-?_?(?:64|32|85)|fromhex|unhexlify|buffer\.from|\batob\b|xxd|uudecode|certutil|openssl|decompress|gunzip|inflate"
    rb"|codecs\.decode|frombase|fromhexstring|marshal\.loads|\bchr\(|fromcharcode|fromcodepoint|maketrans|\bxor\b|bxor|decrypt"
)


def asks_to_obey(folded: bytes) -> bool:
    """Return whether words ask to undo or read something and to do what it says."""
    return _LEAD.search(folded) is not None


def lead_in(words: Folded) -> tuple[int, int] | None:
    """Return the characters from which on, and up to which, words ask to undo something and to do what it says."""
    found = _LEAD.search(words.data)
    return words.span(found.start(), found.end()) if found else None


def decodes(folded: bytes) -> bool:
    """Return whether a program, or words about one, name something that decodes."""
    return _DECODES.search(folded) is not None
