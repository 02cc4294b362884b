"""A profile as TOML, with a comment for each line that says why it is there, and what is left out below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pinfold.model import Access, Profile
from pinfold.output.terminal import visible

_WIDTH = 110
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def quoted(text: str) -> str:
    """Return ``text`` as a basic string of TOML; whatever could hide or move is written as its number.

    Half a surrogate pair, which no TOML can hold, becomes a replacement character.
    """
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if "\ud800" <= character <= "\udfff":
        character = "\ufffd"
    if visible(character) == character:
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def comment(text: str) -> str:
    """Return ``text`` as one comment, whatever it holds."""
    return f"# {visible(text)}".rstrip()


def toml(profile: Profile, *, head: Sequence[str], why: Mapping[str, str], foot: Sequence[str]) -> str:
    """Return a profile as a TOML document.

    ``why`` leads from a line of the profile (``read .``, ``execute git``, ``host a.example:443``, ``variable NAME``,
    ``device gpu``) to its reason. ``head`` and ``foot`` become comments at the beginning and the end.
    """
    lines = [*map(comment, head), ""]
    lines += [f"name = {quoted(profile.name)}", f"digest = {quoted(profile.digest)}"]
    lines += [f"level = {quoted(profile.level)}"]
    lines += _array("environment", "variable", profile.environment, why)
    lines += _array("devices", "device", profile.devices, why)
    for title, access in (("read", profile.read), ("write", profile.write), ("execute", profile.execute)):
        lines += _access(title, access, why)
    for host in profile.hosts:
        lines += ["", "[[hosts]]", *_reason(f"host {host.name or host.cidr}:{host.port}", why)]
        lines += [f"name = {quoted(host.name)}" if host.name else f"cidr = {quoted(host.cidr)}", f"port = {host.port}"]
        lines += [f"program = {quoted(host.program)}"] if host.program else []
    limits = {name: getattr(profile.limits, name) for name in profile.limits.__struct_fields__}
    if given := {name: value for name, value in limits.items() if value is not None}:
        lines += ["", "[limits]", *(f"{name.replace('_', '-')} = {value}" for name, value in given.items())]
    lines += ["", *map(comment, foot)] if foot else []
    return "".join(f"{line}\n" for line in lines)


def _access(title: str, access: Access, why: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield f"[{title}]"
    yield from _array("allow", title, access.allow, why)
    yield from _array("deny", "", access.deny, why)


def _array(key: str, kind: str, values: Sequence[str], why: Mapping[str, str]) -> list[str]:
    if not values:
        return [f"{key} = []"]
    if not kind:  # a long list that is the same everywhere
        return [f"{key} = [", *_wrapped(list(map(quoted, values))), "]"]
    lines = [f"{key} = ["]
    for value in values:
        reason = why.get(f"{kind} {value}", "")
        lines.append(f"  {quoted(value)},{f'  {comment(reason)}' if reason else ''}")
    return [*lines, "]"]


def _wrapped(words: Sequence[str]) -> list[str]:
    """Return the entries of an array in lines of a handy length."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}," if lines[-1] else f"  {word},"
    return lines


def _reason(entry: str, why: Mapping[str, str]) -> list[str]:
    return [comment(why[entry])] if entry in why else []
