"""Real namespaces, in forked children, as an ordinary user without capabilities and as root."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from pinfold.model import Level
from pinfold.sandbox.plan import Plan, Reach

if sys.platform != "linux":
    pytest.skip("namespaces are Linux's", allow_module_level=True)

from pinfold.sandbox import kernel, namespaces
from pinfold.sandbox.disk import Disk
from pinfold.sandbox.root import layout

PYTHON = "/usr/bin/python3"
NOBODY = 65534


def refused():
    """Why this machine lets nobody make namespaces, or nothing."""
    if not Path(PYTHON).exists():
        return f"there is no {PYTHON}"
    if any(" /proc/" in line.partition(" - ")[0] for line in mounts().splitlines()):
        return "/proc is partly covered here, so that none can be mounted"
    child = os.fork()
    if not child:
        number = 0
        try:
            if os.geteuid() == 0:
                become_nobody()
            kernel.unshare(kernel.CLONE_NEWUSER)
        except OSError as error:
            number = error.errno
        os._exit(number)
    number = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return f"user namespaces are forbidden here: {os.strerror(number)}" if number else ""


def mounts():
    return Path("/proc/self/mountinfo").read_text("utf-8")


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


WHY_NOT = refused()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "possible")


@pytest.fixture(params=["ordinary user", "root"])
def user(request):
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("only root can try this as root")
    return os.geteuid() if request.param == "root" or os.geteuid() != 0 else NOBODY


class Place:
    """A working folder, a folder for the run, and what is outside, all owned by ``user``."""

    def __init__(self, folder, user):
        self.folder, self.user = folder, user
        self.work, self.outside, self.scratch = (folder / name for name in ("work", "outside", "scratch"))
        for path in (self.work, self.outside, self.scratch, self.scratch / "home", self.scratch / "tmp"):
            path.mkdir()
        self.write("outside/secret", "outside")
        self.write("work/.env", "secret")
        self.write("work/.git/hooks/pre-push", "harmless")
        self.write("work/keys/id", "secret")
        self.write("work/read", "granted")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def own(self):
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, self.user, self.user, follow_symlinks=False)

    def plan(self, **reach):
        usual = {"read": ("/usr", "/etc"), "execute": ("/usr",), "write": (str(self.work),)}
        given = {name: tuple(map(str, paths)) for name, paths in reach.items()}
        return Plan(
            command=(PYTHON,), program=PYTHON, folder=str(self.work), scratch=str(self.scratch), environment={},
            reach=Reach(**(usual | given)), level=Level.L3,
        )  # fmt: skip

    def run(self, code, *, between=None, plan=None, **reach):
        """Run Python ``code`` confined; return the object it assigned to ``seen`` and how it ended.

        ``between`` is called after the tree was worked out and before it is made.
        """
        plan = plan or self.plan(**reach)
        self.own()
        code = f"{HEAD}\n{code}\nos.write(1, json.dumps(seen).encode())\n"
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.dup2(tell, 1)
                if self.user != os.geteuid():
                    become_nobody()
                confine(plan, code, between)
            except namespaces.SetupError as error:
                os.write(1, json.dumps({"error": str(error), "hint": error.hint}).encode())
            except BaseException as error:
                os.write(1, json.dumps({"broken": repr(error)}).encode())
            finally:
                os._exit(99)
        os.close(tell)
        text = b""
        while part := os.read(told, 65_536):  # ends when the last process that could write has ended
            text += part
        os.close(told)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return json.loads(text) if text else None, status


HEAD = """
import errno, json, os, socket, subprocess, sys
def attempt(act, *arguments):
    try:
        result = act(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done" if result is None else result
def write(path, text="x"):
    with open(path, "w") as file:
        file.write(text)
def read(path):
    with open(path) as file:
        return file.read()
seen = {}
"""


def confine(plan, code, between):
    """Be the parent of process 1; end as it ends."""
    steps = layout(plan, Disk())
    if between:
        between()
    namespaces.map_identity(*namespaces.unshare_all())
    first = os.fork()
    if first:
        status = os.waitpid(first, 0)[1]
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 98)
    namespaces.build(steps, plan)
    program = os.fork()
    if not program:
        namespaces.drop_capabilities()
        os.execve(PYTHON, [PYTHON, "-I", "-S", "-c", code], {"PATH": "/usr/bin:/bin"})  # noqa: S606
    status = namespaces.run_init(program, lambda _pid, _status: None)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


@pytest.fixture
def place(open_folder, user):
    return Place(open_folder, user)


def test_what_is_granted_is_there_and_what_is_not_does_not_exist(place):
    seen, status = place.run(
        f"""
seen = {{
    "user": [os.getuid(), os.getgid()],
    "folder": os.getcwd(),
    "read": attempt(read, "read"),
    "written": attempt(write, "written"),
    "shell": os.stat("/bin/sh").st_size > 0,
    "outside": attempt(read, {str(place.outside / "secret")!r}),
    "gone": [attempt(os.stat, path) for path in ("/home", "/root", "/sys", "/boot", "/opt", "/run", "/old", "/covers")],
    "root": sorted(os.listdir("/")),
}}"""
    )
    assert status == 0
    root = seen.pop("root")
    assert set(root) <= {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", "var"}
    assert seen == {
        "user": [place.user, place.user],
        "folder": str(place.work),
        "read": "granted",
        "written": "done",
        "shell": True,
        "outside": "ENOENT",
        "gone": ["ENOENT"] * 8,
    }
    assert (place.work / "written").read_text() == "x"


def test_what_is_only_read_cannot_be_changed(place):
    seen, _ = place.run(
        """
seen = [
    attempt(write, "/usr/new"), attempt(os.mkdir, "/new"), attempt(os.mkdir, "/dev/new"), attempt(os.mkdir, "/var/new"),
    attempt(os.chmod, "/usr", 0o755), attempt(os.utime, "/etc"), attempt(os.chmod, "/dev/null", 0o600),
    attempt(os.unlink, "/bin"),
]"""
    )
    assert seen == ["EROFS"] * 8


def test_settings_of_the_machine_cannot_be_changed_even_by_root(place):
    seen, _ = place.run(
        """
same = read("/proc/sys/kernel/core_pattern")
seen = [attempt(write, "/proc/sys/kernel/core_pattern", same), attempt(write, "/proc/sysrq-trigger", "h")]"""
    )
    assert seen[0] == "EROFS"
    assert seen[1] in ("EROFS", "ENOENT")


def test_what_is_denied_in_a_writable_folder_is_covered(place):
    seen, _ = place.run(
        """
seen = [
    attempt(read, ".env"), attempt(write, ".env"), attempt(os.unlink, ".env"), attempt(os.rename, ".env", "env"),
    attempt(os.chmod, ".env", 0o600), os.stat(".env").st_size,
    attempt(os.listdir, "keys"), attempt(read, "keys/id"), attempt(os.chmod, "keys", 0o700),
    attempt(os.rename, "keys", "k"),
    attempt(os.link, ".env", "linked"), attempt(write, "free"),
]""",
        no_read=[place.work / ".en*", place.work / "keys", place.work / "absent"],
    )
    assert seen == [
        "EACCES", "EROFS", "EBUSY", "EBUSY", "EROFS", 0,
        "EACCES", "EACCES", "EROFS", "EBUSY",
        "EXDEV", "done",
    ]  # fmt: skip
    assert (place.work / ".env").read_text() == "secret"


def test_what_may_not_be_written_is_read_only_and_cannot_be_moved_away(place):
    seen, _ = place.run(
        """
seen = [
    read(".git/hooks/pre-push"), attempt(write, ".git/hooks/pre-push"), attempt(write, ".git/hooks/new"),
    attempt(os.rename, ".git/hooks", ".git/h"), attempt(os.rename, ".git", "g"), attempt(write, ".git/HEAD"),
]""",
        no_write=[place.work / ".git/hooks"],
    )
    assert seen == ["harmless", "EROFS", "EROFS", "EBUSY", "EBUSY", "done"]


def test_what_is_denied_cannot_be_made_by_moving_a_folder_away(place):
    """The folder above the working folder is the run's own to write here, where both lie in the temporary one."""
    seen, _ = place.run(
        f"""
seen = [attempt(os.rename, name, name + "-away") for name in (".git", {str(place.folder)!r}, {str(place.work)!r})]""",
        no_write=[place.work / ".git/absent"],
    )
    assert seen == ["EBUSY"] * 3


def test_grants_are_nested(place):
    place.write("outside/in/out/secret/x", "")
    place.write("outside/in/out/y", "")
    seen, _ = place.run(
        f"""
os.chdir({str(place.outside)!r})
seen = [attempt(write, name) for name in ("new", "in/new", "in/out/y")] + [attempt(os.listdir, "in/out/secret")]
""",
        read=["/usr", place.outside],
        write=[place.work, place.outside / "in/out"],
        no_read=[place.outside / "in/out/secret"],
    )
    assert seen == ["EROFS", "EROFS", "done", "EACCES"]


def test_temporary_files_and_home_are_the_runs_own(place):
    outside = place.folder.parent / f"{place.folder.name}-neighbour"
    outside.write_text("x", "utf-8")
    try:
        seen, _ = place.run(
            f"""
write("/tmp/a"), write({str(place.scratch / "home/b")!r})
seen = [os.path.exists(p) for p in ("/var/tmp/a", {str(place.scratch / "tmp/a")!r}, {str(outside)!r})]"""
        )
    finally:
        outside.unlink()
    assert seen[:2] == [True, True]
    assert not seen[2]
    assert (place.scratch / "tmp/a").exists()
    assert (place.scratch / "home/b").exists()


def test_a_machine_granted_whole_is_read_only_and_still_without_its_processes(place):
    seen, _ = place.run(
        f"""
seen = [
    attempt(read, {str(place.outside / "secret")!r}), attempt(os.listdir, "/home"), attempt(write, "/usr/new"),
    attempt(write, "/sys/kernel/x"), os.path.exists("/sys/kernel"), attempt(write, "new"), attempt(write, "/tmp/new"),
    sorted(name for name in os.listdir("/proc") if name.isdecimal()), os.path.exists("/dev/shm"), attempt(read, ".env"),
]""",
        read=["/"],
        write=[place.work, place.outside],
        no_read=["/home", place.work / ".env"],
    )
    assert seen == ["outside", "EACCES", "EROFS", "EROFS", True, "done", "done", ["1", "2"], True, "EACCES"]
    assert not Path("/tmp/new").exists()


def test_devices_work_and_are_few(place):
    seen, _ = place.run(
        """
write("/dev/null"), write("/dev/shm/x")
control, terminal = os.openpty()
seen = [len(open("/dev/urandom", "rb").read(8)), open("/dev/zero", "rb").read(2) == b"\\0\\0",
        os.ttyname(terminal), sorted(os.listdir("/dev")), os.listdir("/dev/shm")]"""
    )
    assert seen[:3] == [8, True, "/dev/pts/0"]
    links = [
        "fd",
        "full",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "tty",
        "urandom",
        "zero",
    ]
    assert seen[3:] == [links, ["x"]]


def test_only_the_runs_own_processes_are_seen(place):
    seen, _ = place.run('seen = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())')
    assert seen == [1, 2]


def test_the_first_process_tells_nothing_and_cannot_be_harmed(place):
    seen, status = place.run(
        """
import signal
os.kill(1, signal.SIGKILL), os.kill(1, signal.SIGSTOP)
seen = [attempt(read, "/proc/1/environ"), attempt(os.listdir, "/proc/1/root/"), attempt(open, "/proc/1/mem", "rb")]"""
    )
    assert seen == ["EACCES", "EACCES", "EACCES"]
    assert status == 0


def test_the_network_is_empty_but_for_a_working_loopback(place):
    seen, _ = place.run(
        """
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
six = socket.create_server(("::1", 0), family=socket.AF_INET6)
seen = [socket.if_nameindex(), attempt(socket.create_connection, ("192.0.2.1", 9))]"""
    )
    assert seen == [[[1, "lo"]], "ENETUNREACH"]


def test_sockets_outside_cannot_be_reached(place):
    name = f"\0pinfold-{os.getpid()}"
    path = str(place.outside / "socket")
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as named:
        abstract.bind(name)
        abstract.listen()
        named.bind(path)
        named.listen()
        with socket.create_server(("127.0.0.1", 0)) as server:
            seen, _ = place.run(
                f"""
seen = [attempt(socket.socket(socket.AF_UNIX).connect, name) for name in ({name!r}, {path!r})]
seen.append(attempt(socket.create_connection, {server.getsockname()!r}))"""
            )
    assert seen == ["ECONNREFUSED", "ENOENT", "ECONNREFUSED"]


def test_no_capability_is_left_and_none_comes_back(place):
    seen, _ = place.run(
        """
seen = [line.split()[1] for line in read("/proc/self/status").splitlines() if line.startswith("Cap")]
other = subprocess.run(["/usr/bin/grep", "Cap", "/proc/self/status"], capture_output=True, text=True)
seen += other.stdout.split()[1::2]
seen += [attempt(os.chown, "read", 1, 1), attempt(os.chroot, "/usr"), attempt(socket.sethostname, "x")]"""
    )
    assert seen == ["0" * 16] * 10 + ["EINVAL", "EPERM", "EPERM"]  # there is no user 1 here


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such a program")
def test_a_setuid_program_gains_nothing(open_folder):
    place = Place(open_folder, NOBODY)
    program = place.outside / "id"
    shutil.copy("/usr/bin/id", program)
    place.own()
    place.own = lambda: None
    os.chown(program, 0, 0)
    program.chmod(0o4755)
    seen, _ = place.run(
        f"seen = subprocess.run([{str(program)!r}, '-u'], capture_output=True, text=True).stdout.strip()",
        read=["/usr", place.outside],
    )
    assert seen == str(NOBODY)


def snapshot(folder):
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_mode) for path in [folder, *folder.rglob("*")])


