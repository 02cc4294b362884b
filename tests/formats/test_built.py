"""What the readers of files for builders share."""

from __future__ import annotations

import pytest

from pinfold.formats.built import MAX_CHARACTERS, MAX_DEPTH, MAX_FILLED, MAX_LENGTH, Budget, interpreter


@pytest.mark.parametrize(("length", "depth"), [(MAX_LENGTH + 1, 0), (1, MAX_DEPTH + 1)])
def test_what_is_too_long_or_too_deep_is_not_filled_in(length, depth):
    budget = Budget()
    assert budget.spend(1, 0)
    assert not budget.cut
    assert not budget.spend(length, depth)
    assert budget.cut


@pytest.mark.parametrize(("length", "count"), [(1, MAX_FILLED), (MAX_LENGTH, MAX_CHARACTERS // MAX_LENGTH)])
def test_what_is_filled_in_is_bounded(length, count):
    budget = Budget()
    assert all(budget.spend(length, 0) for _ in range(count))
    assert not budget.spend(length, 0)
    assert budget.cut


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#!/bin/sh -e", "sh"),
        ("#!/usr/bin/env -S python3 -u", "python"),
        ("#!/usr/bin/env A=b node", "node"),
        ("pwsh.exe", "pwsh"),
        ("", "shell"),
        ("#!", "shell"),
    ],
)
def test_the_name_of_an_interpreter(line, name):
    assert interpreter(line) == name
