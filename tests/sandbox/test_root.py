"""The file tree of a run, worked out over a disk that exists only here."""

from __future__ import annotations

import fnmatch
import posixpath
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Level
from pinfold.sandbox import root
from pinfold.sandbox.plan import Plan, Reach
from pinfold.sandbox.root import LayoutError, Mount, layout

SCRATCH = "/tmp/run"
DEVICES = ("full", "null", "random", "tty", "urandom", "zero")


class Disk:
    """A disk of paths: each names its kind, or ``-> TEXT`` for a link; folders above them are there as well."""

    def __init__(self, **entries):
        usual = {"/usr/bin/sh": "file", "/usr/lib/libc": "file", "/bin": "-> usr/bin", "/lib64": "-> usr/lib"}
        usual |= {f"/dev/{name}": "device" for name in DEVICES}
        usual |= {f"{SCRATCH}/home": "folder", f"{SCRATCH}/tmp": "folder", "/var/tmp": "folder", "/proc/sys": "folder"}
        self.entries = {**usual, **entries}
        for path in list(self.entries):
            while (path := posixpath.dirname(path)) != "/":
                self.entries.setdefault(path, "folder")

    def kind(self, path):
        entry = self.entries.get(path, "absent")
        return "symlink" if entry.startswith("->") else entry

    def link(self, path):
        return self.entries[path].removeprefix("-> ")

    def names(self, path):
        return [posixpath.basename(one) for one in self.entries if posixpath.dirname(one) == path and one != "/"]


def planned(disk=None, *, devices=(), scratch=SCRATCH, program="/bin/sh", folder="/work", **reach):
    plan = Plan(
        command=("sh",),
        program=program,
        folder=folder,
        scratch=scratch,
        environment={},
        reach=Reach(**{name: tuple(paths) for name, paths in reach.items()}),
        level=Level.L3,
        devices=devices,
    )
    return layout(plan, disk or Disk())


def at(steps, target):
    """What stands at a path in the end."""
    return next((step for step in reversed(steps) if step.target == target), None)


def kinds(steps, below):
    return {step.target: step.kind for step in steps if step.target == below or step.target.startswith(f"{below}/")}


WORK = {"/work/a": "file", "/work/.git/hooks/pre-push": "file", "/work/.git/HEAD": "file", "/work/.env": "file"}


def test_what_is_granted_stands_at_its_own_path_and_nothing_else_does():
    steps = planned(Disk(**WORK, **{"/home/me/.ssh/id": "file"}), read=["/usr"], write=["/work"])
    assert at(steps, "/usr") == Mount("bind", "/usr", "/usr")
    assert at(steps, "/work") == Mount("bind", "/work", "/work", writable=True)
    assert kinds(steps, "/home") == {}
    assert steps[0] == Mount("tmpfs", "", "/")


def test_a_granted_path_that_does_not_exist_is_left_out():
    assert kinds(planned(read=["/usr", "/gone"], write=["/gone/too"]), "/gone") == {}


def test_a_file_is_bound_onto_a_file_and_a_folder_onto_a_folder():
    steps = planned(Disk(**{"/etc/passwd": "file"}), read=["/etc/passwd"])
    assert [step.kind for step in steps if step.target.startswith("/etc")] == ["folder", "file", "bind"]


@pytest.mark.parametrize("kind", ["other", "device"])
def test_a_socket_or_device_is_not_granted_as_a_file(kind):
    assert kinds(planned(Disk(**{"/run/x": kind}), read=["/run/x"], write=["/run/x"]), "/run") == {}


def test_links_of_the_root_lead_where_they_led():
    steps = planned(read=["/usr"])
    assert at(steps, "/bin") == Mount("symlink", "usr/bin", "/bin")
    assert at(steps, "/lib64") == Mount("symlink", "usr/lib", "/lib64")


def test_a_link_to_what_is_not_granted_is_left_out():
    steps = planned(Disk(**{"/secrets": "-> home/me", "/home/me/x": "file"}), read=["/usr/bin"])
    assert at(steps, "/secrets") is None
    assert at(steps, "/lib64") is None
    assert at(steps, "/bin") is not None


