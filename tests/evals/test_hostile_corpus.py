"""A small part of the hostile corpus, so that every test run meets it. The whole of it: ``python evals/hostile.py``."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "evals"))

from hostile_cases import file_cases, nesting_cases, tar_cases, text_cases, zip_cases  # noqa: F401
from hostile_cases.case import CASES, ENGLISH, LIFTS, MINER, MINES, Case, Expect, fence, write_skill
from hostile_cases.mutants import mutants, whole
from hostile_cases.outcome import case_faults, lost_workers, run_faults

CHOSEN = {
    "zip: many large members",
    "zip: members that share their bytes",
    "zip: names that climb or start at the root",
    "zip: the same name twice, payload last",
    "zip: behind a shell script",
    "tar: bzip2 bomb",
    "tar: links and devices",
    "tar: payload in the second gzip member",
    "text: 100,000 newlines",
    "text: 0xFF inside an English phrase",
    "text: 0xFF inside a Chinese phrase",
    "text: utf-16-le with a mark",
    "text: zero bytes everywhere",
    "nesting: JSON, a million brackets",
    "nesting: YAML aliases that multiply",
    "nesting: front matter: never closed",
    "nesting: shell: parentheses",
    "nesting: Python: parentheses",
    "files: folders two hundred deep",
    "files: name: a newline",
    "files: pipes and sockets",
    "files: links that go in circles",
    "files: a sparse file of 1 TiB",
}
SEED = 1


def honest(folder: Path, _draw: random.Random) -> None:
    write_skill(folder)


def open_miner(folder: Path, _draw: random.Random) -> None:
    write_skill(folder, fence(MINER))


def open_phrase(folder: Path, _draw: random.Random) -> None:
    write_skill(folder, ENGLISH)


CONTROLS = [
    Case("a miner in the open", "control", Expect.FOUND, open_miner, MINES),
    Case("a phrase in the open", "control", Expect.FOUND, open_phrase, LIFTS),
    Case("an honest skill", "control", Expect.ANYTHING, honest, MINES),
]


def test_the_chosen_cases_exist():
    assert {f"{case.family}: {case.name}" for case in CASES} >= CHOSEN


def test_nothing_unread_is_called_clean(tmp_path, run_cli):
    cases = [case for case in CASES if f"{case.family}: {case.name}" in CHOSEN and case.possible()]
    cases += [*CONTROLS, *mutants(40, SEED)]
    for number, case in enumerate(cases):
        folder = tmp_path / f"{number:03}" / "unit-converter"
        folder.mkdir(parents=True)
        case.build(folder, random.Random(SEED))
    done = run_cli("scan", "--format", "json", "--jobs", "2", tmp_path, timeout=240)
    skills, faults = run_faults(done.returncode, done.stdout.encode(), done.stderr.encode())
    assert faults == []
    assert lost_workers(skills) == 0
    told = {number: [skill for skill in skills if f"/{number:03}/" in skill["path"]] for number in range(len(cases))}
    wrong = {case.name: faults for number, case in enumerate(cases) if (faults := case_faults(case, told[number]))}
    assert wrong == {}
    assert [skill["verdict"] for skill in told[cases.index(CONTROLS[2])]] == ["clean"]


def test_the_corpus_comes_out_the_same_for_the_same_seed():
    def made(seed: int) -> list[bytes]:
        return [case.build.keywords["data"] for case in mutants(30, seed)]

    assert made(1) == made(1)
    assert made(1) != made(2)


@pytest.mark.parametrize("seed", [1, 2])
def test_mutants_that_kept_their_payload_are_told_apart(seed):
    expected = {case.expect for case in mutants(100, seed)}
    assert expected >= {Expect.CAUGHT, Expect.NOT_CLEAN}
    assert len(whole(random.Random(seed))) == 10
