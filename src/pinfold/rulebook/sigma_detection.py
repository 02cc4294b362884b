"""A user's Sigma detection brought into the form that our evaluator takes.

That is: our names of fields and modifiers, one condition, and program names as they stand in scripts, too. What Sigma
knows and we do not evaluate is refused by the name of the modifier or feature and of the field, never passed over:
a rule that silently cannot match looks like safety.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pinfold.model import ActKind, RuleError
from pinfold.rulebook.logsource import OTHER_NAMES, fields_of

_SPELLED_OUT = {"ignorecase": "i", "multiline": "m", "dotall": "s"}
_PROGRAM_FIELDS = ("Image", "ParentImage")


def evaluable(detection: Mapping[str, Any], category: str, kind: ActKind, *, where: str) -> dict[str, Any]:
    """Return the detection as `pinfold.rulebook.detection` reads it.

    Raises `RuleError`, naming ``where``, when no act of ``kind`` has any of its fields, so that it could never hold.
    """
    out = {
        name: _selection(body, OTHER_NAMES.get(category, {}), f"{where}: {name}")
        for name, body in detection.items()
        if name not in ("condition", "timeframe")
    }
    if "timeframe" in detection:
        raise RuleError(f"{where}: timeframe: not supported", hint="Write a Sigma correlation instead.")
    out["condition"] = _condition(detection.get("condition"), where)
    _check_fields(out, kind, where)
    return out


def _condition(value: Any, where: str) -> str:
    """Return one condition; Sigma takes a list of conditions for alternatives."""
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise RuleError(f"{where}: condition: a text is needed")
    return texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)


def _selection(body: Any, names: Mapping[str, str], where: str) -> Any:
    if isinstance(body, Mapping):
        fields: dict[str, Any] = {}
        for key, value in body.items():
            renamed, values = _field(str(key), value, names, where)
            if renamed in fields:
                raise RuleError(f"{where}: {key}: the field stands there twice under two names")
            fields[renamed] = values
        return fields
    if isinstance(body, list):
        maps = sum(isinstance(item, Mapping) for item in body)
        if maps not in (0, len(body)):
            raise RuleError(f"{where}: a list of maps and keywords mixed is not supported")
        return [_selection(item, names, where) for item in body] if maps else [_keyword(item, where) for item in body]
    return [_keyword(body, where)]


def _keyword(item: Any, where: str) -> str:
    if not isinstance(item, str | int | float) or isinstance(item, bool):
        raise RuleError(f"{where}: {item!r} is not a keyword")
    return str(item)


def _field(key: str, value: Any, names: Mapping[str, str], where: str) -> tuple[str, Any]:
    name, *modifiers = key.split("|")
    if not name:
        raise RuleError(f"{where}: {key}: keywords with modifiers are not supported")
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, list | Mapping) for item in items):
        raise RuleError(f"{where}: {key}: a value is a text, a number, a truth value or null")
    if isinstance(value, list) and None in value:
        raise RuleError(
            f"{where}: {key}: null within a list is not supported", hint="Write a selection of its own for null."
        )
    name = names.get(name, name)
    modifiers = [_SPELLED_OUT.get(modifier, modifier) for modifier in modifiers]
    if name in _PROGRAM_FIELDS and "endswith" in modifiers and "all" not in modifiers:
        value = [form for item in items for form in _program_forms(str(item))]
    return "|".join((name, *modifiers)), value


def _program_forms(text: str) -> Iterator[str]:
    r"""Yield a program's name as Windows writes it, ``\curl.exe``, and as scripts do: ``/curl.exe``, ``/curl``."""
    yield text
    bare = text.lstrip("\\")
    if bare != text and bare:
        yield "/" + bare
        if bare.lower().endswith(".exe"):
            yield "/" + bare[:-4]


def _check_fields(detection: Mapping[str, Any], kind: ActKind, where: str) -> None:
    known = fields_of(kind)
    used: list[str] = []
    for name, body in detection.items():
        if name == "condition":
            continue
        for part in body if isinstance(body, list) else [body]:
            if not isinstance(part, Mapping):
                return  # a keyword may stand in any field
            used.extend(key.partition("|")[0] for key in part)
    if used and not known.intersection(used):
        raise RuleError(
            f"{where}: no act has a field {', '.join(sorted(set(used))[:5])}",
            hint=f"Fields of a {kind.value} act: {', '.join(sorted(known))}.",
        )
