"""The supervisor's loop: descriptors that are ready, and moments that have come, each with a function to call."""

from __future__ import annotations

import heapq
import itertools
import select
import time
from collections.abc import Callable

READ = select.EPOLLIN
WRITE = select.EPOLLOUT


class Loop:
    """One thread, no waiting but in :meth:`turn`."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._watched: dict[int, Callable[[], None]] = {}
        self._moments: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def watch(self, descriptor: int, call: Callable[[], None], events: int = READ) -> None:
        """Call ``call`` whenever ``descriptor`` is ready, or its other end gone."""
        self._poll.register(descriptor, events)
        self._watched[descriptor] = call

    def forget(self, descriptor: int) -> None:
        """Stop watching a descriptor, before it is closed."""
        if self._watched.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call ``call`` once, after so many seconds."""
        heapq.heappush(self._moments, (time.monotonic() + seconds, next(self._numbers), call))

    def turn(self) -> None:
        """Wait for the next thing to do, and do what there is."""
        patience = max(self._moments[0][0] - time.monotonic(), 0) if self._moments else None
        for descriptor, _events in self._poll.poll(patience):
            call = self._watched.get(descriptor)
            if call is not None:  # not forgotten by one called before it
                call()
        while self._moments and self._moments[0][0] <= time.monotonic():
            heapq.heappop(self._moments)[2]()

    def close(self) -> None:
        """Give the descriptor back."""
        self._poll.close()
