"""What the containers of Kubernetes manifests start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.manifests import MAX_DOCUMENTS, commands, is_manifest, limit_reached

POD = """\
kind: Pod
spec:
  containers:
    - name: a
      image: a.example/a
      command: ["/bin/sh", "-c"]
      args:
        - |
          make it
"""
DAEMONS = """\
kind: ConfigMap
data: {command: no}
---
kind: DaemonSet
spec:
  template:
    spec:
      initContainers:
        - args: [make, "all of it"]
      containers:
        - command: [make]
          lifecycle: {postStart: {exec: {command: [make, more]}}}
"""


def said(text: str) -> list[str]:
    return [command.command for command in commands(text)]


def test_commands_stand_with_their_arguments():
    assert said(POD) == ["/bin/sh -c 'make it\n'"]
    (command,) = commands(POD)
    assert POD[command.start : command.end].startswith('["/bin/sh"')


def test_every_document_every_container_and_its_hooks_are_read():
    assert said(DAEMONS) == ["make 'all of it'", "make", "make more"]


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("a.yaml", POD, True),
        ("a.yml", DAEMONS, True),
        ("a.md", POD, False),
        ("a.yaml", "kind: Pod\n", False),
        ("a.yaml", "containers: []\n", False),
        ("a.yaml", "kind: Essay\ncontainers: []\n", False),
    ],
)
def test_a_manifest_is_known_by_kind_and_containers(name, text, is_one):
    assert is_manifest(name, text) is is_one


def test_more_documents_than_are_read_are_told():
    assert limit_reached(POD) == ""
    assert limit_reached("---\na: 1\n" * (MAX_DOCUMENTS + 1))
    assert len(said("---\n" + POD.replace('["/bin/sh", "-c"]', "[x]"))) == 1


@given(st.text(alphabet='kind: Pod\n-[]{}"x&*!', max_size=200))
def test_any_text_may_be_one(text):
    assert isinstance(said("kind: Pod\ncontainers:\n" + text), list)
