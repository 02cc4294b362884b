import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from pinfold.model import Destination, Level
from pinfold.sandbox.defaults import default_profile
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]
PYTHON = "/usr/bin/python3"

TRY = """
import socket, sys
try:
    with socket.create_connection(({host!r}, {port}), timeout=5) as line:
        print(line.recv(100).decode())
except OSError as error:
    print(error.errno)
"""


class Outside:
    """A server on this machine that is not part of any run; it greets, and keeps what it is told."""

    def __init__(self, family: int = socket.AF_INET) -> None:
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.listening = socket.create_server((host, 0), family=family)
        self.port = self.listening.getsockname()[1]
        self.visits = 0
        self.heard = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            self.visits += 1
            with line:
                line.sendall(b"hello")
                line.settimeout(5)
                try:
                    while chunk := line.recv(65_536):
                        self.heard += chunk
                except OSError:
                    continue


@contextmanager
def outside(family: int = socket.AF_INET) -> Iterator[Outside]:
    server = Outside(family)
    try:
        yield server
    finally:
        server.listening.close()


def granting(*hosts: Destination):
    return msgspec.structs.replace(default_profile(), hosts=hosts)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_granted_is_not_reached(confined: RunConfined, level: Level):
    with outside() as server:
        run = confined(PYTHON, "-c", TRY.format(host="127.0.0.1", port=server.port), level=level)
        assert server.visits == 0
    assert run.stdout == "111\n", run.error
    [event] = run.of("connect")
    assert (event.decision, event.DestinationIp, event.DestinationPort) == ("deny", "127.0.0.1", server.port)
    assert f'cidr = "127.0.0.1/32", port = {server.port}' in event.reason


@pytest.mark.parametrize("level", LEVELS)
def test_no_address_is_reached_by_its_number(confined: RunConfined, level: Level):
    numbers = ("192.0.2.1", "10.0.0.1", "169.254.169.254", "224.0.0.1", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1")
    run = confined(PYTHON, "-c", "".join(TRY.format(host=ip, port=443) for ip in numbers), level=level)
    assert run.stdout == "13\n" * len(numbers), run.error
    assert [event.decision for event in run.of("connect")] == ["deny"] * len(numbers)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("by", ["cidr", "name"])
def test_what_is_granted_is_reached_and_counted(confined: RunConfined, level: Level, by: str):
    send = TRY.replace("print(line.recv(100)", "line.sendall(b'x' * 5000); print(line.recv(100)")
    with outside() as server:
        host = Destination(**{by: "localhost" if by == "name" else "127.0.0.1/32"}, port=server.port)
        name = "localhost" if by == "name" else "127.0.0.1"
        script = send.format(host=name, port=server.port)
        run = confined(PYTHON, "-c", script, level=level, profile=granting(host))
        assert (run.stdout, server.visits) == ("hello\n", 1), run.stderr + run.error
    first, last = (event for event in run.of("flow") if event.State in ("opened", "closed"))
    assert (first.State, last.State, first.Flow) == ("opened", "closed", last.Flow)
    assert (last.SentBytes, last.ReceivedBytes) == (5_000, 5)
    assert run.outcome is not None
    assert (run.outcome.flows, run.outcome.sent, run.outcome.received) == (1, 5_000, 5)


@pytest.mark.parametrize("level", LEVELS)
def test_another_port_of_a_granted_host_is_not_granted(confined: RunConfined, level: Level):
    with outside() as granted, outside() as other:
        host = Destination(cidr="127.0.0.1/32", port=granted.port)
        script = TRY.format(host="127.0.0.1", port=other.port)
        run = confined(PYTHON, "-c", script, level=level, profile=granting(host))
        assert other.visits == 0
    assert run.stdout == "111\n", run.error


@pytest.mark.parametrize("level", LEVELS)
def test_a_host_may_be_for_one_program_alone(confined: RunConfined, level: Level):
    with outside() as server:
        host = Destination(cidr="127.0.0.1/32", port=server.port, program="/usr/bin/true")
        script = TRY.format(host="127.0.0.1", port=server.port)
        run = confined(PYTHON, "-c", script, level=level, profile=granting(host))
        assert server.visits == 0
    assert run.stdout == "13\n", run.error


@pytest.mark.parametrize("level", LEVELS)
def test_whoever_decides_may_refuse_what_is_granted(confined: RunConfined, level: Level):
    def decide(event):
        return "not today" if event.__struct_config__.tag == "connect" else ""

    with outside() as server:
        host = Destination(cidr="127.0.0.1/32", port=server.port)
        script = TRY.format(host="127.0.0.1", port=server.port)
        run = confined(PYTHON, "-c", script, level=level, profile=granting(host), decide=decide)
        assert server.visits == 0
    assert [event.reason for event in run.of("connect")] == ["not today"]


OWN = """
import socket, threading
server = socket.create_server({address!r}, family=socket.{family})
print(server.getsockname()[0])
def serve():
    line, _ = server.accept()
    line.sendall(b"own"); line.close()
threading.Thread(target=serve).start()
with socket.create_connection(({to!r}, server.getsockname()[1]), timeout=5) as line:
    print(line.recv(10).decode())
"""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("address", "family", "to"),
    [
        (("127.0.0.1", 0), "AF_INET", "127.0.0.1"),
        (("", 0), "AF_INET", "localhost"),
        (("::1", 0), "AF_INET6", "::1"),
    ],
)
def test_a_run_may_speak_to_itself(confined: RunConfined, level: Level, address: tuple[str, int], family: str, to: str):
    run = confined(PYTHON, "-c", OWN.format(address=address, family=family, to=to), level=level)
    said = run.stdout.split()
    assert said[1:] == ["own"], run.stderr + run.error
    if level is not Level.L3:  # nobody from outside can come in
        assert said[0] in ("127.0.0.1", "::1")
    assert [event.SourcePort for event in run.of("listen")]


