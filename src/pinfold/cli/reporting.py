"""What the commands that report findings share: the rulebook, the renderer, the terminal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from pinfold import __version__
from pinfold.output.renderer import Renderer, RuleInfo, Subject, renderer
from pinfold.output.terminal import visible
from pinfold.rulebook import Cache, Rule, Rules, cache_folder, load_with
from pinfold.rulebook.frameworks import resolve


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str] = ("text", "json", "sarif")) -> None:
    """Add the options that say how to report."""
    parser.add_argument("--format", choices=formats, default="text", help="how to write the result (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the result there instead of to standard output"
    )
    add_rules_option(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show all findings and facts in full")


def add_rules_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the user's own rules."""
    parser.add_argument(
        "--rules",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="load rules of your own beside ours; may be repeated",
    )


def open_cache(*, wanted: bool) -> Cache:
    """Return the user's cache, or one that forgets at once."""
    return Cache(cache_folder(os.environ)) if wanted else Cache(None)


def load_rules(folders: Sequence[Path], cache: Cache) -> Rules:
    """Return our rules with the user's beside them."""
    return load_with(list(folders), cache)


def open_renderer(arguments: argparse.Namespace, stream: TextIO, rules: Rules, subject: Subject) -> Renderer:
    """Return the renderer that the options ask for."""
    color = stream.isatty() and not arguments.no_color and not os.environ.get("NO_COLOR")
    return renderer(
        arguments.format,
        stream,
        color=color,
        width=_columns(stream),
        subject=subject,
        verbose=arguments.verbose,
        version=__version__,
        rulebook=rules.version,
        rules=[rule_info(rule) for rule in rules.rules],
    )


def _columns(stream: TextIO) -> int:
    """Return how wide a report is."""
    if not stream.isatty():
        return 100
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def rule_info(rule: Rule) -> RuleInfo:
    """Return what a report says about a rule."""
    return RuleInfo(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        explain=rule.explain,
        fix=rule.fix,
        tags=(rule.family, rule.axis.value),
        maps=resolve(rule.maps),
    )


def open_output(path: Path | None) -> TextIO:
    """Return where the result goes. Raises `UsageError` when the file cannot be written."""
    from pinfold.model import UsageError

    if path is None:
        return sys.stdout
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="Name a file in a folder that you may write to.") from None


def note(text: str) -> None:
    """Tell the user something that is not a result; names in it may be hostile and are shown as in a report."""
    with suppress(BrokenPipeError):
        print(f"note: {visible(text)}", file=sys.stderr)
