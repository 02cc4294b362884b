"""What programs need to start: told by their own first bytes, which anybody may have written."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox.interpreters import loader_of, needs, prefixes

PATH = "/usr/bin:/bin"
LOADER = "/lib64/ld-linux-x86-64.so.2"


def elf(interpreter=b"/lib64/ld-linux-x86-64.so.2", *, before=0, kind=3, size=56, count=None, offset=None, length=None):
    """A 64-bit program of which only the headers are there; the interpreter's comes after ``before`` others."""
    table = 64
    at = table + 56 * (before + 1) if offset is None else offset
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHH", 2, 62, 1, 0, table, 0, 0, 64, size, 0)
    head = head[:56] + struct.pack("<H", before + 1 if count is None else count) + bytes(6)
    wanted = len(interpreter) + 1 if length is None else length
    others = (struct.pack("<II", 1, 0) + bytes(48)) * before
    return head + others + struct.pack("<IIQQQQQQ", kind, 4, at, 0, 0, wanted, wanted, 1) + interpreter + b"\0"


def program(path, content, mode=0o755):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def test_a_program_names_its_loader():
    assert loader_of(elf()) == LOADER
    assert loader_of(elf(before=5)) == LOADER


def test_the_loader_of_a_real_program_is_found():
    loader = loader_of(Path("/bin/sh").read_bytes()[:4_096])
    assert os.access(loader, os.X_OK)
    assert list(needs("/bin/sh", PATH)) == [loader]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x7fELF",
        b"\x7fELF\x01\x01" + bytes(100),  # 32 bits
        elf(kind=2),
        elf(count=0),
        elf(size=32),
        elf(offset=100_000),
        elf(length=0),
        elf(before=80),  # far beyond what programs have
    ],
)
def test_what_is_no_such_program_names_none(head):
    assert loader_of(head) == ""


def test_a_loader_ends_at_the_first_zero_and_is_no_longer_than_a_path():
    assert loader_of(elf(b"/ld\0rest")) == "/ld"
    assert len(loader_of(elf(b"/" + b"l" * 3_000))) <= 255


@given(st.binary(max_size=300), st.binary(max_size=200))
def test_no_bytes_harm_the_reader(head, tail):
    for data in (head, b"\x7fELF\x02\x01" + head, elf()[:64] + tail, elf()[:70] + tail, b"#!" + head):
        assert isinstance(loader_of(data), str)


@given(head=st.binary(max_size=100), at=st.integers(6, 130), value=st.binary(min_size=1, max_size=8))
def test_no_damaged_program_harms_the_reader(head, at, value):
    data = elf()
    assert isinstance(loader_of(data[:at] + value + data[at + len(value) :] + head), str)


@given(st.binary(max_size=60))
def test_no_first_line_of_a_script_harms_the_reader(tmp_path_factory, line):
    path = program(tmp_path_factory.mktemp("s") / "bin" / "x", b"#!" + line)
    for needed in (*needs(path, PATH), *prefixes(path)):
        assert needed.startswith("/")


def test_a_script_needs_its_interpreters_in_turn(tmp_path):
    inner = program(tmp_path / "inner", "#!/bin/sh\n")
    outer = program(tmp_path / "outer", f"#! {inner} -x\n")
    found = list(needs(outer, PATH))
    assert found[:2] == [inner, "/bin/sh"]
    assert found[2:] == list(needs("/bin/sh", PATH))


@pytest.mark.parametrize("line", ["tool", "-S tool -u", "-i A=1 B=2 tool --x", "-u tool"])
def test_what_env_starts_is_found_on_the_path(tmp_path, line):
    tool = program(tmp_path / "bin" / "tool", "#!/bin/sh\n")
    script = program(tmp_path / "script", f"#!/usr/bin/env {line}\n")
    found = list(needs(script, f"{tmp_path / 'bin'}:/usr/bin"))
    assert {"/usr/bin/env", tool, "/bin/sh"} <= set(found)
    assert tool not in list(needs(script, "/usr/bin"))
    assert next(needs(program(tmp_path / "none", "#!/usr/bin/env\n"), PATH)) == "/usr/bin/env"


