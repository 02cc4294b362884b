from __future__ import annotations

import os
import stat

import pytest

from pinfold.model import Level

PYTHON = "/usr/bin/python3"
LEVELS = pytest.mark.parametrize("level", [Level.L1, Level.L2, Level.L3])
BEHALF = pytest.mark.parametrize("level", [Level.L1, Level.L2])


@pytest.fixture
def guarded(confined):
    """A working folder with a secret that may not be read, instructions that may not be written, and an alias."""
    folder = confined.folder
    for name in (".env", "CLAUDE.md", "open.txt"):
        (folder / name).write_text(f"this is {name}\n")
    (folder / ".git" / "hooks").mkdir(parents=True)
    (folder / ".git" / "hooks" / "pre-commit").write_text("old\n")
    (folder / "to-env").symlink_to(".env")
    os.link(folder / ".env", folder / "alias")
    os.link(folder / "CLAUDE.md", folder / "other")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, confined.user, confined.user, follow_symlinks=False)
    return folder


READS = {
    "plainly": "cat .env",
    "by its whole path": 'cat "$PWD/.env"',
    "through a link": "cat to-env",
    "through a hard link": "cat alias",
    "through a new link": "ln -s .env l; cat l",
    "through a new hard link": "ln .env h; cat h; cat alias",
    "renamed": "mv .env e; cat e; cat .env",
    "by a handle": f'{PYTHON} -c \'import os; h = os.open(".env", os.O_PATH);'
    ' print(open("/proc/self/fd/%d" % h).read())\'',
    "from its folder's descriptor": f'{PYTHON} -c \'import os; h = os.open(".", os.O_RDONLY);'
    ' print(os.read(os.open(".env", os.O_RDONLY, dir_fd=h), 99))\'',
    "by the old call": f'{PYTHON} -c \'import ctypes, os; h = ctypes.CDLL(None).syscall(2, b".env", 0);'
    " print(os.read(h, 99))'",
    "by way of /proc": "cat /proc/self/cwd/.env; cat /proc/$$/cwd/.env",
    "for writing and reading": f'{PYTHON} -c \'print(open(".env", "r+").read())\'',
}
WRITES = {
    "redirection": "echo evil > CLAUDE.md",
    "appending": "echo evil >> CLAUDE.md",
    "truncation": f"{PYTHON} -c 'import os; os.truncate(\"CLAUDE.md\", 0)'",
    "truncation on opening": f"{PYTHON} -c 'import os; os.open(\"CLAUDE.md\", os.O_RDONLY | os.O_TRUNC)'",
    "removal": "rm -f CLAUDE.md; echo evil > CLAUDE.md",
    "replacement": "echo evil > e; mv -f e CLAUDE.md",
    "renaming away": "mv CLAUDE.md c; echo evil > c; echo evil > CLAUDE.md",
    "hard link": "echo evil > other",
    "new hard link": "ln CLAUDE.md n && echo evil > n",
    "exchange": f"echo evil > e; {PYTHON} -c 'import ctypes;"
    ' ctypes.CDLL(None).syscall(316, -100, b"e", -100, b"CLAUDE.md", 2)\'',
    "a hook": "echo evil > .git/hooks/pre-commit; echo evil > .git/hooks/post-commit",
    "hooks moved": "mv .git g; mkdir -p .git/hooks; echo evil > .git/hooks/post-commit; echo evil > g/hooks/pre-commit",
    "hooks removed": "rm -rf .git; mkdir -p .git/hooks; echo evil > .git/hooks/post-commit",
}


@LEVELS
@pytest.mark.parametrize("how", READS)
def test_a_secret_in_the_working_folder_is_not_read(confined, guarded, level, how):
    if level is Level.L3 and "hard link" in how:
        pytest.skip("what a mount covers has another name that it does not cover")
    done = confined("sh", "-c", READS[how], level=level)
    assert done.outcome is not None, done.error
    assert "this is" not in done.stdout, done.stdout
    assert (guarded / ".env").read_text() == "this is .env\n"


@LEVELS
@pytest.mark.parametrize("how", WRITES)
def test_what_agents_obey_is_not_written(confined, guarded, level, how):
    if level is Level.L3 and how == "hard link":
        pytest.skip("what a mount protects has another name that it does not protect")
    done = confined("sh", "-c", WRITES[how], level=level)
    assert done.outcome is not None, done.error
    assert (guarded / "CLAUDE.md").read_text() == "this is CLAUDE.md\n"
    assert (guarded / ".git" / "hooks" / "pre-commit").read_text() == "old\n"
    assert [path.name for path in (guarded / ".git" / "hooks").iterdir()] == ["pre-commit"]


