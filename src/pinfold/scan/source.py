"""Lens 1, source: one file of a skill turned into acts and a passage.

Commands in fences and scripts, calls in parsed code, hooks and install steps, and what the prose tells the agent to do
become acts; the file's whole text is a passage. Order within the file stands in for time, so the file is the acts'
group.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count, islice
from typing import NamedTuple

import msgspec
import re2

from pinfold.formats import agent_config, markup, notebook, recipes
from pinfold.language import cron, nesting
from pinfold.language.companions import MAX_LENGTH, Companions
from pinfold.language.constants import MAX_CONSTANTS, NO_CONSTANTS, addresses, assigned
from pinfold.language.context import Context
from pinfold.language.decode import decode
from pinfold.language.document import Document, Region
from pinfold.language.drafts import MAX_COMMAND_LINE
from pinfold.language.file_kind import COMMANDS
from pinfold.language.flow import Flow
from pinfold.language.javascript import program as javascript
from pinfold.language.markdown.blocks import MAX_BLOCKS
from pinfold.language.markdown.regions import MAX_INLINE
from pinfold.language.prose import passage as prose
from pinfold.language.python import program as python
from pinfold.language.shell import batch
from pinfold.language.shell import script as shell
from pinfold.language.shell.reader import JAVASCRIPTS, POWERSHELLS
from pinfold.model import Act, ActKind, Certainty, FileType, Place, Role, SkillFile
from pinfold.scan import builders, carriers, strangers
from pinfold.scan.builders import moved

Reader = Callable[[str, Context], list[Act]]
"""Turns source text into acts."""


def _powershell(source: str, context: Context) -> list[Act]:
    """Return the acts of PowerShell; its reader is loaded when there is some."""
    from pinfold.language.powershell import script  # noqa: PLC0415

    return script.acts(source, context)


READERS: dict[str, Reader] = {
    **dict.fromkeys(
        ("shell", "bash", "sh", "zsh", "console", "shell-session", "shellsession", "terminal", "fish", "ksh"),
        shell.acts,
    ),
    **dict.fromkeys(("batch", "bat", "cmd", "dos", "dosbatch"), batch.acts),
    **dict.fromkeys(("python", "py", "python3", "ipython", "pycon"), python.acts),
    **dict.fromkeys(("javascript", "js", "jsx", "mjs", "cjs", "node"), javascript.acts),
    **dict.fromkeys(("typescript", "ts", "tsx", "mts", "cts"), javascript.typed_acts),
    **dict.fromkeys(("powershell", "ps1", "pwsh", "posh", "ps", "psm1"), _powershell),
    **dict.fromkeys(("makefile", "make", "mk"), builders.makefile),
    **dict.fromkeys(("justfile", "just"), builders.justfile),
    **dict.fromkeys(("dockerfile", "docker", "containerfile"), builders.dockerfile),
}
"""Readers by document kind and fence language."""

_OWN_VARIABLES: tuple[Reader, ...] = (python.acts, _powershell, builders.makefile, builders.justfile)
"""Readers of languages in which a line of shell sets no variable."""

_SCHEDULES = frozenset({"cron", "crontab"})

_PROSE = ("prose", "html-comment")
_PAGES = frozenset({"html", "htm", "svg", "xhtml", "vue", "svelte"})
_UNLABELLED = frozenset({"", "text", "txt", "plain", "plaintext", "code"})
_INLINE_COMMAND = re.compile(r"[$#]?\s*[\w./~-]+\s+\S", re.ASCII)
_MIN_INLINE = 6
_CODE_MARK = re2.compile(r"(?m)```|~~~|^(?: {4}|\t)")
_LINE_END = re.compile("\n")
_POWERSHELL = re2.compile(
    r"(?i)\$env:\w|\|\s*(?:iex|invoke-expression)\b|\b(?:iex|irm|iwr)\s+[\"'(\[h$&]"
    r"|\b(?:Invoke|Get|Set|New|Add|Start|Remove|Out|Register|Copy|Expand|Write)-[A-Z][A-Za-z]{3,}|\[System\.\w"
)
"""What only PowerShell has, in commands that do not say in which language they are."""

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？]")
_UNIT_LINE = re2.compile(r"(?m)^[ \t]*Exec(?:Start|StartPre|StartPost|Reload|Stop)=[@+!:-]*(\S.*)$")
_ORDER = re2.compile(
    r"(?i)\b(run|runs|execut\w*|use|using|call|start|starts|launch|type|paste|enter|issue|invoke|via|with|then|first|install|do|try|keep|add|schedule|open|connect|send|make|put)\b"
    r"|运行|执行|使用|输入|调用|启动|粘贴|先|然后|安装|用|打开|敲|跑|開啟|執行|運行"
)


class Source(NamedTuple):
    """What the lens sees of one file; ``cut`` says which limits kept the readers of code from going on."""

    document: Document
    acts: list[Act]
    cut: list[str]


class _Trail(NamedTuple):
    """What the contexts of one file share.

    ``constants`` are the addresses that its fences set, ``files`` what files hold that they, or other programs, wrote.
    """

    order: count[int]
    cut: list[str]
    constants: dict[str, str]
    companions: Companions | None
    files: dict[str, Flow]


def read_source(file: SkillFile, *, role: Role | None = None, companions: Companions | None = None) -> Source:
    """Return the acts and the passage of one text file.

    ``role`` overrides the role that its path suggests; ``companions`` are the programs of the same skill.
    """
    carried = carriers.carried(file) if _may_carry(file) else None
    if carried is None:
        return read_document(Document(file.path, decode(file.data).text, file_role=role), companions)
    document = Document(file.path, carried.text, file_role=carried.role if role is None else role)
    document.kind = carried.kind
    trail = _trail(companions)
    trail.cut.extend([carried.trouble] if carried.trouble else ())
    acts = _all_acts(document, trail)
    acts.extend(carriers.code_acts(carried.codes, _context(document, 0, document.file_role, trail)))
    return Source(document, strangers.told(document, acts), trail.cut)


def read_document(document: Document, companions: Companions | None = None) -> Source:
    """Return the acts of a text that is read already, or that was taken out of another one."""
    trail = _trail(companions)
    return Source(document, strangers.told(document, _all_acts(document, trail)), trail.cut)


def _all_acts(document: Document, trail: _Trail) -> list[Act]:
    """Return the acts of a text, and of the configuration that it writes."""
    acts = list(_acts(document, trail))
    written = [act for act in acts if act.kind is ActKind.WRITE and "Content" in act.fields]
    commands = ((act, command) for act in written for command in _configures(act))
    for number, (act, command) in enumerate(commands):
        if number >= MAX_WRITTEN:
            trail.cut.append(f"written configuration with more than {MAX_WRITTEN} commands")
            break
        role = Role.CONFIGURATION if act.role.live else act.role
        context = _context(document, 0, role, trail, negated=act.negated)
        place = act.place
        acts.extend(shell.acts(command, msgspec.structs.replace(context, place=lambda _start, _end, at=place: at)))
    return acts


def _configures(act: Act) -> Iterator[str]:
    """Yield the commands of the configuration that an act writes."""
    path, text = str(act.fields.get("TargetFilename", "")), str(act.fields["Content"])
    for item in chain(agent_config.commands(path, text), recipes.commands(path, text)):
        yield item.command


MAX_WRITTEN = 200
"""How many commands are read of the configuration that a text writes."""


def _trail(companions: Companions | None) -> _Trail:
    return _Trail(count(), [], {}, companions, dict(companions.handed) if companions else {})


def _may_carry(file: SkillFile) -> bool:
    """Say whether a file may have to be taken apart, by a quick look."""
    return file.type is not FileType.TEXT or "!/" in file.path or file.path.lower().endswith(carriers.PICKLES)


def companions(files: Iterable[SkillFile]) -> Companions:
    """Return the programs among the files of one skill, for its readers to follow calls into."""
    programs: dict[str, str] = {}
    texts: list[str] = []
    for file in files:
        if file.path.endswith(PROGRAMS):
            programs[file.path] = decode(file.data).text
        elif file.path.endswith(".md") and len(file.data) <= MAX_LENGTH:
            texts.append(decode(file.data).text)
    found = Companions(programs)
    if found:
        nesting.hand_over(found, texts)
    return found


PROGRAMS = (".py", ".sh", ".bash", ".zsh", ".ksh", ".command", *JAVASCRIPTS, *POWERSHELLS)
"""How the names of programs end that are followed from one into another."""


def limit_reached(source: Source) -> str:
    """Return which limit kept the readers from a part of a file, or ``""``.

    Where it is ``""``, no reader has stopped early. A limit is told only if something may lie behind it.
    """
    document, acts, cut = source
    if cut:
        return cut[0]
    text = document.text
    if any(len(str(act.fields.get("CommandLine", ""))) >= MAX_COMMAND_LINE for act in acts):
        return f"a command of more than {MAX_COMMAND_LINE:,} characters"
    if document.kind in ("markdown", "text"):
        if len(text) > shell.MAX_SOURCE and any(
            region.kind == "fence" and region.end - region.start > shell.MAX_SOURCE for region in document.regions()
        ):
            return f"a block of code of more than {shell.MAX_SOURCE:,} characters"
        if text.count("\n") > MAX_BLOCKS and _CODE_MARK.search(text[_line_start(text, MAX_BLOCKS) :]):
            return f"code behind {MAX_BLOCKS:,} lines of text"
        if text.count("`") > 2 * MAX_INLINE:
            return f"more than {MAX_INLINE:,} marks of inline code"
        if text.count("<!--") > MAX_BLOCKS:
            return f"more than {MAX_BLOCKS:,} comments"
        if sum(act.certainty is Certainty.INFERRED for act in acts) >= prose.MAX_ACTS:
            return f"sentences that ask for {prose.MAX_ACTS:,} acts and more"
    elif document.kind in READERS and len(text) > shell.MAX_SOURCE:
        return f"a script of more than {shell.MAX_SOURCE:,} characters"
    return _carrier_limit(document) or agent_config.limit_reached(document.path, text)


def _carrier_limit(document: Document) -> str:
    """Return which limit kept the readers of files within files from going on, or ``""``."""
    if document.path.endswith(".ipynb") and notebook.too_many(document.text):
        return f"a notebook of more than {notebook.MAX_CELLS:,} cells"
    if document.path.endswith((".html", ".htm", ".svg")) and markup.too_many(document.text):
        return f"more than {markup.MAX_SCRIPTS:,} scripts in one page"
    return recipes.limit_reached(document.path, document.text)


def _line_start(text: str, number: int) -> int:
    """Return where the line behind ``number`` line ends starts."""
    return next(islice(_LINE_END.finditer(text), number - 1, None)).end()


def _acts(document: Document, trail: _Trail) -> Iterator[Act]:
    reader = READERS.get(document.kind)
    if reader is not None:
        yield from reader(document.text, _context(document, 0, _script_role(document), trail))
    elif document.kind in ("markdown", "text"):
        named = prose.named_in(document.folded.data)
        line = counted = 0
        for region in _telling(document, named):
            line += document.text.count("\n", counted, region.start)
            counted = region.start
            if region.kind in _PROSE:
                yield from _prose_acts(document, region, named, line, trail)
            else:
                yield from _code_acts(document, region, trail)
    elif document.kind == "crontab":
        users = "/cron.d/" in f"/{document.path.lower()}"
        yield from _scheduled(document.text, _context(document, 0, _script_role(document), trail), users=users)
    suffix = document.path.lower().rpartition(".")[2]
    if suffix == "ipynb":
        yield from _notebook(document, trail)
    elif suffix in _PAGES:
        for start, end in markup.scripts(document.text):
            yield from javascript.acts(document.text[start:end], _context(document, start, Role.CODE, trail))
    elif suffix == "rels" and carriers.is_relations(document.path):
        context = _context(document, 0, Role.CONFIGURATION, trail)
        yield from carriers.relations(document.text.encode(), context)
    yield from _configured(document, trail)
    for start, end in unit_commands(document.text):
        stance = document.stance(start, end)
        context = _context(document, start, Role.CONFIGURATION, trail, negated=stance.negated)
        yield from shell.acts(document.text[start:end], context)


def _script_role(document: Document) -> Role:
    live = Role.COMMAND if document.kind in COMMANDS else Role.CODE
    return live if document.file_role.live else document.file_role


def _telling(document: Document, named: prose.Named) -> list[Region]:
    """Return the regions that may hold acts: commands, code, and the little prose that names what acts need."""
    worth = named.spans(document.text)
    ends = [end for _, end in worth]

    def is_worth(kind: str, start: int, end: int) -> bool:
        if kind == "inline-code":
            return end - start >= _MIN_INLINE and _INLINE_COMMAND.match(document.text, start, end) is not None
        index = bisect_left(ends, start)
        return kind not in _PROSE or (index < len(worth) and worth[index][0] < end)

    return document.regions(is_worth)


def _prose_acts(document: Document, region: Region, named: prose.Named, line: int, trail: _Trail) -> Iterator[Act]:
    context = _context(document, region.start, Role.INSTRUCTION, trail)
    yield from prose.acts(
        document.content(region),
        context,
        named=named,
        line=line,
        part=lambda start, end: document.stance(region.start + start, region.start + end),
    )


def _code_acts(document: Document, region: Region, trail: _Trail) -> Iterator[Act]:
    reader = _reader(document, region)
    if reader is None:
        return
    stance = document.stance(region.start, region.end)
    context = _context(document, region.start, stance.role, trail, negated=stance.negated)
    source = document.content(region)
    if reader in _OWN_VARIABLES or region.language in _SCHEDULES:
        yield from reader(source, context)
        return
    yield from _with_constants(reader, assigned(trail.constants, source), source, context)
    if len(trail.constants) < MAX_CONSTANTS:
        trail.constants.update(addresses(source))
    if "crontab" not in source:
        yield from _scheduled(source, context, constants=trail.constants)


def _with_constants(reader: Reader, settings: str, source: str, context: Context) -> list[Act]:
    """Return the acts of ``source`` with constants that were set elsewhere."""
    if not settings:
        return reader(source, context)
    return reader(settings + source, moved(context, -len(settings)))


def _scheduled(
    source: str, context: Context, *, users: bool = False, constants: Mapping[str, str] = NO_CONSTANTS
) -> Iterator[Act]:
    """Yield the acts of what a schedule of ``cron`` runs."""
    for entry in cron.entries(source, users=users, constants=constants):
        there = moved(context, entry.start)
        yield from _with_constants(shell.acts, entry.settings, source[entry.start : entry.end], there)


def _schedule(source: str, context: Context) -> list[Act]:
    return list(_scheduled(source, context))


def _reader(document: Document, region: Region) -> Reader | None:
    """Return what reads a piece of code, or nothing."""
    if region.kind == "inline-code":
        return _by_look(document, region) if _is_ordered(document, region) else None
    if region.kind != "fence":
        return None
    if region.language in _SCHEDULES:
        return _schedule
    return READERS.get(region.language) or (_by_look(document, region) if region.language in _UNLABELLED else None)


def _by_look(document: Document, region: Region) -> Reader:
    """Return what reads commands that do not say in which language they are."""
    return _powershell if _POWERSHELL.search(document.text[region.start : region.end]) else shell.acts


def unit_commands(text: str) -> Iterator[tuple[int, int]]:
    """Yield the commands that lines of a systemd unit would start, wherever such lines stand."""
    if "Exec" in text:
        for match in _UNIT_LINE.finditer(text):
            yield match.span(1)


def _is_ordered(document: Document, region: Region) -> bool:
    """Say whether the line around inline code tells somebody to use it; a command that is only mentioned is no act.

    Behind the code only the rest of its sentence counts.
    """
    start = document.text.rfind("\n", max(0, region.start - 300), region.start) + 1 or max(0, region.start - 300)
    end = document.text.find("\n", region.end, region.end + 100)
    behind = document.text[region.end : end if end >= 0 else region.end + 100]
    around = document.text[start : region.end] + _SENTENCE_END.split(behind, maxsplit=1)[0]
    if _SIGN.match(document.text, region.end, end if end >= 0 else len(document.text)):
        return False
    return _ORDER.search(around) is not None


_SIGN = re.compile(
    r"`?[^.\n`]{0,30}?\b(?:is|are|may be|can be|would be) (?:an? |often an? )?(?:\w+ )?"
    r"(?:signs?|symptoms?|indicators?|indications?)\b"
    r"|`?[^。\n`]{0,15}(?:是|属于|可能是).{0,12}(?:迹象|征兆|特征|标志)",
    re.IGNORECASE,
)
"""What follows a command that is named as the sign of something."""


def _configured(document: Document, trail: _Trail) -> Iterator[Act]:
    """Yield the acts of hooks, servers and tasks that a host would start by itself."""
    taken = [(item, Role.COMMAND) for item in recipes.commands(document.path, document.text)]
    obeyed = (
        (item, Role.COMMAND if item.kind == "install" else Role.CONFIGURATION)
        for item in agent_config.commands(document.path, document.text)
    )
    for item, role in chain(obeyed, taken):
        context = _context(document, item.start, role, trail)
        yield from shell.acts(item.command, context.inside(0, item.end - item.start))


def _in_cell(document: Document, cell: notebook.Cell) -> Callable[[int, int], Place]:
    """Return what maps a span of a cell's text to its place in the notebook."""
    return lambda start, end: document.place(cell.place(start), max(cell.place(end), cell.place(start)))