@pytest.mark.parametrize("level", [Level.L1, Level.L2])
def test_a_run_takes_no_connections_from_other_machines(confined: RunConfined, level: Level):
    bind = "import socket; s = socket.socket()\ntry: s.bind(('192.0.2.1', 0))\nexcept OSError as e: print(e.errno)"
    unbound = "import socket; s = socket.socket(); s.listen(); print(s.getsockname()[0])"
    assert confined(PYTHON, "-c", bind, level=level).stdout == "13\n"
    assert confined(PYTHON, "-c", unbound, level=level).stdout == "127.0.0.1\n"


@pytest.mark.parametrize("level", [Level.L1, Level.L2])
def test_a_port_that_the_run_gave_up_is_no_longer_its_own(confined: RunConfined, level: Level):
    # The run listens on a port and gives it up; then somebody outside listens there.
    giving = (
        "import socket, sys\n"
        "s = socket.create_server(('127.0.0.1', 0)); port = s.getsockname()[1]; s.close()\n"
        "import os\n"
        "open('port', 'w').write(str(port)); os.rename('port', 'given')\n"
        "while not os.path.exists('taken'): pass\n"
    )
    taken = threading.Event()
    holder: list[Outside] = []

    def take() -> None:
        given = confined.folder / "given"
        while not given.exists():
            if taken.wait(0.01):
                return
        server = Outside.__new__(Outside)
        server.visits, server.heard = 0, b""
        server.listening = socket.create_server(("127.0.0.1", int(given.read_text())))
        threading.Thread(target=server._serve, daemon=True).start()
        holder.append(server)
        (confined.folder / "taken").touch()

    thread = threading.Thread(target=take)
    thread.start()
    script = giving + TRY.format(host="127.0.0.1", port=0).replace("('127.0.0.1', 0)", "('127.0.0.1', port)")
    run = confined(PYTHON, "-c", script, level=level)
    taken.set()
    thread.join()
    holder[0].listening.close()
    assert (run.stdout, holder[0].visits) == ("111\n", 0), run.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_a_connection_may_open_without_waiting(confined: RunConfined, level: Level):
    script = """
import asyncio
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    print((await reader.read(5)).decode())
    writer.close()
asyncio.run(main())
"""
    with outside() as server:
        host = Destination(cidr="127.0.0.1/32", port=server.port)
        run = confined(PYTHON, "-c", script.format(port=server.port), level=level, profile=granting(host))
    assert run.stdout == "hello\n", run.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_options_of_a_socket_survive(confined: RunConfined, level: Level):
    script = """
import fcntl, os, socket
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
s.connect(("127.0.0.1", {port}))
print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
print(s.getpeername()[1] == {port}, os.get_inheritable(s.fileno()), fcntl.fcntl(s, fcntl.F_GETFL) & os.O_NONBLOCK)
"""
    with outside() as server:
        host = Destination(cidr="127.0.0.1/32", port=server.port)
        run = confined(PYTHON, "-c", script.format(port=server.port), level=level, profile=granting(host))
    assert run.stdout == "1 1\nTrue False 0\n", run.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_a_refused_connection_is_refused_and_not_denied(confined: RunConfined, level: Level):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        host = Destination(cidr="127.0.0.1/32", port=port)
        run = confined(PYTHON, "-c", TRY.format(host="127.0.0.1", port=port), level=level, profile=granting(host))
    assert run.stdout == "111\n"
    assert [event.decision for event in run.of("connect")] == ["allow"]


