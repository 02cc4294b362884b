"""System calls that are not those of 64-bit programs: the 32-bit table, and the x32 one, which filters often forget.

Either way the kernel is entered by a few bytes of machine code of our own.
"""

from __future__ import annotations

import ctypes
import mmap
import os

X32 = 0x40000000
"""The bit that makes a number one of the x32 table."""

_MAP_32BIT = 0x40
_PAGE = 4096

_INT80 = bytes.fromhex(
    "53"  # push rbx
    "89f8"  # mov eax, edi
    "89f3"  # mov ebx, esi
    "4189c9"  # mov r9d, ecx
    "89d1"  # mov ecx, edx
    "4489ca"  # mov edx, r9d
    "cd80"  # int 0x80
    "5b"  # pop rbx
    "c3"  # ret
)
_SYSCALL = bytes.fromhex(
    "89f8"  # mov eax, edi
    "4889f7"  # mov rdi, rsi
    "4889d6"  # mov rsi, rdx
    "4889ca"  # mov rdx, rcx
    "0f05"  # syscall
    "c3"  # ret
)


class LowMemory:
    """A page below 4 GiB, where a 32-bit pointer can lead; one half holds code, the other data."""

    def __init__(self, code: bytes) -> None:
        """Map the page and put ``code`` at its beginning."""
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_32BIT
        self._memory = mmap.mmap(-1, _PAGE, flags, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._memory[: len(code)] = code
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._used = _PAGE // 2
        self._enter = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_ulong] * 4)(self.address)

    def put(self, data: bytes) -> int:
        """Store ``data`` and return its address."""
        at = self._used
        self._memory[at : at + len(data)] = data
        self._used += len(data) + (-len(data)) % 8
        return self.address + at

    def call(self, number: int, *words: int) -> int:
        """Enter the kernel with a number and up to three arguments; the kernel's own negative numbers are errors."""
        result = self._enter(number, *words, *[0] * (3 - len(words)))
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return int(result)


def i386() -> LowMemory:
    """Return a door to the 32-bit table."""
    return LowMemory(_INT80)


def x32() -> LowMemory:
    """Return a door to the x32 table; numbers need the ``X32`` bit."""
    return LowMemory(_SYSCALL)
