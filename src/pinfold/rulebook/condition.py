"""Sigma's condition language: ``a and (b or not c)``, ``1 of sel_*``, ``all of them``.

The same language joins the selections of an act's detection and the pattern groups of a wording. One extension: any
number may stand before ``of`` (``2 of them``), since corroboration is what a finding rests on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from pinfold.model import RuleError

Truth = Callable[[str], bool]
"""Says whether the named selection holds."""

Condition = Callable[[Truth], bool]
"""A compiled condition."""

_TOKEN = re.compile(r"\s*(\(|\)|\||[A-Za-z0-9_*\-]+)")
_MAX_TOKENS = 500
_MAX_DEPTH = 32


def compile_condition(text: str, names: Iterable[str], *, where: str, hopeful: bool = False) -> Condition:
    """Compile a condition over the given selection names.

    A ``hopeful`` condition is told what *may* hold, and says whether the condition may: what follows ``not`` may always
    turn out not to hold.

    Raises `RuleError`, naming ``where``, for unknown names and for text that is not a condition.
    """
    parser = _Parser(_tokens(text, where), tuple(names), where, hopeful=hopeful)
    condition = parser.disjunction(0)
    if parser.peek():
        raise RuleError(
            f"{where}: condition: unexpected {parser.peek()!r}", hint="Join selections with and, or, not and brackets."
        )
    return condition


def asked_names(text: str, names: Iterable[str]) -> frozenset[str]:
    """Return the selections of a condition, one that compiles, that stand outside of every ``not``."""
    parser = _Parser(_tokens(text, ""), tuple(names), "", hopeful=True)
    parser.disjunction(0)
    return frozenset(parser.asked)


def _tokens(text: str, where: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(tokens) >= _MAX_TOKENS:
            raise RuleError(f"{where}: condition: cannot read {text[position : position + 20]!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens


class _Parser:
    """A recursive descent over the tokens; each method returns a compiled condition."""

    def __init__(self, tokens: list[str], names: tuple[str, ...], where: str, *, hopeful: bool) -> None:
        self._tokens = tokens
        self._names = names
        self._where = where
        self._hopeful = hopeful
        self._at = 0
        self._denials = 0
        self.asked: set[str] = set()

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def disjunction(self, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise RuleError(f"{self._where}: condition: nested deeper than {_MAX_DEPTH}")
        parts = [self._conjunction(depth)]
        while self.peek().lower() == "or":
            self._take()
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else lambda truth: any(part(truth) for part in parts)

    def _conjunction(self, depth: int) -> Condition:
        parts = [self._negation(depth)]
        while self.peek().lower() == "and":
            self._take()
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else lambda truth: all(part(truth) for part in parts)

    def _negation(self, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise RuleError(f"{self._where}: condition: nested deeper than {_MAX_DEPTH}")
        if self.peek().lower() == "not":
            self._take()
            self._denials += 1
            part = self._negation(depth + 1)
            self._denials -= 1
            return (lambda _truth: True) if self._hopeful else lambda truth: not part(truth)
        if self.peek() == "(":
            self._take()
            part = self.disjunction(depth + 1)
            if self._take() != ")":
                raise RuleError(f"{self._where}: condition: a bracket is not closed")
            return part
        return self._selection()

    def _selection(self) -> Condition:
        token = self._take()
        if self.peek().lower() == "of" and (token.isdigit() or token.lower() in ("all", "any")):
            self._take()
            return self._quantified(token.lower(), self._take())
        if token not in self._names:
            raise RuleError(
                f"{self._where}: condition: no selection named {token!r}",
                hint=f"Known: {', '.join(self._names) or 'none'}.",
            )
        self._ask((token,))
        return lambda truth: truth(token)

    def _ask(self, names: Iterable[str]) -> None:
        if not self._denials:
            self.asked.update(names)

    def _quantified(self, quantity: str, pattern: str) -> Condition:
        wanted = "*" if pattern.lower() == "them" else pattern
        names = tuple(
            name for name in self._names if fnmatchcase(name, wanted) and (wanted != "*" or not name.startswith("_"))
        )
        if not names:
            raise RuleError(f"{self._where}: condition: no selection matches {pattern!r}")
        least = len(names) if quantity == "all" else 1 if quantity == "any" else int(quantity)
        if not 1 <= least <= len(names):
            raise RuleError(f"{self._where}: condition: {quantity} of {len(names)} selections is no condition")
        self._ask(names)
        return lambda truth: _at_least(least, names, truth)


def _at_least(least: int, names: tuple[str, ...], truth: Truth) -> bool:
    left = least
    for name in names:
        if truth(name):
            left -= 1
            if left <= 0:
                return True
    return left <= 0
