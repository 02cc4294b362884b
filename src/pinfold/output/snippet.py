"""One finding as a compiler would print it: what, where, the source line underlined, what it means, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pinfold.model import Evidence, Finding, FrameworkId, Place, Severity
from pinfold.output.ink import Ink
from pinfold.output.terminal import cells, shorten, underlined, visible, wrap

MAX_PLACES = 4
"""Further places shown for one finding unless everything is asked for."""

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


def lines(finding: Finding, ink: Ink, width: int, *, docs_url: str = "", verbose: bool = False) -> list[str]:
    """Return the finding in lines that are safe to print, without a blank line before or after."""
    rule = ink.link(docs_url, visible(finding.rule))
    headline = ink.paint(finding.severity, f"{finding.severity}[{rule}]") + ink.paint(
        "strong", f": {visible(finding.title)}"
    )
    shown = finding.evidence if verbose else finding.evidence[: MAX_PLACES + 1]
    gutter = max(len(str(piece.place.line)) if piece.excerpt else 1 for piece in shown)
    body = [headline]
    for index, piece in enumerate(shown):
        body += _place(piece, ink, gutter, width, finding.severity if index == 0 else None)
    hidden = len(finding.evidence) - len(shown)
    if hidden:
        body.append(f"{' ' * gutter} {ink.paint('frame', ':::')} +{hidden} more {'place' if hidden == 1 else 'places'}")
    for label, text in _facts(finding):
        body += _fact(label, text, ink, gutter, width)
    return body


def where(place: Place) -> str:
    """Return a place in printable form, with the decoding that led to the text."""
    return visible(str(place)) + (f" (in {visible(place.layer)})" if place.layer else "")


def references(maps: Sequence[FrameworkId]) -> str:
    """Return identifiers grouped by framework: ``ATT&CK v18.1 T1572 T1090, OWASP ASI 2026 ASI10``."""
    grouped: dict[str, list[str]] = {}
    for one in maps:
        version = f"v{one.version}" if _DOTTED_NUMBER.match(one.version) else one.version
        name = " ".join(part for part in (_FRAMEWORKS.get(one.framework, one.framework), version) if part)
        grouped.setdefault(name, []).append(one.id)
    return ", ".join(f"{name} {' '.join(ids)}" for name, ids in grouped.items())


def _place(piece: Evidence, ink: Ink, gutter: int, width: int, primary: Severity | None) -> list[str]:
    """Show one piece of evidence; ``primary`` is the severity in which the first one is underlined."""
    margin = " " * gutter
    style = primary or "frame"
    arrow = ink.paint("frame", f"{margin}-->" if primary else f"{margin}:::")
    note = shorten(visible(piece.note), max(width // 2, 20))
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
            body += [f"{bar} {note}"] if note else []
        else:
            body.append(f"{bar} {' ' * start}{ink.paint(style, f'{marks} {note}'.rstrip())}")
    elif note:
        body.append(f"{bar} {note}")
    return body


def _facts(finding: Finding) -> list[tuple[str, str]]:
    first = finding.evidence[0]
    nature = ", ".join(str(word) for word in (first.role, first.certainty) if word)
    facts = [
        ("confidence", f"{finding.confidence} · {nature}" if nature else str(finding.confidence)),
        ("means", visible(finding.message)),
        ("do", visible(finding.fix)),
        ("see", visible(references(finding.maps))),
    ]
    return [(label, text) for label, text in facts if text]


def _fact(label: str, text: str, ink: Ink, gutter: int, width: int) -> list[str]:
    head = f"{' ' * gutter} = "
    indent = " " * len(head)
    first, *rest = wrap(f"{label}: {text}", width - len(head))
    painted = ink.paint("frame", head) + ink.paint("strong", f"{label}:") + first[len(label) + 1 :]
    return [painted, *(indent + line for line in rest)]
