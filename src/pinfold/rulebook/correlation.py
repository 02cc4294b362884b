"""Sigma correlations over the acts of one group: how many, how many different, in what order, within what span."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence

from pinfold.model import Act, RuleError
from pinfold.rulebook.rule import Correlation

_TIMESPAN = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gte": lambda found, wanted: found >= wanted,
    "gt": lambda found, wanted: found > wanted,
    "eq": lambda found, wanted: found == wanted,
    "lte": lambda found, wanted: found <= wanted,
    "lt": lambda found, wanted: found < wanted,
}

MAX_WINDOW = 1_000
"""How many acts one span holds at most; the oldest fall out first. It bounds the work on a flood of acts."""

Hit = tuple[str, Act]
"""The id of an act part and an act that it matched, in the order of the acts."""

Correlate = Callable[[Sequence[Hit]], Sequence[Act]]
"""Returns the acts of the first span that fulfils the correlation, or nothing."""


def compile_correlation(correlation: Correlation, *, where: str) -> Correlate:
    """Compile a correlation. Raises `RuleError`, naming ``where``, for a time span or condition that cannot be read."""
    match = _TIMESPAN.fullmatch(correlation.timespan)
    if match is None:
        raise RuleError(f"{where}: timespan {correlation.timespan!r} is not a number with s, m, h or d")
    span = int(match[1]) * _SECONDS[match[2]]
    inner = _inner(correlation, where)
    names, keys = frozenset(correlation.rules), correlation.group_by
    counted = str(correlation.condition.get("field", "")) if correlation.type == "value_count" else ""

    def correlate(hits: Sequence[Hit]) -> Sequence[Act]:
        groups: dict[tuple[str, ...], list[Hit]] = {}
        for hit in hits:
            if hit[0] in names:
                groups.setdefault(tuple(str(hit[1].fields.get(key, "")) for key in keys), []).append(hit)
        for group in groups.values():
            for window in _windows(group, span, counted):
                if found := inner(window):
                    return found
        return ()

    return correlate


def _windows(group: Sequence[Hit], span: int, counted: str) -> Iterator[Collection[Hit]]:
    """Yield what one span holds after each act.

    Of a value that is ``counted`` the last act stands for all, so that a flood of one value drives out no other.
    """
    window: OrderedDict[object, Hit] = OrderedDict()
    for index, hit in enumerate(group):
        value = hit[1].fields.get(counted) if counted else None
        window.pop(key := index if value is None else str(value).lower(), None)
        window[key] = hit
        while len(window) > MAX_WINDOW or _apart(next(iter(window.values()))[1], hit[1]) > span:
            window.popitem(last=False)
        yield window.values()


def _apart(first: Act, last: Act) -> float:
    """Return the seconds between two acts; order stands in for time where either has none."""
    return 0.0 if first.time is None or last.time is None else last.time - first.time


def _inner(correlation: Correlation, where: str) -> Callable[[Collection[Hit]], Sequence[Act]]:
    if correlation.type == "temporal":
        return lambda window: _all_present(window, correlation.rules)
    if correlation.type == "temporal_ordered":
        return lambda window: _in_order(window, correlation.rules)
    bounds = [(name, value) for name, value in correlation.condition.items() if name != "field"]
    if len(bounds) != 1 or bounds[0][0] not in _BOUNDS or not isinstance(bounds[0][1], int):
        raise RuleError(f"{where}: a count needs one bound such as 'gte: 5'", hint=f"Bounds: {', '.join(_BOUNDS)}.")
    if bounds[0][1] > MAX_WINDOW:
        raise RuleError(f"{where}: a count over {MAX_WINDOW} can never be reached")
    within, wanted = _BOUNDS[bounds[0][0]], bounds[0][1]
    if correlation.type == "event_count":
        return lambda window: [act for _, act in window] if within(len(window), wanted) else ()
    field = correlation.condition.get("field")
    if not isinstance(field, str):
        raise RuleError(f"{where}: a value count needs the name of a field")

    def distinct(window: Collection[Hit]) -> Sequence[Act]:
        first: dict[str, Act] = {}
        for _, act in window:
            if (value := act.fields.get(field)) is not None:
                first.setdefault(str(value).lower(), act)
        return list(first.values()) if within(len(first), wanted) else ()

    return distinct


def _all_present(window: Collection[Hit], names: tuple[str, ...]) -> Sequence[Act]:
    needed = Counter(names)
    found: list[Act] = []
    for name, act in window:
        if needed[name] > 0:
            needed[name] -= 1
            found.append(act)
    return found if len(found) == len(names) else ()


def _in_order(window: Collection[Hit], names: tuple[str, ...]) -> Sequence[Act]:
    found: list[Act] = []
    for name, act in window:
        if name == names[len(found)]:
            found.append(act)
            if len(found) == len(names):
                return found
    return ()
