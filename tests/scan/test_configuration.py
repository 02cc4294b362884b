from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pinfold.model import Limits, UsageError
from pinfold.scan.configuration import configuration

SUPPRESS = """
[[scan.suppress]]
rule = "tunnel"
skill = "*"
reason = "{reason}"
author = "ann"
expires = 2027-01-01
"""


@pytest.fixture
def environment(tmp_path):
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.fixture
def user_file(tmp_path):
    path = tmp_path / "config" / "pinfold" / "pinfold.toml"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def folder(tmp_path):
    """The working folder."""
    path = tmp_path / "work"
    path.mkdir()
    return path


@pytest.fixture
def read(environment, folder):
    """Read the configuration for a scan of ``scanned``, from the working folder unless told otherwise."""

    def read(*scanned: Path, explicit: Path | None = None, cwd: Path | None = None):
        return configuration(explicit, scanned, environment, cwd or folder)

    return read


@pytest.fixture
def refused(folder, read):
    """Read ``text`` as the working folder's configuration and return why it was refused."""

    def refused(text: str | bytes) -> str:
        file = folder / "pinfold.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(UsageError) as caught:
            read()
        return str(caught.value)

    return refused


# Where it is read from


def test_nothing_needs_to_be_configured(read):
    settings = read()
    assert settings.limits == Limits()
    assert (settings.scan.fail_on, settings.scan.jobs, settings.scan.suppress, settings.notes) == (None, None, (), ())


def test_the_working_folder_overrides_the_user_key_by_key(read, user_file, folder):
    user_file.write_text(
        '[scan]\nfail-on = "review"\njobs = 3\n[scan.limits]\nfile-bytes = 10\ntree-depth = 4\n'
        + SUPPRESS.format(reason="by the user")
    )
    (folder / "pinfold.toml").write_text(
        "[scan]\njobs = 2\n[scan.limits]\nfile-bytes = 20\n" + SUPPRESS.format(reason="here")
    )
    settings = read()
    assert (settings.scan.fail_on, settings.scan.jobs) == ("review", 2)
    assert (settings.limits.file_bytes, settings.limits.tree_depth) == (20, 4)
    assert [entry.reason for entry in settings.scan.suppress] == ["by the user", "here"]


def test_without_xdg_the_users_folder_is_below_home(tmp_path, folder):
    file = tmp_path / "home" / ".config" / "pinfold" / "pinfold.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[scan]\njobs = 7\n")
    assert configuration(None, [], {"HOME": str(tmp_path / "home")}, folder).scan.jobs == 7


def test_a_named_file_replaces_all_others(read, user_file, folder, tmp_path):
    user_file.write_text("[scan]\njobs = 3\n")
    (folder / "pinfold.toml").write_text('[scan]\nfail-on = "review"\n')
    named = tmp_path / "named.toml"
    named.write_text("[scan.limits]\nfile-bytes = 10\n")
    settings = read(explicit=named)
    assert (settings.scan.jobs, settings.scan.fail_on, settings.limits.file_bytes) == (None, None, 10)


def test_a_named_file_must_exist(read, tmp_path):
    with pytest.raises(UsageError, match=r"missing\.toml"):
        read(explicit=tmp_path / "missing.toml")


def test_a_suppression_says_which_file_set_it_down(read, folder):
    file = folder / "pinfold.toml"
    file.write_text(SUPPRESS.format(reason="here"))
    (entry,) = read().scan.suppress
    assert entry.source == str(file)
    assert entry.expires == datetime.date(2027, 1, 1)


def test_folders_of_rules_are_relative_to_the_file_that_names_them(read, user_file, folder):
    user_file.write_text('[scan]\nrules = ["ours"]\n')
    (folder / "pinfold.toml").write_text('[scan]\nrules = ["/absolute"]\n')
    assert read().scan.rules == (str(user_file.parent / "ours"), "/absolute")


# Nothing that is scanned is read


