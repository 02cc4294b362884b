import socket
import threading

import pytest

from pinfold.model import Level
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]
PYTHON = "/usr/bin/python3"

SPEAK = """
import socket
s = socket.socket(socket.AF_UNIX, socket.{kind})
try:
    s.connect({address!r}); s.send(b"x"); print("reached")
except OSError as error: print(error.errno)
"""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_SEQPACKET"])
@pytest.mark.parametrize("abstract", [False, True])
def test_a_run_speaks_to_its_own_sockets(confined: RunConfined, level: Level, kind: str, abstract: bool):
    address = f"\0pinfold-{confined.user}-{level}" if abstract else "own.sock"
    listen = f"import socket\nl = socket.socket(socket.AF_UNIX, socket.{kind}); l.bind({address!r}); l.listen()\n"
    run = confined(PYTHON, "-c", listen + SPEAK.format(kind=kind, address=address), level=level)
    assert run.stdout == "reached\n", run.stderr


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_SEQPACKET"])
@pytest.mark.parametrize("place", ["abstract", "work"])
def test_a_socket_of_somebody_else_is_closed(confined: RunConfined, level: Level, kind: str, place: str):
    address = f"\0pinfold-outside-{confined.user}-{level}-{kind}"
    if place == "work":  # in the very folder that the run may write to
        address = str(confined.folder / "outside.sock")
    with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as server:
        server.bind(address)
        if place == "work":
            (confined.folder / "outside.sock").chmod(0o777)
        server.listen()
        server.settimeout(0)
        run = confined(PYTHON, "-c", SPEAK.format(kind=kind, address=address), level=level)
        assert run.stdout == "13\n", run.stderr
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [event.decision for event in run.of("connect")] == ["deny"]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_there_is_told_so_and_is_no_denial(confined: RunConfined, level: Level):
    run = confined(PYTHON, "-c", SPEAK.format(kind="SOCK_STREAM", address="/nowhere/at.all"), level=level)
    assert run.stdout == "2\n"
    assert run.of("connect") == []


@pytest.mark.parametrize("level", LEVELS)
def test_a_pair_needs_nobody(confined: RunConfined, level: Level):
    script = "import socket; a, b = socket.socketpair(); a.send(b'pair'); print(b.recv(9).decode())"
    assert confined(PYTHON, "-c", script, level=level).stdout == "pair\n"


@pytest.mark.parametrize("level", [Level.L2, Level.L3])
def test_a_path_that_changes_under_way_changes_nothing(confined: RunConfined, level: Level):
    race = """
import ctypes, socket, threading
libc = ctypes.CDLL(None)
own = socket.socket(socket.AF_UNIX); own.bind("a.sock"); own.listen(500)
place = ctypes.create_string_buffer(b"\\1\\0a.sock\\0", 9)
over = False
def flip():
    while not over:
        place[2] = b"o"; place[2] = b"a"
threading.Thread(target=flip).start()
won = 0
for _ in range(400):
    s = socket.socket(socket.AF_UNIX); won += libc.connect(s.fileno(), place, 9) == 0; s.close()
over = True
print(won > 0)
"""
    address = confined.folder / "o.sock"
    visits: list[int] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address))
        address.chmod(0o777)
        server.listen(500)

        def serve() -> None:
            try:
                while True:
                    server.accept()[0].close()
                    visits.append(1)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        run = confined(PYTHON, "-c", race, level=level)
        assert run.stdout == "True\n", run.stderr
        assert visits == []
