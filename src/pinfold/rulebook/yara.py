"""Users' own YARA rules over the bytes of a skill's files (extra ``yara``).

yara-x compiles and matches. It is imported here, when a user names a folder with YARA files. Files that pull in others
(``include``) or need a module that yara-x lacks are refused: a rule that is half there looks like safety.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pinfold.model import (
    Certainty,
    Confidence,
    Evidence,
    LimitReachedError,
    PinfoldError,
    Place,
    Role,
    RuleError,
    Severity,
)
from pinfold.rulebook.rule import MAX_EVIDENCE, Match, Rule, YaraSource

FAMILY = "yara"
"""The family of every rule that was read from a YARA file."""

SUFFIXES = (".yar", ".yara")
"""How YARA files are named."""

MAX_SOURCE_BYTES = 4 * 1024 * 1024
"""The size of one YARA file."""

MAX_EXCERPT = 240
"""Characters of a line, or of matched bytes, that a finding shows."""

_MAX_MATCHES = 20  # places of one string that are told apart; more say nothing new
_SEVERITIES = {"informational": Severity.INFO, "info": Severity.INFO, **{item.value: item for item in Severity}}


class _Hit(NamedTuple):
    """A string of a rule and the bytes at which it was found."""

    name: str
    start: int
    end: int


def read_yara(path: Path) -> YaraSource:
    """Return one YARA file. Raises `RuleError` when it is too large, unreadable or not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_SOURCE_BYTES:
        raise RuleError(f"{path}: larger than {MAX_SOURCE_BYTES} bytes")
    try:
        return YaraSource(str(path), data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from None


class Yara:
    """YARA files made ready. Scan in one process only: yara-x keeps a thread for time limits that no fork inherits."""

    def __init__(self, sources: Sequence[YaraSource]) -> None:
        """Compile the files, each with its rules in a namespace of its own.

        Raises `RuleError` that names the file and the place in it, and `PinfoldError` when yara-x is not installed.
        """
        self._yara = _module(sources)
        compiler = self._yara.Compiler(includes_enabled=False)
        for source in sources:
            compiler.new_namespace(source.name)
            try:
                compiler.add_source(source.text, origin=source.name)
            except self._yara.CompileError as error:
                raise RuleError(f"{source.name}: {_first_error(error)}", hint=_hint(str(error))) from None
        self._compiled = compiler.build()
        self._scanner: Any = None
        self._rules = {(item.namespace, item.identifier): _rule(item) for item in self._compiled}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What reports say about each YARA rule, in our form. They have no parts of their own."""
        return tuple(self._rules.values())

    def scan(self, path: str, data: bytes, *, seconds: float = 10.0) -> list[Match]:
        """Return the rules that hold over the bytes of one file, with the first places of their strings.

        Places have a line and a column when the file is UTF-8 text. Raises `LimitReachedError` after ``seconds``.
        """
        if self._scanner is None:
            self._scanner = self._yara.Scanner(self._compiled)
            self._scanner.max_matches_per_pattern(_MAX_MATCHES)
        self._scanner.set_timeout(max(1, int(seconds)))
        try:
            results = self._scanner.scan(data)
        except self._yara.TimeoutError:
            raise LimitReachedError(f"{path}: the YARA rules took longer than {seconds:g} s") from None
        except self._yara.ScanError as error:
            raise LimitReachedError(f"{path}: the YARA rules could not be applied: {error}") from None
        content = _Content(path, data)
        return [
            self._match(self._rules[item.namespace, item.identifier], item, content) for item in results.matching_rules
        ]

    def _match(self, rule: Rule, found: Any, content: _Content) -> Match:
        hits = sorted(
            (match.offset, match.offset + match.length, pattern.identifier)
            for pattern in found.patterns
            for match in pattern.matches
        )
        first = [_Hit(name, start, end) for start, end, name in hits[:MAX_EVIDENCE]]
        evidence = tuple(content.evidence(hit) for hit in first) or (Evidence(place=Place(content.path)),)
        return Match(rule, found.identifier, rule.severity, rule.confidence, evidence)


class _Content:
    """The bytes of a file, and the lines in them where it is text."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self._data = data
        self._text = b"\0" not in data[:8192] and _is_utf8(data)

    def evidence(self, hit: _Hit) -> Evidence:
        """Return where a string was found: line and column in a text, the offset in other files."""
        note = f"{hit.name} at byte {hit.start}"
        if not self._text:
            shown = ascii(self._data[hit.start : hit.end][:60])[2:-1][:MAX_EXCERPT]
            return Evidence(place=Place(self.path), excerpt=shown, end=len(shown), note=note)
        start, line = self._data.rfind(b"\n", 0, hit.start) + 1, self._data.count(b"\n", 0, hit.start) + 1
        end = self._data.find(b"\n", hit.start)
        whole = self._data[start : end if end >= 0 else len(self._data)].decode("utf-8", "replace").rstrip("\r")
        before = len(self._data[start : hit.start].decode("utf-8", "replace"))
        length = len(self._data[hit.start : hit.end].decode("utf-8", "replace").partition("\n")[0])
        cut = max(0, before - 40) if before + length > MAX_EXCERPT else 0
        excerpt = whole[cut : cut + MAX_EXCERPT]
        return Evidence(
            place=Place(self.path, line=line, column=before + 1, end_line=line, end_column=before + length + 1),
            excerpt="".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in excerpt),
            start=before - cut,
            end=min(len(excerpt), before - cut + length),
            role=Role.DATA,
            certainty=Certainty.STATED,
            note=note,
        )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _module(sources: Sequence[YaraSource]) -> Any:
    try:
        import yara_x  # noqa: PLC0415 - an extra
    except ImportError:
        raise PinfoldError(
            f"{sources[0].name if sources else 'YARA'}: YARA rules need yara-x, which is not installed",
            hint="pip install 'pinfold[yara]'",
        ) from None
    return yara_x


def _first_error(error: Exception) -> str:
    """Return what the compiler says, in one line: what is wrong, and where."""
    lines = [line.strip() for line in str(error).splitlines()]
    place = next((line.removeprefix("-->").strip().rpartition(":") for line in lines if line.startswith("-->")), None)
    at = f"line {place[0].rpartition(':')[2]}: " if place else ""
    detail = next((line.partition("^")[2].lstrip("^ ") for line in lines if "^" in line), "")
    return at + lines[0].partition(": ")[2] + (f" ({detail})" if detail else "")


def _hint(error: str) -> str:
    if "include" in error:
        return "Put the rules into one file, or name each file's folder with --rules."
    return "Only the modules that yara-x carries can be used." if "unknown module" in error else ""


def _rule(item: Any) -> Rule:
    """Return a YARA rule's own account of itself, from its ``meta``."""
    meta: Mapping[str, Any] = {str(name).lower(): value for name, value in item.metadata}
    title = str(meta.get("title") or item.identifier)
    return Rule(
        id=item.identifier,
        title=title,
        severity=_SEVERITIES.get(str(meta.get("severity", "medium")).lower(), Severity.MEDIUM),
        confidence=_confidence(meta.get("confidence")),
        explain=" ".join(str(meta.get("description") or title).split()),
        fix=str(meta.get("fix") or "Look at the file before you use it."),
        references=tuple(_references(meta)),
        family=FAMILY,
    )


def _confidence(value: object) -> Confidence:
    return Confidence(str(value).lower()) if str(value).lower() in set(Confidence) else Confidence.MEDIUM


def _references(meta: Mapping[str, Any]) -> Iterator[str]:
    for key in ("reference", "references"):
        if value := meta.get(key):
            yield str(value)
