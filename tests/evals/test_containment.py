from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "evals"))

if sys.platform != "linux":
    pytest.skip("probes are for Linux", allow_module_level=True)

from containment import table


def found(result, control="works"):
    numbers = {"closed": 1, "open": 2, "absent": 3, "closable_open": 1, "controls_working": 1}
    return {
        "controls": [{"name": "write", "result": control}],
        "probes": [{"name": "tcp", "result": result}],
        "summary": numbers,
    }


def test_the_table_has_a_row_for_every_probe_and_a_column_for_every_sandbox():
    lines = table({"nothing": found("open"), "box": found("closed", "fails")})
    assert lines[:4] == [
        "| probe | nothing | box |",
        "| --- | --- | --- |",
        "| write | works | **fails** |",
        "| tcp | **open** | – |",
    ]
