"""Names of Python's libraries that matter, dated 2026-11-21, from their documentation."""

from __future__ import annotations

import re

MODULES = frozenset(
    [
        "os",
        "subprocess",
        "sys",
        "socket",
        "shutil",
        "pathlib",
        "io",
        "codecs",
        "glob",
        "tempfile",
        "requests",
        "httpx",
        "aiohttp",
        "urllib",
        "urllib2",
        "urllib3",
        "http",
        "ftplib",
        "smtplib",
        "telnetlib",
        "paramiko",
        "asyncssh",
        "sshtunnel",
        "fabric",
        "asyncio",
        "pty",
        "base64",
        "binascii",
        "zlib",
        "gzip",
        "bz2",
        "lzma",
        "marshal",
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "runpy",
        "importlib",
        "builtins",
        "json",
        "boto3",
        "websocket",
        "websockets",
        "dotenv",
        "zipfile",
        "tarfile",
        "ipaddress",
        "dns",
        "ssl",
        "threading",
        "multiprocessing",
        "platform",
        "getpass",
        "ctypes",
        "pexpect",
        "commands",
        "pyperclip",
        "keyring",
        "yaml",
        "curl_cffi",
        "pycurl",
        "imaplib",
        "poplib",
        "nmap",
        "scapy",
        "concurrent",
        "winreg",
        "webbrowser",
        "aiofiles",
    ]
)
"""Modules that snippets use without importing them."""

BUILTINS = frozenset(
    [
        "open",
        "exec",
        "eval",
        "compile",
        "__import__",
        "getattr",
        "setattr",
        "vars",
        "globals",
        "locals",
        "print",
        "input",
        "bytes",
        "bytearray",
        "str",
        "list",
        "dict",
        "tuple",
        "set",
        "frozenset",
        "sorted",
        "reversed",
        "map",
        "filter",
        "zip",
        "enumerate",
        "range",
        "chr",
        "ord",
        "int",
        "repr",
        "format",
        "iter",
        "next",
        "__builtins__",
        "type",
        "memoryview",
        "execfile",
        "file",
    ]
)
"""Builtin functions that are looked at."""

ALIASES = {
    "requests.Session()": "requests",
    "requests.session()": "requests",
    "requests.sessions": "requests",
    "requests.api": "requests",
    "httpx.Client()": "httpx",
    "httpx.AsyncClient()": "httpx",
    "aiohttp.ClientSession()": "aiohttp",
    "aiohttp.client.ClientSession()": "aiohttp",
    "curl_cffi.requests": "requests",
    "cloudscraper.create_scraper()": "requests",
    "urllib3.PoolManager()": "urllib3",
    "urllib3.ProxyManager()": "urllib3",
    "urllib2": "urllib.request",
    "urllib.urlopen": "urllib.request.urlopen",
    "urllib.urlretrieve": "urllib.request.urlretrieve",
    "httplib": "http.client",
    "builtins": "",
    "__builtins__": "",
    "io.open": "open",
    "codecs.open": "open",
    "aiofiles.open": "open",
    "file": "open",
    "pathlib.PosixPath": "pathlib.Path",
    "pathlib.PurePath": "pathlib.Path",
    "anyio.Path": "pathlib.Path",
    "posix": "os",
    "nt": "os",
    "asyncio.subprocess": "asyncio",
    "cPickle": "pickle",
    "os.popen2": "os.popen",
    "commands": "subprocess",
    "paramiko.client": "paramiko",
    "websockets.client": "websockets",
    "websockets.sync.client": "websockets",
    "pathlib2": "pathlib",
}  # fmt: skip
"""Other names of the same thing; a longer name that begins with one of these and a dot is changed too."""

HTTP_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "ws_connect"}
)
"""Methods of HTTP libraries that open a connection."""

HTTP_LIBRARIES = frozenset({"requests", "httpx", "aiohttp", "urllib3"})
"""Modules, and clients made from them, that have ``HTTP_METHODS``."""

SHELL_CALLS = frozenset(
    {
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "asyncio.create_subprocess_shell",
        "os.startfile",
    }
)
"""Calls whose first argument is a command line for the shell."""

LIST_CALLS = frozenset(
    [
        "subprocess.run",
        "subprocess.Popen",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.check_outputs",
        "pty.spawn",
        "pexpect.spawn",
        "pexpect.run",
        "os.startfile",
        "trio.run_process",
        "anyio.run_process",
        "anyio.open_process",
    ]
)
"""Calls whose first argument is a list of words, or a command line with ``shell=True``."""

SPREAD_CALLS = {
    "asyncio.create_subprocess_exec": 0, "os.execl": 1, "os.execle": 1, "os.execlp": 1, "os.execlpe": 1,
    "os.spawnl": 2, "os.spawnle": 2, "os.spawnlp": 2, "os.spawnlpe": 2,
}  # fmt: skip
"""Calls whose words are arguments of their own, and the index of the first."""

VECTOR_CALLS = {
    "os.execv": 1, "os.execve": 1, "os.execvp": 1, "os.execvpe": 1, "os.spawnv": 2, "os.spawnve": 2, "os.spawnvp":
    2, "os.spawnvpe": 2, "os.posix_spawn": 1, "os.posix_spawnp": 1,
}  # fmt: skip
"""Calls that take the words as a list, and its index."""

WORTH = re.compile(
    rb"subprocess|os\s*\.|import\s+os|from\s+os|socket|requests|httpx|aiohttp|urllib|http\.client|paramiko|asyncssh"
    rb"|sshtunnel|smtplib|ftplib|telnetlib|websocket|boto3|pathlib|Path\s*\(|open\s*\(|shutil"
    rb"|exec\b|eval\b|compile|__import__|importlib|runpy|marshal|pickle|base64|zlib|builtins|getattr|environ|getenv"
    rb"|dotenv|pty\b|create_subprocess|popen|system|spawn|fabric|pexpect|dns\b|tarfile"
    rb"|zipfile|glob|nmap|winreg|ngrok|https?://|pyperclip|keyring|ctypes|__dict__|globals"
)
"""A source without any of these yields no act."""


def canonical(name: str) -> str:
    """Return the usual name of a library's function or object."""
    for _ in range(3):
        if name in ("builtins", "__builtins__"):
            return "builtins"
        if name in ALIASES:
            name = ALIASES[name]
            continue
        head = name
        while "." in head:
            head = head.rpartition(".")[0]
            if head in ALIASES:
                name = f"{ALIASES[head]}{name[len(head) :]}".lstrip(".")
                break
        else:
            break
    return name[:200]
