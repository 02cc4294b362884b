"""Options and operands: how a program's arguments fall apart."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pinfold.language.flow import Word
from pinfold.language.shell.option_table import SAME_OPTIONS, VALUED_OPTIONS

_NONE: frozenset[str] = frozenset()


class Options(msgspec.Struct):
    """``flags`` in order, each with its value or ``None``; ``operands`` in order.

    ``first`` is the index of the first operand among the arguments, or their number.
    """

    flags: list[tuple[str, Word | None]]
    operands: list[Word]
    first: int

    def values(self, *names: str) -> list[Word]:
        """Return the values of every flag named so, in order."""
        return [value for flag, value in self.flags if flag in names and value is not None]

    def has(self, *names: str) -> bool:
        """Return whether a flag named so was given."""
        return any(flag in names for flag, _ in self.flags)

    def value(self, *names: str) -> Word | None:
        """Return the last value of the flags named so."""
        found = self.values(*names)
        return found[-1] if found else None


def valued(program: str) -> frozenset[str]:
    """Return the options of ``program`` that take a value."""
    return VALUED_OPTIONS.get(SAME_OPTIONS.get(program, program), _NONE)


def split(program: str, arguments: Sequence[Word], *, stop: bool = False) -> Options:
    """Take ``arguments`` apart as ``program`` does.

    With ``stop``, reading ends at the first operand (wrappers: what follows is another command).
    """
    takes = valued(program)
    flags: list[tuple[str, Word | None]] = []
    operands: list[Word] = []
    single = program in ("openssl", "find", "java", "swaks")
    index, first = 0, len(arguments)
    while index < len(arguments):
        word = arguments[index]
        text = word.text
        if text == "--":
            first = min(first, index + 1)
            operands.extend(arguments[index + 1 :])
            break
        if len(text) < 2 or text[0] not in "-" or text.startswith("-$"):
            first = min(first, index)
            if stop:
                break
            operands.append(word)
            index += 1
            continue
        following = arguments[index + 1] if index + 1 < len(arguments) else None
        index += 1
        if text.startswith("--") or single:
            name, equals, _ = text.partition("=")
            if equals:
                flags.append((name, word.after(len(name) + 1)))
            elif name in takes and following is not None:
                flags.append((name, following))
                index += 1
            else:
                flags.append((name, None))
        elif program == "nmap":
            if text in takes and following is not None:
                flags.append((text, following))
                index += 1
            else:
                flags.append((text[:2], word.after(2)) if text[2:3].isdigit() else (text, None))
        elif _cluster(word, takes, following, flags):
            index += 1
    return Options(flags, operands, first)


def _cluster(word: Word, takes: frozenset[str], following: Word | None, flags: list[tuple[str, Word | None]]) -> bool:
    """Read ``-abcVALUE``; true when the value is the following argument."""
    text = word.text
    if text in takes:
        flags.append((text, following))
        return following is not None
    for position in range(1, min(len(text), 64)):
        flag = f"-{text[position]}"
        if flag in takes:
            if position + 1 < len(text):
                flags.append((flag, word.after(position + 1)))
                return False
            flags.append((flag, following))
            return following is not None
        flags.append((flag, None))
    return False
