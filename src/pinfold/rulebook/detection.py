"""Sigma detections, evaluated over acts.

Fields, modifiers and conditions mean what the Sigma specification says (https://sigmahq.io/sigma-specification/):
values match without regard to case, ``*`` and ``?`` are wildcards, lists are alternatives. Supported modifiers:
``contains``, ``startswith``, ``endswith``, ``all``, ``re`` (RE2 syntax, with ``i``, ``m``, ``s``), ``cidr``,
``cased``, ``exists``, ``lt``, ``lte``, ``gt``, ``gte``, ``windash`` and ``expand`` (``%name%`` stands for a list of
indicators, expanded when the rules are compiled).

Two readings of our own make one rule fit all lenses. An ``Image`` or ``ParentImage`` without a folder (``ssh`` in a
script) matches as if a folder stood before it, so that ``endswith: /ssh`` holds. And a selection may name ``Text`` (the
wording that the act was read from), ``Certainty`` or ``Role``, which every act has.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

import re2

from pinfold.model import Act, RuleError
from pinfold.rulebook.condition import compile_condition
from pinfold.rulebook.logsource import EVERYWHERE

Values = Mapping[str, str]
"""An act's fields as text. `folded` has them in lower case."""

Matcher = Callable[[Values, Values], bool]
"""Takes the fields as written and in lower case."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
}
_KNOWN = {
    "contains",
    "startswith",
    "endswith",
    "all",
    "re",
    "i",
    "m",
    "s",
    "cidr",
    "cased",
    "exists",
    "windash",
    *_COMPARISONS,
}
_PROGRAM_FIELDS = ("Image", "ParentImage")
_DASH = re.compile(r"\B[-/]\b")
_DASHES = ("-", "/", "\u2013", "\u2014", "\u2015")


def values_of(act: Act) -> dict[str, str]:
    """Return the act's fields as the matchers see them."""
    values = {name: text_of(value) for name, value in act.fields.items()}
    for name in _PROGRAM_FIELDS:
        program = values.get(name)
        if program and "/" not in program and "\\" not in program:
            values[name] = "/" + program
    values["Certainty"] = act.certainty.value
    values["Role"] = act.role.value
    values["Text"] = text_of(act.text)
    return values


def compile_detection(detection: Mapping[str, Any], *, where: str) -> Matcher:
    """Compile a detection.

    Raises `RuleError`, naming ``where``, for what Sigma does not know and for what we do not support.
    """
    selections = {name: _selection(body, f"{where}: {name}") for name, body in detection.items() if name != "condition"}
    text = detection.get("condition")
    if not isinstance(text, str):
        raise RuleError(f"{where}: a detection needs a condition", hint="Add 'condition: selection'.")
    condition = compile_condition(text, selections, where=where)
    return lambda plain, folded: condition(lambda name: selections[name](plain, folded))


def text_of(value: object) -> str:
    """Return a value of a field or of a detection as text."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # Half of a surrogate pair, as a program's text may spell it, has no bytes that RE2 could look at.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _selection(body: Any, where: str) -> Matcher:
    if isinstance(body, Mapping):
        fields = [_field(str(key), value, where) for key, value in body.items()]
        if not fields:
            raise RuleError(f"{where}: an empty selection holds for everything")
        return lambda plain, folded: all(field(plain, folded) for field in fields)
    if isinstance(body, list | tuple) and body:
        if all(isinstance(item, Mapping) for item in body):
            choices = [_selection(item, where) for item in body]
            return lambda plain, folded: any(choice(plain, folded) for choice in choices)
        test = _test(list(body), ["contains"], where)
        return lambda _plain, folded: any(test(text) for name, text in folded.items() if name not in EVERYWHERE)
    raise RuleError(f"{where}: a selection is a map of fields, a list of maps, or a list of keywords")


def _field(key: str, value: Any, where: str) -> Matcher:
    name, *modifiers = key.split("|")
    unknown = set(modifiers) - _KNOWN
    if unknown:
        raise RuleError(
            f"{where}: modifier {sorted(unknown)[0]!r} of {name} is not supported",
            hint=f"Supported: {', '.join(sorted(_KNOWN))}.",
        )
    if not name:
        raise RuleError(f"{where}: a field has no name")
    if "exists" in modifiers:
        if not isinstance(value, bool):
            raise RuleError(f"{where}: {key} is true or false")
        return lambda plain, _folded: (name in plain) is value
    if value is None:
        return lambda plain, _folded: not plain.get(name)
    items = list(value) if isinstance(value, list | tuple) else [value]
    if not items or None in items:
        raise RuleError(f"{where}: {key} has no value", hint="For a field that is empty or missing, write null alone.")
    test = _test(items, modifiers, f"{where}: {key}")
    if "cased" in modifiers or "re" in modifiers:
        return lambda plain, _folded: (text := plain.get(name)) is not None and test(text)
    return lambda _plain, folded: (text := folded.get(name)) is not None and test(text)


def _test(items: list[Any], modifiers: list[str], where: str) -> Callable[[str], bool]:
    """Return the test of one field's text against its values."""
    if "re" in modifiers:
        tests = [_regex(str(item), modifiers, where) for item in items]
    elif "cidr" in modifiers:
        tests = [_within(items, where)]
    elif comparison := next((name for name in modifiers if name in _COMPARISONS), None):
        tests = [_compare(comparison, item, where) for item in items]
    else:
        texts = [text_of(item) for item in items]
        if "cased" not in modifiers:
            texts = [text.lower() for text in texts]
        if "windash" in modifiers:
            # Of the spellings of one option any will do, also where all options are asked for.
            tests = [_any(_plain_tests(windash(text), modifiers, every=False, where=where)) for text in texts]
        else:
            tests = _plain_tests(texts, modifiers, every="all" in modifiers, where=where)
    if len(tests) == 1:
        return tests[0]
    return (lambda text: all(test(text) for test in tests)) if "all" in modifiers else _any(tests)


