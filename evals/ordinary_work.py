"""Ordinary work under confinement: observed once, a profile written from that, and then confined by that profile.

Each piece of work runs plain, observed (L0, every file traced), with a profile written by hand that grants the working
folder and the system, and with the profile that ``pinfold profile from-events`` wrote. Nothing leaves the loopback
interface: an index of packages, a repository and a registry are served there by TLS, under a granted name.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_server import certificate, serve
from ordinary_user import Place, clean_environment, measure_as

_SECONDS = 300
_GIT = "git -c user.name=E -c user.email=e@e.invalid -c init.defaultBranch=main"


@dataclass(frozen=True)
class Work:
    """A piece of work: a script for ``sh``, files that it needs, and whether it contacts the server."""

    name: str
    script: str
    files: dict[str, str]
    contacts: bool = False


@dataclass(frozen=True)
class Result:
    """How one run of a piece of work went; ``said`` is the end of what it and Pinfold said."""

    passed: bool
    seconds: float
    said: str


def main() -> int:
    """Run the suite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--python", type=Path, default=Path("/usr/bin/python3"), help="has pip, pytest, ipykernel, torch"
    )
    parser.add_argument("--only", nargs="*", default=[], help="these pieces of work only")
    parser.add_argument("--levels", nargs="*", default=["L2", "L3"])
    parser.add_argument("--user", nargs="*", default=["nobody", "root"], choices=["nobody", "root"])
    parser.add_argument("--keep", type=Path, help="a folder for the events, profiles and outputs")
    options = parser.parse_args()
    return measure_as(options.user, lambda place: measure(place, options), host="mirror.example")


