"""``pinfold profile from-events``: the profile for what was seen to be needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.model import AnyEvent, Unread
    from pinfold.sandbox.learning import Learned, Seen

NAME = "from-events"
SUMMARY = "write the profile for what runs were seen to need"

_EPILOG = """\
The events are those of `pinfold run --events FILE --trace files`, or any that docs/acts.md describes, one a line.
Several files are taken together. Secrets, what agents obey, and what was denied are listed and not granted.

exit codes: 0 the profile is written; 2 wrong usage, or lines that could not be read.

examples:
  pinfold profile from-events --output job.toml events.jsonl
  pinfold profile from-events --name nightly monday.jsonl tuesday.jsonl
"""
_MOST_TOLD = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file of events; - is standard input")
    parser.add_argument("--format", choices=("toml", "json"), default="toml", help="how to write it (default: toml)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of to standard output")
    parser.add_argument("--name", default="", help="what the profile is called")
    parser.add_argument(
        "--include-denied", action="store_true", help="grant what was denied as well, but for secrets and the like"
    )


def run(arguments: argparse.Namespace) -> int:
    """Learn, write, sum up, and return the exit code."""
    from pinfold.cli.match import demand
    from pinfold.cli.reporting import note, open_output
    from pinfold.model import Unread
    from pinfold.sandbox.defaults import learning_profile
    from pinfold.sandbox.learning import learn

    for name in arguments.files:
        demand(name)
    unread: list[Unread] = []

    def events() -> Iterator[AnyEvent]:
        for name in arguments.files:
            for event in _events(name):
                if isinstance(event, Unread):
                    unread.append(event)
                else:
                    yield event

    learned = learn(
        events(),
        base=learning_profile(arguments.name),
        folder=str(Path.cwd()),
        home=str(Path.home()),
        is_prefix=_is_prefix,
        include_denied=arguments.include_denied,
    )
    text = _document(learned, arguments.files, unread) if arguments.format == "json" else _toml(learned, unread)
    stream = open_output(arguments.output)
    stream.write(text)
    if arguments.output is not None:
        stream.close()
    for one in unread[:_MOST_TOLD]:
        note(f"{one.path} could not be read: {one.detail}")
    for line in _summary(learned, len(unread)):
        print(line, file=sys.stderr)
    return 2 if unread else 0


def _events(name: str) -> Iterator[AnyEvent | Unread]:
    from pinfold.cli.match import open_lines
    from pinfold.formats.events import observed

    with open_lines(name) as lines:
        yield from observed(lines, name)


def _is_prefix(folder: str) -> bool:
    """Return whether a folder is that of a Python interpreter, virtual or not."""
    path = Path(folder)
    try:
        return (path / "pyvenv.cfg").is_file() or (
            (path / "bin").is_dir() and any((path / "lib").glob("python[0-9]*.[0-9]*"))
        )
    except (OSError, ValueError):
        return False


def _toml(learned: Learned, unread: list[Unread]) -> str:
    from pinfold.output.profile import toml

    runs = f"{learned.runs:,} {'run' if learned.runs == 1 else 'runs'}, " if learned.runs else ""
    head = [
        f"What was seen to be needed: {runs}{learned.events:,} {'event' if learned.events == 1 else 'events'}.",
        "Paths are relative to the working folder of the run. Deny beats allow.",
        "[limits] and environment are not learned, and left to you.",
    ]
    if not learned.traced:
        head.append("Files were not observed: `pinfold run --trace files` shows which ones are needed.")
    if learned.more:
        head.append(f"{learned.more:,} events had no room here; learn from fewer runs at a time.")
    foot = _listed("Seen, not granted:", learned.refused) + _listed("Denied when it was tried:", learned.denied)
    foot += [f"Not read: {one.path}: {one.detail}" for one in unread[:_MOST_TOLD]]
    if len(unread) > _MOST_TOLD:
        foot.append(f"Not read: {len(unread) - _MOST_TOLD:,} more lines")
    return toml(learned.profile, head=head, why=learned.why, foot=foot)


def _listed(title: str, seen: tuple[Seen, ...]) -> list[str]:
    lines = []
    for one in seen[:_MOST_TOLD]:
        times = "once" if one.count == 1 else f"{one.count:,} times"
        lines.append(f"  {one.entry}  {times}{f' ({one.reason})' if one.reason else ''}")
    if len(seen) > _MOST_TOLD:
        lines.append(f"  and {len(seen) - _MOST_TOLD:,} more, which --format json lists")
    return [title, *lines] if lines else []


def _document(learned: Learned, files: list[str], unread: list[Unread]) -> str:
    """Return what was learned as JSON, in the order of ``docs/schema/learned-1.json``."""
    import msgspec

    from pinfold.output.json import encode

    def described(seen: tuple[Seen, ...]) -> list[dict[str, Any]]:
        return [{"entry": one.entry, "count": one.count, "reason": one.reason} for one in seen]

    document = {
        "schema": "pinfold.learned/1",
        "files": files,
        "runs": learned.runs,
        "events": learned.events,
        "traced": learned.traced,
        "profile": msgspec.to_builtins(learned.profile),
        "granted": [{"entry": entry, "reason": reason} for entry, reason in sorted(learned.why.items())],
        "refused": described(learned.refused),
        "denied": described(learned.denied),
        "more": learned.more,
        "unread": [{"path": one.path, "reason": one.reason, "detail": one.detail} for one in unread],
    }
    return encode(document) + "\n"


def _summary(learned: Learned, unread: int) -> list[str]:
    """Return what it comes to, for somebody who decides."""
    from pinfold.output.terminal import visible

    profile = learned.profile
    hosts = ", ".join(f"{host.name or host.cidr}:{host.port}" for host in profile.hosts)
    lines = [f"It may contact {visible(hosts)}." if hosts else "It may contact nobody."]
    if learned.refused:
        number = len(learned.refused)
        lines.append(
            f"{number:,} {'thing' if number == 1 else 'things'} it used and is not granted; the profile lists them."
        )
    if learned.denied:
        number = len(learned.denied)
        lines.append(
            f"{number:,} {'thing was' if number == 1 else 'things were'} denied when tried; the profile lists them."
        )
    if not learned.traced:
        lines.append("Files were not observed; run with `--trace files` to learn them.")
    if unread:
        lines.append(f"{unread:,} {'line' if unread == 1 else 'lines'} could not be read; what they show is not in it.")
    return lines
