"""What the kernel makes of a plan: forked processes, as an ordinary user and as root, that try to reach things."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.model import Level
from pinfold.sandbox import kernel, landlock
from pinfold.sandbox.landlock import carved, restrict
from pinfold.sandbox.plan import Plan, Reach

SYSTEM = tuple(dict.fromkeys(os.path.realpath(path) for path in ("/usr", "/lib", "/lib64") if os.path.exists(path)))


def plan(*, devices=(), level=Level.L2, **reach):
    return Plan(
        command=("x",),
        program="/bin/x",
        folder="/",
        scratch="/nowhere",
        environment={},
        reach=Reach(**{name: tuple(map(str, paths)) for name, paths in reach.items()}),
        level=level,
        devices=devices,
    )


@pytest.fixture
def confined(forked, user):
    """A function that runs a body as the user, confined to a plan."""

    def run(plan, body):
        def child():
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            restrict(plan)
            body()

        forked(child, user=user)

    return run


@pytest.fixture
def place(open_folder, user):
    """A folder of the user's, with a function to put files there."""

    class Place:
        root = open_folder / "place"

        def file(self, name, content="content", mode=0o644):
            path = self.root / name
            self.folder(path.parent.relative_to(self.root))
            path.write_text(content)
            path.chmod(mode)
            os.chown(path, user, user)
            return path

        def folder(self, name, mode=0o755):
            path = self.root / name
            for one in (*reversed(path.relative_to(self.root).parents), path.relative_to(self.root)):
                made = self.root / one
                if not made.exists():
                    made.mkdir()
                    os.chown(made, user, user)
            path.chmod(mode)
            return path

    made = Place()
    made.root.mkdir()
    os.chown(made.root, user, user)
    return made


def fails(call, *arguments, number=errno.EACCES):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    assert caught.value.errno == number, (arguments, caught.value)


def test_what_is_granted_can_be_read_and_nothing_else(confined, place):
    granted, deep = place.file("granted/a"), place.file("granted/deep/er/b")
    single, neighbour, outside = place.file("single"), place.file("neighbour"), place.file("other/c")

    def body():
        assert granted.read_text() == deep.read_text() == single.read_text() == "content"
        assert sorted(os.listdir(place.root / "granted")) == ["a", "deep"]
        for path in (neighbour, outside, "/etc/passwd"):
            fails(Path(path).read_text)
        fails(os.listdir, place.root)
        fails(os.listdir, "/")
        fails(granted.write_text, "x")
        fails(single.write_text, "x")
        fails((place.root / "granted" / "new").touch)
        fails(granted.unlink)
        fails(os.truncate, granted, 0)

    confined(plan(read=[place.root / "granted", single]), body)
    assert granted.read_text() == "content"


def test_what_may_be_written_may_be_changed_in_every_ordinary_way(confined, place):
    folder, single, other = place.folder("w"), place.file("single"), place.file("ro/x")

    def body():
        (folder / "f").write_text("one")
        assert (folder / "f").read_text() == "one"
        (folder / "sub").mkdir()
        (folder / "f").rename(folder / "sub" / "g")
        os.link(folder / "sub" / "g", folder / "h")
        os.truncate(folder / "h", 1)
        (folder / "link").symlink_to("h")
        os.mkfifo(folder / "pipe")
        with socket.socket(socket.AF_UNIX) as line:
            line.bind(str(folder / "socket"))
        assert set(os.listdir(folder)) == {"h", "link", "pipe", "socket", "sub"}
        shutil.rmtree(folder / "sub")
        single.write_text("new")
        fails(single.unlink)
        fails(single.rename, folder / "moved")
        fails(other.read_text)
        fails(os.link, other, folder / "stolen", number=errno.EXDEV)
        (folder / "way").symlink_to(other)
        fails((folder / "way").read_text)
        fails((folder / "way").write_text, "x")
        fails(os.mknod, folder / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3), number=errno.EACCES)

    confined(plan(write=[folder, single]), body)
    assert single.read_text() == "new"
    assert other.read_text() == "content"


