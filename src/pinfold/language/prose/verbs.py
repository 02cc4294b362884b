"""The verbs of ``wording.toml`` in all their forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from pinfold.language.prose.wording import wording


class Verb(NamedTuple):
    """One written form of a verb.

    ``form`` is ``base``, ``s``, ``ing`` or ``ed``; Chinese verbs have only a base. ``classes`` names the lists of
    ``wording.toml`` that hold the verb.
    """

    lemma: str
    form: str
    classes: frozenset[str]


@cache
def surfaces() -> Mapping[str, Verb]:
    """Map every written form, in lower case and with single blanks, to its verb."""
    lists: Mapping[str, list[str]] = {
        name: entries for name, entries in wording()["verbs"].items() if isinstance(entries, list)
    }
    classes: dict[str, set[str]] = {}
    for name, entries in lists.items():
        for entry in entries:
            classes.setdefault(entry, set()).add(name)
    found: dict[str, Verb] = {}
    for lemma, names in classes.items():
        for form, written in _forms(lemma):
            found.setdefault(written, Verb(lemma, form, frozenset(names)))
    return found


def _forms(lemma: str) -> list[tuple[str, str]]:
    """Return the written forms of a verb, each after the name of its form; of a phrase, the first word is inflected."""
    if not lemma.isascii():
        return [("base", lemma)]
    word, _, rest = lemma.partition(" ")
    rest = f" {rest}" if rest else ""
    doubled = word + word[-1] if word in wording()["verbs"]["doubling"]["verbs"] else word
    if word.endswith("e") and word != "see":
        stem, third = word[:-1], word + "s"
    elif word.endswith("y") and word[-2] not in "aeiou":
        stem, third = word, word[:-1] + "ies"
    else:
        stem, third = doubled, word + ("es" if word.endswith(("s", "x", "ch", "sh", "o")) else "s")
    past = word[:-1] + "ied" if third.endswith("ies") else stem + "ed"
    irregular = wording()["verbs"]["irregular"].get(lemma, wording()["verbs"]["irregular"].get(word))
    pasts = [past + rest] if irregular is None else [form if " " in form else form + rest for form in irregular]
    return [("base", lemma), ("s", third + rest), ("ing", stem + "ing" + rest), *(("ed", form) for form in pasts)]
