"""Our rules for other people's tools: act parts and correlations as Sigma, wording as YARA.

What another form cannot say is said in its words: fields that only Pinfold fills stand under ``fields``, and the
``meta`` of a YARA rule names what was lost (folding, roles, polarity, nearness).
"""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations, product
from math import comb
from typing import Any

from pinfold.model import ActKind, Confidence, RuleError, Severity
from pinfold.rulebook.logsource import LOGSOURCES, SIGMA_FIELDS, fields_of
from pinfold.rulebook.patterns import to_bytes
from pinfold.rulebook.rule import ActPart, Correlation, Rule, Wording

MAX_COMBINATIONS = 500
"""How many combinations ``N of`` may be written out as."""

_NAMESPACE = uuid.UUID("5f0c7f1c-6d4b-5d7e-9b1a-2f6a0f3f6c11")  # ours, so that an exported rule keeps its id
_LEVELS = {**{item: item.value for item in Severity}, Severity.INFO: "informational"}
_STATUSES = {Confidence.HIGH: "stable", Confidence.MEDIUM: "test", Confidence.LOW: "experimental"}
_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9_*\-]+")
_WORDS = frozenset({"and", "or", "not", "(", ")"})
_MAX_TITLE = 256


def to_sigma(rules: Iterable[Rule]) -> str:
    """Return the act parts and correlations of rules as Sigma documents in one YAML stream.

    A part over several kinds of act becomes a document for each. Parts that speak only through a correlation have a
    name and no level. Rules that are wording alone have no Sigma form.
    """
    import yaml  # noqa: PLC0415 - loading rules does without

    class Dumper(yaml.SafeDumper):
        """Writes what stands in two places twice: many readers of Sigma know no YAML anchors."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    return yaml.dump_all(
        (document for rule in rules for document in _sigma_documents(rule)),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=120,
        explicit_start=True,
    )


def _sigma_documents(rule: Rule) -> Iterator[dict[str, Any]]:
    names: dict[str, list[str]] = {}
    quiet = {part.id for part in rule.acts if not part.alone}
    for part in rule.acts:
        for kind in _kinds(part):
            document = _part_document(rule, part, kind)
            names.setdefault(part.id, []).append(document["name"])
            yield document
    for correlation in rule.correlations:
        yield from _correlation_documents(rule, correlation, names, generate=not quiet.issuperset(correlation.rules))


def _kinds(part: ActPart) -> list[ActKind]:
    """Return the kinds of act that have one of the fields: for the others it would be a rule for nothing."""
    used = _fields(part.detection)
    return [kind for kind in part.kinds if not used or used & fields_of(kind)]


def _part_document(rule: Rule, part: ActPart, kind: ActKind) -> dict[str, Any]:
    suffix = f"_{kind.value}" if len(_kinds(part)) > 1 else ""
    document = _head(rule, part, _name(rule.id, part.id) + suffix)
    document["logsource"] = dict(LOGSOURCES[kind])
    document["detection"] = _sigma_detection(part.detection)
    if ours := sorted(_fields(part.detection) - SIGMA_FIELDS[kind]):
        document["fields"] = ours
    if part.alone:
        document["level"] = _LEVELS[part.severity or rule.severity]
    return document


def _correlation_documents(
    rule: Rule, spec: Correlation, names: Mapping[str, list[str]], *, generate: bool
) -> Iterator[dict[str, Any]]:
    """Yield a correlation; one that asks for each of its parts, for each choice among the documents of those parts."""
    if spec.type.startswith("temporal"):
        choices: list[list[str]] = [list(choice) for choice in product(*(names[part] for part in spec.rules))]
    else:
        choices = [[name for part in spec.rules for name in names[part]]]
    for number, chosen in enumerate(choices, 1):
        suffix = f"_{number}" if len(choices) > 1 else ""
        document = _head(rule, spec, _name(rule.id, spec.id) + suffix)
        body: dict[str, Any] = {"type": spec.type, "rules": chosen}
        if spec.group_by:
            body["group-by"] = list(spec.group_by)
        body["timespan"] = spec.timespan
        if spec.condition:
            body["condition"] = dict(spec.condition)
        if generate:
            body["generate"] = True
        document["correlation"] = body
        document["level"] = _LEVELS[spec.severity or rule.severity]
        yield document


def _head(rule: Rule, part: ActPart | Correlation, name: str) -> dict[str, Any]:
    title = f"{rule.title}: {part.note or part.id.replace('-', ' ')}"
    head: dict[str, Any] = {
        "title": title[:_MAX_TITLE],
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "name": name,
        "status": _STATUSES[part.confidence or rule.confidence],
        "description": f"{rule.explain} {rule.fix} Judged by Pinfold within one session or file.",
    }
    if rule.references:
        head["references"] = list(rule.references)
    if tags := [f"attack.{technique.lower()}" for technique in rule.maps.get("attack", ())]:
        head["tags"] = tags
    return head


def _sigma_detection(detection: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name in detection if name != "condition"]
    out = {name: _plain(detection[name]) for name in names}
    out["condition"] = _translated(detection["condition"], names, lambda name: name)
    return out


def _plain(body: Any) -> Any:
    """Return a selection in lists and maps, with networks as Sigma wants them: without bits beyond the mask."""
    if isinstance(body, Mapping):
        return {key: _networks(value) if "|cidr" in key else _plain(value) for key, value in body.items()}
    return [_plain(item) for item in body] if isinstance(body, list | tuple) else body


def _networks(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [str(ipaddress.ip_network(str(item), strict=False)) for item in items]


def _fields(detection: Mapping[str, Any]) -> set[str]:
    bodies = [body for name, body in detection.items() if name != "condition"]
    maps = [item for body in bodies for item in (body if isinstance(body, list | tuple) else [body])]
    return {key.partition("|")[0] for item in maps if isinstance(item, Mapping) for key in item}


def to_yara(rules: Iterable[Rule]) -> str:
    """Return the wording of rules as YARA rules. Rules without wording have no YARA form."""
    return "\n".join(_yara_rule(rule, wording) for rule in rules for wording in rule.text)


def _yara_rule(rule: Rule, wording: Wording) -> str:
    groups = {group: f"{_name(group)}_{number}" for number, group in enumerate(wording.patterns, 1)}
    used: set[str] = set()  # YARA refuses strings that its condition leaves out

    def any_of(group: str) -> str:
        used.add(group)
        return f"any of (${groups[group]}_*)"

    condition = _translated(wording.condition, tuple(groups), any_of)
    strings = [
        f"        ${groups[group]}_{number} = /{_yara_regex(pattern, f'{rule.id}: {wording.id}')}/ nocase"
        for group, patterns in wording.patterns.items()
        if group in used
        for number, pattern in enumerate(patterns, 1)
    ]
    lost = (
        f"Pinfold folds the text first (NFKC, case, invisible characters), wants the strings within {wording.within}"
        f" lines of each other, and weighs roles ({', '.join(wording.roles)}) and negation; here, only ASCII case is"
        " folded."
    )
    meta = {
        "title": rule.title,
        "description": rule.explain,
        "fix": rule.fix,
        "severity": (wording.severity or rule.severity).value,
        "confidence": (wording.confidence or rule.confidence).value,
        "rule_id": rule.id,
        "part": wording.id,
        "note": wording.note,
        "limits": lost,
        **{f"reference_{number}": reference for number, reference in enumerate(rule.references, 1)},
    }
    entries = [f"        {key} = {json.dumps(value, ensure_ascii=False)}" for key, value in meta.items() if value]
    return "\n".join(
        (
            f"rule {_name(rule.id, wording.id)}",
            "{",
            "    meta:",
            *entries,
            "    strings:",
            *strings,
            "    condition:",
            f"        {condition}",
            "}",
            "",
        )
    )


def _yara_regex(pattern: str, where: str) -> str:
    """Return one of our patterns between slashes: the byte pattern, with slashes escaped that are not yet."""
    text = to_bytes(pattern, where=where).decode("ascii")
    return re.sub(r"\\.|/", lambda match: r"\/" if match[0] == "/" else match[0], text)


def _name(*parts: str) -> str:
    """Return a name that Sigma and YARA take: Latin letters, digits and underscores, not a digit first."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", "__".join(parts))
    return f"_{name}" if name[:1].isdigit() else name


