"""What must occur in a text before a pattern can: literals.

Hyperscan looks for the literals of all patterns in one pass, and RE2 looks for a pattern only where enough of them were
found. They may let a text through in vain; they never hold one back.

Whole patterns would take Hyperscan seconds to compile, for their counted gaps. Pieces of patterns took less, but cannot
be trusted: the build that python-hyperscan 0.9.1 carries finds ``a[ ]*b`` in ``xxxxxxxxxxxxxxxa b`` and not in
``xxxxxxxxxxxxxxxab`` (seen on 2026-11-21). Literals take another path through it, compile in a tenth of a second, and
are searched for several times as fast.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pinfold.rulebook.literals import Literals, best, needed
from pinfold.rulebook.patterns import locate

Needs = tuple[tuple[frozenset[int], ...], ...]
"""For each alternative of a pattern, conditions that must all hold: of each, one of the literals of these numbers
occurs. The one that holds least often comes first."""

_TELLING = 3
"""Bytes of a literal; shorter ones occur everywhere, and are asked for only where a pattern has nothing else."""


def numbered(patterns: Sequence[bytes]) -> tuple[list[bytes], list[Needs]]:
    """Return the distinct literals of all patterns, and for each pattern which of them it needs.

    Raises `RuleError` for what is no pattern.
    """
    numbers: dict[bytes, int] = {}
    needs: list[Needs] = []
    for pattern in patterns:
        locate(pattern)
        needs.append(
            tuple(
                tuple(
                    frozenset(numbers.setdefault(literal, len(numbers)) for literal in sorted(condition))
                    for condition in _chosen(conditions)
                )
                for conditions in needed(pattern)
            )
        )
    return list(numbers), needs


def _chosen(conditions: tuple[Literals, ...]) -> list[Literals]:
    """Return the conditions that are worth asking, the best first."""
    if not conditions:
        return []
    first = best(conditions)
    others = dict.fromkeys(each for each in conditions if min(map(len, each)) >= _TELLING and each != first)
    return [first, *others]


def met(needs: Needs, found: Collection[int]) -> bool:
    """Say whether a pattern may occur where these literals do."""
    for conditions in needs:
        for condition in conditions:
            if condition.isdisjoint(found):
                break
        else:
            return True
    return False


def by_literal(needs: Sequence[Needs]) -> tuple[frozenset[int], dict[int, set[int]]]:
    """Return the numbers of the patterns that may occur anywhere, and those to ask about where a literal was found."""
    anywhere: set[int] = set()
    index: dict[int, set[int]] = {}
    for number, alternatives in enumerate(needs):
        for conditions in alternatives:
            if not conditions:
                anywhere.add(number)
            for literal in conditions[0] if conditions else ():
                index.setdefault(literal, set()).add(number)
    return frozenset(anywhere), index
