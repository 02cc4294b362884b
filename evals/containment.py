"""What sandboxes keep in: the bypass matrix of ``pinfold probe`` over nothing, Landlock, bwrap, sandlock and Pinfold.

As uid 65534 without capabilities and as root, each in a network of its own, in which the loopback interface has more
addresses and a name server can be stood in for, so that few probes are absent. It needs root, and a Python that
everybody may use. sandlock is installed by hand into an environment of its own; what is missing is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

from pinfold.sandbox import kernel
from pinfold.sandbox.probes.inside.network import add_address

HERE = Path(__file__).parent
NOBODY = 65534
ADDRESSES = ("10.231.0.1", "169.254.169.254")
SETTINGS = {
    "ipv4/ip_unprivileged_port_start": "0",  # everybody may be the name server
    "ipv4/ping_group_range": "0 2147483647",  # and send echo requests
}
MARKS = {"closed": "–", "open": "**open**", "absent": "·", "works": "works", "fails": "**fails**"}
BWRAP = "bwrap --ro-bind / / --dev /dev --proc /proc --bind {folder} {folder} --unshare-all --die-with-parent --"


def sandboxes(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return what is compared: its name, and the arguments of ``pinfold probe``."""
    found = {
        "nothing": ["--launcher", "env --"],
        "Landlock": ["--launcher", f"{{python}} {HERE}/launchers/with_landlock.py {{folder}}"],
    }
    if shutil.which("bwrap"):
        found["bwrap"] = ["--launcher", BWRAP]
    if arguments.sandlock:
        found["sandlock"] = ["--launcher", f"{arguments.sandlock} {HERE}/launchers/with_sandlock.py {{folder}}"]
    found |= {f"Pinfold {level}": ["--level", level] for level in ("L1", "L2", "L3")}
    return {name: words for name, words in found.items() if not arguments.only or name in arguments.only}


def enter_room(resolver: str) -> Callable[[], None]:
    """Return what a child does before it begins: it takes a network of its own, in which it is alone."""

    def enter() -> None:
        kernel.unshare(kernel.CLONE_NEWNET | kernel.CLONE_NEWNS)
        kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount(resolver, "/etc/resolv.conf", flags=kernel.MS_BIND)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as used:
            ioctl(used, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up and running
        for address in ADDRESSES:
            add_address({"address": address})
        for name, value in SETTINGS.items():
            Path("/proc/sys/net", name).write_text(value, "ascii")

    return enter


def probe(words: list[str], user: int, python: str) -> dict[str, object] | None:
    """Return what ``pinfold probe`` says in JSON, or None where it could not."""
    with tempfile.TemporaryDirectory(prefix="pinfold-containment-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n", "ascii")
        (folder / "home").mkdir()
        os.chown(folder / "home", user, user)
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all"]
        drop += ["--bounding-set=-all", "--"]
        done = subprocess.run(
            [*(drop if user else []), python, "-m", "pinfold", "probe", "--format", "json", *words],
            preexec_fn=enter_room(str(folder / "resolv.conf")),
            env={**os.environ, "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if not done.stdout.startswith("{"):
        print(f"left out, uid {user}: {' '.join(words)}: {done.stderr.strip()}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def table(found: dict[str, dict]) -> list[str]:
    """Return the results as a Markdown table: one row a probe, one column a sandbox."""
    names = list(found)
    first = found[names[0]]
    lines = [f"| probe | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for key in ("controls", "probes"):
        for number, row in enumerate(first[key]):
            cells = [MARKS[found[name][key][number]["result"]] for name in names]
            lines.append(f"| {row['name']} | {' | '.join(cells)} |")
    for what in ("closed", "open", "absent", "closable_open", "controls_working"):
        cells = [str(found[name]["summary"][what]) for name in names]
        lines.append(f"| *{what.replace('_', ' ')}* | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandlock", metavar="PYTHON", help="the Python into which sandlock is installed")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs Pinfold, for every user")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these sandboxes")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write all results there as JSON, too")
    arguments = parser.parse_args()
    kept = {}
    for user in (NOBODY, 0):
        found = {}
        for name, words in sandboxes(arguments).items():
            result = probe(words, user, arguments.python)
            if result is not None:
                found[name] = result
                print(f"uid {user}: {name}: {result['summary']}", file=sys.stderr)
        print(f"\n## uid {user}\n")
        print("\n".join(table(found) if found else ["Nothing could be run."]))
        kept[str(user)] = found
    if arguments.output:
        arguments.output.write_text(json.dumps(kept, indent=1), "utf-8")


if __name__ == "__main__":
    main()
