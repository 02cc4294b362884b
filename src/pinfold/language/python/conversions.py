"""Calls in Python source whose result is what went in, in another form: text, lists, paths, encodings, ranges."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.flow import merged
from pinfold.language.python import mappings
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.strings import codec, joined_path
from pinfold.language.python.values import UNKNOWN, Value, constant, holding
from pinfold.model import ActKind

_SAME = frozenset({"str", "bytes", "list", "tuple", "set", "sorted", "iter", "bytearray", "os.fspath"}) | {
    f"os.path.{name}" for name in ("abspath", "realpath", "normpath")
}
"""Conversions that keep what is known of a value."""


def _conversion(invocation: Invocation) -> Value:
    """``str(x)``, ``dict(x)``, ``json.dumps(x)``, ``print(x)``: what goes in comes out."""
    first = invocation.arguments[0] if invocation.arguments else UNKNOWN
    if first.name == "os.environ" and not invocation.reader.quiet:
        invocation.add(ActKind.READ, {"TargetFilename": "env:*", "Image": "python"})
        return holding(first.flow)
    if invocation.name in _SAME and (first.known or first.text or first.items is not None):
        return first
    made = mappings.conversion(invocation, first)
    return made if made is not None else holding(merged([value.flow for value in invocation.every]))


def _codec(invocation: Invocation) -> Value:
    """``codecs.decode(x, name)``."""
    if len(invocation.arguments) > 1 and invocation.arguments[1].known:
        return codec(invocation.arguments[0], invocation.arguments[1].text)
    return holding(merged([value.flow for value in invocation.every]))


def _character(invocation: Invocation) -> Value:
    text = invocation.arguments[0].text if invocation.arguments and invocation.arguments[0].known else ""
    return constant(chr(int(text))) if text.isdigit() and int(text[:8]) < 0x110000 else UNKNOWN


def _first(invocation: Invocation) -> Value:
    return invocation.arguments[0] if invocation.arguments else UNKNOWN


def _joined(invocation: Invocation) -> Value:
    """``os.path.join(…)``."""
    path = joined_path(invocation.arguments, invocation.raws)
    return path.but(name="")


def _home(invocation: Invocation) -> Value:
    return Value(constant("~").word, "pathlib.Path()")


def _path(invocation: Invocation) -> Value:
    return (
        joined_path(invocation.arguments, invocation.raws)
        if invocation.arguments
        else Value(constant(".").word, "pathlib.Path()")
    )


def _network_hosts(invocation: Invocation) -> Value:
    """``ipaddress.ip_network("10.0.0.0/24")``: its members stand for the range."""
    first = invocation.arguments[0] if invocation.arguments else UNKNOWN
    return Value(first.word, "ipaddress.network()", items=(Value(first.word),))


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(
        [
            "str",
            "bytes",
            "bytearray",
            "dict",
            "list",
            "tuple",
            "set",
            "frozenset",
            "sorted",
            "iter",
            "repr",
            "format",
            "json.dumps",
            "json.loads",
            "json.load",
            "os.fspath",
            "os.path.abspath",
            "os.path.realpath",
            "os.path.normpath",
            "memoryview",
            "reversed",
            "filter",
            "zip",
            "enumerate",
            "next",
        ],
        _conversion,
    ),
    "codecs.decode": _codec,
    "chr": _character,
    **dict.fromkeys(
        (
            "os.path.expanduser",
            "os.path.expandvars",
            "asyncio.run",
            "asyncio.create_task",
            "asyncio.wait_for",
            "asyncio.ensure_future",
            "shlex.quote",
            "textwrap.dedent",
            "inspect.cleandoc",
        ),
        _first,
    ),
    "os.path.join": _joined,
    "pathlib.Path.home": _home,
    "pathlib.Path": _path,
    **dict.fromkeys(("ipaddress.ip_network", "ipaddress.IPv4Network"), _network_hosts),
}