def _notebook(document: Document, trail: _Trail) -> Iterator[Act]:
    """Yield the acts of a notebook's cells; outputs are data."""
    for cell in notebook.cells(document.text):
        reader = READERS.get(cell.language)
        role = Role.COMMAND if cell.language in ("bash", "cmd", "powershell") else Role.CODE
        live = role if document.file_role is not Role.FIXTURE else document.file_role
        context = msgspec.structs.replace(_context(document, 0, live, trail), place=_in_cell(document, cell))
        if reader is not None:
            yield from reader(cell.text, context)
        elif cell.language == "markdown":
            inner = Document(document.path.removesuffix(".ipynb") + ".md", cell.text, file_role=Role.INSTRUCTION)
            for act in _acts(inner, trail):
                start, end = act.place.line, act.place.end_line
                at = inner.lines.span(start)[0] if start else 0
                stop = inner.lines.span(end)[1] if end else at
                place = document.place(cell.place(at), cell.place(stop))
                yield msgspec.structs.replace(act, place=place, order=next(trail.order), group=document.path)


def _context(document: Document, offset: int, role: Role, trail: _Trail, *, negated: bool = False) -> Context:
    return Context(
        place=lambda start, end: document.place(offset + start, offset + end),
        role=role,
        certainty=Certainty.STATED,
        negated=negated,
        group=document.path,
        order=trail.order,
        cut=trail.cut,
        companions=trail.companions,
        files=trail.files,
    )


def is_text(file: SkillFile) -> bool:
    """Say whether the lens reads a file."""
    return file.type is FileType.TEXT or carriers.is_carrier(file)
