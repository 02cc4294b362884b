"""A bar on standard error for work that takes longer than a moment. It only watches: nothing depends on it.

It is drawn between two items and never by a thread of its own, because workers are forked meanwhile, and a fork must
not happen beside another thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds without a word before the bar appears."""

PAUSE = 0.1
"""Seconds between two drawings of the bar."""


def watched(items: Iterable[T], what: str, *, shown: bool = False) -> Iterator[T]:
    """Yield ``items``, and show how many have gone by when standard error is a terminal and it takes a while.

    Items that are ``shown`` on a terminal as they come need no bar, which would run into their lines.
    """
    if shown or not sys.stderr.isatty():
        yield from items
        return
    started = drawn = time.monotonic()
    bar: Any = None
    task: Any = None
    try:
        for number, item in enumerate(items, 1):
            now = time.monotonic()
            if bar is None and now - started > PATIENCE:
                bar = _bar()
                task = bar.add_task(what, total=None)
                bar.start()
            if bar is not None and now - drawn > PAUSE:
                bar.update(task, completed=number, refresh=True)
                drawn = now
            yield item
    finally:
        if bar is not None:
            bar.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
