"""Compiled Python beside its source."""

from __future__ import annotations

import py_compile

import pytest

from pinfold.model import FileType, SkillFile
from pinfold.scan.modules import Modules

SOURCE = b"import os\n\ndef f():\n    return os.getcwd()\n"


@pytest.fixture
def compiled(tmp_path):
    (tmp_path / "a.py").write_bytes(SOURCE)
    py_compile.compile(str(tmp_path / "a.py"), cfile=str(tmp_path / "a.pyc"))
    return (tmp_path / "a.pyc").read_bytes()


def unread(*files):
    modules = Modules()
    for path, data in files:
        kind = FileType.PROGRAM if path.endswith(".pyc") else FileType.TEXT
        modules.take(SkillFile(path=path, data=data, type=kind, executable=False, digest="x"))
    return [item.detail for item in modules.without_source()]


@pytest.mark.parametrize(
    "path", ["b/__pycache__/a.cpython-312.pyc", "b/__pycache__/a.cpython-311.opt-1.pyc", "b/a.pyc"]
)
def test_code_of_the_source_beside_it(compiled, path):
    assert unread((path, compiled), ("b/a.py", SOURCE)) == []


def test_code_without_source(compiled):
    assert unread(("a.pyc", compiled)) == ["compiled Python without its source"]


def test_code_of_another_source(compiled):
    other = SOURCE.replace(b"getcwd", b"getpid")
    assert unread(("a.pyc", compiled), ("a.py", other + b"#" * (len(SOURCE) - len(other)))) == [
        "compiled Python that was not made from the source beside it"
    ]
