"""Cmdlets that run text and programs, or have them run later."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.flow import Word
from pinfold.language.powershell import objects, operators, transfer
from pinfold.language.powershell.call import Call, path_of
from pinfold.language.powershell.cmdlets import cmdlet_of
from pinfold.language.powershell.memory import MAX_REPLAYS
from pinfold.language.powershell.values import (
    MAX_ITEMS,
    UNKNOWN,
    Value,
    constant,
    holding,
    listed,
    members,
)

TURNS = 16
"""How many members of a list the commands of ``ForEach-Object`` are read with when they lead to acts."""


def expression(call: Call) -> Value:
    """``Invoke-Expression``."""
    code = call.given("command")
    if code.items is not None:
        code = operators.joined(code, constant("\n"))
    return call.memory.run_code(call, code, call.line)


def _blocks(call: Call, *names: str) -> list[Value]:
    values = [call.value(name) for name in names if name in call.named]
    return [value for value in (*values, *call.rest) if value.block is not None or value.name == "scriptblock"]


def command(call: Call) -> Value:
    """``Invoke-Command``, ``Start-Job``: script blocks, text made one, or a file."""
    transfer.remote(call)
    found = UNKNOWN
    arguments = list(members(call.value("argumentlist"))) if "argumentlist" in call.named else []
    for block in _blocks(call, "scriptblock", "first", "second", "initializationscript", "action"):
        if block.block is not None:
            found = call.memory.run_block(block.block, call.input, {}, arguments)
        else:
            found = call.memory.run_code(call, block, f"{call.image} {call.raws.get('scriptblock', '…')}")
    if (path := call.value("filepath")).text:
        return call.memory.run_words([path_of(path.word)], call, call.stdin)
    return found


def process(call: Call) -> Value:
    """``Start-Process``, ``Invoke-Item``: a program with its arguments."""
    program = call.given("filepath", "path")
    if not program.text or "://" in program.text:
        return UNKNOWN
    arguments = call.value("argumentlist")
    if arguments is UNKNOWN:
        return call.memory.run_words([path_of(program.word)], call, call.stdin)
    line = operators.joined(listed((_quoted(program), *members(arguments))), constant(" "))
    return call.memory.run_line(call, line)


def _quoted(value: Value) -> Value:
    return value.but(word=Word(f'"{value.text}"', value.word.parts, value.known)) if " " in value.text else value


def _members(call: Call, given: list[Value]) -> Value:
    """``ForEach-Object Name``: a property of each member."""
    name = call.value("process", "membername").text.lower()
    if not name:
        return call.input
    found = [objects.member(call.memory, item, name, call.start, call.end) for item in given[:64]]
    return listed(found) if len(found) != 1 else found[0]


def each(call: Call) -> Value:
    """``ForEach-Object``: the block is read with each member of what comes in."""
    memory = call.memory
    for name in ("begin",):
        if (block := call.value(name).block) is not None:
            memory.run_block(block, call.input, {}, [])
    main = [value for value in (call.value("process", "parallel"), *call.rest) if value.block is not None]
    given = list(members(call.input))
    if len(main) > 1 and "begin" not in call.named:
        first = main.pop(0).block
        if first is not None:
            memory.run_block(first, call.input, {}, [])
    if not main or main[0].block is None:
        return _members(call, given)
    outputs: list[Value] = []
    block = main[0].block
    if memory.counts(given):
        value = memory.tried(lambda: memory.run_block(block, UNKNOWN, {}, []))
        if value is not None:
            return value
    for index, item in enumerate(given[:MAX_ITEMS]):
        before = len(memory.drafts.items)
        outputs.append(memory.run_block(block, item, {}, []))
        acts = len(memory.drafts.items) > before
        memory.replays += acts
        if (acts and (index >= TURNS or memory.replays > MAX_REPLAYS)) or not memory.spend():
            break
    outputs.extend(memory.run_block(later.block, UNKNOWN, {}, []) for later in main[1:] if later.block is not None)
    useful = [value for value in outputs if value is not UNKNOWN]
    return listed(useful) if len(useful) > 1 else (useful[0] if useful else UNKNOWN)


def filtered(call: Call) -> Value:
    """``Where-Object``: what comes in may come out."""
    for block in _blocks(call, "filterscript"):
        if block.block is not None:
            call.memory.run_block(block.block, holding(call.input.flow), {}, [])
    return call.input


def selected(call: Call) -> Value:
    """``Select-Object``: a property, or some of what comes in."""
    name = call.value("expandproperty", "property")
    if name.known and name.text and name.items is None and name.text != "*":
        found = objects.member(call.memory, call.input, name.text.lower(), call.start, call.end)
        return found if found.name != "member" else holding(call.input.flow)
    return call.input


def made(call: Call) -> Value:
    """``New-Object``."""
    if "comobject" in call.named:
        return objects.component(call.value("comobject").text)
    kind = call.value("typename")
    given = call.value("argumentlist")
    arguments = list(members(given)) if given is not UNKNOWN else []
    arguments += call.rest
    return objects.made(call.memory, call, kind.text, arguments) if kind.text else holding(given.flow)


def added(call: Call) -> Value:
    """``Add-Type``: source in C# that becomes code."""
    source = call.value("typedefinition", "memberdefinition")
    low = source.text.lower()
    if "getasynckeystate" in low or "setwindowshookex" in low:
        call.memory.watching = "keystrokes"
    return UNKNOWN


