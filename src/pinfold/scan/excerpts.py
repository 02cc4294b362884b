"""The source lines that a report shows beside what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from pinfold.language.document import Document
from pinfold.rulebook import Match


def with_excerpts(matches: Iterable[Match], document: Document) -> Iterator[Match]:
    """Give the evidence of acts the source line on which they stand."""
    for match in matches:
        evidence = []
        for item in match.evidence:
            if item.place.line and item.place.path == document.path:
                excerpt, start, end = document.excerpt(item.place)
                item = msgspec.structs.replace(item, excerpt=excerpt, start=start, end=end)  # noqa: PLW2901
            evidence.append(item)
        yield match._replace(evidence=tuple(evidence))
