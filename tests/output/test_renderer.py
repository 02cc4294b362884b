from __future__ import annotations

import io
import subprocess
import sys

import pytest

from pinfold.model import Severity, UsageError, Verdict
from pinfold.output.renderer import FORMATS, Totals, renderer


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(UsageError, match="'xml'") as caught:
        renderer("xml", io.StringIO())
    assert all(name in caught.value.hint for name in FORMATS)


@pytest.mark.parametrize("format", list(FORMATS))
def test_every_format_can_be_made(format, rogue):
    stream = io.StringIO()
    writer = renderer(format, stream)
    writer.begin()
    writer.report(rogue)
    writer.end(Totals())
    assert stream.getvalue()


def test_totals_add_up(rogue, tame, rollout):
    totals = Totals()
    for report in (rogue, tame, rollout):
        totals.add(report)
    assert (totals.skills, totals.material, totals.judged) == (2, 1, 1204)
    assert totals.verdicts == {Verdict.BLOCK: 1, Verdict.CLEAN: 1}
    assert totals.findings == {Severity.CRITICAL: 1, Severity.HIGH: 1}
    assert (totals.suppressed, totals.unread) == (1, 14)


def test_formats_are_imported_only_when_asked_for():
    code = "import sys, pinfold.output.renderer; print([m for m in sys.modules if m in ('json', 'rich')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
