"""What a profile means on this machine, in this folder, for this command."""

from __future__ import annotations

import os
import stat
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Access, Destination, Level, Profile, Resources, UsageError
from pinfold.sandbox.defaults import DEFAULTS, default_profile
from pinfold.sandbox.planning import Asked, ProgramNotFoundError, settle


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "temporary").mkdir()
    return tmp_path / "work"


@pytest.fixture
def settled(folder, monkeypatch):
    """A function that settles a profile in ``folder``."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent / "temporary"))

    def settle_it(profile=None, *, command=("/bin/sh", "-c", "true"), environment=None, level=Level.L2, **asked):
        wanted = Asked(
            command=command,
            folder=str(folder),
            environment={"PATH": "/usr/bin:/bin", **(environment or {})},
            home=str(folder.parent / "home"),
            profile=profile,
            **asked,
        )
        return settle(wanted, level, ("no reason",))

    return settle_it


def scratch_folders(folder):
    return os.listdir(folder.parent / "temporary")


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def made(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def read(*allow, deny=()):
    return Profile(read=Access(allow=allow, deny=deny))


def test_the_plan_says_what_was_asked(settled, folder):
    limits = Resources(processes=5)
    profile = Profile(name="p", digest="sha256:0", limits=limits)
    plan = settled(profile, egress="none", trace=frozenset({"files"}), session="s", level=Level.L1)
    assert plan.command == ("/bin/sh", "-c", "true")
    assert (plan.program, plan.folder) == ("/bin/sh", str(folder))
    assert (plan.level, plan.missing, plan.egress, plan.session) == (Level.L1, ("no reason",), "none", "s")
    assert (plan.limits, plan.trace, plan.profile) == (limits, {"files"}, "sha256:0")
    assert settled(Profile(name="p")).profile == "p"
    assert len({settled().session, settled().session, "s"}) == 3


def test_a_scratch_folder_is_made_for_the_user_alone(settled, folder):
    plan = settled()
    assert scratch_folders(folder) == [os.path.basename(plan.scratch)]
    for path in (plan.scratch, plan.home, plan.temporary):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
    assert {plan.home, plan.temporary} <= set(plan.reach.write)
    assert settled().scratch != plan.scratch


@pytest.mark.parametrize(
    "profile",
    [
        read("{skill}/x"),
        read(".", deny=["{skill}"]),
        Profile(write=Access(allow=("{skill}",))),
        Profile(write=Access(deny=("{skill}/x",))),
        Profile(execute=Access(deny=("{skill}/x",))),
    ],
)
def test_what_cannot_be_settled_leaves_nothing_behind(settled, folder, profile):
    with pytest.raises(UsageError, match="skill") as caught:
        settled(profile)
    assert "--skill" in caught.value.hint
    assert scratch_folders(folder) == []


def test_where_no_folder_can_be_made_that_is_said(settled, folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "none"))
    with pytest.raises(UsageError, match="temporary folder") as caught:
        settled()
    assert "TMPDIR" in caught.value.hint


def test_a_folder_that_is_none_is_an_error(folder):
    for bad in (folder / "none", folder / "file"):
        made(folder, "file")
        with pytest.raises(UsageError, match="no folder") as caught:
            settle(Asked(command=("sh",), folder=str(bad), environment={}, home="/"), Level.L2, ())
        assert caught.value.hint


def test_the_notation_of_paths(settled, folder):
    home, skill = folder.parent / "home", folder.parent / "skill"
    made(folder, "a/b", "data.csv", "data[1].csv", "other.txt", ".hidden.csv")
    made(home, "notes", "~x")
    made(skill, "s/t")
    made(folder.parent, "skills", "sibling/x")

    def reads(*entries):
        system = set(settled(read()).reach.read)
        return set(settled(read(*entries), skill=str(skill)).reach.read) - system

    assert reads("a") == {str(folder / "a")}
    assert reads("./a/../a/b") == {str(folder / "a/b")}
    assert reads("a", "a/b") == {str(folder / "a")}
    assert reads(".") == {str(folder)}
    assert reads("../sibling") == {str(folder.parent / "sibling")}
    assert reads("~") == {str(home)}
    assert reads("~/notes") == {str(home / "notes")}
    assert reads("~notes") == set()  # no user's home, and no file of that name
    assert reads("{skill}") == {str(skill)}
    assert reads("{skill}/s") == {str(skill / "s")}
    assert reads("{skill}s") == set()  # a name in the folder, never the skill's neighbour
    assert reads("*.csv") == {str(folder / name) for name in ("data.csv", "data[1].csv", ".hidden.csv")}
    assert reads("data[1]*") == {str(folder / "data[1].csv")}
    assert reads("*/b") == {str(folder / "a/b")}
    assert reads("absent", "absent*", "absent/*") == set()


def test_links_are_settled_to_what_they_lead_to(settled, folder):
    made(folder, "real/x")
    (folder / "link").symlink_to("real")
    (folder / "broken").symlink_to("nothing")
    reach = settled(read("link", "link/x", "broken")).reach
    assert [path for path in reach.read if path.startswith(str(folder))] == [str(folder / "real")]


def test_no_granted_path_is_a_link_or_lies_below_another(settled, folder):
    made(folder, "a/b/c", "ab/c")
    reach = settled(Profile(read=Access(allow=("ab", "a/b", "a", "/usr/bin")), write=Access(allow=("a/b", "a")))).reach
    for paths in (reach.read, reach.write, reach.execute):
        assert len(paths) == len(set(paths))
        for path in paths:
            assert os.path.realpath(path) == path
            assert not any(path.startswith(other + "/") for other in paths)
    assert {str(folder / "a"), str(folder / "ab")} <= set(reach.read)


def test_a_great_many_matches_are_settled_quickly_and_to_a_bound(settled, folder):
    for number in range(2_100):
        (folder / str(number)).touch()
    assert 1_900 < len(settled(read("*")).reach.read) <= 2_100


def test_what_is_denied_is_kept_though_it_may_not_exist(settled, folder):
    reach = settled(read(".", deny=["absent", "*.key", "~/.ssh", "/etc/shadow"])).reach
    home = folder.parent / "home"
    wanted = {str(folder / "absent"), str(folder / "*.key"), str(home / ".ssh"), os.path.realpath("/etc/shadow")}
    assert wanted <= set(reach.no_read)


def test_what_is_denied_through_a_link_is_denied_where_it_lies(settled, folder):
    made(folder, "real/secret", "real/a.key")
    (folder / "link").symlink_to("real")
    denied = settled(read(".", deny=["link/secret", "link/*.key"])).reach.no_read
    assert {str(folder / "link/secret"), str(folder / "real/secret")} <= set(denied)
    assert {str(folder / "link/*.key"), str(folder / "real/*.key")} <= set(denied)


def test_programs_are_found_by_name_by_path_and_with_what_they_need(settled, folder):
    tool = program(folder.parent / "bin" / "tool")
    path = {"PATH": f"{folder.parent / 'bin'}:/usr/bin:/bin"}
    execute = settled(Profile(execute=Access(allow=("tool", "absent"))), environment=path).reach.execute
    assert tool in execute
    assert os.path.realpath("/bin/sh") in execute
    assert any("ld-" in one or "ld.so" in one for one in execute)
    made(folder, "tool")  # a file of that name in the folder is not what a bare name means
    assert str(folder / "tool") not in execute
    assert settled(Profile(execute=Access(allow=("./tool",)))).reach.execute == (str(folder / "tool"),)


def test_with_a_profile_the_command_itself_is_granted_only_by_the_profile(settled, folder):
    tool = program(folder / "tool")
    assert settled(Profile(), command=("./tool",)).reach.execute == ()
    plan = settled(command=("./tool",))
    assert plan.program == tool
    assert any(tool == one or tool.startswith(one + "/") for one in plan.reach.execute)


def test_a_denied_program_is_denied_in_every_folder_of_the_path(settled, folder):
    first, second = program(folder.parent / "b1" / "curl"), folder.parent / "b2" / "curl"
    second.parent.mkdir()
    second.symlink_to(program(folder.parent / "elsewhere" / "real-curl"))
    path = {"PATH": f"{folder.parent / 'b1'}::{folder.parent / 'b2'}"}
    denied = settled(Profile(execute=Access(deny=("curl", "./x"))), environment=path).reach.no_execute
    assert {first, str(second), str(folder.parent / "elsewhere/real-curl"), str(folder / "x")} <= set(denied)


def test_the_path_is_searched_from_the_folder_of_the_run(settled, folder, monkeypatch):
    tool = program(folder / "bin" / "tool")
    monkeypatch.chdir("/")
    path = {"PATH": "bin:/usr/bin"}
    assert settled(command=("tool",), environment=path).program == tool
    assert tool in settled(Profile(execute=Access(allow=("tool",))), environment=path).reach.execute


@pytest.mark.parametrize("name", ["absent", "./absent", "/absent/x", "", "a\nb"])
def test_a_program_that_is_not_there_is_told(settled, folder, name):
    with pytest.raises(ProgramNotFoundError) as caught:
        settled(command=(name,))
    assert caught.value.code == 127
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert scratch_folders(folder) == []


def test_a_command_of_nothing_is_an_error(settled):
    with pytest.raises(UsageError, match="no command"):
        settled(command=())


def test_an_interpreter_is_read_with_its_prefix(settled, folder):
    venv = folder.parent / "venv"
    program(venv / "bin" / "python3")
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    made(venv, "lib/python3.11/site-packages/x.py")
    plan = settled(command=(str(venv / "bin/python3"),))
    assert str(venv) in plan.reach.read
    named = Profile(execute=Access(allow=(str(venv / "bin/python3"),)))
    assert str(venv) in settled(named).reach.read


def test_variables_are_picked_and_those_that_lead_home_are_made_anew(settled, folder):
    given = {"LANG": "C.UTF-8", "API_KEY": "secret", "HOME": "/home/me", "TMPDIR": "/t", "PWD": "/p", "CHOSEN": "1"}
    plan = settled(environment=given)
    assert plan.environment == {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": plan.home,
        "TMPDIR": plan.temporary,
        "PWD": str(folder),
    }
    chosen = settled(Profile(environment=("CHOSEN", "HOME", "ABSENT")), environment=given).environment
    assert chosen["CHOSEN"] == "1"
    assert chosen["HOME"].startswith(str(folder.parent / "temporary"))
    assert not {"API_KEY", "ABSENT"} & set(chosen)
    assert settled(level=Level.L3).environment["TMPDIR"] == "/tmp"


def test_the_program_of_a_host_is_settled_to_what_it_really_is(settled, folder):
    real = program(folder.parent / "opt" / "tool-1.2")
    (folder.parent / "bin").mkdir()
    (folder.parent / "bin" / "tool").symlink_to(real)
    here = program(folder / "here")
    hosts = tuple(
        Destination(name="example.com", port=443, program=name) for name in ("tool", "./here", "absent", "", "/bin/sh")
    )
    path = {"PATH": f"{folder.parent / 'bin'}:/usr/bin"}
    plan = settled(Profile(hosts=hosts), environment=path)
    assert [host.program for host in plan.hosts] == [real, here, "absent", "", os.path.realpath("/bin/sh")]
    assert {(host.name, host.port) for host in plan.hosts} == {("example.com", 443)}


def test_devices(settled):
    plain = settled().devices
    assert {"/dev/null", "/dev/urandom"} <= set(plain)
    assert all(os.path.exists(path) for path in plain)
    assert not any("nvidia" in path or "dri" in path for path in plain)
    more = settled(Profile(devices=("gpu", "/dev/fuse", "/dev/absent"))).devices
    assert set(plain) <= set(more)
    assert "/dev/absent" not in more
    assert len(more) == len(set(more))


def test_without_a_profile_secrets_are_denied_and_what_is_obeyed_is_not_written(settled, folder):
    home = folder.parent / "home"
    reach = settled().reach
    for paths in (reach.no_read, reach.no_write):
        assert {str(home / ".ssh"), str(folder / ".env"), str(folder / ".env.*")} <= set(paths)
    assert {str(home / ".claude"), str(folder / "CLAUDE.md")} <= set(reach.no_write)
    assert str(folder / "CLAUDE.md") not in reach.no_read
    assert str(folder) in reach.write
    assert os.path.realpath("/usr") in reach.execute
    assert str(home) not in reach.read


def test_without_a_profile_the_python_of_the_search_path_comes_along(settled, folder):
    place = folder.parent / "venv"
    (place / "bin").mkdir(parents=True)
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (place / "bin/python3").symlink_to("/usr/bin/python3")
    (place / "bin/python3").resolve(strict=True)
    reach = settled(environment={"PATH": f"{place}/bin:/usr/bin:/bin"}).reach
    assert str(place) in reach.execute
    assert str(place) in reach.read
    assert str(place) not in settled(Profile(), environment={"PATH": f"{place}/bin:/usr/bin:/bin"}).reach.execute


def test_a_repository_is_protected_where_it_is_and_no_profile_speaks_of_it(settled, folder):
    hooks = str(folder / ".git/hooks")
    assert hooks not in settled().reach.no_write
    (folder / ".git/hooks").mkdir(parents=True)
    assert hooks in settled().reach.no_write
    assert hooks in settled(Profile(write=Access(allow=(".",)))).reach.no_write
    assert hooks not in settled(Profile(write=Access(allow=(".git/hooks",)))).reach.no_write


def test_the_defaults_are_of_the_notation():
    profile = default_profile()
    entries = [*profile.read.deny, *profile.write.deny, *profile.execute.allow]
    assert len(DEFAULTS.secrets) == len(set(DEFAULTS.secrets))
    assert all(not entry.endswith("/") and "//" not in entry for entry in entries)
    assert {"HOME", "TMPDIR", "PWD"}.isdisjoint(DEFAULTS.variables)
    assert not any("KEY" in name or "TOKEN" in name or "PROXY" in name for name in DEFAULTS.variables)


ENTRIES = st.text("ab.*/~{}skil[]?\\\n", min_size=1, max_size=12)


@given(st.lists(ENTRIES, max_size=4), st.lists(ENTRIES, max_size=4))
def test_no_entry_settles_to_anything_but_whole_paths(tmp_path_factory, allowed, denied):
    work = tmp_path_factory.mktemp("w")
    made(work, "a/b", "ab", "a*")
    profile = Profile(
        read=Access(allow=tuple(allowed), deny=tuple(denied)), execute=Access(deny=tuple(denied)), write=Access()
    )
    asked = Asked(command=("/bin/sh",), folder=str(work), environment={}, home=str(work), profile=profile, skill="/usr")
    plan = settle(asked, Level.L2, ())
    os.rmdir(plan.home)
    os.rmdir(plan.temporary)
    os.rmdir(plan.scratch)
    reach = plan.reach
    for path in (*reach.read, *reach.write, *reach.execute):
        assert os.path.realpath(path) == path
    for path in (*reach.no_read, *reach.no_write, *reach.no_execute):
        assert os.path.normpath(path) == path
        assert path.startswith("/")
