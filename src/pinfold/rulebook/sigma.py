"""Users' own Sigma rules, judged like ours (extra ``sigma``).

pySigma parses and validates what a file holds; our own evaluator applies it to acts. So a rule that was written for a
SIEM works on what a skill ships, what a process does and what a trajectory recorded. pySigma is never on the hot path:
it is imported here, when a user names a folder with Sigma files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from pinfold.model import ActKind, Confidence, PinfoldError, RuleError, Severity
from pinfold.rulebook.compile import documents
from pinfold.rulebook.frameworks import frameworks
from pinfold.rulebook.judge import compile_parts
from pinfold.rulebook.logsource import CATEGORIES, LOGSOURCES
from pinfold.rulebook.rule import ActPart, Correlation, Rule
from pinfold.rulebook.sigma_detection import evaluable

FAMILY = "sigma"
"""The family of every rule that was read from a Sigma file."""

MAX_DOCUMENTS = 200
"""How many documents one file may hold."""

_SEVERITIES = {
    "informational": Severity.INFO,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_CONFIDENCES = {
    "stable": Confidence.HIGH,
    "test": Confidence.MEDIUM,
    "experimental": Confidence.LOW,
    "deprecated": Confidence.LOW,
    "unsupported": Confidence.LOW,
}
_TYPES = ("event_count", "value_count", "temporal", "temporal_ordered")
_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_NO_PROSE = frozenset({"", "none", "unknown", "unlikely"})
_MAX_SLUG = 80


class _Document(msgspec.Struct, frozen=True):
    """One document of a Sigma file: what stands in it, and what pySigma made of it."""

    body: Mapping[str, Any]
    parsed: Any
    where: str

    @property
    def names(self) -> tuple[str, ...]:
        """What correlations may call it: its name, its id."""
        return tuple(str(self.body[key]) for key in ("name", "id") if self.body.get(key))


def looks_like_sigma(path: Path) -> bool:
    """Say whether a YAML file holds Sigma rules: documents with ``logsource``, ``correlation`` or ``filter``."""
    marks = ("logsource", "correlation", "filter")
    return any(isinstance(body, Mapping) and not body.keys().isdisjoint(marks) for body in documents(path))


def read_sigma(path: Path) -> tuple[Rule, ...]:
    """Return the rules of one Sigma file, correlations across its documents included.

    Raises `RuleError` that names the file, the document and the field for what is no valid Sigma and for what we do not
    evaluate, and `PinfoldError` when pySigma is not installed.
    """
    found = _parsed(path)
    plain = [document for document in found if "correlation" not in document.body]
    correlations = [document for document in found if "correlation" in document.body]
    by_name = {name: document for document in plain for name in document.names}
    joined: set[str] = set()  # the places of documents that speak through a correlation only
    rules: list[Rule] = []
    for document in correlations:
        rule, parts = _correlated(document, by_name)
        rules.append(rule)
        if not document.body["correlation"].get("generate"):
            joined.update(part.where for part in parts)
    alone = [document for document in plain if document.where not in joined]
    rules.extend(_rule(document, (_part(document, alone=True),), ()) for document in alone)
    if not rules:
        raise RuleError(f"{path}: no Sigma rule in it")
    named = tuple(_distinct(rules, path))
    for rule in named:
        compile_parts(rule, f"{path}: {rule.title}")
    return named


def _parsed(path: Path) -> list[_Document]:
    """Return every document, checked by pySigma."""
    try:
        from sigma.correlations import SigmaCorrelationRule  # noqa: PLC0415 - an extra
        from sigma.exceptions import SigmaError  # noqa: PLC0415
        from sigma.rule import SigmaRule  # noqa: PLC0415
    except ImportError:
        raise PinfoldError(
            f"{path}: Sigma rules need pySigma, which is not installed", hint="pip install 'pinfold[sigma]'"
        ) from None
    found: list[_Document] = []
    for number, body in enumerate(documents(path), 1):
        if body is None:
            continue
        where = f"{path}: {_title(body, number)}"
        if number > MAX_DOCUMENTS:
            raise RuleError(f"{path}: more than {MAX_DOCUMENTS} documents")
        _check_features(body, where)
        try:
            if "correlation" in body:
                parsed: Any = SigmaCorrelationRule.from_dict(deepcopy(body))
            else:
                parsed = SigmaRule.from_dict(deepcopy(body))
                for condition in parsed.detection.parsed_condition:
                    condition.parse()
        except SigmaError as error:
            raise RuleError(f"{where}: {' '.join(str(error).split())}", hint="The file is not valid Sigma.") from None
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
            # pySigma checks what it expects; a shape that it does not expect ends in one of these.
            raise RuleError(f"{where}: not valid Sigma ({type(error).__name__}: {error})") from None
        found.append(_Document(body, parsed, where))
    return found


def _title(body: Any, number: int) -> str:
    title = body.get("title") if isinstance(body, Mapping) else None
    return title[:_MAX_SLUG] if isinstance(title, str) else f"document {number}"


def _check_features(body: Any, where: str) -> None:
    if not isinstance(body, Mapping):
        raise RuleError(f"{where}: not a Sigma rule")
    for key, name in (("action", "collections with 'action'"), ("filter", "Sigma filters")):
        if key in body:
            raise RuleError(f"{where}: {key}: {name} are not supported")


def _part(document: _Document, *, alone: bool) -> ActPart:
    """Return a plain Sigma rule as a part over acts of the kind that its log source names."""
    source = document.body["logsource"]
    kind = _kind(source, document.where)
    return ActPart(
        id=_slug(str(document.body.get("name") or document.body["title"])) or "detection",
        kind=kind,
        detection=evaluable(document.body["detection"], str(source.get("category")), kind, where=document.where),
        note=document.body["title"],
        alone=alone,
    )


def _kind(source: Mapping[str, Any], where: str) -> ActKind:
    """Return the kind of act that a log source speaks of: by Sigma's category, or by our own export's service."""
    if (category := source.get("category")) in CATEGORIES:
        return CATEGORIES[str(category)]
    if own := [kind for kind, exported in LOGSOURCES.items() if exported == dict(source)]:
        return own[0]
    what = " ".join(f"{key} {source[key]!r}" for key in ("category", "product", "service") if source.get(key))
    raise RuleError(f"{where}: logsource: {what} has no acts", hint=f"Categories with acts: {', '.join(CATEGORIES)}.")


def _correlated(document: _Document, by_name: Mapping[str, _Document]) -> tuple[Rule, list[_Document]]:
    """Return a correlation with the documents that it joins as its parts."""
    body, where = document.body["correlation"], document.where
    if body.get("type") not in _TYPES:
        raise RuleError(
            f"{where}: correlation: type {body.get('type')!r} is not supported", hint=f"Supported: {', '.join(_TYPES)}."
        )
    if body.get("aliases"):
        raise RuleError(f"{where}: correlation: aliases are not supported")
    condition = body.get("condition") or {}
    if not isinstance(condition, Mapping) or (condition and body["type"].startswith("temporal")):
        raise RuleError(f"{where}: correlation: conditions of temporal correlations are not supported")
    names = [str(name) for name in _listed(body.get("rules"))]
    if missing := [name for name in names if name not in by_name]:
        raise RuleError(f"{where}: correlation: rules: no plain rule {missing[0]!r} in this file")
    joined = [by_name[name] for name in names]
    parts = {item.where: _part(item, alone=False) for item in joined}
    if len({part.id for part in parts.values()}) < len(parts):
        raise RuleError(f"{where}: correlation: rules: two of them have one name")
    correlation = Correlation(
        id="correlation",
        type=body["type"],
        rules=tuple(parts[item.where].id for item in joined),
        timespan=_timespan(document.parsed.timespan.seconds),
        condition=dict(condition),
        group_by=tuple(map(str, _listed(body.get("group-by")))),
    )
    return _rule(document, tuple(parts.values()), (correlation,)), joined


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _timespan(seconds: int) -> str:
    """Return a time span in our form, which knows no months; only long ones are rounded, to days."""
    return f"{seconds}s" if seconds < 1_000_000 else f"{seconds // 86_400}d"


def _rule(document: _Document, acts: tuple[ActPart, ...], correlations: tuple[Correlation, ...]) -> Rule:
    body = document.body
    maps, elsewhere = _techniques(body.get("tags"))
    causes = [str(text).strip() for text in _listed(body.get("falsepositives"))]
    harmless = [text for text in causes if text.lower() not in _NO_PROSE]
    explain = " ".join(str(body.get("description") or body["title"]).split())
    fix = "Look at what it does before you let it run."
    if harmless:
        fix += f" The rule's author knows harmless causes: {'; '.join(harmless)}."
    return Rule(
        id=_slug(body["title"]),
        title=body["title"],
        severity=_SEVERITIES[str(body.get("level") or "medium").lower()],
        confidence=_CONFIDENCES[str(body.get("status") or "test").lower()],
        explain=explain,
        fix=fix,
        references=(*map(str, _listed(body.get("references"))), *elsewhere),
        maps=maps,
        acts=acts,
        correlations=correlations,
        family=FAMILY,
    )


def _techniques(tags: Any) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the ATT&CK techniques that our list knows, as ``maps``, and the others as addresses of their pages."""
    known = frameworks()["attack"]["ids"]
    found = [match[1].upper() for tag in _listed(tags) if (match := _TECHNIQUE.fullmatch(str(tag)))]
    pages = (f"https://attack.mitre.org/techniques/{name.replace('.', '/')}/" for name in found if name not in known)
    kept = tuple(dict.fromkeys(name for name in found if name in known))
    return ({"attack": kept} if kept else {}), list(pages)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_MAX_SLUG].strip("-")


def _distinct(rules: Sequence[Rule], path: Path) -> Iterator[Rule]:
    """Yield the rules under ids that are unique in the file; a title without a Latin letter gives way to its name."""
    taken: set[str] = set()
    for rule in rules:
        base = rule.id or _slug(path.stem) or FAMILY
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        yield msgspec.structs.replace(rule, id=name)
