"""Files that an attempt should not read, change or make, on either side of the border of the working folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pinfold.sandbox.probes.outside.scene import AbsentError, Making, Place, Said, Scene

_ATTRIBUTE = "user.secret"


def _secret(place: Place) -> str:
    return f"secret-{place.token[::-1]}-of-the-outside"


def _brought_back(secret: str) -> Callable[[Said], bool]:
    return lambda said: secret.encode() in said.got


def state(path: Path) -> tuple[Any, ...]:
    """Return all that can be said of a file: content, owner, mode, times, links, attributes."""
    told = path.lstat()
    names = os.listxattr(path, follow_symlinks=False)
    attributes = tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names))
    content = path.read_bytes() if path.is_file() else b""
    what = (told.st_ino, told.st_mode, told.st_uid, told.st_gid, told.st_mtime_ns, told.st_ctime_ns, told.st_nlink)
    return (*what, attributes, content)


@contextlib.contextmanager
def secret_file(place: Place, *, name: str = "", folder: str = "", left_open: str = "", by: str = "") -> Making:
    """A file with a secret in it: outside, or as ``name`` in the working folder, or in the given ``folder``.

    ``left_open`` says what whoever starts the sandbox leaves open: the ``file`` or its ``folder``. ``by`` goes before
    the path that the attempt is told.
    """
    secret = _secret(place)
    parent = Path(folder) if folder else place.folder if name else place.outside
    path = parent / (name or f"file-{place.token[:6]}")
    if not os.access(parent, os.W_OK):
        raise AbsentError(f"{parent} may not be written by this user")
    path.write_text(secret, "ascii")
    held = os.open(path if left_open == "file" else parent, os.O_RDONLY)
    try:
        arguments = {"path": f"{by}{path}", "name": path.name}
        scene = Scene(arguments=arguments, effect=_brought_back(secret))
        scene.descriptors = (held,) if left_open else ()
        yield scene
    finally:
        os.close(held)
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def secret_attribute(place: Place) -> Making:
    """A file outside that bears a secret in an extended attribute."""
    path = place.outside / "file"
    path.touch()
    try:
        os.setxattr(path, _ATTRIBUTE, _secret(place).encode())
    except OSError as error:
        raise AbsentError(f"the file system has no extended attributes: {error.strerror}") from None
    yield Scene(arguments={"path": str(path)}, effect=_brought_back(_secret(place)))


@contextlib.contextmanager
def listed_folder(place: Place) -> Making:
    """A folder outside with a file whose name is a secret."""
    (place.outside / _secret(place)).touch()
    yield Scene(arguments={"path": str(place.outside)}, effect=_brought_back(_secret(place)))


@contextlib.contextmanager
def described_file(place: Place) -> Making:
    """A file outside whose size, time and number are secrets, and a link that says where it leads."""
    path, link = place.outside / "file", place.outside / "link"
    path.write_text(place.token * 3, "ascii")
    link.symlink_to(f"/nowhere/{_secret(place)}")
    told = path.stat()
    secret = f"{told.st_size} {told.st_ino} {told.st_mtime_ns} {link.readlink()}"
    yield Scene(arguments={"path": str(path), "link": str(link)}, effect=_brought_back(secret))


@contextlib.contextmanager
def named_folder(place: Place) -> Making:
    """A folder outside in which a file with a secret name is made while the run lasts."""
    ready = place.folder / "ready"

    def make() -> bool:
        if ready.exists():
            (place.outside / _secret(place)).touch()
        return False

    arguments = {"path": str(place.outside), "ready": str(ready)}
    yield Scene(arguments=arguments, effect=_brought_back(_secret(place)), during=make)


@contextlib.contextmanager
def standing_file(place: Place, *, by: str = "") -> Making:
    """A file outside that must stay as it is; ``by`` is put before its path (``/proc/self/root``)."""
    path = place.outside / "file"
    path.write_text("as it was", "ascii")
    path.chmod(0o644)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    before = state(path)
    yield Scene(arguments={"path": f"{by}{path}"}, effect=lambda _said: not path.exists() or state(path) != before)


@contextlib.contextmanager
def empty_place(place: Place) -> Making:
    """A name outside at which there is nothing, and must be nothing."""
    path = place.outside / "made"
    yield Scene(arguments={"path": str(path)}, effect=lambda _said: os.path.lexists(path))


@contextlib.contextmanager
def linked_place(place: Place) -> Making:
    """The same, and the name of a link that the attempt may make to the folder."""
    with empty_place(place) as scene:
        scene.arguments["link"] = str(place.folder / "way")
        yield scene


@contextlib.contextmanager
def absent_config(place: Place, name: str, *, by: str = "", within: str = "") -> Making:
    """A file that agents obey and is not there; ``within`` is a folder made for it, ``by`` goes before the path."""
    path = place.folder / name
    if within:
        (place.folder / within).mkdir(parents=True)
    yield Scene(arguments={"path": f"{by}{path}"}, effect=lambda _said: _says(path, place.token))


def _says(path: Path, token: str) -> bool:
    try:
        return token in path.read_text("ascii", "replace")
    except OSError:
        return False


@contextlib.contextmanager
def present_config(place: Place, name: str, *, by: str = "") -> Making:
    """A file that agents obey and that is there: what it says must stay."""
    path = place.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("as it was", "ascii")
    yield Scene(arguments={"path": f"{by}{path}"}, effect=lambda _said: not _says(path, "as it was"))


def program(*names: str) -> str:
    """Return the path of the first of these programs that is there; raises ``AbsentError`` where none is."""
    found = next((path for name in names if (path := shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin"))), None)
    if found is None:
        raise AbsentError(f"there is no {' or '.join(names)} on this machine")
    return found


@contextlib.contextmanager
def unstarted(place: Place, *, how: str = "") -> Making:
    """A file that appears only if a program that may not be executed was."""
    path = place.folder / "it-ran"
    arguments = {"path": str(path), "program": program("touch"), "how": how}
    yield Scene(arguments=arguments, effect=lambda _said: path.exists())


@contextlib.contextmanager
def mount_point(place: Place) -> Making:
    """An empty folder upon which nothing may come to be mounted, for whoever is outside."""
    path = place.folder / "mounted"
    path.mkdir()

    def mounted() -> bool:
        return f" {path} " in Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")

    try:
        yield Scene(arguments={"path": str(path)}, effect=lambda _said: mounted())
    finally:
        while mounted():
            subprocess.run([program("umount"), str(path)], check=True)  # noqa: S603 - a path that we made


@contextlib.contextmanager
def device_node(place: Place) -> Making:
    """A name in the working folder at which no device may come to be."""
    path = place.folder / "device"
    yield Scene(arguments={"path": str(path)}, effect=lambda _said: path.is_char_device())


@contextlib.contextmanager
def kept(place: Place, name: str, *, mode: int = 0) -> Making:
    """A file in the working folder that a control must have written, with its mode and time where ``mode`` is given."""
    path = place.folder / name

    def written(_said: Said) -> bool:
        told = path.stat() if path.exists() else None
        right = told is not None and (not mode or (told.st_mode & 0o777 == mode and told.st_mtime == 7))
        return right and _says(path, place.token)

    yield Scene(arguments={"path": str(path), "address": str(place.folder / "own")}, effect=written)


@contextlib.contextmanager
def granted_file(place: Place) -> Making:
    """A file of the system that everybody may read."""
    path = Path(program("sh"))
    head = path.read_bytes()[:4096]
    yield Scene(arguments={"path": str(path)}, effect=lambda said: said.got == head)
