"""What is told of the network in a run that is only observed."""

from __future__ import annotations

import socket

import pytest

from pinfold.model import Level
from tests.sandbox.conftest import RunConfined

PYTHON = "/usr/bin/python3"


@pytest.mark.parametrize("family", ["127.0.0.1", "::1"])
def test_connections_are_told_and_made(confined: RunConfined, family: str):
    try:
        server = socket.create_server((family, 0), family=socket.AF_INET6 if ":" in family else socket.AF_INET)
    except OSError:
        pytest.skip(f"there is no {family} here")
    with server:
        port = server.getsockname()[1]
        code = f"import socket; print(socket.create_connection(({family!r}, {port})).getpeername()[1])"
        run = confined(PYTHON, "-c", code, level=Level.L0)
    assert run.stdout == f"{port}\n", run.stderr
    (event,) = run.of("connect")
    assert (event.DestinationIp, event.DestinationPort, event.Protocol, event.decision) == (family, port, "tcp", "")
    assert event.Image.startswith("/usr/bin/python3")


def test_ports_of_its_own_are_told_with_their_numbers(confined: RunConfined):
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"
    run = confined(PYTHON, "-c", code, level=Level.L0)
    (event,) = run.of("listen")
    assert f"{event.SourcePort}\n" == run.stdout
    assert event.SourceIp == "127.0.0.1"


def test_datagrams_and_unix_sockets_are_not_told(confined: RunConfined):
    code = (
        "import socket; d = socket.socket(type=socket.SOCK_DGRAM); d.connect(('127.0.0.1', 9));"
        "u = socket.socket(socket.AF_UNIX); u.bind('s'); u.listen(); socket.socket(socket.AF_UNIX).connect('s');"
        "print('done')"
    )
    run = confined(PYTHON, "-c", code, level=Level.L0)
    assert run.stdout == "done\n", run.stderr
    assert not run.of("connect")
    assert not run.of("listen")
