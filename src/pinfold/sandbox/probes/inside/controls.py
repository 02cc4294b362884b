"""What must go on working in any sandbox; each writes what it has achieved into the folder of the run."""

from __future__ import annotations

import os
import socket
import subprocess
import threading

from .calls import Arguments


def _achieved(arguments: Arguments, text: str) -> None:
    with open(arguments["path"], "w", encoding="utf-8") as file:
        file.write(text)


def write(arguments: Arguments) -> None:
    """Write a file in the working folder, in a folder made for it."""
    os.makedirs(os.path.dirname(arguments["path"]), exist_ok=True)
    _achieved(arguments, arguments["token"])


def chmod(arguments: Arguments) -> None:
    """Change mode and time of a file in the working folder."""
    _achieved(arguments, arguments["token"])
    os.chmod(arguments["path"], 0o500)
    os.utime(arguments["path"], (7, 7))


def read(arguments: Arguments) -> bytes:
    """Read a file of the system."""
    with open(arguments["path"], "rb") as file:
        return file.read(4096)


def execute(arguments: Arguments) -> None:
    """Start a program of the system."""
    subprocess.run(["/bin/sh", "-c", 'echo "$0" > "$1"', arguments["token"], arguments["path"]], check=True, timeout=5)


def own_port(arguments: Arguments) -> None:
    """Talk over a loopback port on which the run itself listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(3)
        _talk(server, server.getsockname(), arguments)


def own_socket(arguments: Arguments) -> None:
    """Talk over a socket in the working folder on which the run itself listens."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(arguments["address"])
        server.listen(1)
        server.settimeout(3)
        _talk(server, arguments["address"], arguments)


def _talk(server: socket.socket, address: object, arguments: Arguments) -> None:
    def speak() -> None:
        with socket.socket(server.family) as client:
            client.settimeout(3)
            client.connect(address)  # type: ignore[arg-type]
            client.sendall(arguments["token"].encode())

    speaker = threading.Thread(target=speak)
    speaker.start()
    came, _from = server.accept()
    with came:
        came.settimeout(3)
        _achieved(arguments, came.recv(256).decode())
    speaker.join()


def fork_twice(arguments: Arguments) -> None:
    """Start a process that starts a process, and wait until both have ended."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            _achieved(arguments, arguments["token"])
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)  # ends when the last of them has
    os.wait()