def _translated(condition: str, names: Sequence[str], leaf: Callable[[str], str]) -> str:
    """Return a condition that compiles, with each selection as ``leaf`` writes it and ``N of`` written out."""
    tokens = _TOKEN.findall(condition)
    out: list[str] = []
    at = 0
    while at < len(tokens):
        token, word = tokens[at], tokens[at].lower()
        if tokens[at + 1 : at + 2] and tokens[at + 1].lower() == "of" and (word.isdigit() or word in ("all", "any")):
            out.append(_written_out(word, _matching(names, tokens[at + 2]), leaf))
            at += 3
        else:
            out.append(word if word in _WORDS else leaf(token))
            at += 1
    return " ".join(out).replace("( ", "(").replace(" )", ")")


def _matching(names: Sequence[str], pattern: str) -> list[str]:
    if pattern.lower() == "them":
        return [name for name in names if not name.startswith("_")]
    return [name for name in names if fnmatchcase(name, pattern)]


def _written_out(quantity: str, names: Sequence[str], leaf: Callable[[str], str]) -> str:
    """Return ``N of`` some selections as alternatives of all that may hold together."""
    least = len(names) if quantity == "all" else 1 if quantity == "any" else int(quantity)
    if comb(len(names), least) > MAX_COMBINATIONS:
        raise RuleError(f"{least} of {len(names)} selections is more than {MAX_COMBINATIONS} combinations")
    joined = [" and ".join(map(leaf, chosen)) for chosen in combinations(names, least)]
    return "(" + " or ".join(f"({text})" if least > 1 and len(joined) > 1 else text for text in joined) + ")"