def test_what_is_denied_is_carved_out_of_what_may_be_read(confined, place):
    kept, deep = place.file("r/kept"), place.file("r/a/b/kept")
    secret, hidden, key = place.file("r/secret"), place.file("r/a/b/hidden/x"), place.file("r/a/one.key")
    nested = [place.file("r/p/.git/config"), place.file("r/q/.git/config")]
    plain = place.file("r/p/readme")

    def body():
        for path in (kept, deep, plain):
            assert path.read_text() == "content"
        for path in (secret, hidden, key, *nested):
            fails(path.read_text)
        fails(os.listdir, place.root / "r/a/b/hidden")

    denied = ["r/secret", "r/a/b/hidden", "r/a/*.key", "r/*/.git", "r/absent"]
    confined(plan(read=[place.root / "r"], no_read=[place.root / one for one in denied]), body)


def test_a_denial_above_a_grant_wins(confined, place):
    read, write, program = place.file("r/below/x"), place.folder("w/below"), place.file("p/below/x", mode=0o755)
    both = place.file("b/x")

    def body():
        fails(read.read_text)
        fails((write / "new").write_text, "x")
        fails(program.read_text)
        fails(both.read_text)
        fails(both.write_text, "x")

    confined(
        plan(
            read=[place.root / "r/below"],
            write=[write, both],
            execute=[place.root / "p/below"],
            no_read=[place.root / "r", place.root / "p*", place.root / "b"],
            no_write=[place.root / "w"],
        ),
        body,
    )


@pytest.mark.parametrize("denied", ["/", "/*"])
def test_everything_can_be_denied(confined, place, denied):
    file = place.file("r/x")
    confined(plan(read=["/", file], write=[file], no_read=[denied]), lambda: fails(file.read_text))


def test_a_link_in_a_folder_that_is_carved_leads_nowhere_new(confined, place):
    """Whoever made the folder chose where its links lead; they must not become grants."""
    outside, folder = place.file("outside/papers"), place.folder("r")
    place.file("r/.env")
    (folder / "way").symlink_to(outside)
    (folder / "ways").symlink_to(outside.parent)
    kept = place.file("r/kept")

    def body():
        assert kept.read_text() == "content"
        for path in (outside, folder / "way", folder / "ways" / "papers"):
            fails(path.read_text)

    confined(plan(read=[folder], no_read=[folder / ".env"]), body)


def test_a_granted_path_that_has_become_a_link_is_not_followed(confined, place):
    outside = place.file("outside/papers")
    (place.root / "way").symlink_to(outside.parent)
    confined(plan(read=[place.root / "way"], write=[place.root / "way"]), lambda: fails(outside.read_text))


def test_only_a_star_is_special_in_what_is_denied(confined, place):
    odd, star, other = place.file("r/data[1].key"), place.file("r/a*b"), place.file("r/data1.key")

    def body():
        fails(odd.read_text)
        assert star.read_text() == other.read_text() == "content"

    confined(plan(read=[place.root / "r"], no_read=[place.root / "r/data[1]*", place.root / "r/a?*"]), body)


def test_a_folder_that_can_be_entered_but_not_listed_is_carved_out_too(confined, place):
    """An ordinary user could open what he knows the name of."""
    known = place.file("r/d/known")
    (place.root / "r/d").chmod(0o311)
    confined(plan(read=[place.root / "r"], no_read=[place.root / "r/d"]), lambda: fails(known.read_text))


def test_programs_are_executed_only_where_that_is_granted(confined, place):
    true = shutil.which("true", path="/usr/bin:/bin")
    granted, denied, elsewhere = (place.root / name for name in ("p/granted", "p/denied", "elsewhere"))
    place.folder("p")
    for path in (granted, denied, elsewhere):
        shutil.copy(true, path)

    def started(path):
        child = os.fork()
        if child == 0:
            try:
                os.execv(path, [str(path)])  # noqa: S606
            except OSError as error:
                os._exit(error.errno)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def body():
        assert started(granted) == 0
        assert started(denied) == errno.EACCES
        assert started(elsewhere) == errno.EACCES
        assert elsewhere.read_bytes()  # what may be read may still not be executed
        assert denied.read_bytes()
        fails(granted.write_text, "x")

    reach = plan(
        read=[elsewhere, *SYSTEM, place.root / "p"],
        execute=[place.root / "p", *SYSTEM],
        no_execute=[denied],
    )
    confined(reach, body)