@BEHALF
def test_denials_are_told(confined, guarded, level):
    done = confined("sh", "-c", "cat .env; echo x > CLAUDE.md; cat CLAUDE.md; cat /etc/hostname", level=level)
    told = {(event.Call, event.TargetFilename.rpartition("/")[2]): event.reason for event in done.of("denied")}
    assert set(told) == {("openat", ".env"), ("openat", "CLAUDE.md")}
    assert "read.deny" in told["openat", ".env"]
    assert "write.deny" in told["openat", "CLAUDE.md"]
    assert "this is CLAUDE.md" in done.stdout


@BEHALF
def test_files_open_as_ever(confined, guarded, level):
    code = """
import errno, os, stat
def attempt(path, flags, mode=0o666):
    try:
        handle = os.open(path, flags, mode)
    except OSError as error:
        return errno.errorcode[error.errno]
    state = os.fstat(handle)
    told = oct(stat.S_IMODE(state.st_mode)), os.get_inheritable(handle)
    os.close(handle)
    return told
os.umask(0o027)
os.mkdir('d'); os.symlink('nowhere', 'dangling'); os.symlink('loop', 'loop'); os.symlink('d', 'dl')
print(attempt('new', os.O_CREAT | os.O_WRONLY))
print(attempt('new', os.O_CREAT | os.O_WRONLY | os.O_EXCL))
print(attempt('none', os.O_RDONLY), attempt('', os.O_RDONLY), attempt('new/x', os.O_RDONLY))
print(attempt('new/', os.O_RDONLY), attempt('n/', os.O_CREAT | os.O_RDONLY), attempt('d', os.O_WRONLY))
print(attempt('d', os.O_CREAT), attempt('none/x', os.O_CREAT | os.O_WRONLY), attempt('new/x', os.O_CREAT))
print(attempt('loop', os.O_RDONLY), attempt('loop', os.O_CREAT | os.O_WRONLY), attempt('dangling', os.O_RDONLY))
print(attempt('dl', os.O_RDONLY | os.O_NOFOLLOW), attempt('dangling', os.O_CREAT | os.O_EXCL | os.O_WRONLY))
print(attempt('dangling', os.O_CREAT | os.O_NOFOLLOW | os.O_WRONLY), attempt('new', os.O_DIRECTORY))
print(attempt('dangling', os.O_CREAT | os.O_WRONLY, 0o600), os.path.exists('nowhere'))
print(attempt('d', os.O_TMPFILE | os.O_RDWR)[0], attempt('x' * 300, os.O_RDONLY), attempt('x' * 5000, os.O_RDONLY))
print(os.umask(0o077), attempt('private', os.O_CREAT | os.O_WRONLY))
import fcntl
handle = os.open('new', os.O_RDWR | os.O_APPEND)
print(fcntl.fcntl(handle, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND) == os.O_APPEND)
print(fcntl.fcntl(os.open('new', os.O_RDONLY | os.O_NONBLOCK), fcntl.F_GETFL) & os.O_NONBLOCK == os.O_NONBLOCK)
os.mkfifo('p', 0o666); print(oct(os.stat('p').st_mode)); os.rename('new', 'newer'); os.unlink('newer'); os.rmdir('d')
print(attempt('/dev/null', os.O_RDWR | os.O_CREAT | os.O_TRUNC)[1], attempt('/dev/zero', os.O_RDONLY)[1])
"""
    done = confined(PYTHON, "-c", code, level=level)
    assert done.stdout.splitlines() == [
        "('0o640', False)",
        "EEXIST",
        "ENOENT ENOENT ENOTDIR",
        "ENOTDIR EISDIR EISDIR",
        "EISDIR ENOENT ENOTDIR",
        "ELOOP ELOOP ENOENT",
        "ELOOP EEXIST",
        "ELOOP ENOTDIR",
        "('0o600', False) True",
        "0o640 ENAMETOOLONG ENAMETOOLONG",
        "23 ('0o600', False)",
        "True",
        "True",
        "0o10600",
        "False False",
    ], done.stderr