@pytest.mark.parametrize("below", [".", "skill", "skill/deeper"])
def test_a_working_folder_inside_what_is_scanned_has_no_say(read, folder, below):
    cwd = folder / below
    cwd.mkdir(parents=True, exist_ok=True)
    (cwd / "pinfold.toml").write_text("[scan]\njobs = 2\n")
    settings = read(folder, cwd=cwd)
    assert settings.scan.jobs is None
    (note,) = settings.notes
    assert str(cwd / "pinfold.toml") in note
    assert "--config" in note


def test_it_is_not_even_parsed(read, folder):
    (folder / "pinfold.toml").write_bytes(b"\xff not toml")
    assert read(folder).scan.jobs is None


def test_a_working_folder_beside_what_is_scanned_has_its_say(read, folder):
    (folder / "skill").mkdir()
    (folder / "pinfold.toml").write_text("[scan]\njobs = 2\n")
    settings = read(folder / "skill")
    assert (settings.scan.jobs, settings.notes) == (2, ())


def test_around_a_single_file_its_folder_counts_as_scanned(read, folder):
    """Whoever sent the SKILL.md may have sent the pinfold.toml beside it."""
    (folder / "SKILL.md").write_text("# Hello\n")
    (folder / "pinfold.toml").write_text("[scan]\njobs = 2\n")
    settings = read(folder / "SKILL.md")
    assert settings.scan.jobs is None
    assert len(settings.notes) == 1


@pytest.mark.parametrize("linked", ["scanned", "working"])
def test_links_do_not_hide_that_one_lies_inside_the_other(read, folder, tmp_path, linked):
    (folder / "pinfold.toml").write_text("[scan]\njobs = 2\n")
    link = tmp_path / "link"
    link.symlink_to(folder)
    settings = read(link) if linked == "scanned" else read(folder, cwd=link)
    assert settings.scan.jobs is None
    assert len(settings.notes) == 1


def test_a_file_named_on_purpose_is_read_wherever_it_lies(read, folder):
    (folder / "pinfold.toml").write_text("[scan]\njobs = 2\n")
    assert read(folder, explicit=folder / "pinfold.toml").scan.jobs == 2


# What is refused


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[scn]\njobs = 2\n", "scn"),
        ("jobs = 2\n", "jobs"),
        ("[scan]\njob = 2\n", "job"),
        ("[scan.limits]\nfile-byte = 2\n", "file_byte"),
        (SUPPRESS.format(reason="r") + 'author-mail = "x"\n', "author-mail"),
        ('[scan]\nfail-on = "blok"\n', "fail-on"),
        ("[scan]\njobs = 0\n", "jobs"),
        ("[scan]\njobs = 100000\n", "jobs"),
        ('[scan]\njobs = "2"\n', "jobs"),
        ('scan = "x"\n', "object"),
        ("[scan.limits]\nfile-bytes = 0\n", "file_bytes"),
        ("[scan.limits]\nfile-seconds = -1.0\n", "file_seconds"),
        ("[scan.limits]\nfile-seconds = nan\n", "file_seconds"),
        ("[scan.limits]\nfile-seconds = inf\n", "file_seconds"),
        ("[scan.limits]\nworker-memory = 100000000000000000000000\n", "worker"),
        ("[scan.limits]\nfile-bytes = 1.5\n", "file_bytes"),
        (SUPPRESS.format(reason="r").replace("2027-01-01", '"soon"'), "expires"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(refused, text, named):
    assert named in refused(text)


@pytest.mark.parametrize("text", [b"[scan\n", b"\xff\xfe", b"scan = \n"])
def test_what_is_no_toml_is_refused_with_its_file(refused, text, folder):
    assert str(folder / "pinfold.toml") in refused(text)


def test_a_whole_number_of_seconds_will_do(read, folder):
    (folder / "pinfold.toml").write_text("[scan.limits]\nfile-seconds = 5\n")
    assert read().limits.file_seconds == 5.0
