"""A hook for mkdocs: one page for every rule, made from the rule and from its cases under ``tests/rules``.

The pages are never written into ``docs/``, so they cannot grow stale. A rule's id is its file name, its page and its
folder of cases.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinfold.model import FrameworkId
from pinfold.rulebook import Rule, Rules, load
from pinfold.rulebook.frameworks import frameworks, resolve

if TYPE_CHECKING:  # the pages themselves can be made, and tested, without mkdocs
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

CASES = Path(__file__).parents[2] / "tests" / "rules"
MOST_LINES = 40
MOST_COLUMNS = 400
LENS_WORDS = {"source": "in what a skill ships", "live": "in observed events", "record": "in a trajectory"}
LANGUAGES = {
    ".json": "json", ".jsonl": "json", ".md": "markdown", ".py": "python", ".sh": "bash", ".toml": "toml",
    ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List a page for every rule, by family, under *Rules* in the navigation."""
    section: list[Any] = next(entry["Rules"] for entry in config.nav or [] if "Rules" in entry)
    section.extend(
        {family.replace("-", " ").capitalize(): [{rule.title: f"rules/{rule.id}.md"} for rule in rules]}
        for family, rules in families(load()).items()
    )
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - see above

    rules = load()
    for name, content in {"index": index_page(rules), **{rule.id: rule_page(rule) for rule in rules.rules}}.items():
        files.append(File.generated(config, f"rules/{name}.md", content=content))
    return files


def families(rules: Rules) -> dict[str, list[Rule]]:
    """Return the rules by the folder they stand in."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules.rules:
        found[rule.family].append(rule)
    return dict(sorted(found.items()))


def index_page(rules: Rules) -> str:
    """Return the page that lists every rule."""
    lines = [
        "# Rules",
        "",
        f"{len(rules.rules)} rules, each judged over [acts](../acts.md). `pinfold rules list` prints this table,",
        "`pinfold rules show RULE` one rule.",
        "",
        "| rule | title | severity | speaks |",
        "| --- | --- | --- | --- |",
    ]
    for rule in rules.rules:
        speaks = ", ".join(rule.lenses)
        lines.append(f"| [{rule.id}]({rule.id}.md) | {in_cell(rule.title)} | {rule.severity.value} | {speaks} |")
    return "\n".join(lines) + "\n"


def rule_page(rule: Rule) -> str:
    """Return the page of one rule: what it says, what it maps to, and the cases it is tested with."""
    parts = [
        f"# {in_text(rule.title)}",
        f"`{rule.id}` · severity **{rule.severity.value}** · confidence {rule.confidence.value} · {rule.axis.value}",
        in_text(rule.explain),
        in_text(rule.about),
        "## What to do",
        in_text(rule.fix),
        "## Where it speaks",
        "\n".join(f"- **{lens}**: {LENS_WORDS[lens]}" for lens in rule.lenses),
        mapping_table(resolve(rule.maps)),
        cases(rule.id, "bad", "Reported"),
        cases(rule.id, "good", "Not reported, though it looks alike"),
        not_right_yet(rule.id),
    ]
    if rule.references:
        parts += ["## References", "\n".join(f"- {in_text(reference)}" for reference in rule.references)]
    return "\n\n".join(part for part in parts if part) + "\n"


def mapping_table(maps: tuple[FrameworkId, ...]) -> str:
    """Return a table of the ids in other people's taxonomies, or nothing."""
    if not maps:
        return ""
    known = frameworks()
    rows = [
        f"| {in_cell(known[entry.framework]['title'])} | {in_cell(entry.version)} | {in_cell(entry.id)} "
        f"| {in_cell(entry.title)} |"
        for entry in maps
    ]
    return "\n".join(["## Maps to", "", "| framework | version | id | title |", "| --- | --- | --- | --- |", *rows])


def cases(rule: str, sort: str, heading: str) -> str:
    """Return the cases of a rule that come out right, ``bad`` or ``good``, each with its files, or nothing."""
    folder = CASES / rule / sort
    if not folder.is_dir():
        return ""
    parts = [f"## {heading}"]
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        if f"{sort}/{case.name}" not in known_limits().get(rule, {}):
            parts += shown_case(case)
    return "\n\n".join(parts) if len(parts) > 1 else ""


@lru_cache(maxsize=1)
def known_limits() -> dict[str, dict[str, str]]:
    """Return, for each rule, the cases that it does not get right yet and why. The tests keep the list honest."""
    return tomllib.loads((CASES / "known-limits.toml").read_text("utf-8"))


def not_right_yet(rule: str) -> str:
    """Return the cases that the rule does not get right yet, each with the reason, or nothing."""
    parts = []
    for name, reason in sorted(known_limits().get(rule, {}).items()):
        wrong = "is not reported, and should be" if name.startswith("bad/") else "is reported, and should not be"
        title, *files = shown_case(CASES / rule / name)
        parts += [title, f"This {wrong}: {in_text(reason)}.", *files]
    return "\n\n".join(["## Not got right yet", *parts]) if parts else ""


def shown_case(case: Path) -> list[str]:
    """Return a heading for a case, and the beginning of each of its files."""
    files = (f"`{path.relative_to(case).as_posix()}`\n\n{block(path)}" for path in case_files(case))
    return [f"### {case.name}", *files]


def case_files(case: Path) -> Iterator[Path]:
    """Yield the files of a case in a stable order."""
    yield from sorted(path for path in case.rglob("*") if path.is_file())


def block(path: Path) -> str:
    """Return the beginning of a sample as a code block that nothing in the sample can close."""
    data = path.read_bytes()
    if b"\0" in data:
        return f"*{len(data)} bytes that are not text.*"
    lines = [
        line
        for written in data.decode("utf-8", "replace").splitlines()
        for line in (readable(written) if path.suffix == ".jsonl" else [written])
    ]
    shown = [line if len(line) <= MOST_COLUMNS else line[:MOST_COLUMNS] + " …" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"… {len(lines) - MOST_LINES} more lines")
    text = "".join(char if char.isprintable() or char in "\n\t" else f"\\u{ord(char):04x}" for char in "\n".join(shown))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{LANGUAGES.get(path.suffix, 'text')}\n{text}\n{fence}"


def readable(line: str) -> list[str]:
    """Return an event without its bookkeeping, or a rollout as one line for each message and tool call."""
    try:
        record = json.loads(line)
    except ValueError:
        return [line]  # a case about broken lines
    if not isinstance(record, dict):
        return [line]
    if isinstance(messages := record.get("messages"), list):
        return [text for message in messages if isinstance(message, dict) for text in spoken(message)]
    fields = {key: value for key, value in record.items() if key == "kind" or key[:1].isupper()}
    return [json.dumps(fields, ensure_ascii=False)] if "kind" in fields else [line]


def spoken(message: dict[str, Any]) -> Iterator[str]:
    """Yield what one message of a rollout says, and the tools it calls."""
    role = message.get("role", "?")
    content = message.get("content")
    if content:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        yield f"{role}: {' ⏎ '.join(text.splitlines())}"
    for call in message.get("tool_calls") or ():
        function = call.get("function", call) if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield f"{role} calls {function.get('name')}: {function.get('arguments')}"


def in_text(text: str) -> str:
    """Return words of a rule for use in Markdown: what looks like HTML outside code spans is shown, not obeyed."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "&lt;", text.strip())


def in_cell(text: str) -> str:
    """Return words for a cell of a table."""
    return in_text(" ".join(text.split())).replace("|", "\\|")
