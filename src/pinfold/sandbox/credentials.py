"""Acting with the rights of the process for which something is done, where they may be less than ours.

An ordinary user's run cannot change them: there is nothing to do. A run started by root may become somebody else, and
what is then done on its behalf must not be done as root. Only this thread is changed, and only for the moment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pinfold.sandbox import kernel


class Credentials:
    """Ours, and those that are lent to us. ``changed`` says whether a process of the run may have others than ours."""

    def __init__(self) -> None:
        self.changed = False
        self._own = _of(os.getpid())

    def note_change(self) -> None:
        """From now on look every time: a process has changed its own."""
        self.changed = True

    @contextmanager
    def of(self, thread: int) -> Iterator[None]:
        """Act as ``thread`` may. Raises ``OSError`` where we cannot become what it is."""
        if not self.changed or (theirs := _of(thread)) == self._own:
            yield
            return
        own = self._own
        groups = os.getgroups()
        kernel.set_groups(theirs.groups)
        try:
            kernel.set_file_identity(theirs.user, theirs.group)
            kernel.set_effective_capabilities(theirs.capabilities & own.capabilities)
            yield
        finally:
            kernel.set_effective_capabilities(own.capabilities)
            kernel.set_file_identity(own.user, own.group)
            kernel.set_groups(tuple(groups))


class _Of:
    __slots__ = ("capabilities", "group", "groups", "user")

    def __init__(self, user: int, group: int, groups: tuple[int, ...], capabilities: int) -> None:
        self.user, self.group, self.groups, self.capabilities = user, group, groups, capabilities

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Of) and all(getattr(self, one) == getattr(other, one) for one in self.__slots__)

    __hash__ = None  # type: ignore[assignment]


def _of(thread: int) -> _Of:
    """Read what a thread may do to files. Raises ``OSError`` if it is gone."""
    fields = {}
    with open(f"/proc/{thread}/status", "rb") as status:
        for line in status:
            name, _, value = line.partition(b":")
            fields[name] = value.split()
    return _Of(
        int(fields[b"Uid"][3]),
        int(fields[b"Gid"][3]),
        tuple(sorted(map(int, fields[b"Groups"]))),
        int(fields[b"CapEff"][0], 16),
    )
