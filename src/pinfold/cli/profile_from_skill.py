"""``pinfold profile from-skill``: what a skill needs, and no more."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.model import Report, Skill
    from pinfold.scan.least_privilege import Draft, Ground
    from pinfold.scan.sightings import Sightings

NAME = "from-skill"
SUMMARY = "write the profile that a skill's own purpose needs, and list what it can do beyond"

_EPILOG = """\
exit codes: 0 the profile is written; 1 it is, but a scan would block the skill; 2 wrong usage, or a part of
the skill could not be read; 3 there is no skill.

examples:
  pinfold profile from-skill ./some-skill
  pinfold profile from-skill --output ../some-skill.toml ./some-skill
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from pinfold.cli.reporting import add_rules_option

    parser.epilog = _EPILOG
    parser.add_argument("path", type=Path, metavar="DIR", help="a skill, plugin or MCP server, or an archive of one")
    parser.add_argument("--format", choices=("toml", "json"), default="toml", help="how to write it (default: toml)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of to standard output")
    add_rules_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Derive, write, sum up, and return the exit code."""
    from pinfold.cli.reporting import load_rules, open_cache, open_output
    from pinfold.model import Limits, Verdict
    from pinfold.rulebook import judge
    from pinfold.scan.least_privilege import draft
    from pinfold.scan.sightings import sightings

    limits = Limits()
    skill = _skill(arguments.path, limits)
    cache = open_cache(wanted=True)
    seen = sightings(skill, judge(load_rules(arguments.rules, cache), cache), limits)
    drafted = draft(skill, seen)
    text = _document(drafted, seen) if arguments.format == "json" else _toml(drafted, seen)
    stream = open_output(arguments.output)
    stream.write(text)
    if arguments.output is not None:
        stream.close()
    for line in _summary(skill, drafted, seen.report):
        print(line, file=sys.stderr)
    if seen.report.verdict is Verdict.BLOCK:
        return 1
    return 0 if seen.report.complete and not seen.more else 2


def _skill(path: Path, limits: Any) -> Skill:
    from pinfold.model import UsageError
    from pinfold.skills.discover import find

    found = list(find([path], limits))
    if len(found) > 1:
        names = ", ".join(skill.path for skill in found[:5])
        raise UsageError(f"{path}: {len(found)} units, and a profile is for one", hint=f"Name one of them: {names}")
    return found[0]


def _place(ground: Ground) -> str:
    if not ground.path:
        return ""
    return f"{ground.path}:{ground.line}:{ground.column}" if ground.line else ground.path


def _toml(drafted: Draft, seen: Sightings) -> str:
    from pinfold.output.profile import toml

    report = seen.report
    head = [
        f"What {report.name} needs for what it says it is for; {report.digest or 'not read in full'}",
        f"Verdict of the scan: {report.verdict}. Nothing is granted on which a finding rests.",
        "Paths are relative to the working folder of the run; {skill} is the folder of the skill. Deny beats allow.",
        "A skill does not say how much it takes, so [limits] is left to you.",
    ]
    why = {
        entry: f"{ground.reason}: {place}" if (place := _place(ground)) else ground.reason
        for entry, ground in drafted.entries.items()
    }
    foot = ["Beyond its purpose. It can do this as well, and is not granted it:"]
    foot += [
        f"  {ground.name}  {place} ({ground.reason})"
        if (place := _place(ground))
        else f"  {ground.name} ({ground.reason})"
        for ground in drafted.beyond
    ]
    if not drafted.beyond:
        foot = ["Nothing that it can do goes beyond its purpose."]
    foot += [f"  and {seen.more:,} more that no list has room for"] if seen.more else []
    foot += [f"Not read: {one.path}: {one.detail or one.reason}" for one in report.unread]
    return toml(drafted.profile, head=head, why=why, foot=foot)


def _document(drafted: Draft, seen: Sightings) -> str:
    """Return the draft as JSON, in the order of ``docs/schema/profile-1.json``."""
    import msgspec

    from pinfold.output.json import encode

    def described(ground: Ground) -> dict[str, Any]:
        place = {"path": ground.path, "line": ground.line, "column": ground.column}
        return {"name": ground.name, "reason": ground.reason, **place}

    report = seen.report
    document = {
        "schema": "pinfold.profile/1",
        "skill": {"name": report.name, "path": report.path, "digest": report.digest, "verdict": report.verdict},
        "profile": msgspec.to_builtins(drafted.profile),
        "granted": [{"entry": entry, **described(ground)} for entry, ground in drafted.entries.items()],
        "beyond": [described(ground) for ground in drafted.beyond],
        "more": seen.more,
        "unread": [{"path": one.path, "reason": one.reason, "detail": one.detail} for one in report.unread],
    }
    return encode(document) + "\n"


def _summary(skill: Skill, drafted: Draft, report: Report) -> list[str]:
    """Return what it comes to, for somebody who decides."""
    from pinfold.model import Verdict
    from pinfold.output.terminal import visible

    profile = drafted.profile
    programs = len(profile.execute.allow)
    hosts = ", ".join(f"{host.name}:{host.port}" for host in profile.hosts)
    may = [f"run {programs} {'program' if programs == 1 else 'programs'}" if programs else "run nothing"]
    may.append(f"contact {hosts}" if hosts else "contact nobody")
    may += ["change files in the working folder"] if "." in profile.write.allow else []
    may += ["use a graphics card"] if profile.devices else []
    lines = [f"{visible(skill.name)} may {'; '.join(map(visible, may))}."]
    if drafted.beyond:
        number = len(drafted.beyond)
        things = "1 more thing" if number == 1 else f"{number} more things"
        lines.append(f"{things} it can do, and is not granted; the profile lists them.")
    if report.verdict is Verdict.BLOCK:
        lines.append("A scan would block this skill: do not run it, under this profile either.")
    elif not report.complete:
        lines.append("Parts of it could not be read; what they need is not in the profile.")
    return lines
