"""From rule files to the compiled rulebook.

Rules are written as YAML, one file a rule, in ``rules/<family>/<rule-id>.yaml``; indicator lists stand in
``indicators/*.yaml`` with their dates and sources. Compiling checks them, expands the lists, and packs everything as
compressed MessagePack: the wheel carries that one file, and other scanners do not mistake it for the malware it
describes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from pinfold.model import RuleError
from pinfold.rulebook.frameworks import resolve
from pinfold.rulebook.judge import Judge, compile_parts
from pinfold.rulebook.patterns import expand, locate, to_bytes
from pinfold.rulebook.rule import Rule, Rules, YaraSource

MAX_RULE_BYTES = 256 * 1024
"""The size of one rule or indicator file."""

_OWN = Path(__file__).resolve().parent / "rules"

Indicators = dict[str, tuple[str, ...]]
"""Indicator lists by name."""


def build(rules_dir: Path, target: Path) -> None:
    """Compile the rules below ``rules_dir``, with ``../indicators``, into the file ``target``. Raises `RuleError`.

    What takes longest of making them ready is done too, and is put into ``ready.bin`` beside it.
    """
    rules = compile_folder(rules_dir, read_indicators(rules_dir.parent / "indicators"))
    target.write_bytes(pack(rules))
    target.with_name("ready.bin").write_bytes(prepare(rules))


def prepare(rules: Rules) -> bytes:
    """Return what is portable of rules made ready, with the version that it is of."""
    return zlib.compress(rules.version.encode() + Judge(rules.rules).serialize(portable=True), 9)


def prepared(data: bytes, version: str) -> bytes | None:
    """Return what `prepare` made of the rules of a version; nothing where it is of others, or damaged."""
    try:
        ready = zlib.decompress(data)
    except zlib.error:
        return None
    named = version.encode()
    return ready.removeprefix(named) if ready.startswith(named) else None


def pack(rules: Rules) -> bytes:
    """Return the compiled form."""
    return zlib.compress(msgspec.msgpack.encode(rules), 9)


def unpack(data: bytes) -> Rules:
    """Return the rules of a compiled form. Raises `RuleError` when it is damaged."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=Rules)
    except (zlib.error, msgspec.DecodeError) as error:
        raise RuleError(f"the compiled rules are damaged: {error}", hint="Install Pinfold again.") from None


def compile_folder(folder: Path, indicators: Indicators) -> Rules:
    """Read and check every ``*.yaml`` below ``folder``. Raises `RuleError` that names the file and the key."""
    rules = tuple(sorted((read_rule(path, indicators) for path in rule_files(folder)), key=lambda rule: rule.id))
    for first, second in pairwise(rules):
        if first.id == second.id:
            raise RuleError(f"{folder}: two rules are named {first.id!r}")
    return Rules(rules=rules, version=version_of(rules))


def version_of(rules: tuple[Rule, ...], yara: tuple[YaraSource, ...] = ()) -> str:
    """Return a digest over the content of rules, 16 hexadecimal digits."""
    return hashlib.sha256(msgspec.msgpack.encode((rules, yara) if yara else rules)).hexdigest()[:16]


def rule_files(folder: Path) -> Iterator[Path]:
    """Yield the rule files below a folder in a stable order."""
    yield from sorted(folder.rglob("*.yaml"))


def read_indicators(folder: Path) -> Indicators:
    """Read the indicator lists: each file has ``name``, ``read`` (date), ``sources`` and ``values``."""
    lists: Indicators = {}
    for path in sorted(folder.glob("*.yaml")):
        for body in documents(path):
            if not isinstance(body, Mapping) or "name" not in body or not isinstance(body.get("values"), list):
                raise RuleError(f"{path}: an indicator list needs name, read, sources and values")
            lists[str(body["name"])] = tuple(str(value) for value in body["values"])
    return lists


def read_rule(path: Path, indicators: Indicators) -> Rule:
    """Read one rule file and check it in full. Raises `RuleError`."""
    bodies = list(documents(path))
    if len(bodies) != 1 or not isinstance(bodies[0], dict):
        raise RuleError(f"{path}: not a rule", hint="A rule file is one YAML map; see docs/write-a-rule.md.")
    body = bodies[0]
    body.setdefault("family", path.parent.name)
    if body.get("id") != path.stem:
        raise RuleError(f"{path}: id {body.get('id')!r} is not the file's name {path.stem!r}")
    try:
        for part in _parts(body, "acts", "detection"):
            part["detection"] = _expanded(part["detection"], indicators, str(path))
        for part in _parts(body, "text", "patterns"):
            part["patterns"] = _patterns(part["patterns"], indicators, f"{path}: {part.get('id')}")
        rule = msgspec.convert(body, Rule)
    except msgspec.ValidationError as error:
        raise RuleError(f"{path}: {error}") from None
    except RecursionError:
        raise RuleError(f"{path}: nested too deeply") from None
    _check(rule, str(path))
    return rule


