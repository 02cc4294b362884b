"""Work handed to the kernel through an io_uring, which no filter of system calls sees."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct

from .calls import IO_URING_ENTER, IO_URING_SETUP, call

CONNECT = 16
OPEN = 18
READ = 22
SEND = 26

_ENTRIES = 4
_OFFSETS = 40  # where the offsets begin in what set-up fills in
_ENTRY_BYTES = 64
_SUBMISSIONS = 0x0
_COMPLETIONS = 0x8000000
_ENTRIES_AT = 0x10000000
_GETEVENTS = 1


class Ring:
    """One ring: an operation is submitted, and waited for."""

    def __init__(self) -> None:
        """Set the ring up; raises ``OSError`` where it is refused."""
        told = ctypes.create_string_buffer(120)
        self.descriptor = call(IO_URING_SETUP, _ENTRIES, told)
        words = struct.unpack_from("20I", told.raw, _OFFSETS)
        self._tail, self._array = words[1], words[6]
        self._done_tail, self._results = words[11], words[15]
        page = mmap.PAGESIZE
        self._queue = mmap.mmap(self.descriptor, page, offset=_SUBMISSIONS)
        self._finished = mmap.mmap(self.descriptor, page, offset=_COMPLETIONS)
        self._entries = mmap.mmap(self.descriptor, page, offset=_ENTRIES_AT)
        self._count = 0

    def do(self, operation: int, descriptor: int, address: int, length: int, offset: int = 0, flags: int = 0) -> int:
        """Carry out one operation and return its result; raises ``OSError`` where it failed."""
        slot = self._count % _ENTRIES
        entry = struct.pack("BBHiQQII", operation, 0, 0, descriptor, offset, address, length, flags)
        self._entries[slot * _ENTRY_BYTES : (slot + 1) * _ENTRY_BYTES] = entry.ljust(_ENTRY_BYTES, b"\0")
        struct.pack_into("I", self._queue, self._array + 4 * slot, slot)
        struct.pack_into("I", self._queue, self._tail, self._count + 1)
        call(IO_URING_ENTER, self.descriptor, 1, 1, _GETEVENTS, None, 0)
        (tail,) = struct.unpack_from("I", self._finished, self._done_tail)
        (result,) = struct.unpack_from("i", self._finished, self._results + 16 * ((tail - 1) % (2 * _ENTRIES)) + 8)
        self._count += 1
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return int(result)