DAMAGED = (
    "libc.connect(s.fileno(), None, 16)",
    "libc.connect(s.fileno(), ctypes.create_string_buffer(200), 200)",
    "libc.connect(s.fileno(), ctypes.create_string_buffer(b'\\2\\0', 2), 2)",
    "libc.connect(s.fileno(), ctypes.create_string_buffer(b'\\2', 1), 1)",
    "libc.connect(s.fileno(), ctypes.c_void_p(0x10), 16)",
    "libc.connect(99, ctypes.create_string_buffer(b'\\2' + bytes(15), 16), 16)",
    "libc.connect(0, ctypes.create_string_buffer(b'\\2' + bytes(15), 16), 16)",
    "libc.bind(s.fileno(), ctypes.c_void_p(0x10), 16)",
    "libc.listen(99, 5)",
)


@pytest.mark.parametrize("level", LEVELS)
def test_a_damaged_call_fails_and_harms_nobody(confined: RunConfined, level: Level):
    calls = "\n".join(f"print({call})" for call in DAMAGED)
    script = f"import ctypes, socket\nlibc = ctypes.CDLL(None)\ns = socket.socket()\n{calls}\nprint('alive')"
    run = confined(PYTHON, "-c", script, level=level)
    assert run.stdout == "-1\n" * len(DAMAGED) + "alive\n", run.stderr
    assert run.outcome is not None
    assert run.outcome.code == 0


@pytest.mark.parametrize("level", LEVELS)
def test_datagrams_lead_nowhere(confined: RunConfined, level: Level):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        port = server.getsockname()[1]
        script = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for way in (lambda: s.sendto(b"x", ("127.0.0.1", {port})), lambda: s.sendmsg([b"x"], [], 0, ("127.0.0.1", {port})),
            lambda: s.connect(("127.0.0.1", {port})), lambda: s.send(b"x")):
    try: way()
    except OSError: pass
print("tried")
"""
        run = confined(PYTHON, "-c", script, level=level)
        assert run.stdout == "tried\n", run.stderr
        with pytest.raises(BlockingIOError):
            server.recv(10)


@pytest.mark.parametrize("level", LEVELS)
def test_a_pointer_that_changes_under_way_changes_nothing(confined: RunConfined, level: Level):
    race = """
import ctypes, socket, struct, threading
libc = ctypes.CDLL(None)
good = struct.pack("=HH4s8x", 2, socket.htons({good}), bytes([127, 0, 0, 1]))
bad = struct.pack("=HH4s8x", 2, socket.htons({bad}), bytes([127, 0, 0, 1]))
place = ctypes.create_string_buffer(good, 16)
over = False
def flip():
    while not over:
        ctypes.memmove(place, bad, 16); ctypes.memmove(place, good, 16)
threading.Thread(target=flip).start()
won = 0
for _ in range(400):
    s = socket.socket()
    won += libc.connect(s.fileno(), place, 16) == 0
    s.close()
over = True
print(won > 0)
"""
    with outside() as granted, outside() as other:
        host = Destination(cidr="127.0.0.1/32", port=granted.port)
        script = race.format(good=granted.port, bad=other.port)
        run = confined(PYTHON, "-c", script, level=level, profile=granting(host))
        assert run.stdout == "True\n", run.stderr
        assert other.visits == 0