def test_devices_are_granted_one_by_one(confined):
    def body():
        with open("/dev/null", "r+b", buffering=0) as null:
            assert null.write(b"x") == 1
            assert null.read(1) == b""
        fails(os.open, "/dev/zero", os.O_RDONLY)
        fails(os.open, "/dev/full", os.O_WRONLY)
        fails(os.listdir, "/dev")

    confined(plan(devices=("/dev/null", "/dev/absent")), body)


def test_a_device_behind_a_link_is_granted(confined, place):
    (place.root / "zero").symlink_to("/dev/zero")
    confined(plan(devices=(str(place.root / "zero"),)), lambda: os.close(os.open("/dev/zero", os.O_RDONLY)))


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_tcp_is_for_the_supervisor_to_connect_and_bind(confined, family):
    ip = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((ip, 0), family=family) as listening:

        def body():
            with socket.socket(family) as line:
                fails(line.connect, listening.getsockname())
                fails(line.bind, (ip, 0))

        confined(plan(), body)


def test_sockets_without_a_file_are_reached_from_inside_only(confined):
    name = f"\0pinfold-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as outside:
        outside.bind(name)
        outside.listen()

        def body():
            with socket.socket(socket.AF_UNIX) as line:
                fails(line.connect, name, number=errno.EPERM)
            with socket.socket(socket.AF_UNIX) as own, socket.socket(socket.AF_UNIX) as line:
                own.bind("")
                own.listen()
                line.connect(own.getsockname())

        confined(plan(), body)


def test_signals_reach_processes_inside_only(confined):
    outside = os.getpid()

    def body():
        fails(os.kill, outside, 0, number=errno.EPERM)
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        os.kill(child, signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

    confined(plan(), body)


def test_a_tree_of_its_own_may_be_listed_whole(confined, place):
    secret = place.file("x/secret")

    def body():
        assert os.listdir("/")
        assert os.listdir(place.root / "x") == ["secret"]
        fails(secret.read_text)

    confined(plan(level=Level.L3), body)
    confined(plan(level=Level.L2), lambda: fails(os.listdir, "/"))


def test_a_descriptor_of_the_ruleset_is_not_left_behind(confined):
    def body():
        assert not [one for one in os.listdir("/proc/self/fd") if "landlock" in _link(f"/proc/self/fd/{one}")]

    confined(plan(read=["/proc"]), body)


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def test_there_is_an_end_to_how_much_is_granted_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(landlock, "MOST_RULES", 5)
    for name in "abcdefghij":
        (tmp_path / name).touch()
    found = list(carved([str(tmp_path)], [str(tmp_path / "a")]))
    assert found == [str(tmp_path / name) for name in "bcdef"]


NAMES = st.sampled_from(["a", "b", "ab", "a.key"])
PATTERNS = st.lists(st.sampled_from(["a", "b", "ab", "*", "a*", "*.key", "c"]), min_size=1, max_size=3)


@settings(max_examples=40)
@given(st.sets(st.lists(NAMES, min_size=1, max_size=3).map(tuple), max_size=8), st.lists(PATTERNS, max_size=3))
def test_what_is_carved_grants_every_file_but_those_denied(tmp_path_factory, files, denied):
    root = tmp_path_factory.mktemp("tree")
    files = {file for file in files if not any(file != other and other == file[: len(other)] for other in files)}
    for file in files:
        (root.joinpath(*file)).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(*file).touch()
    granted = list(carved([str(root)], [str(root.joinpath(*pattern)) for pattern in denied]))

    def is_denied(file):
        return any(
            len(file) >= len(pattern) and all(Path(name).match(want) for name, want in zip(file, pattern, strict=False))
            for pattern in denied
        )

    for file in files:
        path = str(root.joinpath(*file))
        reached = any(path == one or path.startswith(one + "/") for one in granted)
        assert reached is not is_denied(file), (path, granted)
