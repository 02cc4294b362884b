from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def linux_only():
    if sys.platform != "linux":
        pytest.skip("probes are for Linux")
