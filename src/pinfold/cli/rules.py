"""``pinfold rules``: list, show, test and export the rules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.rulebook import Rule, Rules
    from pinfold.scan.cases import CaseResult

NAME = "rules"
SUMMARY = "list, show, test and export the rules"

_EPILOG = """\
exit codes: 0 done; 1 a case of `rules test` failed; 2 wrong usage, or a rule that cannot be read.

examples:
  pinfold rules list
  pinfold rules show reverse-tunnel
  pinfold rules test --rules ./my-rules --cases ./my-cases
  pinfold rules export --sigma --output pinfold.yml
"""

CASES = Path("tests") / "rules"
"""Where the cases of our own rules lie in a checkout."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(parser))
    listed = _action(actions, "list", "name every rule")
    _add_format(listed)
    shown = _action(actions, "show", "say all about one rule")
    shown.add_argument("rule", metavar="RULE", help="the id of a rule, as `pinfold rules list` gives it")
    _add_format(shown)
    tested = _action(actions, "test", "judge the cases of rules: bad ones must be found, good ones left alone")
    tested.add_argument("rule", nargs="*", metavar="RULE", help="the ids of rules (default: all)")
    tested.add_argument("--cases", type=Path, metavar="DIR", help=f"folder of cases (default: {CASES} of a checkout)")
    exported = _action(actions, "export", "write rules for other tools")
    exported.add_argument("rule", nargs="*", metavar="RULE", help="the ids of rules (default: all)")
    form = exported.add_mutually_exclusive_group(required=True)
    form.add_argument("--sigma", action="store_true", help="act parts and correlations as Sigma rules")
    form.add_argument("--yara", action="store_true", help="wording as YARA rules")
    exported.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to standard output")


