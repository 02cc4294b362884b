from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from pinfold.model import Limits

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_an_unknown_limit_is_refused_by_name():
    with pytest.raises(msgspec.ValidationError, match="file_byte"):
        msgspec.convert({"file_byte": 1}, Limits)


def test_every_limit_is_above_nothing():
    assert all(getattr(Limits(), name) > 0 for name in Limits.__struct_fields__)


def test_the_documentation_tells_every_limit_and_its_default():
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
    told = tomllib.loads(next(block for block in blocks if "[scan.limits]" in block))["scan"]["limits"]
    defaults = {name.replace("_", "-"): getattr(Limits(), name) for name in Limits.__struct_fields__}
    assert told == defaults
