"""How many lookups a run may ask for: few enough that names are a poor way to carry data out, or to fill the record."""

from __future__ import annotations

MINUTE = 60.0

GRANTED_NAMES = 1_200  # lookups of granted names a minute; a build that asks for each download makes some hundred
GRANTED_BYTES = 60_000  # their total length a minute
REFUSED_NAMES = 120  # a program with search domains tries several names for each that it wants
REFUSED_BYTES = 4_096


class Budget:
    """So many names a minute, and so many bytes of names, filled again evenly; a full minute's worth may go at once.

    ``now`` is in seconds of any clock that does not go back.
    """

    def __init__(self, names: int, size: int) -> None:
        self._names, self._size = names, size
        self._names_left, self._size_left = float(names), float(size)
        self._at: float | None = None

    def spend(self, length: int, now: float) -> bool:
        """Take one name of ``length`` bytes; returns whether there was enough for it. A refusal costs nothing."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at) / MINUTE
        self._at = now if self._at is None else max(self._at, now)
        self._names_left = min(self._names, self._names_left + passed * self._names)
        self._size_left = min(self._size, self._size_left + passed * self._size)
        if self._names_left < 1 or self._size_left < length:
            return False
        self._names_left -= 1
        self._size_left -= length
        return True


def granted_budget() -> Budget:
    """Return the budget of one run for names that it is granted."""
    return Budget(GRANTED_NAMES, GRANTED_BYTES)


def refused_budget() -> Budget:
    """Return the budget of one run for names that it is not granted."""
    return Budget(REFUSED_NAMES, REFUSED_BYTES)
