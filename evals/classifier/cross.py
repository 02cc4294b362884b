"""Measures the model on what it has not seen: kinds of harm left out of training, and repositories left out.

    python evals/classifier/cross.py kdense=../checkouts/kdense zh=../checkouts/zh …

The arguments are those of ``train.py``. Harmful texts and their near misses of one kind are always left out together.
Skills count by their likeliest passage, before anything is known of roles and polarity: these rates are upper bounds.
"""

from __future__ import annotations

import numpy as np
from corpus import Text, matrix, texts
from model import SPREAD, Cases, folds, trained
from train import by_language, held_out, named, read_cases, read_harmless, sources_parser

from pinfold.language.likeness.weights import Sigmoid
from pinfold.rulebook.rules.instruction.harmful_instruction import ALIKE, VERY

CHINESE = frozenset({"zh", "antigravity_cn", "legal_cn"})
"""Names of sources whose skills are in Chinese."""


def main() -> None:
    options = sources_parser(__doc__.splitlines()[0]).parse_args()
    harmless, _ = read_harmless(named(options.harmless), named(options.half))
    cases, bags, fine = read_cases()
    own = texts()
    rows, harm = matrix((text.words for text in own), SPREAD), np.array([text.harm for text in own])
    safe, mixed = harmless.matrix(SPREAD), cases.matrix(SPREAD)
    scores = held_out(rows, harm, [text.kind for text in own], safe)
    english, chinese = by_language(scores, own)
    likely = [
        (chinese if text.language == "chinese" else english).of(score) for text, score in zip(own, scores, strict=True)
    ]
    by_kind(own, harm, np.array(likely))
    names = np.array([window.skill for window in harmless.windows])
    repositories = np.array([name.partition("/")[0] for name in names])
    for left in sorted(set(repositories)):
        kept = safe[repositories != left]
        model = trained(rows, harm, kept, Cases(mixed, bags, fine))
        sigmoid = chinese if left in CHINESE else english
        found = np.array([sigmoid.of(score) for score in model.score(safe[repositories == left])])
        report(f"without {left}: its skills", highest(found, names[repositories == left]))


def by_kind(own: list[Text], harm: np.ndarray, found: np.ndarray) -> None:
    """Print how many texts of kinds that were left out are found, and how many of their near misses."""
    fold = folds([text.kind for text in own], 4)
    languages = np.array([text.language for text in own])
    for language in sorted(set(languages)):
        for label, chosen in (("harmful", harm), ("near misses and ordinary", ~harm)):
            report(f"kinds left out, {language}, {label}", found[(languages == language) & chosen])
    kinds = np.array([text.kind for text in own])
    for kind in sorted(set(kinds) - {"ordinary"}):
        report(f"  {kind} (fold {fold[kinds == kind][0]})", found[(kinds == kind) & harm])


def highest(found: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Return the highest value of each name."""
    order, places = np.unique(names, return_inverse=True)
    most = np.zeros(len(order))
    np.maximum.at(most, places, found)
    return most


def report(what: str, found: np.ndarray) -> None:
    """Print how many values reach the two bars of the rule."""
    alike, very = (np.mean(found >= Sigmoid(1.0, 0.0).of(bar)) for bar in (ALIKE, VERY))
    print(f"{what}: {len(found)}; {alike:.1%} alike, {very:.1%} very much")


if __name__ == "__main__":
    main()