def test_nothing_is_left_on_the_disk_and_nothing_mounted(place):
    place.write("outside/deep/er/x", "")
    place.own()
    before, mounted = [snapshot(path) for path in (place.work, place.outside)], mounts()
    _, status = place.run(
        "",
        read=["/usr", place.outside],
        write=[place.work, place.outside / "deep/er"],
        no_read=[place.work / ".env", place.work / "absent/file", place.outside / "gone"],
        no_write=[place.work / ".git/hooks", place.work / ".git/absent"],
    )
    assert status == 0
    assert [snapshot(path) for path in (place.work, place.outside)] == before
    assert mounts() == mounted
    assert {path.name for path in place.folder.iterdir()} == {"work", "outside", "scratch"}
    assert {path.name for path in place.scratch.iterdir()} == {"home", "tmp"}


@pytest.mark.parametrize("name", ["work", "work/.git"])
def test_a_folder_that_became_a_link_meanwhile_is_refused(place, name):
    victim = place.folder / name
    place.write("outside/hooks/pre-push", "outside")

    def swap():
        victim.rename(f"{victim}-away")
        victim.symlink_to(place.outside)

    seen, status = place.run("seen = 1", between=swap, no_write=[place.work / ".git/hooks"])
    assert seen["error"].startswith("the sandbox could not make ")
    assert os.strerror(errno.ELOOP) in seen["error"]
    assert "--level L2" in seen["hint"]
    assert status == 99