def test_a_path_granted_through_links_stands_at_its_real_place_too():
    disk = Disk(**{"/opt/now": "-> v2", "/opt/v2": "-> /data/v2", "/data/v2/bin/tool": "file"})
    steps = planned(disk, read=["/opt/now/bin"], program="/opt/now/bin/tool")
    assert at(steps, "/data/v2/bin").kind == "bind"
    assert at(steps, "/opt/now") == Mount("symlink", "v2", "/opt/now")
    assert at(steps, "/opt/v2") == Mount("symlink", "/data/v2", "/opt/v2")


def test_links_that_lead_in_a_circle_are_absent():
    assert kinds(planned(Disk(**{"/a": "-> b", "/b": "-> /a"}), read=["/a/x"]), "/a") == {}


def test_temporary_files_are_the_runs_own():
    steps = planned(read=["/usr"])
    for place in ("/tmp", "/var/tmp", f"{SCRATCH}/tmp"):
        assert at(steps, place) == Mount("bind", f"{SCRATCH}/tmp", place, writable=True)
    assert at(steps, f"{SCRATCH}/home") == Mount("bind", f"{SCRATCH}/home", f"{SCRATCH}/home", writable=True)


def test_the_machines_own_temporary_folder_is_there_if_it_is_granted_by_name():
    steps = planned(Disk(**{"/tmp/x": "file"}), write=["/tmp"])
    assert at(steps, "/tmp") == Mount("bind", "/tmp", "/tmp", writable=True)
    assert at(steps, "/var/tmp").source == f"{SCRATCH}/tmp"


def test_a_working_folder_below_the_temporary_one_keeps_its_path():
    steps = planned(Disk(**{"/tmp/job/work/a": "file"}), read=["/usr"], write=["/tmp/job/work"], folder="/tmp/job/work")
    assert kinds(steps, "/tmp/job") == {"/tmp/job": "hold", "/tmp/job/work": "bind"}
    order = [step.target for step in steps if step.kind == "bind"]
    assert order.index("/tmp") < order.index("/tmp/job/work")


def test_a_whole_root_may_be_granted_and_what_is_the_runs_own_still_covers_it():
    steps = planned(Disk(**WORK), read=["/"], write=["/work"], no_read=["/home", "/work/.env"])
    assert steps[0] == Mount("bind", "/", "/")
    assert kinds(steps, "/tmp")["/tmp"] == "bind"
    assert at(steps, "/dev").kind == "tmpfs"
    assert at(steps, "/proc").kind == "proc"
    assert at(steps, "/work/.env").kind == "cover-file"
    assert not [step for step in steps if step.kind == "folder" and not step.target.startswith(("/dev/", "/tmp/"))]


def test_devices_are_the_harmless_ones_and_those_granted():
    disk = Disk(**{"/dev/sda": "device", "/dev/nvidia0": "device", "/dev/shm": "folder"})
    steps = planned(disk, devices=("/dev/nvidia0", "/dev/none", "/dev/shm"), read=["/dev", "/dev/sda"])
    assert {step.source for step in steps if step.kind == "device"} == {
        *(f"/dev/{name}" for name in DEVICES), "/dev/nvidia0",
    }  # fmt: skip
    assert at(steps, "/dev/shm").kind == "tmpfs"
    assert at(steps, "/dev/ptmx") == Mount("symlink", "pts/ptmx", "/dev/ptmx")


def test_a_folder_of_devices_may_be_granted():
    steps = planned(Disk(**{"/dev/dri/card0": "device"}), devices=("/dev/dri", "/dev", "/dev/pts"))
    assert [step.kind for step in steps if step.target == "/dev/dri"] == ["folder", "device"]
    assert (at(steps, "/dev").kind, at(steps, "/dev/pts").kind) == ("tmpfs", "terminals")


def test_what_is_granted_in_shared_memory_is_there():
    disk = Disk(**{"/dev/shm/job/a": "file", "/dev/shm/other": "file"})
    steps = planned(disk, write=["/dev/shm/job"])
    assert kinds(steps, "/dev/shm") == {"/dev/shm": "tmpfs", "/dev/shm/job": "bind"}
    assert at(planned(disk, write=["/dev/shm"]), "/dev/shm") == Mount("bind", "/dev/shm", "/dev/shm", writable=True)