def scheduled_action(call: Call) -> Value:
    """``New-ScheduledTaskAction``: what a task will start."""
    program = call.value("execute")
    if program.text:
        call.image = "Register-ScheduledTask"
        line = operators.joined(listed((_quoted(program), call.value("argument"))), constant(" "))
        call.memory.run_line(call, line if "argument" in call.named else _quoted(program))
    return Value(UNKNOWN.word, "task action", pairs={"execute": program, "argument": call.value("argument")})


def service(call: Call) -> Value:
    """``New-Service``: the program that it runs."""
    if (path := call.value("binarypathname")).text:
        call.memory.run_line(call, path)
    return UNKNOWN


def management(call: Call) -> Value:
    """``Invoke-WmiMethod``, ``Invoke-CimMethod``, ``Set-WmiInstance``: a process, or a consumer of events."""
    given = call.value("argumentlist", "arguments", "property")
    for item in members(given):
        pairs = item.pairs or {}
        for name in ("commandline", "commandlinetemplate", "executablepath", "scripttext"):
            if name in pairs and pairs[name].text:
                call.memory.run_line(call, pairs[name])
    where = call.value("class", "classname").text.lower()
    if "process" in where and given.pairs is None and members(given)[0].text:
        call.memory.run_line(call, members(given)[0])
    return holding(call.input.flow)


def variable_set(call: Call) -> Value:
    """``Set-Variable``."""
    name = call.value("name")
    if name.known:
        call.memory.set(name.text.lower(), call.given("value"))
    return UNKNOWN


def variable_read(call: Call) -> Value:
    """``Get-Variable``: by name, or by the pattern that obfuscators use for one whose name is long enough."""
    name = call.value("name").text.lower()
    if "mdr" in name:
        return Value(UNKNOWN.word, "variable", pairs={"name": constant("MaximumDriveCount")})
    found = call.memory.lookup(name)
    if "ValueOnly" in call.switches:
        return found
    return Value(UNKNOWN.word, "variable", pairs={"value": found, "name": constant(name)})


def alias(call: Call) -> Value:
    """``Set-Alias name command``."""
    name, value = call.value("name"), call.value("value")
    if name.known and value.known and len(call.memory.aliases) < 1_024:
        call.memory.aliases[name.text.lower()] = value.text
    return UNKNOWN


_PATTERNS = {
    "i*x": "Invoke-Expression", "ie*": "Invoke-Expression", "*ke-e*": "Invoke-Expression",
    "*voke-exp*": "Invoke-Expression", "*e-ex*": "Invoke-Expression", "inv*x*n": "Invoke-Expression",
    "invoke-ex*": "Invoke-Expression", "*ke-*pr*": "Invoke-Expression", "n*-o*t": "New-Object",
    "n*ct": "New-Object", "*w-o*ct": "New-Object", "new-obj*": "New-Object",
}  # fmt: skip
"""Patterns by which obfuscated scripts name a command."""


def command_named(call: Call) -> Value:
    """``Get-Command name``: the command itself."""
    name = call.value("name")
    if not name.known:
        return holding(name.flow)
    text = _PATTERNS.get(name.text.lower(), name.text)
    found = cmdlet_of(text)
    return constant(found.name if found is not None else text)


def module_taken(call: Call) -> Value:
    """``Import-Module path``: the functions of a program of the skill are known from here on."""
    for name in members(call.value("name"))[:64]:
        if name.known:
            call.memory.take_in(call, name.text, module=True)
    return UNKNOWN


def location(call: Call) -> Value:
    """``Set-Location``: paths that follow are relative to it."""
    paths = call.paths("path", "literalpath")
    if paths and paths[0].text and not paths[0].text.lower().startswith(("hk", "env:", "cert:", "function:")):
        call.memory.folder = call.memory.resolve(paths[0].text)
    return UNKNOWN


JUDGES: dict[str, Callable[[Call], Value]] = {
    "invoke-expression": expression,
    **dict.fromkeys(
        (
            "invoke-command", "start-job", "start-threadjob", "register-objectevent", "register-wmievent",
            "register-cimindicationevent", "register-scheduledjob", "register-engineevent", "measure-command",
        ),
        command,
    ),
    **dict.fromkeys(("start-process", "invoke-item"), process),
    "foreach-object": each,
    "where-object": filtered,
    "select-object": selected,
    "new-object": made,
    "add-type": added,
    "new-scheduledtaskaction": scheduled_action,
    "new-service": service,
    **dict.fromkeys(("invoke-wmimethod", "invoke-cimmethod", "set-wmiinstance", "new-ciminstance"), management),
    **dict.fromkeys(("set-variable", "new-variable"), variable_set),
    "get-variable": variable_read,
    **dict.fromkeys(("set-alias", "new-alias"), alias),
    "get-command": command_named,
    "import-module": module_taken,
    **dict.fromkeys(("set-location", "push-location"), location),
}  # fmt: skip
