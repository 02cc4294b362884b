"""Seccomp programs: rules about system calls, assembled into classic BPF. No I/O.

A filter sees the number of a call and its arguments as numbers; what a pointer leads to it cannot see. Comparisons are
made on the lower 32 bits, which is all that the kernel itself looks at for the arguments that are compared here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

ALLOW = 0x7FFF0000
NOTIFY = 0x7FC00000
_ERRNO = 0x00050000

_AUDIT_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_ENOSYS = 38

_LOAD = 0x20  # a word of struct seccomp_data
_AND = 0x54
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_RETURN = 0x06

_OFFSET_NUMBER = 0
_OFFSET_ARCH = 4
_OFFSET_ARGUMENTS = 16


def errno(number: int) -> int:
    """Return the action that fails a call with an error number, or, for 0, lets it seem to succeed."""
    return _ERRNO | number


class Check(NamedTuple):
    """True if the argument (0 to 5), with only the bits of ``mask``, is one of ``values``."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF


class Case(NamedTuple):
    """An action for calls of which all checks are true."""

    action: int
    checks: tuple[Check, ...]


class Rule(NamedTuple):
    """What happens to one system call: the first case that applies, else ``otherwise``."""

    number: int
    otherwise: int
    cases: tuple[Case, ...] = ()


def assemble(rules: Iterable[Rule]) -> bytes:
    """Return the program: ``struct sock_filter`` after another, 8 bytes each.

    Calls without a rule are allowed. Those of another architecture, and of the x32 variant, do not exist (ENOSYS):
    their numbers mean other calls, so no rule would fit them.
    """
    program = [
        _instruction(_LOAD, _OFFSET_ARCH),
        _instruction(_JUMP_EQUAL, _AUDIT_ARCH_X86_64, 1, 0),
        _instruction(_RETURN, errno(_ENOSYS)),
        _instruction(_LOAD, _OFFSET_NUMBER),
        _instruction(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        _instruction(_RETURN, errno(_ENOSYS)),
    ]
    for rule in rules:
        block = [line for case in rule.cases for line in _case(case)]
        block.append(_instruction(_RETURN, rule.otherwise))
        program.append(_instruction(_JUMP_EQUAL, rule.number, 0, len(block)))
        program += block
    program.append(_instruction(_RETURN, ALLOW))
    return b"".join(program)


def _case(case: Case) -> Sequence[bytes]:
    """Return the instructions of a case; where a check fails they lead past its end."""
    lines: list[bytes] = [_instruction(_RETURN, case.action)]
    for check in reversed(case.checks):
        count = len(check.values)
        jumps = [
            _instruction(_JUMP_EQUAL, value, count - 1 - at, len(lines) if at == count - 1 else 0)
            for at, value in enumerate(check.values)
        ]
        load = [_instruction(_LOAD, _OFFSET_ARGUMENTS + 8 * check.argument)]
        if check.mask != 0xFFFFFFFF:
            load.append(_instruction(_AND, check.mask))
        lines = [*load, *jumps, *lines]
    return lines


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