def test_the_processes_and_the_settings_of_the_machine_are_not_for_a_run():
    disk = Disk(**{"/proc/keys": "file", "/proc/1": "folder"})
    steps = planned(disk, read=["/proc", "/proc/1"], write=["/proc/sys"])
    assert kinds(steps, "/proc") == {"/proc": "proc", "/proc/sys": "protect", "/proc/keys": "cover-file"}


def test_what_may_not_be_read_is_covered_where_it_would_be_seen():
    disk = Disk(**WORK, **{"/work/keys/a": "file"})
    steps = planned(disk, write=["/work"], no_read=["/work/.env", "/work/keys", "/work/gone", "/elsewhere"])
    assert at(steps, "/work/.env").kind == "cover-file"
    assert at(steps, "/work/keys").kind == "cover-folder"
    assert sum(step.kind.startswith("cover") for step in steps) == 2


def test_what_may_not_be_written_is_protected_where_it_could_be():
    disk = Disk(**WORK)
    steps = planned(disk, write=["/work"], read=["/usr"], no_write=["/work/.git/hooks", "/usr/bin", "/work/none"])
    assert at(steps, "/work/.git/hooks") == Mount("protect", "/work/.git/hooks", "/work/.git/hooks")
    assert at(steps, "/usr/bin") is None


def test_the_folder_of_what_is_denied_cannot_be_renamed():
    """Something is mounted on it; else a new one could be put in its place."""
    steps = planned(Disk(**WORK), write=["/work"], no_write=["/work/.git/hooks"])
    assert at(steps, "/work/.git") == Mount("hold", "/work/.git", "/work/.git", writable=True)
    read_only = planned(Disk(**WORK), read=["/work"], no_read=["/work/.git/hooks"])
    assert at(read_only, "/work/.git") is None


@pytest.mark.parametrize("denied", ["/work/.git/new/file", "/work/.git/*.new", "/work/.git/new*/x"])
def test_the_folder_in_which_something_denied_could_be_made_cannot_be_renamed(denied):
    for name in ("no_read", "no_write"):
        steps = planned(Disk(**WORK, **{"/work/other/x": "file"}), write=["/work"], **{name: [denied]})
        assert kinds(steps, "/work") == {"/work": "bind", "/work/.git": "hold"}


def test_a_star_stands_for_characters_of_a_name():
    names = {f"/work/{name}": "file" for name in (".env", ".env.local", "env", "x.env", "sub/.env")}
    steps = planned(Disk(**names), write=["/work"], no_read=["/work/.env*", "/work/*/.env"])
    covered = {step.target for step in steps if step.kind == "cover-file"}
    assert covered == {"/work/.env", "/work/.env.local", "/work/sub/.env"}


def test_what_a_denied_link_leads_to_is_covered():
    disk = Disk(**{"/work/.ssh": "-> dots/ssh", "/work/dots/ssh/id": "file"})
    steps = planned(disk, write=["/work"], no_read=["/work/.ssh"])
    assert at(steps, "/work/dots/ssh").kind == "cover-folder"


def test_denial_beats_a_grant_inside_it():
    disk = Disk(**{"/work/secret/open/a": "file", "/work/fixed/free/a": "file"})
    steps = planned(
        disk,
        write=["/work", "/work/secret/open", "/work/fixed/free"],
        no_read=["/work/secret"],
        no_write=["/work/fixed"],
    )
    assert kinds(steps, "/work") == {"/work": "bind", "/work/secret": "cover-folder", "/work/fixed": "protect"}


def test_grants_are_nested_in_order():
    disk = Disk(**{"/data/in/out/secret/x": "file", "/data/in/out/y": "file"})
    steps = planned(
        disk, read=["/data", "/data/in"], write=["/data/in/out"], no_read=["/data/in/out/secret"], execute=["/data"]
    )
    assert [(step.target, step.kind, step.writable) for step in steps if step.target.startswith("/data")] == [
        ("/data", "folder", False),
        ("/data", "bind", False),
        ("/data/in/out", "bind", True),
        ("/data/in/out/secret", "cover-folder", False),
    ]


