from __future__ import annotations

import pytest

from pinfold.model import FileType, Role, SkillFile
from pinfold.scan.fixtures import MOST_BYTES, Names, in_fixtures, role_elsewhere


def file(path: str, data: bytes = b"") -> SkillFile:
    return SkillFile(path=path, data=data, type=FileType.TEXT)


def lead(text: str | bytes, path: str) -> bool:
    names = Names()
    names.add(file("SKILL.md", text if isinstance(text, bytes) else text.encode()))
    return names.lead_to(path)


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.sh",
        "a/Fixtures/b/c.md",
        "pack.zip!/test/a.md",
        "mocks/x",
        "data/eval_datasets/a.json",
        "testcase/b/c.py",
    ],
)
def test_files_in_folders_for_test_data_may_be_test_data(path):
    assert in_fixtures(path)


@pytest.mark.parametrize("path", ["tests", "a/tests.md", "testing/a.sh", "tests/SKILL.md", "scripts/a.sh"])
def test_other_files_are_none(path):
    assert not in_fixtures(path)


@pytest.mark.parametrize(
    ("path", "data", "role"),
    [
        ("tests/a.sh", b"", Role.COMMAND),
        ("tests/a.py", b"", Role.CODE),
        ("tests/a.md", b"", Role.INSTRUCTION),
        ("tests/a", b"#!/bin/sh\nid\n", Role.COMMAND),
        ("tests/a.json", b"{}", Role.DATA),
        ("pack.zip!/tests/a.sh", b"", Role.COMMAND),
    ],
)
def test_elsewhere_a_file_has_the_role_of_its_kind(path, data, role):
    assert role_elsewhere(file(path, data)) is role


@pytest.mark.parametrize(
    "text",
    [
        "Run tests/go.py now.",
        "运行tests/go.py脚本",
        "Run tests\\go.py now.",
        "python3 -m tests.go",
        "from tests.go import main",
        "for f in tests/*; do",
        "cd tests && ./go.py",
        "cd ./tests\n./go.py",
        "Run tests/go.py now.".encode("utf-16"),
        b"\xff\xfe\x00\xff tests/go.py",
    ],
)
def test_a_text_leads_to_a_file(text):
    assert lead(text, "tests/go.py")


@pytest.mark.parametrize(
    "text", ["", "Run the tests.", "Look at go.py.", "cd scripts && ./go.py; the tests", "tests/go.sh"]
)
def test_other_texts_do_not(text):
    assert not lead(text, "tests/go.py")


def test_a_text_elsewhere_names_a_file_as_it_is_seen_from_there():
    assert lead("Follow samples/order.md.", "skills/one/samples/order.md")
    assert lead("python3 -m tests.go", "skills/one/tests/go.py")
    assert not lead("Follow order.md.", "skills/one/samples/order.md")


def test_a_member_of_an_archive_is_named_by_its_path_in_it():
    assert lead("unzip pack.zip && bash tests/go.sh", "pack.zip!/tests/go.sh")


def test_without_a_text_nothing_is_named():
    assert not Names().lead_to("tests/go.py")


def test_in_a_flood_of_text_nothing_passes_for_test_data():
    names = Names()
    for number in range(3):
        names.add(file(f"{number}.md", b"x" * (MOST_BYTES // 2)))
    assert names.lead_to("tests/go.py")


def test_names_that_are_no_text_are_compared_all_the_same():
    assert lead("run tests/größe.sh", "tests/größe.sh")
    assert not lead("run it", "tests/\udcff.sh")
