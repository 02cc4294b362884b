"""One finding as a compiler would print it: what, where, the source line underlined, what it means, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pinfold.model import Evidence, Finding, FrameworkId, Place, Severity
from pinfold.output.ink import Ink
from pinfold.output.terminal import cells, underlined, visible, wrap

MAX_PLACES = 3
"""Further places shown for one finding unless everything is asked for."""

MAX_FOLDED = 5
"""Places named for findings that are folded into one."""

_FRAMEWORKS = {
    "ast": "OWASP AST",
    "asi": "OWASP ASI",
    "llm": "OWASP LLM",
    "atlas": "ATLAS",
    "attack": "ATT&CK",
    "cwe": "CWE",
    "cncert": "CNCERT",
}
_DOTTED_NUMBER = re.compile(r"\d+\.\d")


def lines(finding: Finding, ink: Ink, width: int, *, verbose: bool = False, told: Finding | None = None) -> list[str]:
    """Return the finding in lines that are safe to print, without a blank line before or after.

    What it means and what to do are left out where they are the same as in ``told``, a finding shown before.
    """
    rule = visible(finding.rule)
    headline = ink.paint(finding.severity, f"{finding.severity}[{rule}]") + ink.paint(
        "strong", f": {visible(finding.title)}"
    )
    body = [headline, *places(finding, ink, width, verbose=verbose)]
    gutter = _gutter(finding, verbose=verbose)
    before = facts(told) if told else []
    for label, text in facts(finding):
        if label == "confidence" or (label, text) not in before:
            body += _fact(label, text, ink, gutter, width)
    return body


def places(finding: Finding, ink: Ink, width: int, *, verbose: bool = False) -> list[str]:
    """Return the places of a finding with their source lines, in lines that are safe to print."""
    shown = _shown(finding, verbose=verbose)
    gutter = _gutter(finding, verbose=verbose)
    body: list[str] = []
    said = ""
    for index, piece in enumerate(shown):
        note = "" if piece.note == said else visible(piece.note)  # one note for a run of places that say the same
        body += _place(piece, note, ink, gutter, width, finding.severity if index == 0 else None)
        said = piece.note
    hidden = len(finding.evidence) - len(shown)
    if hidden:
        body.append(f"{' ' * gutter} {ink.paint('frame', ':::')} +{hidden} more {'place' if hidden == 1 else 'places'}")
    return body


def _shown(finding: Finding, *, verbose: bool) -> Sequence[Evidence]:
    return finding.evidence if verbose else finding.evidence[: MAX_PLACES + 1]


def _gutter(finding: Finding, *, verbose: bool) -> int:
    """Return how wide the numbers of the lines are that are shown."""
    return max(len(str(piece.place.line)) if piece.excerpt else 1 for piece in _shown(finding, verbose=verbose))


def folded(findings: Sequence[Finding], ink: Ink) -> list[str]:
    """Return further findings of one rule, worst first, as a count and the first places."""
    worst = findings[0]
    head = ink.paint(worst.severity, f"{worst.severity}[{visible(worst.rule)}]")
    body = [head + ink.paint("strong", f": {len(findings)} more findings of this rule")]
    body += [f" {ink.paint('frame', '-->')} {where(finding.place)}" for finding in findings[:MAX_FOLDED]]
    hidden = len(findings) - MAX_FOLDED
    return [*body, f" {ink.paint('frame', '-->')} +{hidden} more; --verbose shows them"] if hidden > 0 else body


def where(place: Place) -> str:
    """Return a place in printable form, with the decoding that led to the text."""
    return visible(str(place)) + (f" (in {visible(place.layer)})" if place.layer else "")


def framework(one: FrameworkId) -> str:
    """Return the name of an identifier's framework with the version in which it is valid: ``ATT&CK v18.1``."""
    version = f"v{one.version}" if _DOTTED_NUMBER.match(one.version) else one.version
    return " ".join(part for part in (_FRAMEWORKS.get(one.framework, one.framework), version) if part)


def references(maps: Sequence[FrameworkId]) -> str:
    """Return identifiers grouped by framework: ``ATT&CK v18.1 T1572 T1090, OWASP ASI 2026 ASI10``."""
    grouped: dict[str, list[str]] = {}
    for one in maps:
        grouped.setdefault(framework(one), []).append(one.id)
    return ", ".join(f"{name} {' '.join(ids)}" for name, ids in grouped.items())


def _place(piece: Evidence, note: str, ink: Ink, gutter: int, width: int, primary: Severity | None) -> list[str]:
    """Show one piece of evidence with its note; ``primary`` is the severity in which the first one is underlined."""
    margin = " " * gutter
    style = primary or "frame"
    arrow = ink.paint("frame", f"{margin}-->" if primary else f"{margin}:::")
    if not piece.excerpt:
        return [f"{arrow} {where(piece.place)}" + (f": {note}" if note else "")]
    bar = ink.paint("frame", f"{margin} |")
    number = ink.paint("frame", f"{piece.place.line or '':>{gutter}} |")
    source, start, end = underlined(piece.excerpt, piece.start, piece.end, width - gutter - 3)
    body = [f"{arrow} {where(piece.place)}", bar, f"{number} {source}".rstrip()]
    if end > start:
        marks = ("^" if primary else "-") * (end - start)
        if start + len(marks) + 1 + cells(note) > width - gutter - 3:
            body += [f"{bar} {' ' * start}{ink.paint(style, marks)}"]
            body += [f"{bar} {line}" for line in wrap(note, width - gutter - 3)]
        else:
            body.append(f"{bar} {' ' * start}{ink.paint(style, f'{marks} {note}'.rstrip())}")
    else:
        body += [f"{bar} {line}" for line in wrap(note, width - gutter - 3)]
    return body


def facts(finding: Finding) -> list[tuple[str, str]]:
    """Return what is said about a finding below its places, as labels and texts that are safe to print."""
    first = finding.evidence[0]
    nature = ", ".join(str(word) for word in (first.role, first.certainty) if word)
    told = [
        ("confidence", f"{finding.confidence} · {nature}" if nature else str(finding.confidence)),
        ("means", visible(finding.message)),
        ("do", visible(finding.fix)),
        ("see", visible(references(finding.maps))),
    ]
    return [(label, text) for label, text in told if text]


def _fact(label: str, text: str, ink: Ink, gutter: int, width: int) -> list[str]:
    head = f"{' ' * gutter} = "
    indent = " " * len(head)
    first, *rest = wrap(f"{label}: {text}", width - len(head))
    painted = ink.paint("frame", head) + ink.paint("strong", f"{label}:") + first[len(label) + 1 :]
    return [painted, *(indent + line for line in rest)]