def measure(place: Place, options: argparse.Namespace) -> int:
    """Run everything and print a table, then what each failure said."""
    served = place.folder / "served"
    served.mkdir()
    authority, own, key = certificate(place.folder, place.host)
    port = serve(served, own, key)
    _fill(served, f"https://{place.host}:{port}", place.folder)
    everything = _everything(str(options.python), f"https://{place.host}:{port}")
    suite = [work for work in everything if not options.only or work.name in options.only]
    results: dict[tuple[str, str], Result] = {}
    columns = [
        "plain",
        "observed",
        *(f"{level} {which}" for which in ("by hand", "learned") for level in options.levels),
    ]
    for work in suite:
        folder = place.work / work.name
        prepare = functools.partial(_prepare, work, folder, authority)
        by_hand = place.folder / f"{work.name}-by-hand.toml"
        by_hand.write_text(_by_hand(place, options.python, port))
        learned = place.folder / f"{work.name}-learned.toml"
        events = place.folder / f"{work.name}.jsonl"
        observe = ["--level", "L0", "--trace", "files", "--events", str(events)]
        results[work.name, "plain"] = _run([], prepare, folder)
        results[work.name, "observed"] = _run([*place.pinfold, "run", *observe, "--"], prepare, folder)
        for level in options.levels:
            command = [*place.pinfold, "run", "--level", level, "--profile", str(by_hand), "--"]
            results[work.name, f"{level} by hand"] = _run(command, prepare, folder)
        written = subprocess.run(
            [*place.pinfold, "profile", "from-events", "--output", str(learned), str(events)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        for level in options.levels:
            if not learned.exists():
                results[work.name, f"{level} learned"] = Result(False, 0.0, written.stderr[-500:])
                continue
            command = [*place.pinfold, "run", "--level", level, "--profile", str(learned), "--"]
            results[work.name, f"{level} learned"] = _run(command, prepare, folder)
        _show_row(work.name, columns, results, is_first=work is suite[0], user=place.user)
        if options.keep:
            _keep(options.keep / place.user.split()[1].replace("/", "_"), by_hand, learned, events)
    failures = {key: result for key, result in results.items() if not result.passed}
    for (name, column), result in failures.items():
        print(f"\n{name}, {column}:\n\n```\n{result.said.strip()}\n```")
    passed = sum(results[work.name, column].passed for work in suite for column in columns if "learned" in column)
    print(f"\n{passed} of {len(suite) * len(options.levels)} pass with the profile written from events.")
    return 1 if any("by hand" not in column for _, column in failures) else 0


def _show_row(
    name: str, columns: list[str], results: dict[tuple[str, str], Result], *, is_first: bool, user: str
) -> None:
    if is_first:
        print(f"\n### Ordinary work, {user}\n")
        print("| | " + " | ".join(columns) + " |")
        print("|---" * (len(columns) + 1) + "|")
    cells = [results[name, column] for column in columns]
    print(f"| {name} | " + " | ".join(f"{'ok' if one.passed else 'FAILS'} {one.seconds:.1f} s" for one in cells) + " |")
    sys.stdout.flush()


def _keep(folder: Path, *files: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.exists():
            shutil.copy(file, folder)


def _prepare(work: Work, folder: Path, authority: Path) -> None:
    """Make the folder anew, so that every run finds the same."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in work.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "work.sh").write_text(f"set -eu\n{work.script}\necho all is well\n")
    shutil.copy(authority, folder / "authority.crt")


def _run(launcher: list[str], prepare: Callable[[], None], folder: Path) -> Result:
    prepare()
    environment = dict(os.environ) if launcher else clean_environment()
    since = time.perf_counter()
    try:
        done = subprocess.run(
            [*launcher, "sh", "work.sh"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"") + (error.stderr or b"")
        return Result(False, float(_SECONDS), "not over in time: " + said[-1500:].decode(errors="replace"))
    took = time.perf_counter() - since
    passed = done.returncode == 0 and done.stdout.rstrip().endswith(b"all is well")
    said = (done.stdout[-700:] + b"\n" + done.stderr[-2500:]).decode(errors="replace")
    return Result(passed, took, f"exit code {done.returncode}\n{said}")


def _by_hand(place: Place, python: Path, port: int) -> str:
    """Return the profile of somebody who trusts the work with its folder, the system and one host."""
    # What an interpreter needs that does not lie in the system.
    prefix = str(python.parent.parent)
    return (
        'level = "L1"\n'
        f'[read]\nallow = [".", "{prefix}"]\n[write]\nallow = ["."]\n'
        f'[execute]\nallow = ["/usr", "/bin", "/sbin", "/lib", "/lib64", ".", "{prefix}"]\n'
        f'[[hosts]]\nname = "{place.host}"\nport = {port}\n'
    )


# What is served.


def _fill(served: Path, address: str, folder: Path) -> None:
    """Put an index of Python packages, a Git repository and a registry of npm packages into the served folder."""
    index = served / "simple" / "parcel"
    index.mkdir(parents=True)
    (index / "parcel-1.0.tar.gz").write_bytes(_archive(_SDIST, "parcel-1.0"))
    (index / "index.html").write_text('<a href="parcel-1.0.tar.gz">parcel-1.0.tar.gz</a>\n')
    source = folder / "source"
    source.mkdir()
    for number in range(50):
        (source / f"file{number}.txt").write_text(f"{number}\n" * 100)
    commands = ("init -q", "add .", "commit -q -m first", f"clone -q --bare . {served}/repository.git")
    for words in (*commands, f"-C {served}/repository.git update-server-info"):
        subprocess.run([*_GIT.split(), *words.split()], cwd=source, check=True, capture_output=True)
    registry = served / "npm"
    registry.mkdir()
    tarball = _archive(_NPM_PACKAGE, "package")
    (registry / "parcel-1.0.0.tgz").write_bytes(tarball)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    version = {
        "name": "parcel",
        "version": "1.0.0",
        "dist": {"tarball": f"{address}/npm/parcel-1.0.0.tgz", "integrity": integrity},
    }
    document = {"name": "parcel", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    (registry / "parcel").write_text(json.dumps(document))
    (served / "page.txt").write_text("a page\n")


def _archive(texts: dict[str, str], folder: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mode = len(text), 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    return stream.getvalue()


_SDIST = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n",
    "setup.py": 'from setuptools import setup\nsetup(name="parcel", version="1.0", packages=["parcel"])\n',
    "parcel/__init__.py": 'CONTENT = "parcel"\n',
}
_NPM_PACKAGE = {
    "package.json": '{"name": "parcel", "version": "1.0.0", "main": "index.js"}\n',
    "index.js": 'module.exports = "parcel";\n',
}


# The work.


def _everything(python: str, address: str) -> list[Work]:
    return [
        Work("pip", _PIP.format(python=python, address=address), {}, contacts=True),
        Work("git", _GIT_WORK.format(git=_GIT, address=address), {}, contacts=True),
        Work("gcc", _GCC, {"main.c": _MAIN_C, "sum.c": "int sum(int a, int b) { return a + b; }\n"}),
        Work("tar", _TAR, {f"tree/d{n % 7}/f{n}": f"{n}\n" * n for n in range(300)}),
        Work("npm", _NPM.format(address=address), {f"local/{name}": text for name, text in _NPM_PACKAGE.items()}, True),
        Work("pytest", f"{python} -m pytest -q test_parcel.py\n", {"test_parcel.py": _PYTEST}),
        Work("jupyter", f"{python} notebook.py\n", {"notebook.py": _JUPYTER}),
        Work("torch", f"{python} training.py\n", {"training.py": _TORCH}),
        Work("node", "node script.js\n", {"script.js": _NODE, "worker.js": _NODE_WORKER}),
        Work("make", "make -j2 all\nmake check\nmake clean\n", {"Makefile": _MAKE, "main.c": _MAIN_C, "sum.c": _SUM_C}),
        Work("curl", f"curl -sSf --cacert authority.crt {address}/page.txt | grep -q 'a page'\n", {}, contacts=True),
        Work("python", f"{python} fetch.py\n", {"fetch.py": _FETCH.format(address=address)}, contacts=True),
        Work("attributes", _ATTRIBUTES, {"one": "1\n"}),
    ]


_PIP = """\
{python} -m venv --without-pip venv
{python} -m pip --cert authority.crt download -q --no-deps --no-build-isolation -i {address}/simple -d got parcel
{python} -m pip install -q --no-index --no-build-isolation --no-deps --target venv/lib/parcel got/parcel-1.0.tar.gz
PYTHONPATH=venv/lib/parcel venv/bin/python -c 'import parcel; assert parcel.CONTENT == "parcel"'
"""
_GIT_WORK = """\
mkdir project && cd project
{git} init -q
for n in 1 2 3; do echo $n > file$n; {git} add file$n; {git} commit -q -m "number $n"; done
{git} checkout -q -b other && {git} mv file1 file4 && {git} commit -q -am moved && {git} checkout -q main
{git} merge -q other && {git} gc -q && {git} fsck
test "$({git} log --oneline | wc -l)" = 4
cd .. && {git} -c http.sslCAInfo=$PWD/authority.crt clone -q {address}/repository.git cloned
cd cloned && {git} status && test "$({git} log --oneline | wc -l)" = 1 && test -f file49.txt
"""
_MAIN_C = """\
#include <stdio.h>
int sum(int, int);
int main(void) { printf("%d\\n", sum(40, 2)); return 0; }
"""
_SUM_C = "int sum(int a, int b) { return a + b; }\n"
_GCC = """\
gcc -O2 -Wall -c main.c && gcc -O2 -Wall -c sum.c && ar rc libsum.a sum.o && gcc -o program main.o -L. -lsum
test "$(./program)" = 42
gcc -shared -fPIC -o libshared.so sum.c && gcc -o program2 main.c ./libshared.so && test "$(./program2)" = 42
"""
_TAR = """\
chmod 640 tree/d1/f1 && ln -s f1 tree/d1/link && ln tree/d2/f2 tree/d2/hard && touch -d 2020-02-02 tree/d3
tar czf tree.tar.gz tree && mkdir out && tar xzpf tree.tar.gz -C out
diff -r tree out/tree && test "$(stat -c %a out/tree/d1/f1)" = 640
test "$(stat -c %Y tree/d3)" = "$(stat -c %Y out/tree/d3)"
cp -a tree copied && mv copied moved && rm -r moved
"""
_NPM = """\
cd local && npm pack --silent && cd ..
mkdir app && cd app && printf '{{"name": "app", "version": "1.0.0"}}' > package.json
npm install --offline --no-audit --no-fund --silent ../local/parcel-1.0.0.tgz
node -e 'require("assert")(require("parcel") === "parcel")'
npm uninstall --no-audit --no-fund --silent parcel
npm install --no-audit --no-fund --cafile=$PWD/../authority.crt --registry={address}/npm/ parcel
node -e 'require("assert")(require("parcel") === "parcel")'
npm run env > /dev/null
"""
_PYTEST = """\
import multiprocessing, socket, subprocess, sys, tempfile, threading
import pytest

def double(n):
    return 2 * n

@pytest.mark.parametrize("number", range(20))
def test_number(number, tmp_path):
    (tmp_path / "file").write_text(str(number))
    assert (tmp_path / "file").read_text() == str(number)

def test_processes():
    with multiprocessing.Pool(2) as pool:
        assert pool.map(double, range(5)) == [0, 2, 4, 6, 8]

def test_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"hello")).start()
        with socket.create_connection(server.getsockname()) as client:
            assert client.recv(5) == b"hello"

def test_unix(tmp_path):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
        assert server.accept()

def test_subprocess():
    assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout == b"1\\n"

def test_temporary_file():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
"""
_JUPYTER = """\
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3", startup_timeout=120)
said = []
client.execute_interactive("import math\\nprint(math.factorial(10))\\nopen('cell.txt', 'w').write('x')", timeout=60,
    output_hook=lambda message: said.append(message["content"].get("text", "")))
assert "3628800" in "".join(said), said
client.stop_channels()
manager.shutdown_kernel(now=False)
"""
_TORCH = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    inputs = torch.randn(512, 16)
    data = DataLoader(TensorDataset(inputs, inputs.sum(1, keepdim=True)), batch_size=64, num_workers=2)
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    first = last = 0.0
    for epoch in range(5):
        for given, wanted in data:
            loss = nn.functional.mse_loss(model(given), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            first, last = first or loss.item(), loss.item()
    assert last < first
    torch.save(model.state_dict(), "model.pt")
    model.load_state_dict(torch.load("model.pt"))

if __name__ == "__main__":
    main()
"""
_NODE = """\
const assert = require("assert"), fs = require("fs"), http = require("http"), os = require("os");
const path = require("path");
const { execFileSync } = require("child_process"), { Worker } = require("worker_threads"), zlib = require("zlib");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "n-"));
fs.writeFileSync(path.join(folder, "a"), zlib.gzipSync("text"));
assert.equal(zlib.gunzipSync(fs.readFileSync(path.join(folder, "a"))), "text");
assert.equal(execFileSync("echo", ["hello"]).toString(), "hello\\n");
const server = http.createServer((request, response) => response.end("served")).listen(0, "127.0.0.1", () => {
  http.get({ port: server.address().port, host: "127.0.0.1" }, (response) => {
    response.on("data", (data) => assert.equal(data.toString(), "served"));
    response.on("end", () => new Worker("./worker.js").on("message", (sum) => {
      assert.equal(sum, 499500);
      server.close(() => process.exit(0));
    }));
  });
});
"""
_NODE_WORKER = """\
let sum = 0;
for (let n = 0; n < 1000; n++) sum += n;
require("worker_threads").parentPort.postMessage(sum);
"""
_MAKE = """\
all: program
program: main.o sum.o
\t$(CC) -o $@ $^
%.o: %.c
\t$(CC) -O1 -c -o $@ $<
check: program
\ttest "$$(./program)" = 42
clean:
\trm -f program *.o
"""
_FETCH = """\
import ssl, urllib.request
context = ssl.create_default_context(cafile="authority.crt")
with urllib.request.urlopen("{address}/page.txt", context=context) as answer:
    assert answer.read() == b"a page\\n"
"""
_ATTRIBUTES = """\
chmod 600 one && test "$(stat -c %a one)" = 600
touch -d 2021-01-01 one && test "$(stat -c %Y one)" = "$(date -d 2021-01-01 +%s)"
chown "$(id -u):$(id -g)" one
cp -p one two && install -m 755 one three && test "$(stat -c %a three)" = 755
/usr/bin/python3 -c 'import os; os.setxattr("one", "user.word", b"x"); assert os.getxattr("one", "user.word") == b"x"'
mkdir folder && chmod 2755 folder && chmod -R u+w folder && ln -s one link && touch -h link
"""


if __name__ == "__main__":
    sys.exit(main())