def test_what_is_no_program_is_not_needed_whatever_a_script_says(tmp_path):
    """What is needed is granted: a script must not choose papers, or folders full of them."""
    paper = program(tmp_path / "paper", "secret", 0o644)
    folder = tmp_path / "folder"
    folder.mkdir()
    for named in (paper, str(folder), "/", str(tmp_path), "/etc/passwd", "paper", "../paper", str(tmp_path / "gone")):
        script = program(tmp_path / "script", f"#!{named}\n")
        assert list(needs(script, PATH)) == []
        assert list(prefixes(script)) == []
        binary = program(tmp_path / "binary", elf(named.encode()))
        assert list(needs(binary, PATH)) == []


def test_a_zero_byte_in_a_script_harms_nobody(tmp_path):
    for line in (b"#!/bin/\0sh\n", b"#!/usr/bin/env \0\n", b"#!\0"):
        script = program(tmp_path / "bin" / "script", line)
        assert list(needs(script, PATH)) == []
        assert list(prefixes(script)) == []


def test_scripts_that_need_each_other_come_to_an_end(tmp_path):
    one, other = tmp_path / "bin" / "one", tmp_path / "bin" / "other"
    program(one, f"#!{other}\n")
    program(other, f"#!{one}\n")
    assert list(needs(str(one), PATH)) == [str(other)]
    assert list(prefixes(str(one))) == []
    itself = program(tmp_path / "env", f"#!{tmp_path}/env env\n")
    assert list(needs(itself, str(tmp_path))) == []
    chain = [program(tmp_path / str(number), f"#!{tmp_path}/{number + 1}\n") for number in range(100)]
    assert 1 <= len(list(needs(chain[0], PATH))) < 20


def test_a_pipe_does_not_keep_us_waiting(tmp_path):
    pipe = tmp_path / "bin" / "pipe"
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    os.mkfifo(tmp_path / "pyvenv.cfg")
    assert list(needs(str(pipe), PATH)) == []
    assert list(prefixes(str(pipe))) == []
    assert list(needs(str(tmp_path), PATH)) == []
    assert list(needs("/dev/tty", PATH)) == []


def test_a_virtual_environment_needs_itself_and_the_one_it_was_made_from(tmp_path):
    base = tmp_path / "base"
    (base / "lib" / "python3.11").mkdir(parents=True)
    python = program(base / "bin" / "python3", elf())
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python3").symlink_to(python)
    (venv / "pyvenv.cfg").write_text(f"version = 3\nhome  =  {base / 'bin'} \n")
    assert set(prefixes(str(venv / "bin" / "python3"))) == {str(venv), str(base)}
    script = program(venv / "bin" / "tool", f"#!{venv}/bin/python3\n")
    assert set(prefixes(script)) == {str(venv), str(base)}
    far = program(tmp_path / "elsewhere" / "tool", f"#!{venv}/bin/python3\n")
    assert set(prefixes(far)) == {str(venv), str(base)}


def test_our_own_interpreter_has_its_prefix():
    if sys.executable.startswith(("/usr/", "/bin/", "/opt/")):
        pytest.skip("an interpreter of the system needs nothing beside it")
    assert any(sys.prefix == one or os.path.realpath(sys.prefix) == one for one in prefixes(sys.executable))


def test_a_folder_of_programs_is_no_prefix(tmp_path, monkeypatch):
    tool = program(tmp_path / "bin" / "tool", "#!/bin/sh\n")
    assert list(prefixes(tool)) == []
    (tmp_path / "lib" / "python3.11").mkdir(parents=True)
    assert list(prefixes(tool)) == [str(tmp_path)]
    (tmp_path / "share" / "keyrings").mkdir(parents=True)
    assert list(prefixes(tool)) == []
    (tmp_path / "share" / "keyrings").rmdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list(prefixes(tool)) == []
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert list(prefixes(tool)) == []  # a home is nobody's environment, whatever lies in it


@pytest.mark.parametrize("path", ["/usr/bin/env", "/bin/sh", "/"])
def test_the_system_needs_no_prefix(path):
    assert list(prefixes(path)) == []
