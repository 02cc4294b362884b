"""The rulebook as a program sees it: found, loaded, and made ready with a cached pattern database."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from pinfold.model import RuleError
from pinfold.rulebook.cache import Cache
from pinfold.rulebook.compile import (
    compile_folder,
    pack,
    prepared,
    read_indicators,
    read_rule,
    unpack,
    version_of,
)
from pinfold.rulebook.judge import Judge
from pinfold.rulebook.rule import Rule, Rules, YaraSource
from pinfold.rulebook.sigma import looks_like_sigma, read_sigma
from pinfold.rulebook.yara import SUFFIXES, Yara, read_yara

_HERE = Path(__file__).parent
SOURCES = _HERE / "rules"
"""The rule files of a source checkout; a wheel has none."""

COMPILED = _HERE / "rules.bin"
"""The compiled rulebook that a wheel carries."""

READY = _HERE / "ready.bin"
"""What a wheel carries of our own rules made ready, as `pinfold.rulebook.compile.build` writes it."""


def load(cache: Cache | None = None) -> Rules:
    """Return our own rules: compiled ones from a wheel, or the YAML of a checkout.

    A checkout's rules are compiled once for each state of their files and kept in ``cache``.
    """
    if COMPILED.is_file():
        return unpack(COMPILED.read_bytes())
    if not _has_sources():
        raise RuleError("the rulebook is missing from this installation", hint="Install Pinfold again.")
    key = _state()
    if cache is not None and (data := cache.get(f"rules-{key}.bin")) is not None:
        with suppress(RuleError):  # what was kept can be made again
            return unpack(data)
    rules = compile_folder(SOURCES, read_indicators(_HERE / "indicators"))
    if cache is not None:
        cache.put(f"rules-{key}.bin", pack(rules))
    return rules


def load_with(folders: list[Path], cache: Cache | None = None) -> Rules:
    """Return our own rules with those of the user's folders beside them, as `users_rules` reads them.

    Raises `RuleError` when two have one id.
    """
    rules = load(cache)
    if not folders:
        return rules
    everything, sources = list(rules.rules), list[YaraSource]()
    for folder in folders:
        found, yara = users_rules(folder)
        everything.extend(found)
        sources.extend(yara)
    if sources:
        everything.extend(_yara(tuple(sources)).rules)
    ids = [rule.id for rule in everything]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise RuleError(f"two rules are named {twice!r}", hint="Rename yours: ids are unique over all folders.")
    merged = tuple(sorted(everything, key=lambda rule: rule.id))
    return Rules(rules=merged, version=version_of(merged, tuple(sources)), yara=tuple(sources))


def users_rules(folder: Path) -> tuple[list[Rule], list[YaraSource]]:
    """Return the rules below a user's folder: files in our form and Sigma files, told apart by content, and YARA files.

    Raises `RuleError` that names the file.
    """
    if not folder.is_dir():
        raise RuleError(f"{folder}: no such folder of rules")
    indicators = read_indicators(_HERE / "indicators")
    rules: list[Rule] = []
    sources: list[YaraSource] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        suffix = path.suffix.lower()
        if suffix in SUFFIXES:
            sources.append(read_yara(path))
        elif suffix in (".yaml", ".yml"):
            rules.extend(read_sigma(path) if looks_like_sigma(path) else (read_rule(path, indicators),))
    return rules, sources


def judge(rules: Rules, cache: Cache | None = None) -> Judge:
    """Return the rules made ready, with their pattern database from ``cache`` when one is there and is sound."""
    key = patterns_key(rules)
    bytes_judge = _yara(rules.yara).scan if rules.yara else None
    if cache is not None and (data := cache.get(key)) is not None:
        try:
            return Judge(rules.rules, data, bytes_judge)
        except ValueError:
            cache.drop(key)
    try:
        ready = Judge(rules.rules, _carried(rules), bytes_judge)
    except ValueError:  # what the wheel carries can be made again
        ready = Judge(rules.rules, bytes_judge=bytes_judge)
    if cache is not None:
        cache.put(key, ready.serialize())
    return ready


def _carried(rules: Rules) -> bytes | None:
    """Return what the wheel carries of exactly these rules made ready."""
    if not (COMPILED.is_file() and READY.is_file()):
        return None
    return prepared(READY.read_bytes(), rules.version)


def _has_sources() -> bool:
    """Return whether the rule files are here; a wheel has the folder too, with the checks in it."""
    return next(SOURCES.rglob("*.yaml"), None) is not None


def patterns_key(rules: Rules) -> str:
    """Return the name under which a cache keeps what was compiled of some rules.

    In a checkout the code that compiles them may change from one run to the next.
    """
    return f"patterns-{rules.version}{'' if COMPILED.is_file() else f'-{_state()}'}.hs"


@lru_cache(maxsize=1)
def _yara(sources: tuple[YaraSource, ...]) -> Yara:
    """Return YARA files made ready: once to learn what they hold, and the same again to judge."""
    return Yara(sources)


def _state() -> str:
    """Return a digest over names, sizes and times of the rule files, which costs no reading."""
    digest = hashlib.sha256()
    for path in sorted([*SOURCES.rglob("*.yaml"), *(_HERE / "indicators").glob("*.yaml"), *_HERE.glob("*.py")]):
        status = path.stat()
        digest.update(f"{path.relative_to(_HERE)}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]
