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
from pinfold.model import MatchReport, Report, UsageError
from pinfold.output.renderer import FORMATS, Renderer, RuleInfo, Subject, Totals, renderer
from pinfold.output.terminal import visible
from pinfold.rulebook import Cache, Rule, Rules, cache_folder, load_with
from pinfold.rulebook.frameworks import resolve


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how to report."""
    parser.add_argument(
        "--format", choices=tuple(FORMATS), default="text", help="how to write the result (default: text)"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the result there instead of to standard output"
    )
    parser.add_argument(
        "--also",
        type=_also,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="also write the result in this format to this file; may be repeated",
    )
    add_rules_option(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show all findings and facts in full")


def _also(text: str) -> tuple[str, Path]:
    format, _, name = text.partition("=")
    if format not in FORMATS or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is no FORMAT=FILE; the formats are {', '.join(FORMATS)}")
    return format, Path(name)


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


class Reports:
    """The result of one run in all the formats that the options ask for, each in its place."""

    def __init__(self, renderers: Sequence[Renderer], files: Sequence[TextIO], *, interactive: bool) -> None:
        """Write with ``renderers``; ``files`` are closed at the end.

        ``interactive`` says that somebody sees the result appear on a terminal.
        """
        self._renderers = renderers
        self._files = files
        self.interactive = interactive

    def begin(self) -> None:
        """Write what comes before the first report."""
        for one in self._renderers:
            one.begin()

    def report(self, report: Report | MatchReport) -> None:
        """Write one report."""
        for one in self._renderers:
            one.report(report)

    def end(self, totals: Totals) -> int | None:
        """Write what comes last; return the exit code on which a format insists, if one does."""
        codes = [one.end(totals) for one in self._renderers]
        for file in self._files:
            file.close()
        return next((code for code in codes if code is not None), None)


def open_reports(arguments: argparse.Namespace, rules: Rules, subject: Subject) -> Reports:
    """Return what the options ask for, ready to be written. Raises `UsageError` when a file cannot be written."""
    wanted: list[tuple[str, Path | None]] = [(arguments.format, arguments.output), *arguments.also]
    named = [path.absolute() for _format, path in wanted if path is not None]
    if len(set(named)) < len(named):
        raise UsageError("two results would go to one file", hint="Name a file of its own for each format.")
    streams = [open_output(path) for _format, path in wanted]
    writers = [
        open_renderer(arguments, stream, rules, subject, format)
        for (format, _path), stream in zip(wanted, streams, strict=True)
    ]
    files = [stream for (_format, path), stream in zip(wanted, streams, strict=True) if path is not None]
    return Reports(writers, files, interactive=streams[0].isatty())


def open_renderer(
    arguments: argparse.Namespace, stream: TextIO, rules: Rules, subject: Subject, format: str = ""
) -> Renderer:
    """Return the renderer of ``format``, by default the one that the options ask for."""
    color = stream.isatty() and not arguments.no_color and not os.environ.get("NO_COLOR")
    return renderer(
        format or arguments.format,
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
    """Return where a result goes. Raises `UsageError` when the file cannot be written."""
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