def _any(tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def _plain_tests(texts: list[str], modifiers: list[str], *, every: bool, where: str) -> list[Callable[[str], bool]]:
    """Group values without wildcards, so that long indicator lists cost one call each."""
    mode = next((name for name in ("contains", "startswith", "endswith") if name in modifiers), "equals")
    tests: list[Callable[[str], bool]] = [_wildcard(text, mode, where) for text in texts if _has_wildcard(text)]
    literals = tuple(_unescape(text) for text in texts if not _has_wildcard(text))
    if not literals:
        return tests
    groups = [(literal,) for literal in literals] if every else [literals]
    return [*tests, *(_literals(group, mode) for group in groups)]


def _literals(literals: tuple[str, ...], mode: str) -> Callable[[str], bool]:
    if mode == "startswith":
        return lambda text: text.startswith(literals)
    if mode == "endswith":
        return lambda text: text.endswith(literals)
    if mode == "equals":
        chosen = frozenset(literals)
        return lambda text: text in chosen
    if len(literals) == 1:
        only = literals[0]
        return lambda text: only in text
    return lambda text: any(literal in text for literal in literals)


def _has_wildcard(text: str) -> bool:
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "*?":
            return True
    return False


def _unescape(text: str) -> str:
    for character in "*?\\":
        text = text.replace("\\" + character, character)
    return text


def _wildcard(text: str, mode: str, where: str) -> Callable[[str], bool]:
    pattern, escaped = "", False
    for character in text:
        if escaped:
            pattern += re2.escape(character if character in "*?\\" else "\\" + character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            pattern += {"*": "(?s:.*)", "?": "(?s:.)"}.get(character) or re2.escape(character)
    if escaped:
        pattern += re2.escape("\\")
    pattern = (
        ("" if mode in ("contains", "endswith") else "^")
        + pattern
        + ("" if mode in ("contains", "startswith") else "$")
    )
    return _search(pattern, where)


def _regex(pattern: str, modifiers: list[str], where: str) -> Callable[[str], bool]:
    flags = "".join(flag for flag in "ims" if flag in modifiers)
    return _search(f"(?{flags}:{pattern})" if flags else pattern, where)


def _search(pattern: str, where: str) -> Callable[[str], bool]:
    try:
        options = re2.Options()
        options.log_errors = False
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise RuleError(f"{where}: {error}", hint="Patterns are RE2: no look-around, no back-references.") from None
    # As bytes: nobody asks where, and RE2 would count the characters up to there.
    return lambda text: compiled.search(text.encode()) is not None


def windash(text: str) -> list[str]:
    """Return an option with every dash that Windows programs take before it, Sigma's reading of a word's start."""
    return list(dict.fromkeys((text, *(_DASH.sub(dash, text) for dash in _DASHES))))


def _within(items: list[Any], where: str) -> Callable[[str], bool]:
    try:
        networks = [ipaddress.ip_network(str(item), strict=False) for item in items]
    except ValueError as error:
        raise RuleError(f"{where}: {error}") from None

    def test(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.split("/", maxsplit=1)[0].replace("*", "1"))
        except ValueError:
            return False
        return any(address in network for network in networks if network.version == address.version)

    return test


def _compare(name: str, item: Any, where: str) -> Callable[[str], bool]:
    compare = _COMPARISONS[name]
    try:
        right = float(item)
    except (TypeError, ValueError):
        raise RuleError(f"{where}: {item!r} is not a number") from None

    def test(text: str) -> bool:
        try:
            return compare(float(text), right)
        except ValueError:
            return False

    return test
