"""What a text report lists below the findings: what is merely noted, what was not read, what goes where.

Every function returns lines that are safe to print and have no indent. ``width`` is in terminal cells; with
``verbose`` nothing is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from pinfold.model import Capability, Finding, Flow, Unread
from pinfold.output.ink import Ink
from pinfold.output.snippet import where
from pinfold.output.terminal import cells, pad, shorten, visible, wrap

MAX_ROWS = 10
"""Rows of a list (destinations, unread files of one reason) unless everything is asked for."""

MAX_NAMES = 8
"""Names on one line (capabilities of one kind, hosts that are only named) unless everything is asked for."""

_WIDEST_NAME = 48
_UNKNOWN = "(built at run time)"


def noted(findings: Sequence[Finding], ink: Ink) -> list[str]:
    """Return findings in one line each: severity, rule, place, and what the rule saw."""
    rows = []
    for finding in findings:
        head = ink.paint(finding.severity, f"{finding.severity}[{visible(finding.rule)}]")
        saw = visible(finding.evidence[0].note or finding.title)
        places = len(finding.evidence) - 1
        rows.append(f"{head} {where(finding.place)}{f' +{places}' if places else ''}: {saw}")
    return _capped(rows, "findings", ink, verbose=False)


def not_read(unread: Sequence[Unread], ink: Ink, *, verbose: bool) -> list[str]:
    """Return the files that were not read, by reason."""
    grouped: dict[str, list[Unread]] = {}
    for one in unread:
        grouped.setdefault(one.reason, []).append(one)
    rows: list[str] = []
    for reason, entries in grouped.items():
        files = [visible(one.path) + (f": {visible(one.detail)}" if one.detail else "") for one in entries]
        rows += [
            f"{visible(reason)} ({len(entries)})",
            *("  " + row for row in _capped(files, "files", ink, verbose=verbose)),
        ]
    return rows


def capabilities(found: Sequence[Capability], width: int, *, verbose: bool, more: int = 0) -> list[str]:
    """Return what a skill can do, one line for each kind of capability; ``more`` of them are not listed."""
    grouped = capability_names(found)
    if not grouped:
        return []
    column = max(map(cells, grouped))
    rows: list[str] = []
    for kind, names in grouped.items():
        first, *rest = _names(names, width - column - 2, verbose=verbose) or [""]
        rows += [f"{pad(kind, column)}  {first}".rstrip(), *(" " * (column + 2) + line for line in rest)]
    return [*rows, *_not_listed(more)]


def capability_names(found: Sequence[Capability]) -> dict[str, list[str]]:
    """Return the names of capabilities by kind, safe to print; what is only known at run time comes last."""
    grouped: dict[str, dict[str, None]] = {}
    for one in found:
        kind, _, detail = one.name.partition(":")
        grouped.setdefault(visible(kind), {})[_UNKNOWN if detail in ("*", "*:*") else visible(detail)] = None
    return {kind: sorted((name for name in details if name), key=_UNKNOWN.__eq__) for kind, details in grouped.items()}


def flows(found: Sequence[Flow], ink: Ink, width: int, *, verbose: bool, more: int = 0) -> list[str]:
    """Return the destinations as a table, and below it the hosts that the material merely names.

    ``more`` of them are not listed.
    """
    named = named_only(found)
    used = destinations(found, width)
    table = [("to", "via", "sends", "at"), *used] if used else []
    widths = [max(cells(row[column]) for row in table) for column in range(3)] if table else []
    rows = [
        "  ".join([*(pad(cell, size) for cell, size in zip(row[:3], widths, strict=True)), row[3]]) for row in table
    ]
    if rows:
        rows = [ink.paint("faint", rows[0]), *_capped(rows[1:], "destinations", ink, verbose=verbose)]
    if named:
        label = "named only: "
        first, *rest = _names(named, width - len(label), verbose=verbose)
        rows += [label + first, *(" " * len(label) + line for line in rest)]
    return [*rows, *_not_listed(more)]


def named_only(found: Sequence[Flow]) -> list[str]:
    """Return the hosts that the material names and never uses, safe to print."""
    return list(dict.fromkeys(visible(flow.host) for flow in found if not _is_used(flow)))


def _is_used(flow: Flow) -> bool:
    return bool(flow.via or flow.data or flow.host == "*")


def _not_listed(more: int) -> list[str]:
    return [f"and {more:,} more that no report lists"] if more else []


def suppressed(findings: Sequence[Finding]) -> list[str]:
    """Return every use of a suppression, with reason, author and expiry."""
    rows = []
    for finding in findings:
        if (why := finding.suppressed) is not None:
            expiry = f"until {visible(why.expires)}" if why.expires else "without end"
            source = f", {visible(why.source)}" if why.source else ""
            rows.append(
                f"{finding.severity}[{visible(finding.rule)}] {where(finding.place)}: {visible(why.reason)}"
                f" (by {visible(why.author)}, {expiry}{source})"
            )
    return rows


def destinations(found: Sequence[Flow], width: int) -> list[tuple[str, str, str, str]]:
    """Return one row for each destination and cargo that is used, in cells that are safe to print.

    The cells are the destination, all programs that go there, what is sent, and the first place.
    """
    merged: dict[tuple[str, int, tuple[str, ...]], list[Flow]] = {}
    for flow in filter(_is_used, found):
        merged.setdefault((flow.host, flow.port, flow.data), []).append(flow)
    widest = min(_WIDEST_NAME, max(width * 2 // 5, 16))
    rows = []
    for (host, port, data), group in merged.items():
        target = _UNKNOWN if host == "*" else visible(host)
        programs = ", ".join(dict.fromkeys(visible(flow.via) for flow in group if flow.via))
        target = shorten(f"{target}:{port}" if port else target, widest)
        rows.append((target, shorten(programs, 24) or "-", _cargo(data, widest), where(group[0].place)))
    return rows


def _cargo(data: Sequence[str], widest: int) -> str:
    """Return what is sent, in a cell of the table; ``-`` when nothing says so."""
    more = f" +{len(data) - 3}" if len(data) > 3 else ""
    return (shorten(", ".join(visible(one) for one in data[:3]), widest) or "-") + more


def _names(names: Sequence[str], width: int, *, verbose: bool) -> list[str]:
    """Return names as one line that says how many do not fit, or as many lines as all of them take."""
    if verbose:
        return wrap(", ".join(names), width)
    shown: list[str] = []
    for name in names[:MAX_NAMES]:
        short = shorten(name, _WIDEST_NAME)
        left = len(names) - len(shown) - 1
        line = ", ".join([*shown, short]) + (f" +{left} more" if left else "")
        if shown and cells(line) > width:
            break
        shown.append(short)
    left = len(names) - len(shown)
    return [", ".join(shown) + (f" +{left} more" if left else "")] if shown else []


def _capped(rows: list[str], noun: str, ink: Ink, *, verbose: bool) -> list[str]:
    """Cap a list of rows, saying how many are left out."""
    hidden = 0 if verbose else len(rows) - MAX_ROWS
    return rows if hidden <= 0 else [*rows[:MAX_ROWS], ink.paint("faint", f"+{hidden} more {noun}")]