def test_what_is_read_and_written_is_written():
    steps = planned(Disk(**WORK), read=["/work"], write=["/work"], execute=["/work"])
    assert at(steps, "/work").writable


def test_a_run_whose_own_folder_lies_in_what_is_denied_is_refused():
    with pytest.raises(
        LayoutError, match=r"/home/me/\.cache/run/home is needed for the run and lies in /home/me"
    ) as seen:
        planned(
            Disk(**{"/home/me/.cache/run/home": "folder", "/home/me/.cache/run/tmp": "folder"}),
            scratch="/home/me/.cache/run",
            read=["/"],
            no_read=["/home/me"],
        )
    assert "TMPDIR" in seen.value.hint


def test_too_many_mounts_are_refused():
    names = {f"/work/{number}.key": "file" for number in range(root.MOST_STEPS + 1)}
    with pytest.raises(LayoutError, match="more than 4,000 mounts"):
        planned(Disk(**names), write=["/work"], no_read=["/work/*.key"])


NAMES = st.sampled_from(["a", "b", "c", "tmp", "dev", "run", "d*", "*", "."])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
TREES = st.dictionaries(
    PATHS.filter(lambda path: "*" not in path and "." not in path),
    st.sampled_from(["file", "folder", "device", "other", "-> a", "-> ../b", "-> /c/a", "-> /tmp"]),
    max_size=12,
)


def tidy(tree):
    """Only folders have something in them."""
    return {
        path: kind
        for path, kind in tree.items()
        if not any(path.startswith(f"{other}/") and tree[other] != "folder" for other in tree)
    }


def test_a_run_has_no_second_temporary_folder_where_that_is_denied():
    steps = planned(read=["/"], no_read=["/var"])
    assert kinds(steps, "/var") == {"/var": "cover-folder"}


@given(tree=TREES.map(tidy), reach=st.dictionaries(
    st.sampled_from(["read", "write", "execute", "no_read", "no_write"]), st.lists(PATHS, max_size=4), max_size=5
))  # fmt: skip
def test_whatever_the_plan_every_place_is_there_and_nothing_is_made_on_the_disk(tree, reach):
    disk = Disk(**tree)
    reach = {name: [path for path in paths if "*" not in path or "no_" in name] for name, paths in reach.items()}
    try:
        steps = planned(disk, **reach)
    except LayoutError:
        return
    there: dict[str, Mount] = {}

    def shown_at(path):
        while path not in there:
            path = posixpath.dirname(path)
        return there[path]

    for step in steps:
        over = shown_at(posixpath.dirname(step.target)) if step.target != "/" else None
        real = over is not None and over.kind in ("bind", "hold", "protect") and over.source == over.target
        if step.kind in ("folder", "file", "symlink"):
            assert not real, f"{step} would be made on the disk"
        elif step.target != "/":
            exists = step.target in there or disk.kind(step.target) not in ("absent", "symlink")
            assert exists, f"{step} has no place"
            assert real or step.target in there or over.kind == "proc", f"{step} has no place of the run's own"
        there[step.target] = there.get(posixpath.dirname(step.target), step) if step.kind == "folder" else step
        if step.kind == "folder":
            there[step.target] = over


@given(
    name=st.text("ab.*", max_size=8),
    pattern=st.text("ab.*", max_size=8).filter(lambda text: "*" in text),
)
def test_a_star_means_what_it_means_to_a_shell(name, pattern):
    disk = Disk(**({f"/work/{name}": "file"} if name not in ("", ".", "..") else {}))
    if name in ("", ".", "..") or "/" in name:
        return
    steps = planned(disk, write=["/work"], no_read=[f"/work/{pattern}"])
    wanted = re.fullmatch(fnmatch.translate(pattern), name) is not None
    assert (at(steps, f"/work/{name}") is not None) == wanted


def test_a_hostile_pattern_takes_linear_time():
    disk = Disk(**{"/work/" + "a" * 200: "file"})
    assert not [
        one for one in planned(disk, write=["/work"], no_read=["/work/" + "*a" * 90 + "b"]) if "cover" in one.kind
    ]
