"""The part that words play in a data file: material, or a case that is to be refused or blocked.

Lists of hostile phrases are what filters and tests of models are made of. Their entries say what is to become of them:
``"kind": "must_refuse"``, ``action: block``, ``assert: [{type: not-contains}]``. Words in such an entry are an example.
What an entry is *about* ("jailbreak") says nothing: whoever sells such phrases sorts them, too.
"""

from __future__ import annotations

import re

import re2

from pinfold.model import Role

_REACH = 1_500
"""How many characters before and behind a place its entry is looked for."""

_OUTCOME = re2.compile(
    r"""(?i)["']?\b(?:kind|expect(?:ed|s|ation)?|outcome|verdict|action|should|result|assert(?:ion)?s?|type|must)["']?\s*[:=]"""
    r"""[\s"'\[{]{0,8}(?:\w+["']?\s*:\s*["']?)?(?:must[_ -]?|should[_ -]?|is[_ -]?)?"""
    r"""(?:refus\w*|block(?:ed)?|den(?:y|ied)|reject(?:ed)?|flag(?:ged)?|declin\w*|not-contains|not_contains|llm-rubric|unsafe"""
    r"""|拒绝|拦截|屏蔽)"""
    r"""|["']?(?:\b(?:label|is_(?:attack|injection|malicious|harmful|jailbreak)|expect(?:ed)?(?:_\w{1,20})?|ground_truth|gold)\b"""
    r"""|标签|標籤|期望|预期|預期|判定|应判|應判)["']?\s*[:=]\s*["']?(?:attack|inject(?:ion|ed)?|malicious|harmful|unsafe|hostile"""
    r"""|positive|true\b|refus\w*|1\b|恶意|惡意|攻击|攻擊|注入|命中|拒|应拒|不安全)"""
)
"""What an entry says is to become of its words."""

_ITEM = re.compile(r"^([ \t]*)-[ \t]", re.MULTILINE)


def entry_role(text: str, start: int) -> Role:
    """Return the role of the words at a character: an example where their entry says that they are to be refused."""
    low, high = _entry(text, start)
    return Role.EXAMPLE if _OUTCOME.search(text[low:high]) else Role.DATA


def _entry(text: str, start: int) -> tuple[int, int]:
    """Return the innermost braces around a place, or the item of a list that it stands in, or its line."""
    low, high = max(0, start - _REACH), min(len(text), start + _REACH)
    items = list(_ITEM.finditer(text, low, start + 1))
    if items:
        indent = len(items[-1][1])
        following = (item for item in _ITEM.finditer(text, items[-1].end(), high) if len(item[1]) <= indent)
        return items[-1].start(), next((item.start() for item in following), high)
    opens = _unmatched(text[low:start][::-1], "{", "}")
    closes = _unmatched(text[start:high], "}", "{")
    if opens >= 0 and closes >= 0:
        return start - opens - 1, start + closes + 1
    end = text.find("\n", start, high)
    return max(low, text.rfind("\n", low, start) + 1), high if end < 0 else end


def _unmatched(text: str, wanted: str, other: str) -> int:
    """Return where the first brace without a partner stands, or -1."""
    depth = 0
    for index, character in enumerate(text):
        if character == other:
            depth += 1
        elif character == wanted:
            if not depth:
                return index
            depth -= 1
    return -1
