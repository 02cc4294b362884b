"""Says how often the rule ``harmful-instruction`` speaks over folders of skills, and which passages made it speak.

    python evals/classifier/measure.py --show 20 registry=../checkouts/openclaw …

Skills are read as data. The model must not have been trained on what it is measured on; ``README.md`` has the figures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from corpus import is_learned, prose, skills

from pinfold.language.document import Document
from pinfold.rulebook.check import Subject
from pinfold.rulebook.rules.instruction.harmful_instruction import check

PARTS = ("alike", "very-much-alike", "alike-throughout", "very-much-throughout")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--show", type=int, default=0, help="how many passages of each folder to print")
    parser.add_argument("--half", action="store_true", help="only the skills that training with --half leaves")
    options = parser.parse_args()
    for name, _, folder in (item.partition("=") for item in options.folders):
        counts: Counter[str] = Counter()
        shown: list[str] = []
        for skill in skills(Path(folder)):
            if options.half and is_learned(skill):
                continue
            part, said = strongest(skill)
            counts[part] += 1
            if part:
                shown.append(f"  {part} {skill.name}: {' '.join(said.split())[:200]}")
        total = sum(counts.values())
        rates = ", ".join(f"{part} {counts[part]} ({counts[part] / max(total, 1):.2%})" for part in PARTS)
        print(f"{name}: {total} skills; {rates}", *shown[: options.show], sep="\n")


def strongest(skill: Path) -> tuple[str, str]:
    """Return the strongest part that holds in a skill and its passage, or two empty strings."""
    found = ("", "")
    for path in prose(skill):
        document = Document(path.relative_to(skill).as_posix(), path.read_text("utf-8", "replace"))
        for ground in check(Subject(document, (), ())):
            if not found[0] or PARTS.index(ground.part) > PARTS.index(found[0]):
                found = (ground.part, ground.said)
    return found


if __name__ == "__main__":
    main()
