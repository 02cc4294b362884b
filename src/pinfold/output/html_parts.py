"""The pieces of an HTML report: text made safe, lists, findings, and the article about one skill.

Every function returns HTML; every text of the material goes through `shown`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from pinfold.model import Evidence, Finding, MatchReport, Report, SkillKind, Unread
from pinfold.output import sections, snippet
from pinfold.output.groups import Group, groups, noted
from pinfold.output.ink import Ink
from pinfold.output.plain_words import CAPABILITIES, VERDICTS
from pinfold.output.terminal import visible

MAX_ROWS = 25
"""Rows of a list unless everything is asked for; what is cut is counted."""

_WIDTH = 200


def shown(text: str) -> str:
    """Return ``text`` as HTML that shows its visible form and can neither open nor close anything."""
    return html.escape(visible(text), quote=True)


def code(text: str) -> str:
    """Return ``text`` as a piece of code, set apart from the text around it whichever way its letters run."""
    return f"<code>{shown(text)}</code>"


def badge(word: str) -> str:
    """Return a verdict or a severity with its colour."""
    return f'<span class="verdict {shown(word)}">{shown(word)}</span>'


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def article(report: Report | MatchReport, anchor: str, *, verbose: bool) -> str:
    """Return all that is to be said about one skill, or one file of observed acts."""
    if isinstance(report, Report):
        head = _skill_head(report)
        name = report.name or "(no name)"
        mark = f"{badge(report.verdict)} "
    else:
        head = f"<p>{count(report.judged, 'act')} judged.</p>\n"
        name, mark = report.path, ""
    parts = [
        f'<article id="{anchor}" aria-labelledby="{anchor}-name">\n',
        f'<h3 id="{anchor}-name">{mark}{shown(name)}</h3>\n',
        head,
        _findings(report.findings, verbose=verbose),
        _not_read(report.unread, verbose=verbose),
    ]
    if isinstance(report, Report):
        parts += [_can(report, verbose=verbose), _goes(report, verbose=verbose)]
    uses = sections.suppressed(report.findings)
    parts.append(_list("Findings that a person has set aside", map(html.escape, uses), verbose=verbose))
    return "".join([*parts, "</article>\n"])


def _skill_head(report: Report) -> str:
    words = VERDICTS[report.verdict]
    facts = [("Where", code(report.path))]
    if report.kind is not SkillKind.SKILL:
        facts.append(("Kind", shown(report.kind)))
    if report.source:
        facts.append(("Says it comes from", code(report.source)))
    if report.hosts:
        facts.append(("Loaded by", shown(", ".join(report.hosts))))
    if report.declared:
        claims = ", ".join(map(code, report.declared[:MAX_ROWS]))
        facts.append(("Asks for", claims + _more(len(report.declared) - MAX_ROWS)))
    if report.findings:
        facts.append(("Score", f"{report.score:.2f} of 1"))
    facts.append(("Read", f"{count(report.files, 'file')}, {count(report.bytes, 'byte')}"))
    if report.digest:
        facts.append(("Digest", code(report.digest)))
    rows = "".join(f"<dt>{label}</dt><dd>{value}</dd>\n" for label, value in facts)
    return f"<p>{words.meaning} <strong>Next step:</strong> {words.next_step}</p>\n<dl>\n{rows}</dl>\n"


def _findings(findings: Sequence[Finding], *, verbose: bool) -> str:
    parts = [_group(group, verbose=verbose) for group in groups(findings, verbose=verbose)]
    rows = map(html.escape, sections.noted(noted(findings, verbose=verbose), Ink()))
    return "".join(parts) + _list("Noted, and no reason to act", rows, verbose=verbose)


def _group(group: Group, *, verbose: bool) -> str:
    body = []
    for finding in group.shown:
        told = None if finding is group.shown[0] else group.shown[0]
        body.append(_finding(finding, told, verbose=verbose))
    if group.folded:
        places = [code(snippet.where(finding.place)) for finding in group.folded]
        heading = f"{count(len(group.folded), 'more finding')} of this rule"
        body.append(_list(heading, places, verbose=verbose))
    return "".join(body)


def _finding(finding: Finding, told: Finding | None, *, verbose: bool) -> str:
    before = snippet.facts(told) if told else []
    labels = {"confidence": "How sure", "means": "What it means", "do": "What to do", "see": "Known as"}
    rows = [
        f"<dt>{labels[label]}</dt><dd>{html.escape(text)}</dd>\n"
        for label, text in snippet.facts(finding)
        if label == "confidence" or (label, text) not in before
    ]
    most = len(finding.evidence) if verbose else snippet.MAX_PLACES + 1
    places = "".join(map(_place, finding.evidence[:most]))
    hidden = len(finding.evidence) - most
    rest = f'<p class="soft">and {count(hidden, "more place")}</p>\n' if hidden > 0 else ""
    title = f'{badge(finding.severity)} {shown(finding.title)} <span class="soft">({shown(finding.rule)})</span>'
    return f'<section class="finding">\n<h4>{title}</h4>\n{places}{rest}<dl>\n{"".join(rows)}</dl>\n</section>\n'


def _place(piece: Evidence) -> str:
    note = f" · {shown(piece.note)}" if piece.note else ""
    text = f"<p>{code(snippet.where(piece.place))}{note}</p>\n"
    if not piece.excerpt:
        return text
    start = min(max(piece.start, 0), len(piece.excerpt))
    end = min(max(piece.end, start), len(piece.excerpt))
    parts = [piece.excerpt[:start], piece.excerpt[start:end], piece.excerpt[end:]]
    head, span, tail = (shown(part.replace("\t", "    ")) for part in parts)
    marked = f"<mark>{span}</mark>" if span else ""
    return f"{text}<pre><code>{head}{marked}{tail}</code></pre>\n"


def _not_read(unread: Sequence[Unread], *, verbose: bool) -> str:
    rows = [
        f"{code(one.path)}: {shown(one.detail or one.reason)}" if one.path else shown(one.detail or one.reason)
        for one in unread
    ]
    return _list("What was not read", rows, verbose=verbose)


def _can(report: Report, *, verbose: bool) -> str:
    names = sections.capability_names(report.capabilities)
    if not names:
        return ""
    most = None if verbose else MAX_ROWS
    rows = []
    for kind, details in names.items():
        listed = ", ".join(f"<code>{html.escape(name)}</code>" for name in details[:most])
        hidden = 0 if verbose else len(details) - MAX_ROWS
        rows.append(f"<dt>{html.escape(CAPABILITIES.get(kind, kind))}</dt><dd>{listed}{_more(hidden)}</dd>\n")
    rest = _not_listed(report.more_capabilities)
    told = '<p class="soft">Facts, which count for nothing by themselves.</p>'
    return f"<h4>What it can do</h4>\n{told}\n<dl>\n{''.join(rows)}</dl>\n{rest}"


def _goes(report: Report, *, verbose: bool) -> str:
    used = sections.destinations(report.flows, _WIDTH)
    named = sections.named_only(report.flows)
    if not used and not named:
        return ""
    most = None if verbose else MAX_ROWS
    hidden = 0 if verbose else len(used) - MAX_ROWS
    text = "<h4>What goes where</h4>\n"
    if used:
        head = "".join(f'<th scope="col">{title}</th>' for title in ("To", "Through", "Sends", "Seen at"))
        rows = "".join(
            "<tr>" + "".join(f"<td><code>{html.escape(cell)}</code></td>" for cell in row) + "</tr>\n"
            for row in used[:most]
        )
        text += f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        text += f"<p>{_more(hidden)}</p>\n" if hidden > 0 else ""
    if named:
        listed = ", ".join(f"<code>{html.escape(name)}</code>" for name in named[:most])
        text += f"<p>Named only: {listed}{_more(0 if verbose else len(named) - MAX_ROWS)}</p>\n"
    return text + _not_listed(report.more_flows)


def _list(title: str, items: Iterable[str], *, verbose: bool) -> str:
    rows = list(items)
    if not rows:
        return ""
    hidden = 0 if verbose else len(rows) - MAX_ROWS
    kept = rows if hidden <= 0 else rows[:MAX_ROWS]
    listed = "".join(f"<li>{row}</li>\n" for row in kept)
    rest = f"<li>{_more(hidden).strip()}</li>\n" if hidden > 0 else ""
    return f"<h4>{title}</h4>\n<ul>\n{listed}{rest}</ul>\n"


def _more(hidden: int) -> str:
    return f' <span class="soft">and {hidden:,} more</span>' if hidden > 0 else ""


def _not_listed(more: int) -> str:
    return f'<p class="soft">and {more:,} more that no report lists</p>\n' if more else ""