def _action(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    from pinfold.cli.reporting import add_rules_option

    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False
    )
    add_rules_option(parser)
    return parser


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked and return the exit code."""
    from pinfold.cli.reporting import load_rules, open_cache

    rules = load_rules(arguments.rules, open_cache(wanted=True))
    if arguments.action == "list":
        return _list(rules, arguments.format)
    if arguments.action == "show":
        return _show(_chosen(rules, [arguments.rule])[0], arguments.format)
    if arguments.action == "test":
        return _test(rules, arguments)
    return _export(_chosen(rules, arguments.rule), arguments)


def _chosen(rules: Rules, names: list[str]) -> list[Rule]:
    """Return the rules of these names, or all. Raises `UsageError` for a name that no rule has."""
    import difflib

    from pinfold.model import UsageError

    by_id = {rule.id: rule for rule in rules.rules}
    for name in names:
        if name not in by_id:
            near = difflib.get_close_matches(name, by_id, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "`pinfold rules list` names them."
            raise UsageError(f"there is no rule {name!r}", hint=hint)
    return [by_id[name] for name in names] if names else list(rules.rules)


def _list(rules: Rules, form: str) -> int:
    if form == "json":
        return _print_json({"rulebook": rules.version, "rules": [_summary(rule) for rule in rules.rules]})
    width = max((len(rule.id) for rule in rules.rules), default=0)
    for rule in rules.rules:
        print(f"{rule.id:<{width}}  {rule.severity.value:<8}  {_lenses(rule):<20}  {rule.title}")
    return 0


def _lenses(rule: Rule) -> str:
    return ", ".join(rule.lenses) or "source"  # a YARA rule has no parts of ours; it judges the files of a skill


def _summary(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "family": rule.family,
        "axis": rule.axis.value,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "lenses": list(rule.lenses) or ["source"],
    }


def _parts(rule: Rule) -> list[dict[str, Any]]:
    parts: list[Any] = [*rule.acts, *rule.correlations, *rule.text]
    kinds = ["act"] * len(rule.acts) + ["correlation"] * len(rule.correlations) + ["text"] * len(rule.text)
    return [
        {
            "id": part.id,
            "kind": kind,
            "note": part.note,
            "severity": (part.severity or rule.severity).value,
            "confidence": (part.confidence or rule.confidence).value,
            "lenses": list(part.lenses),
        }
        for kind, part in zip(kinds, parts, strict=True)
    ]


def _show(rule: Rule, form: str) -> int:
    import textwrap

    import msgspec

    from pinfold.output.snippet import framework
    from pinfold.rulebook.frameworks import resolve

    maps = resolve(rule.maps)
    if form == "json":
        detail = {
            **_summary(rule),
            "explain": rule.explain,
            "about": rule.about,
            "fix": rule.fix,
            "maps": msgspec.to_builtins(maps),
            "references": list(rule.references),
            "parts": _parts(rule),
        }
        return _print_json(detail)
    print(f"{rule.id}: {rule.title}")
    print(f"{rule.severity.value} {rule.axis.value}, confidence {rule.confidence.value}; lenses: {_lenses(rule)}")
    for heading, text in (("What it means", rule.explain), ("What to do", rule.fix), ("About", rule.about)):
        if text:
            print(f"\n{heading}")
            print(textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  "))
    if parts := _parts(rule):
        print("\nParts")
        for part in parts:
            print(f"  {part['id']:<28} {part['kind']:<12} {part['note']}".rstrip())
    if maps:
        print("\nFrameworks")
        for item in maps:
            print(f"  {framework(item)}: {item.id} {item.title}".rstrip())
    if rule.references:
        print("\n" + "\n  ".join(("References", *rule.references)))
    return 0


def _test(rules: Rules, arguments: argparse.Namespace) -> int:
    from pinfold.cli.progress import watched
    from pinfold.cli.reporting import open_cache
    from pinfold.model import Limits, UsageError
    from pinfold.rulebook import judge
    from pinfold.scan.cases import cases, run_case

    folder: Path = arguments.cases or CASES
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of cases", hint="Name one with --cases, or run in a checkout.")
    wanted = {rule.id for rule in _chosen(rules, arguments.rule)}
    found = [case for case in cases(folder, wanted) if case.rule in wanted]
    if not found:
        raise UsageError(f"{folder}: no case of these rules", hint="Cases lie in RULE/bad/LENS-CASE and RULE/good/….")
    ready, limits = judge(rules, open_cache(wanted=True)), Limits()
    results = [run_case(case, ready, limits) for case in watched(found, "testing")]
    _print_table(results)
    return 0 if all(result.passed for result in results) else 1


def _print_table(results: list[CaseResult]) -> None:
    """Print passed and all cases by rule and lens, then what failed."""
    from pinfold.rulebook import LENSES

    names = sorted({result.case.rule for result in results})
    width = max(map(len, names))
    print(f"{'rule':<{width}}" + "".join(f"  {lens:>7}" for lens in LENSES))
    for name in names:
        mine = [result for result in results if result.case.rule == name]
        columns = (_tally(result for result in mine if result.case.lens == lens) for lens in LENSES)
        print(f"{name:<{width}}" + "".join(f"  {column:>7}" for column in columns))
    print(f"{_tally(results)} passed")
    for result in results:
        if not result.passed:
            what = (
                "not found" if result.case.bad else f"found: {result.findings[0].evidence[0].note or 'by its wording'}"
            )
            print(f"FAILED {result.case.rule}/{result.case.name}: {what}", file=sys.stderr)


def _tally(results: Iterable[CaseResult]) -> str:
    passed = [result.passed for result in results]
    return f"{sum(passed)}/{len(passed)}" if passed else "-"


def _export(chosen: list[Rule], arguments: argparse.Namespace) -> int:
    from pinfold.cli.reporting import open_output
    from pinfold.rulebook.export import to_sigma, to_yara

    text = to_sigma(chosen) if arguments.sigma else to_yara(chosen)
    stream = open_output(arguments.output)
    stream.write(text)
    if arguments.output is not None:
        stream.close()
    return 0


def _print_json(value: Any) -> int:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    return 0