def _parts(body: dict[str, Any], key: str, holding: str) -> list[dict[str, Any]]:
    """Return the parts of a rule as far as they have the right shape; what has not is refused later, by its key."""
    listed = body.get(key)
    parts = listed if isinstance(listed, list) else []
    return [part for part in parts if isinstance(part, dict) and isinstance(part.get(holding), dict)]


def documents(path: Path) -> Iterator[Any]:
    """Yield the documents of a YAML file, read with the safe loader. Raises `RuleError` that names the file."""
    import yaml  # noqa: PLC0415 - a wheel's rules are compiled, and need no YAML

    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_RULE_BYTES:
        raise RuleError(f"{path}: larger than {MAX_RULE_BYTES} bytes")
    try:
        for body in yaml.safe_load_all(data):
            _demand_names(body, str(path))
            yield body
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RuleError(f"{path}: {' '.join(str(error).split())}") from None


def _demand_names(body: Any, where: str) -> None:
    """Raise `RuleError` for a key that YAML does not take for text, such as ``off``."""
    waiting, seen = [body], set[int]()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:  # an alias
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise RuleError(
                        f"{where}: a key is {key!r} rather than text",
                        hint="YAML takes off, on, yes, no and numbers for values; put such a key into quotes.",
                    )
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _expanded(selection: Any, indicators: Indicators, where: str) -> Any:
    """Replace values of ``field|expand``, and ``%name%`` within ``field|re``, by the indicator lists they name."""
    if isinstance(selection, list):
        return [_expanded(item, indicators, where) for item in selection]
    if not isinstance(selection, dict):
        return selection
    out: dict[str, Any] = {}
    for key, value in selection.items():
        if "|expand" in key:
            names = value if isinstance(value, list) else [value]
            values = [item for name in names for item in _list(str(name), indicators, where)]
            out[key.replace("|expand", "")] = values
        elif "|re" in key:
            texts = value if isinstance(value, list) else [value]
            out[key] = [expand(str(text), indicators, where=where) for text in texts]
        else:
            out[key] = _expanded(value, indicators, where)
    return out


def _list(name: str, indicators: Indicators, where: str) -> tuple[str, ...]:
    if not (name.startswith("%") and name.endswith("%")):
        return (name,)
    if name.strip("%") not in indicators:
        raise RuleError(f"{where}: no indicator list named {name}", hint=f"Known: {', '.join(sorted(indicators))}.")
    return indicators[name.strip("%")]


def _patterns(groups: dict[str, Any], indicators: Indicators, where: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, patterns in groups.items():
        listed = patterns if isinstance(patterns, list) else [patterns]
        out[name] = [expand(str(pattern), indicators, where=f"{where}: {name}") for pattern in listed]
    return out


def _check(rule: Rule, path: str) -> None:
    """Compile every part once, so that a rule that loads is a rule that works."""
    if not (rule.acts or rule.text or rule.checks):
        raise RuleError(f"{path}: a rule needs acts or text")
    ids = [part.id for parts in (rule.acts, rule.correlations, rule.text, rule.checks) for part in parts]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise RuleError(f"{path}: two parts are named {twice!r}")
    compile_parts(rule, path)
    if rule.checks:
        # A wheel is compiled without the libraries that reading code needs, so what is asked for is the file.
        module = Path(path).with_name(f"{rule.id.replace('-', '_')}.py")
        if not module.is_file() or not Path(path).resolve().is_relative_to(_OWN):
            raise RuleError(f"{path}: only rules of Pinfold have checks", hint="They need a module beside the rule.")
    with _named(path):
        resolve(rule.maps)
    for wording in rule.text:
        for name, patterns in wording.patterns.items():
            for pattern in patterns:
                expression = to_bytes(pattern, where=f"{path}: {wording.id}: {name}")
                with _named(f"{path}: {wording.id}: {name}"):
                    locate(expression)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Say where an error stands that does not know it itself."""
    try:
        yield
    except RuleError as error:
        raise RuleError(f"{where}: {error}", hint=error.hint) from None