@BEHALF
def test_what_a_program_has_open_is_its_own(confined, guarded, level):
    code = (
        "echo one | cat /dev/stdin; echo two | cat /proc/self/fd/0; cat <<END\nthree\nEND\n"
        "echo four | tee /dev/stderr >/dev/null; (echo five > /dev/stdout) | cat; echo six > /dev/fd/1 | cat;"
        f'{PYTHON} -c \'import os; print(os.readlink("/proc/self/fd/%d" % os.open("/proc/self/status", 0)) =='
        ' "/proc/%d/status" % os.getpid(), "python" in open("/proc/self/comm").read(),'
        ' open("/proc/thread-self/comm").read().strip())\'; cat <(echo seven); diff <(echo a) <(echo a) && echo same'
    )
    done = confined("bash", "-c", f"({code}) | cat", level=level)
    assert done.outcome is not None, done.error
    assert done.stdout.split() == ["one", "two", "three", "five", "six", "True", "True", "python3", "seven", "same"], (
        done.stderr
    )
    assert "four" in done.stderr


@BEHALF
def test_pipes_wait_for_their_other_end(confined, guarded, level):
    code = "mkfifo p; (sleep 0.1; echo through) > p & cat p; wait; cat p & cat < p &"
    code += "echo both > p; wait %2; kill %1; exit 0"
    done = confined("bash", "-c", code, level=level, seconds=30)
    assert done.outcome is not None, done.error
    assert "through" in done.stdout
    assert "both" in done.stdout


@BEHALF
def test_a_pipe_that_nobody_opens_does_not_keep_a_run_alive(confined, guarded, level):
    done = confined("sh", "-c", "mkfifo p; cat p & cat p & exit 3", level=level, seconds=30)
    assert done.outcome is not None, done.error
    assert done.outcome.code == 3
    assert done.outcome.left == 0


def test_other_processes_secrets_stay_theirs(confined, guarded):
    ours = os.getppid()
    code = f"cat /proc/{ours}/environ /proc/{ours}/maps; cat /proc/{ours}/fd/0; cat /proc/1/comm | wc -l"
    done = confined("sh", "-c", code, level=Level.L2)
    assert done.stdout.strip() == "1"


def test_outside_stays_outside(confined, guarded):
    home = guarded.parent / "home"
    (home / "file").write_text("outside\n")
    (home / "file").chmod(0o666)
    (guarded / "out").symlink_to(home)
    code = f"cat {home}/file; echo x > {home}/file; echo x > out/new; rm -f {home}/file; "
    code += f"mv open.txt {home}; ln {home}/file l; mkdir out/d"
    done = confined("sh", "-c", code, level=Level.L2)
    assert "outside" not in done.stdout
    assert [path.name for path in home.iterdir()] == ["file"]
    assert (home / "file").read_text() == "outside\n"
    assert (guarded / "open.txt").exists()
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


RACE = """
import ctypes, os, sys, threading
libc = ctypes.CDLL(None)
path = ctypes.create_string_buffer(b"open.txt\\0", 16)
stop = False
def swap():
    while not stop:
        ctypes.memmove(path, b".env\\0", 5)
        ctypes.memmove(path, b"open.txt\\0", 9)
threading.Thread(target=swap, daemon=True).start()
seen = set()
for _ in range(int(sys.argv[1])):
    handle = libc.open(path, 0)
    if handle >= 0:
        seen.add(os.read(handle, 99))
        os.close(handle)
stop = True
print(sorted(seen))
"""


@BEHALF
def test_a_path_that_changes_while_it_is_looked_at_reads_nothing(confined, guarded, level):
    done = confined(PYTHON, "-c", RACE, "3000", level=level)
    assert done.stdout.strip() == "[b'this is open.txt\\n']", done.stderr
    assert done.of("denied")


@LEVELS
def test_ordinary_work_goes_on(confined, guarded, level):
    code = (
        "mkdir s && for i in 1 2 3; do echo $i > s/$i; done && tar czf s.tgz s && rm -r s && tar xzf s.tgz &&"
        "cp -a s t &&"
        "mkdir r && cd r && git init -q . 2>&1 && git config user.email a@b.example && git config user.name a &&"
        f"echo x > f && git add f && git commit -qm one && git log --oneline | wc -l && cd .. && {PYTHON} -m zipfile -c"
        f" z.zip s && {PYTHON} -m zipfile -e z.zip u && ls u/s && {PYTHON} -m venv --without-pip v &&"
        "v/bin/python -c 'print(9)'"
    )
    done = confined("sh", "-ec", code, level=level)
    assert done.outcome is not None, done.error
    assert (done.outcome.code, done.stdout.split()) == (0, ["1", "1", "2", "3", "9"]), done.stderr
