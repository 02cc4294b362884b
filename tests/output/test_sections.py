from __future__ import annotations

import pytest

from pinfold.model import Capability, Flow, Place
from pinfold.output import sections
from pinfold.output.ink import Ink
from pinfold.output.terminal import cells

PLAIN = Ink()
AT = Place("SKILL.md", 3, 1)


def test_capabilities_of_one_kind_stay_on_one_line():
    found = [Capability(f"read:~/some/rather/long/folder/{number}/name.txt", AT) for number in range(40)]
    (row,) = sections.capabilities(found, 96, verbose=False)
    assert cells(row) <= 96
    assert row.endswith(" +38 more")


@pytest.mark.parametrize("width", [0, 36, 96])
def test_one_name_is_always_shown(width):
    rows = sections.capabilities([Capability("exec:" + "x" * 300, AT), Capability("gpu", AT)], width, verbose=False)
    assert rows == ["exec  " + "x" * 47 + "…", "gpu"]


def test_verbose_leaves_no_name_out_and_keeps_to_the_width():
    found = [Capability(f"exec:程序-{number}", AT) for number in range(40)]
    rows = sections.capabilities(found, 40, verbose=True)
    assert all(cells(row) <= 40 for row in rows)
    assert all(f"程序-{number}" in "".join(rows) for number in range(40))


def test_what_is_not_known_is_said_in_words_and_last():
    found = [Capability("exec:*", AT), Capability("exec:git", AT), Capability("net:*:*", AT)]
    assert sections.capabilities(found, 96, verbose=False) == [
        "exec  git, (built at run time)",
        "net   (built at run time)",
    ]


def test_programs_that_go_to_one_place_share_a_row():
    found = [Flow("*", AT, via=via) for via in ("requests", "urllib", "httpx")]
    assert sections.flows(found, PLAIN, 96, verbose=False) == [
        "to                   via                      sends  at",
        "(built at run time)  requests, urllib, httpx  -      SKILL.md:3:1",
    ]


def test_hosts_that_are_only_named_take_one_line():
    found = [Flow(f"host-{number}.example", AT) for number in range(30)]
    rows = sections.flows(found, PLAIN, 60, verbose=False)
    assert rows == ["named only: host-0.example, host-1.example +28 more"]
    whole = sections.flows(found, PLAIN, 60, verbose=True)
    assert all(f"host-{number}.example" in " ".join(whole) for number in range(30))


def test_a_table_of_destinations_narrows_with_the_terminal():
    flow = Flow("very-long-name." * 5 + "example", AT, 443, "curl", ("~/.ssh/id_rsa",) * 5)
    wide, narrow = (sections.flows([flow], PLAIN, width, verbose=False)[1] for width in (200, 40))
    assert cells(narrow) < cells(wide) < 160


def test_nothing_is_said_of_nothing():
    assert sections.flows([], PLAIN, 96, verbose=False) == []
    assert sections.capabilities([], 96, verbose=False) == []
    assert sections.not_read([], PLAIN, verbose=False) == []
    assert sections.suppressed([]) == []
