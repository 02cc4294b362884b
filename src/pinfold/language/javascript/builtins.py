"""Functions that JavaScript, Node and browsers bring along and that make one value of another."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from pinfold.language.flow import Flow, Word, merged
from pinfold.language.javascript.decoding import decoded, encoded
from pinfold.language.javascript.invocation import Invocation
from pinfold.language.javascript.strings import as_text, joined_path, number_of, parse_int
from pinfold.language.javascript.values import (
    UNKNOWN,
    Box,
    Value,
    changed,
    constant,
    holding,
    listed,
    mapping,
    numeric,
)

MAX_PRINTED = 1_000
"""How many outputs of one program are remembered."""

MAX_NESTED = 8
"""How deep a value is written as JSON."""

MAX_PIECES = 2_000
"""How many pieces, such as brackets, keys and texts, are written as JSON."""


def _printed(invocation: Invocation) -> Value:
    """``console.log(x)``, ``process.stdout.write(x)``."""
    printed = invocation.reader.printed
    if len(printed) < MAX_PRINTED:
        held = merged([value.flow for value in invocation.arguments])
        known = all(value.known for value in invocation.arguments)
        text = " ".join(value.text for value in invocation.arguments)
        end = "\n" if invocation.name.startswith("console") else ""
        printed.append(Flow(held.sources, held.programs, held.origin, text + end if known else None))
    return UNKNOWN


def _conversion(invocation: Invocation) -> Value:
    """``JSON.stringify(x)``, ``Object.entries(x)``: what goes in comes out."""
    first = invocation.argument(0)
    if first.name == "process.env":
        if not invocation.reader.quiet:
            invocation.reader.note_read("env:*", invocation.node)
        return holding(first.flow)
    box = first.box
    if box is not None and invocation.name.startswith("Object.") and not box.items:
        if invocation.name == "Object.values" and box.pairs:
            return listed(box.pairs.values())
        if invocation.name == "Object.keys" and box.pairs:
            return listed(constant(key) for key in box.pairs)
        if invocation.name == "Object.entries" and box.pairs:
            return listed(listed((constant(key), value)) for key, value in box.pairs.items())
    if invocation.name == "JSON.stringify":
        return _written(first, invocation)
    return holding(merged([value.flow for value in invocation.arguments]))


def _written(value: Value, invocation: Invocation) -> Value:
    """Return JSON of a value: its text where it is short and known, else what it holds."""
    if value.box is None and not value.known:
        return holding(merged([each.flow for each in invocation.arguments]))
    pieces: list[str] = []
    _json(value, MAX_NESTED, pieces)
    text = "".join(pieces)
    if len(text) > 1 << 16:
        return holding(merged([each.flow for each in invocation.arguments]))
    return changed(value, text)


def _json(value: Value, depth: int, pieces: list[str]) -> None:
    """Add the JSON of a value to ``pieces``; boxes may share members, so the pieces are counted."""
    if value.number is not None:
        pieces.append(value.text)
        return
    if value.known or value.text:
        escaped = value.text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pieces.append(f'"{escaped}"')
        return
    box = value.box
    if box is None or not depth or len(pieces) > MAX_PIECES:
        pieces.append("null")
        return
    members = list(box.pairs.items()) if box.items is None else [("", item) for item in box.items]
    pieces.append("{" if box.items is None else "[")
    for index, (name, held) in enumerate(members[:64]):
        pieces.append(", " if index else "")
        if box.items is None:
            pieces.append(f'"{name}": ')
        _json(held, depth - 1, pieces)
        if len(pieces) > MAX_PIECES:
            break
    pieces.append("}" if box.items is None else "]")


def _assigned(invocation: Invocation) -> Value:
    """``Object.assign(a, b)``."""
    first = invocation.argument(0)
    box = first.box or Box()
    for value in invocation.arguments[1:]:
        for name, held in (value.box.pairs if value.box is not None else {}).items():
            box.put(name, held)
        if value.box is None or value.box.loose:
            box.hold(value.flow)
    return first.but(box=box)


def _entries(invocation: Invocation) -> Value:
    """``Object.fromEntries(x)``, ``new Map(x)``, ``new URLSearchParams(x)``, ``new FormData()``, ``new Headers(x)``."""
    first = invocation.argument(0)
    pairs = dict(first.box.pairs) if first.box is not None else {}
    for item in (first.items or [])[:256]:
        if item.items is not None and len(item.items) == 2 and item.items[0].known:
            pairs[item.items[0].text] = item.items[1]
    return mapping(pairs, f"{invocation.name}()", merged([value.flow for value in invocation.arguments]))


def _array_from(invocation: Invocation) -> Value:
    """``Array.from(x, f)``, ``[...x]``, ``Uint8Array.from(x)``."""
    first = invocation.argument(0)
    items = first.items
    if items is None and first.known and first.number is None and len(first.text) <= 4_096:
        items = [constant(letter) for letter in first.text]
    function = invocation.argument(1)
    if items is None:
        result = invocation.reader.run(function, [holding(first.flow)]) if function.function is not None else UNKNOWN
        return holding(merged((first.flow, result.flow)))
    if function.function is not None:
        return listed(
            invocation.reader.run(function, [item, numeric(index)]) for index, item in enumerate(items[:1_024])
        )
    return listed(items)


def _array(invocation: Invocation) -> Value:
    return listed([] if len(invocation.arguments) == 1 else invocation.arguments)


def _string(invocation: Invocation) -> Value:
    first = as_text(invocation.argument(0))
    return first.but(number=None) if first.known or first.text else holding(first.flow)


def _number(invocation: Invocation) -> Value:
    first, base = invocation.argument(0), invocation.argument(1)
    if not first.known:
        return holding(first.flow)
    found = parse_int(first.text, int(base.number or 0)) if invocation.method == "parseInt" else number_of(first.text)
    return numeric(found) if found is not None else holding(first.flow)


def _characters(invocation: Invocation) -> Value:
    """``String.fromCharCode(a, b, …)``."""
    numbers = [value.number for value in invocation.arguments[:65_536]]
    held = merged([value.flow for value in invocation.arguments])
    if not numbers or any(number is None or not 0 <= number < 0x110000 for number in numbers):
        return holding(held)
    text = "".join(chr(int(number or 0)) for number in numbers)
    return changed(holding(held), text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _buffer(invocation: Invocation) -> Value:
    """``Buffer.from(x, encoding)``, ``new TextEncoder().encode(x)``, ``new TextDecoder().decode(x)``."""
    first, how = invocation.argument(0), invocation.argument(1)
    if first.items is not None and all(item.number is not None for item in first.items):
        data = bytes(int(item.number or 0) & 255 for item in first.items)
        try:
            return changed(first, data.decode("utf-8"))
        except UnicodeDecodeError:
            return changed(first, data.decode("latin-1"))
    if how.known and how.text in ("base64", "base64url", "hex"):
        return decoded(how.text, first)
    return first if first.known or first.text else holding(first.flow)


def _decoder(invocation: Invocation) -> Value:
    name = invocation.method.removesuffix("Sync")
    result = decoded(name, invocation.argument(0))
    invocation.call_back(UNKNOWN, result)
    return result


def _decrypted(invocation: Invocation) -> Value:
    return decoded("decrypt", holding(invocation.held))


def _encoder(invocation: Invocation) -> Value:
    return encoded("btoa" if invocation.name == "btoa" else "url", invocation.argument(0))


def _joined(invocation: Invocation) -> Value:
    """``path.join(…)``, ``path.resolve(…)``."""
    return joined_path(invocation.arguments, invocation.raws, absolute=invocation.method == "resolve")


def _folder(invocation: Invocation) -> Value:
    """``path.dirname(x)``, ``path.basename(x)``."""
    first = invocation.argument(0)
    if invocation.method == "dirname":
        if first.text.startswith("{__dirname}"):
            return Value(Word("{__dirname}", (), False))
        return changed(first, posixpath.dirname(first.text)) if first.known else holding(first.flow)
    return changed(first, posixpath.basename(first.text)) if first.known else holding(first.flow)


def _url(invocation: Invocation) -> Value:
    """``new URL(path, base)``."""
    first, base = invocation.argument(0), invocation.argument(1)
    word = first.word
    if base.text and "://" not in first.text[:12]:
        if base.text.startswith("{__dirname}"):
            base = Value(Word("{__dirname}", (), False))
        word = joined_path([base, first], [invocation.raws[1], invocation.raws[0]]).word
    return Value(word, "URL()", box=Box(), extra=first.extra)


def _json_parse(invocation: Invocation) -> Value:
    first = invocation.argument(0)
    return holding(first.flow)


def _home(_invocation: Invocation) -> Value:
    return constant("~")


def _regex(invocation: Invocation) -> Value:
    first, flags = invocation.argument(0), invocation.argument(1)
    return first.but(name=f"RegExp{flags.text}", number=None)


def _query(invocation: Invocation) -> Value:
    """``querystring.stringify(x)``."""
    return holding(invocation.argument(0).flow)


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(("console.log", "console.info", "process.stdout.write"), _printed),
    **dict.fromkeys(
        ("JSON.stringify", "Object.entries", "Object.keys", "Object.values", "Object.getOwnPropertyNames",
         "YAML.stringify", "yaml.dump", "js-yaml.dump", "util.format"),
        _conversion,
    ),
    "JSON.parse": _json_parse,
    "Object.assign": _assigned,
    **dict.fromkeys(("Object.fromEntries", "Map", "Set", "URLSearchParams", "FormData", "Headers", "Blob", "File",
                     "form-data", "formdata-node.FormData", "url.URLSearchParams"), _entries),
    **dict.fromkeys(("Array.from", "Uint8Array.from", "Uint8Array", "Uint16Array.from", "Uint16Array"), _array_from),
    **dict.fromkeys(("Array", "Array.of"), _array),
    "String": _string,
    **dict.fromkeys(("parseInt", "parseFloat", "Number", "Number.parseInt", "Math.floor", "Math.abs"), _number),
    **dict.fromkeys(("String.fromCharCode", "String.fromCodePoint"), _characters),
    **dict.fromkeys(("Buffer.from", "Buffer", "TextEncoder().encode", "TextDecoder().decode"), _buffer),
    **dict.fromkeys(("atob", "decodeURIComponent", "decodeURI", "unescape", "zlib.gunzipSync", "zlib.gunzip",
                     "zlib.unzipSync", "zlib.inflateSync", "zlib.inflate", "zlib.inflateRawSync",
                     "zlib.brotliDecompressSync", "pako.inflate", "pako.ungzip", "Bun.gunzipSync"), _decoder),
    **dict.fromkeys(("CryptoJS.AES.decrypt", "crypto.createDecipheriv().update", "crypto.createDecipheriv().final",
                     "crypto.createDecipher().update", "crypto.subtle.decrypt", "crypto.privateDecrypt"), _decrypted),
    **dict.fromkeys(("btoa", "encodeURIComponent", "encodeURI", "escape"), _encoder),
    **dict.fromkeys(("path.join", "path.resolve"), _joined),
    **dict.fromkeys(("path.dirname", "path.basename"), _folder),
    "URL": _url,
    **dict.fromkeys(("os.homedir", "homedir", "app.getPath"), _home),
    "os.tmpdir": lambda _invocation: constant("/tmp"),  # noqa: S108 - the name, not a file of ours
    "process.cwd": lambda _invocation: constant("."),
    "Deno.cwd": lambda _invocation: constant("."),
    "RegExp": _regex,
    **dict.fromkeys(("querystring.stringify", "qs.stringify"), _query),
}  # fmt: skip
