"""What a Python program is given by the command that starts it, and what it puts out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pinfold.language.flow import Flow, merged
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.values import UNKNOWN, Value, constant, listed, named

if TYPE_CHECKING:
    from pinfold.language.python.names import Names

MAX_PRINTED = 1_000
"""How many outputs of one program are remembered."""

_PARSER = "argparse.ArgumentParser()"


def arguments(reader: Names) -> Value | None:
    """Return ``sys.argv`` where a command of the skill says what is in it."""
    words = reader.drafts.arguments
    return listed([constant(reader.drafts.path), *(Value(word) for word in words)]) if words else None


def _argument(invocation: Invocation) -> Value:
    """``parser.add_argument(name)``: an argument without dashes takes the next word that is no option."""
    name = invocation.arguments[0].text if invocation.arguments else "-"
    if not name.startswith("-"):
        invocation.reader.positionals.append(name)
    return UNKNOWN


def _parsed(invocation: Invocation) -> Value:
    """``parser.parse_args()``: the words of the command under the names of their arguments."""
    pairs: dict[str, Value] = {}
    waiting = iter(invocation.reader.positionals)
    words = list(invocation.reader.drafts.arguments)
    while words:
        word = words.pop(0)
        if word.text.startswith("--"):
            name, equals, _ = word.text[2:].partition("=")
            key = name.replace("-", "_")
            if equals:
                pairs[key] = Value(word.after(len(name) + 3))
            elif words and not words[0].text.startswith("-"):
                pairs[key] = Value(words.pop(0))
        elif not word.text.startswith("-") and (key := next(waiting, "")):
            pairs[key] = Value(word)
    return named("argparse.Namespace()").but(pairs=pairs)


def _parsed_in_part(invocation: Invocation) -> Value:
    """``parser.parse_known_args()``."""
    return listed((_parsed(invocation),))


def _print(invocation: Invocation) -> Value:
    """``print(x)``, ``sys.stdout.write(x)``."""
    printed = invocation.reader.printed
    if "file" in invocation.keywords or len(printed) >= MAX_PRINTED:
        return UNKNOWN
    held = merged([value.flow for value in invocation.arguments])
    known = all(value.known for value in invocation.arguments)
    text = " ".join(value.text for value in invocation.arguments) + ("\n" if invocation.name == "print" else "")
    printed.append(Flow(held.sources, held.programs, held.origin, text if known else None))
    return UNKNOWN


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    f"{_PARSER}.add_argument": _argument,
    f"{_PARSER}.parse_args": _parsed,
    f"{_PARSER}.parse_known_args": _parsed_in_part,
    **dict.fromkeys(("print", "sys.stdout.write", "sys.stdout.buffer.write"), _print),
}
