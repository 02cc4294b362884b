"""Trains the text model and writes its weights into the package.

    python evals/classifier/train.py kdense=../checkouts/kdense zh=../checkouts/zh …

Each argument names a checkout of openly licensed, harmless skills; none of their text is kept. The same inputs give the
same bytes. What they were is written into ``weights.toml`` beside the weights.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from corpus import TEXTS, Passages, Text, digest, is_learned, is_open, matrix, prose, skills, texts
from model import SPREAD, Cases, calibrated, fitted, folds, trained
from scipy import sparse

from pinfold.language.likeness import weights as stored

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "rules"
SKILLS = Path(__file__).parent / "skills"
TARGET = Path(stored.__file__).parent
SMALLEST = 0.75
"""Weights below this many units of a signed byte are left out; they would only be noise."""


CHINESE_DOUBT = 0.8
"""Taken from the log-odds of Chinese passages: nearly all harmless Chinese comes from one repository, so that ordinary
Chinese of other kinds looks more harmful than it is."""


def main() -> None:
    parser = sources_parser(__doc__.splitlines()[0])
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat(), help="the date that the sidecar bears")
    options = parser.parse_args()
    harmless, sources = read_harmless(named(options.harmless), named(options.half))
    cases, bags, fine = read_cases()
    own = texts()
    rows, harm = matrix((text.words for text in own), SPREAD), np.array([text.harm for text in own])
    safe, mixed = harmless.matrix(SPREAD), cases.matrix(SPREAD)
    model = trained(rows, harm, safe, Cases(mixed, bags, fine))
    scores = held_out(rows, harm, [text.kind for text in own], safe)
    sigmoids = by_language(scores, own)
    packed, scale = quantised(model.weights)
    kinds, tables = kind_tables(own, rows)
    data = stored.pack(packed, stored.Numbers(scale, model.bias, SPREAD, *sigmoids), tables)
    (TARGET / "weights.bin").write_bytes(data)
    write_sidecar(options.date, data, kinds, sources)
    print(f"{len(own)} texts, {len(bags)} bad cases, {safe.shape[0]:,} harmless passages; {len(data):,} bytes")


def sources_parser(about: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that name the harmless skills."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("harmless", nargs="+", metavar="NAME=FOLDER", help="checkouts of harmless skills")
    parser.add_argument(
        "--half",
        nargs="+",
        default=[],
        metavar="NAME=FOLDER",
        help="checkouts of which every second skill, by the digest of its name, is left for measuring",
    )
    return parser


def named(items: list[str]) -> dict[str, Path]:
    """Return the folders by the names that stand before them."""
    return {name: Path(folder) for name, _, folder in (item.partition("=") for item in items)}


def read_harmless(whole: Mapping[str, Path], halves: Mapping[str, Path]) -> tuple[Passages, list[tuple[str, int, str]]]:
    """Return the passages of openly licensed skills, and name, number of skills and digest of each source."""
    found, sources = Passages(), []
    for name, folder in {**whole, **halves}.items():
        used = [skill for skill in skills(folder) if is_open(skill) and (name in whole or is_learned(skill))]
        for skill in used:
            found.add(f"{name}/{skill.name}", skill)
        sources.append((name, len(used), digest(path for skill in used for path in prose(skill))))
    return found, sources


def case_folders() -> list[Path]:
    """Return our own bad and good skills, and the cases of all rules but the model's own, by which it is tested."""
    cases = [path for path in sorted(CASES.glob("*/*/source-*")) if path.parts[-3] != "harmful-instruction"]
    return cases + sorted(SKILLS.glob("*/*"))


def read_cases() -> tuple[Passages, list[np.ndarray], np.ndarray]:
    """Return the passages of `case_folders`, the rows of each bad one, and the rows of all good ones."""
    found = Passages()
    for folder in case_folders():
        found.add("/".join(folder.parts[-3:-1]) + f"/{folder.name}", folder)
    bags: dict[str, list[int]] = {}
    fine: list[int] = []
    for index, window in enumerate(found.windows):
        (bags.setdefault(window.skill, []) if "/bad/" in window.skill else fine).append(index)
    return found, [np.array(rows) for _, rows in sorted(bags.items())], np.array(fine)


def held_out(rows: sparse.csr_matrix, harm: np.ndarray, kinds: list[str], safe: sparse.csr_matrix) -> np.ndarray:
    """Return scores of our texts by models that have seen none of their kind."""
    fold = folds(kinds, 4)
    scores = np.zeros(len(harm))
    nothing = rows[:0]
    for number in range(4):
        model = trained(rows[fold != number], harm[fold != number], safe, Cases(nothing, [], np.array([], int)))
        scores[fold == number] = model.score(rows[fold == number])
    return scores


def by_language(scores: np.ndarray, own: list[Text]) -> tuple[stored.Sigmoid, stored.Sigmoid]:
    """Return what turns scores into probabilities, for English and for Chinese."""
    harm = np.array([text.harm for text in own])
    languages = np.array([text.language for text in own])
    english, chinese = (
        stored.Sigmoid(*calibrated(scores[languages == name], harm[languages == name]))
        for name in ("english", "chinese")
    )
    return english, chinese._replace(offset=chinese.offset - CHINESE_DOUBT)


def quantised(weights: np.ndarray) -> tuple[bytes, float]:
    """Return weights as signed bytes, and what one unit stands for."""
    scale = float(np.quantile(np.abs(weights[weights != 0]), 0.9995)) / 127
    units = np.clip(np.round(weights / scale), -127, 127)
    units[np.abs(weights / scale) < SMALLEST] = 0
    return units.astype(np.int8).tobytes(), scale


def kind_tables(own: list[Text], rows: sparse.csr_matrix) -> tuple[list[str], tuple[bytes, ...]]:
    """Return the kinds of harm, and for each the weights that tell it from the others."""
    harmful = np.array([index for index, text in enumerate(own) if text.harm])
    kinds = sorted({own[index].kind for index in harmful})
    small = rows[harmful].tocoo()
    shape = (len(harmful), stored.KIND_BUCKETS)
    folded = sparse.csr_matrix((small.data, (small.row, small.col % stored.KIND_BUCKETS)), shape=shape)
    found = []
    for kind in kinds:
        labels = np.array([own[index].kind == kind for index in harmful])
        found.append(fitted(folded, labels, np.where(labels, 3.0, 1.0)).weights)
    scale = np.max(np.abs(found)) / 127
    return kinds, tuple(np.round(weights / scale).astype(np.int8).tobytes() for weights in found)


def write_sidecar(date: str, data: bytes, kinds: list[str], sources: list[tuple[str, int, str]]) -> None:
    """Write what the weights are, where they come from, and how to make them again."""
    lines = [
        "# What the weights of the text model are and what they were made of, written by evals/classifier/train.py.",
        f'dated = "{date}"',
        'licence = "Apache-2.0"',
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"',
        f"kinds = {kinds!r}".replace("'", '"'),
        "",
        "# Digests are SHA-256 over the files in order. Of the skills only those are read whose terms allow it.",
        "[sources]",
        f'texts = {{ digest = "{digest(sorted(TEXTS.glob("*.jsonl")))}" }}',
        f'cases = {{ digest = "{digest(sorted(path for folder in case_folders() for path in prose(folder)))}" }}',
        *(f'{name} = {{ skills = {count}, digest = "{value}" }}' for name, count, value in sources),
    ]
    (TARGET / "weights.toml").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
