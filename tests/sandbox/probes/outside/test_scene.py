from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pinfold.sandbox import kernel
from pinfold.sandbox.probes.launcher import interpreter
from pinfold.sandbox.probes.outside.ground import state
from pinfold.sandbox.probes.outside.listeners import heard, listener
from pinfold.sandbox.probes.outside.machine import message_queue, shared_memory
from pinfold.sandbox.probes.outside.population import marked
from pinfold.sandbox.probes.outside.scene import AbsentError, Place, Said
from pinfold.sandbox.probes.outside.victim import Victim
from pinfold.sandbox.probes.suite import CONTROLS, PROBES


@pytest.fixture
def place(open_folder):
    for name in ("work", "outside"):
        (open_folder / name).mkdir()
    return Place(folder=open_folder / "work", outside=open_folder / "outside", python=interpreter())


def kept_by_the_kernel():
    """What a stage could leave behind in the kernel, and the descriptors and children of this process."""
    mounts = Path("/proc/self/mountinfo").read_text()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return mounts, children, len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("probe", [*PROBES, *CONTROLS], ids=lambda probe: probe.name)
def test_a_scene_in_which_nothing_happens_shows_no_effect_and_leaves_nothing(probe, place):
    before = kept_by_the_kernel()
    try:
        with probe.stage(place) as scene:
            assert scene.effect is not None or scene.during is not None
            assert scene.during is None or not scene.during()
            assert scene.effect is None or not scene.effect(Said())
    except AbsentError as error:
        assert str(error)
    assert kept_by_the_kernel() == before


@pytest.mark.parametrize(("stage", "call"), [(shared_memory, 29), (message_queue, 68)])
def test_what_is_shared_is_gone_afterwards(place, stage, call):
    with stage(place) as scene:
        key = scene.arguments["key"]
        kernel.call(call, key, 0, 0)
    with pytest.raises(FileNotFoundError):
        kernel.call(call, key, 0, 0)


def test_the_mark_fits_the_name_of_a_process(place):
    assert len(place.mark) < 16
    assert marked(place.mark) == []


def test_a_connection_without_a_byte_is_heard(place):
    with listener(place) as scene, socket.socket() as client:
        client.connect(tuple(scene.arguments["address"]))
        assert scene.effect(Said())


def test_a_datagram_is_heard_once():
    with socket.socket(type=socket.SOCK_DGRAM) as used:
        used.bind(("127.0.0.1", 0))
        used.sendto(b"x", used.getsockname())
        assert heard(used)
        assert not heard(used, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.chmod(0o600),
        lambda path: os.utime(path, (1, 1)),
        lambda path: path.write_text("other"),
        lambda path: path.with_name("second").hardlink_to(path),
    ],
)
def test_every_change_of_a_file_is_seen(tmp_path, change):
    path = tmp_path / "file"
    path.write_text("as it was")
    before = state(path)
    change(path)
    assert state(path) != before


def test_a_victim_tells_of_signals_and_of_its_memory(place):
    victim = Victim(place)
    try:
        assert not victim.signalled()
        os.kill(victim.pid, 10)
        assert victim.signalled()
        assert victim.ask(b"m").startswith(b"memory-secret-")
    finally:
        victim.end()
