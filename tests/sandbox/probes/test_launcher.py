from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pinfold.model import Level, UsageError
from pinfold.sandbox.probes.launcher import interpreter, pinfold, prefix, unconfined


def test_a_prefix_is_split_as_a_shell_would_and_filled_in():
    launch = prefix("box --bind '{folder}' \"a b\" {python} --", "/usr/bin/python3")
    assert launch(["id", "{folder}"], Path("/w")) == [
        "box", "--bind", "/w", "a b", "/usr/bin/python3", "--", "id", "{folder}",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "box 'unclosed"])
def test_a_prefix_that_is_no_command_is_refused(text):
    with pytest.raises(UsageError):
        prefix(text, "")


def test_pinfold_is_started_so_that_nothing_in_the_folder_is_imported():
    words = pinfold(Level.L2, Path("p.toml"))(["id"], Path("/w"))
    assert words[:4] == [sys.executable, "-P", "-m", "pinfold"]
    assert words[4:] == ["run", "--level", "L2", "--profile", str(Path.cwd() / "p.toml"), "--", "id"]
    assert pinfold()(["id"], Path("/w"))[4:] == ["run", "--", "id"]


def test_without_a_sandbox_nothing_is_put_before():
    assert unconfined(["id"], Path("/w")) == ["id"]


def test_the_interpreter_can_be_run():
    assert os.access(interpreter(), os.X_OK)
