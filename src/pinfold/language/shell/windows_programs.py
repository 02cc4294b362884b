"""Programs of Windows: those that download, copy, schedule and start others."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from pinfold.language import address
from pinfold.language.flow import NOTHING, Flow, Part, Word, in_order
from pinfold.language.shell import files, network
from pinfold.language.shell.batch_source import translated
from pinfold.language.shell.command import Command


def _is_switch(text: str) -> bool:
    return text.startswith("/") and 1 < len(text) <= 12 and "/" not in text[1:]


def _operands(command: Command) -> list[Word]:
    return [word for word in command.args if not _is_switch(word.text) and not word.text.startswith("-")]


def _after(command: Command, *names: str) -> Word | None:
    """Return the word behind the first of the switches ``names``."""
    for word, following in zip(command.args, command.args[1:], strict=False):
        if word.text.lower().lstrip("-/") in names:
            return following
    return None


def _run(command: Command, script: Word | None) -> Flow:
    """Read what a command starts, given as one string of batch."""
    if script is None:
        return command.output()
    text = translated(script.text, expanded=True).text
    return command.store.nested_shell(
        Word(text, (Part(0, len(text), script.flow),) if script.flow else ()), command, NOTHING
    )


def interpreter(command: Command) -> Flow:
    """``cmd /c COMMAND``: one string, or the words that follow."""
    for index, word in enumerate(command.args):
        if word.text.lower() in ("/c", "/k", "/r"):
            rest = command.args[index + 1 :]
            if len(rest) == 1:
                return _run(command, rest[0])
            return command.store.execute(rest, command, command.stdin) if rest else NOTHING
    return NOTHING


def started(command: Command) -> Flow:
    """``start /b COMMAND``: a program in a window of its own, or none."""
    words = list(command.args)
    while words and (_is_switch(words[0].text) or not words[0].text):
        folder = words[0].text.lower() == "/d"
        words = words[2 if folder else 1 :]
    if words and "://" not in words[0].text:
        return command.store.execute(words, command, command.stdin)
    return NOTHING


def certificates(command: Command) -> Flow:
    """``certutil -urlcache -f URL FILE`` downloads; ``-decode FROM TO`` and ``-encode`` rewrite a file."""
    names = {word.text.lower().lstrip("-/") for word in command.args}
    operands = _operands(command)
    if names & {"urlcache", "verifyctl"}:
        return _downloaded(command, operands)
    if names & {"decode", "encode", "decodehex", "encodehex"} and len(operands) > 1:
        command.write(operands[1], command.read(operands[0]).through("certutil"))
    return NOTHING


def transfer(command: Command) -> Flow:
    """``bitsadmin /transfer JOB URL FILE``."""
    return _downloaded(command, _operands(command))


def _downloaded(command: Command, operands: list[Word]) -> Flow:
    for index, word in enumerate(operands):
        far = address.split(word.text)
        if far is not None and far.host:
            command.connect_url(word, far, method="GET")
            if index + 1 < len(operands):
                command.write(operands[index + 1], Flow((f"command:{command.name}",), (command.name,), far.url))
    return NOTHING


def scheduled(command: Command) -> Flow:
    """``schtasks /create /tr COMMAND``."""
    return _run(command, _after(command, "tr"))


def registered(command: Command) -> Flow:
    r"""``reg add …\Run /d COMMAND``: what starts with the session."""
    places = [word.text for word in command.args[1:2]]
    if (
        command.args
        and command.args[0].text.lower() == "add"
        and places
        and "run" in places[0].lower().rpartition("/")[2]
    ):
        return _run(command, _after(command, "d"))
    return NOTHING


def called(command: Command) -> Flow:
    """``wmic process call create COMMAND``."""
    texts = [word.text.lower() for word in command.args]
    if "create" in texts and texts.index("create") + 1 < len(texts):
        return _run(command, command.args[texts.index("create") + 1])
    return command.output()


def shown(command: Command) -> Flow:
    """``type FILE``."""
    flows = [
        command.read(word)
        for word in command.within(_operands(command), files.MAX_FILES, "files")
        if word.text.lower() != "nul"
    ]
    return flows[0] if len(flows) == 1 else Flow(tuple(source for flow in flows for source in flow.sources)[:256])


def probed(command: Command) -> Flow:
    """``ping -n COUNT HOST``: on Windows these options take a value."""
    words = iter(command.args)
    operands = []
    for word in words:
        if word.text.lower().lstrip("-/") in ("n", "l", "w", "i", "v", "r", "s", "k", "j") and word.text[:1] in "-/":
            next(words, None)
        else:
            operands.append(word)
    return network.probe(_like(command, "ping", operands))


def filtered(command: Command) -> Flow:
    """``find`` and ``findstr``: lines of the files that are named, or of the input."""
    for word in command.within(_operands(command)[1:], files.MAX_FILES, "files"):
        command.read(word)
    return command.output()


def copied(command: Command) -> Flow:
    """``copy``, ``move``, ``xcopy``, ``robocopy``: the last operand is written with the others."""
    operands = _operands(command)
    return files.copied(_like(command, "cp", operands)) if len(operands) > 1 else NOTHING


def _like(command: Command, name: str, words: list[Word]) -> Command:
    """Return a command with other words, to be understood like the program ``name``."""
    inner = Command(
        command.store, [Word(name), *words], command.stdin, command.start, command.end, command.text, command.depth
    )
    inner.image = command.image
    return inner


_POWERSHELL_TAKES = (
    "executionpolicy",
    "ep",
    "windowstyle",
    "version",
    "inputformat",
    "outputformat",
    "configurationname",
    "psconsolefile",
    "workingdirectory",
    "wd",
    "settingsfile",
    "custompipename",
    "configurationfile",
)


def power_shell(command: Command) -> Flow:
    """``powershell -Command …``, ``-EncodedCommand …``, ``-File …``, or source on its input."""
    index = 0
    arguments = command.args
    while index < len(arguments):
        text = arguments[index].text
        name = text[1:].lower().lstrip("-")
        if text[:1] not in ("-", "/") or not name:
            break
        index += 1
        if "encodedcommand".startswith(name) or name == "ec":
            return _encoded(command, arguments[index].text if index < len(arguments) else "")
        if "command".startswith(name) or "commandwithargs".startswith(name) or name == "cwa":
            return _power_source(command, arguments[index:])
        if "file".startswith(name):
            return _power_file(command, arguments[index:])
        if any(valued.startswith(name) for valued in _POWERSHELL_TAKES):
            index += 1
    rest = arguments[index:]
    if rest and rest[0].text.lower().endswith(".ps1"):
        return _power_file(command, rest)
    return _power_source(command, rest)


def _power_file(command: Command, words: Sequence[Word]) -> Flow:
    """Read a script that was written earlier in this one, or belongs to the skill."""
    if not words:
        return command.output()
    stored = command.store_file(words[0])
    if stored.text is not None:
        return _power(command, stored.text, command.stdin)
    script = Word(words[0].text.replace("\\", "/"), words[0].parts, words[0].known)
    return command.store.followed(script, words[1:], command) or command.output()


def _power_source(command: Command, words: Sequence[Word]) -> Flow:
    text = " ".join(word.text for word in words)
    if text in ("", "-"):
        return (
            _power(command, command.stdin.text, command.stdin) if command.stdin.text is not None else command.output()
        )
    return _power(command, text, command.stdin)


def _encoded(command: Command, text: str) -> Flow:
    """Read what ``-EncodedCommand`` carries: UTF-16 in base64."""
    try:
        source = base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-le", "replace")
    except ValueError:
        source = None
    if command.draft is not None:
        before = str(command.draft.fields.get("PipedFrom", ""))
        command.draft.fields["PipedFrom"] = f"{before}|base64" if before else "base64"
    return _power(command, source, command.stdin)


def _power(command: Command, source: str | None, stdin: Flow) -> Flow:
    drafts = command.store.drafts
    with drafts.nested(command.start, command.end) as allowed:
        if source is None or not allowed:
            return command.output()
        output = drafts.powershell(source, drafts, stdin, command.image)
    programs = in_order(output.programs, (command.name,))
    return Flow(output.sources or (f"command:{command.name}",), programs, output.origin, output.text)


NAMED: dict[str, Callable[[Command], Flow]] = {
    "certutil": certificates,
    "bitsadmin": transfer,
    "schtasks": scheduled,
    "wmic": called,
    **dict.fromkeys(("powershell", "pwsh", "PowerShell", "Powershell"), power_shell),
}
"""Programs whose names mean nothing else anywhere."""

JUDGES: dict[str, Callable[[Command], Flow]] = {
    **NAMED,
    "cmd": interpreter,
    "start": started,
    "reg": registered,
    "type": shown,
    "ping": probed,
    "find": filtered,
    "findstr": filtered,
    **dict.fromkeys(("copy", "move", "xcopy", "robocopy"), copied),
}
"""Programs, and words of ``cmd.exe``, as they are understood on Windows."""