def test_a_folder_that_is_not_granted_cannot_be_entered(place):
    seen, _ = place.run("", write=[])
    assert seen["error"].startswith(f"the sandbox could not enter the folder {place.work}: No such file")


def test_the_first_process_ends_as_the_program_does_and_takes_all_others_with_it(place):
    """The orphans hold the pipe that ``run`` reads to its end: if one lived on, it would wait for ever."""
    seen, status = place.run(
        """
import signal
for _ in range(3):
    if not os.fork():
        os.setsid()
        if not os.fork():
            signal.pause()
        os._exit(0)
for _ in range(3):
    os.wait()
os.write(1, b"1")
os.kill(os.getpid(), signal.SIGTERM)"""
    )
    assert (seen, status) == (1, 128 + signal.SIGTERM)


def test_every_child_that_ends_is_reported():
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            gate, opener = os.pipe()
            program = os.fork()
            if not program:
                os.close(opener)
                os.read(gate, 1)  # until the other has ended
                os._exit(5)
            other = os.fork()
            if not other:
                os._exit(3)
            names = {program: b"program", other: b"other"}

            def report(pid: int, status: int) -> None:
                os.write(tell, b"%s %d, " % (names[pid], status >> 8))
                if pid == other:
                    os.close(opener)

            ended = namespaces.run_init(program, report)
            os.write(tell, b"%d" % (ended >> 8))
        finally:
            os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    assert os.read(told, 100) == b"other 3, program 5, 5"
    os.close(told)
