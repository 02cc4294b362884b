"""Programs that start other programs: wrappers, runners of packages, and interpreters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from pinfold.language.asked import typed
from pinfold.language.flow import NOTHING, Flow, Part, Word, concatenated, in_order, joined
from pinfold.language.shell.command import Command, base_name, home
from pinfold.language.shell.files import environment_dump

MAX_GIVEN = 1_024
"""How many words of its input ``xargs`` hands on."""

MAX_ALIASES = 64
"""How many aliases one command may set."""

MAX_CALLS = 64
"""How many commands one script in an argument may start."""

_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_STRING_CALL = re.compile(
    r"(?:system|exec|execSync|spawnSync|popen|shell_exec|passthru|shell script)[ \t]*\(?[ \t]*(?:\"((?:[^\"\\]"
    r"|\\.)*)\"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)"
)
_SKIPPED_OPERANDS = {
    "timeout": 1,
    "gtimeout": 1,
    "flock": 1,
    "chroot": 1,
    "chrt": 1,
    "taskset": 1,
    "gosu": 1,
    "su-exec": 1,
    "runuser": 0,
}
_RUNNERS = {
    "uv": ("run", "tool run"),
    "poetry": ("run",),
    "pipenv": ("run",),
    "pdm": ("run",),
    "hatch": ("run",),
    "rye": ("run",),
    "conda": ("run",),
    "mamba": ("run",),
    "micromamba": ("run",),
    "bundle": ("exec",),
    "npm": ("exec", "x"),
    "pnpm": ("dlx", "exec"),
    "yarn": ("dlx", "exec"),
    "pipx": ("run",),
    "mise": ("exec", "x"),
    "dotenv": ("run",),
    "doppler": ("run",),
    "op": ("run",),
    "nix": ("run",),
}


def _passed(command: Command, words: list[Word], stdin: Flow | None = None) -> Flow:
    """Judge the command that ``words`` make."""
    return command.store.execute(words, command, command.stdin if stdin is None else stdin)


def _without_assignments(words: list[Word]) -> list[Word]:
    index = 0
    while index < len(words) and _ASSIGNMENT.match(words[index].text):
        index += 1
    return words[index:]


def wrapper(command: Command) -> Flow:
    """``sudo``, ``nohup``, ``timeout`` and their like: options, a fixed number of operands, then the command."""
    options = command.options(stop=True)
    first = options.first + _SKIPPED_OPERANDS.get(command.name, 0)
    if command.name == "command" and options.has("-v", "-V"):
        return NOTHING
    rest = _without_assignments(command.args[first:])
    if command.name == "flock" and (script := options.value("-c")) is not None:
        return command.store.nested_shell(script, command, command.stdin)
    if rest and rest[0].text == "--":
        rest = rest[1:]
    return _passed(command, rest) if rest else command.stdin


def environment(command: Command) -> Flow:
    """``env``: a wrapper, or, alone, a dump of the environment."""
    options = command.options(stop=True)
    line = options.value("-S", "--split-string")
    if line is not None:
        return command.store.nested_shell(line, command, command.stdin)
    rest = _without_assignments(command.args[options.first :])
    if rest:
        return _passed(command, rest)
    return environment_dump(command)


def arguments_from_input(command: Command) -> Flow:
    """``xargs`` and ``parallel``: the command gets the input as arguments."""
    options = command.options(stop=True)
    words = list(command.args[options.first :])
    if command.name == "parallel":
        stop = next((index for index, word in enumerate(words) if word.text.startswith(":::")), len(words))
        listed = words[stop + 1 :]
        words = words[:stop]
        flow = (
            Flow(
                joined((), (home(word.text) for word in listed if "/" in word.text)),
                (),
                "",
                " ".join(word.text for word in listed),
            )
            if listed
            else command.stdin
        )
    else:
        flow = command.stdin
    if not words:
        return command.output()
    mark = options.value("-I", "--replace")
    token = mark.text if mark is not None else "{}"
    if any(token in word.text for word in words):
        words = [_replaced(word, token, flow) for word in words]
    elif flow.text is not None and flow.text.strip():
        words.extend(
            Word(text)
            for text in command.store.drafts.within(flow.text.split(), MAX_GIVEN, "arguments that xargs is given")
        )
    return _passed(command, words, flow)


def _replaced(word: Word, token: str, flow: Flow) -> Word:
    """Return ``word`` with its mark standing for ``flow``."""
    at = word.text.find(token)
    if at < 0 or not token:
        return word
    text = (
        flow.text.strip()
        if flow.text is not None and len(flow.text) < 1_000 and "\n" not in flow.text.strip()
        else None
    )
    held = (Part(0, len(text or token), flow),)
    return concatenated(
        (word.before(at), Word(token if text is None else text, held, text is not None), word.after(at + len(token)))
    )


def found_files(command: Command) -> Flow:
    """``find`` with ``-exec``: the command runs on what lies under the starting points."""
    starts: list[Word] = []
    for word in command.args:
        if word.text.startswith(("-", "(", "!")):
            break
        starts.append(word)
    roots = joined((), (home(word.text) for word in starts if word.text not in (".", "./", "/")))
    found = Flow(roots or ("command:find",), ("find",), "", _named_by_find(command, roots))
    index = 0
    while index < len(command.args):
        if command.args[index].text in ("-exec", "-execdir", "-ok", "-okdir"):
            stop = index + 1
            while stop < len(command.args) and command.args[stop].text not in (";", "+"):
                stop += 1
            words = [
                _replaced(word, "{}", found) if "{}" in word.text else word for word in command.args[index + 1 : stop]
            ]
            output = _passed(command, words, NOTHING)
            held = joined(found.sources, output.sources)
            found = Flow(held, in_order(found.programs, output.programs), "", found.text)
            index = stop
        index += 1
    return found


def _named_by_find(command: Command, roots: tuple[str, ...]) -> str | None:
    """Return the paths that ``find ROOT -name NAME`` prints, as patterns, where the roots lie outside this folder."""
    pairs = pairwise(command.args)
    name = next((value for flag, value in pairs if flag.text in ("-name", "-iname") and value.known), None)
    if name is None or not roots or not all(root.startswith(("~", "/")) for root in roots[:4]):
        return None
    return "".join(f"{root.rstrip('/')}/**/{name.text}\n" for root in roots[:4])


def package_runner(command: Command) -> Flow:
    """``npx``, ``uvx``, ``bunx``: the first operand is a package that is fetched and run."""
    options = command.options(stop=True)
    script = options.value("-c", "--call")
    if script is not None:
        return command.store.nested_shell(script, command, command.stdin)
    rest = command.args[options.first :]
    source = options.value("--from", "-p", "--package")
    if source is not None and rest and source.text.startswith(("https://", "http://")):
        command.store.installed[base_name(rest[0].text)] = source.text
    return _passed(command, rest) if rest else command.output()


def project_runner(command: Command) -> Flow:
    """``uv run``, ``poetry run``, ``bundle exec``, ``npm exec``, ``conda run``: the command follows the verb."""
    options = command.options(stop=True)
    rest = command.args[options.first :]
    verbs = _RUNNERS[command.name]
    verb = rest[0].text if rest else ""
    if command.name == "uv" and verb == "tool" and len(rest) > 1 and rest[1].text == "run":
        rest = rest[1:]
    elif verb not in verbs:
        return command.output()
    inner = Command(
        command.store,
        [Word(command.image), *rest[1:]],
        command.stdin,
        command.start,
        command.end,
        command.text,
        command.depth,
    )
    split = inner.options(stop=True)
    words = rest[1:][split.first :]
    if words and words[0].text == "--":
        words = words[1:]
    if command.name == "uv" and split.has("-m", "--module"):
        words = [Word("python"), Word("-m"), *words]
    elif command.name == "uv" and words and words[0].text.endswith(".py"):
        words = [Word("python"), *words]
    return _passed(command, words) if words else command.output()


def substitute_user(command: Command) -> Flow:
    """``su``, ``script``, ``watch`` and others that take a command as one string."""
    script: Word | None = None
    if command.name in ("watch",):
        options = command.options(stop=True)
        rest = command.args[options.first :]
        script = concatenated([part for word in rest for part in (word, Word(" "))]) if rest else None
    else:
        for index, word in enumerate(command.args[:-1]):
            if word.text in ("-c", "--command", "--run") or (
                re.match(r"^-[a-z]{1,4}c$", word.text) and command.name == "script"
            ):
                script = command.args[index + 1]
    if script is None:
        if command.name in ("at", "batch") and command.stdin.text:
            return command.store.nested_shell(Word(command.stdin.text), command, NOTHING)
        return command.output()
    return command.store.nested_shell(script, command, command.stdin)


def multiplexer(command: Command) -> Flow:
    """``tmux`` and ``screen``: a command to run detached, or keys typed into a shell."""
    options = command.options()
    operands = options.operands
    if command.name == "tmux":
        if operands and operands[0].text in (
            "new",
            "new-session",
            "neww",
            "new-window",
            "send-keys",
            "send",
            "split-window",
            "respawn-pane",
            "run-shell",
        ):
            operands = [word for word in operands[1:] if word.text not in ("Enter", "C-m")]
        else:
            operands = []
    if len(operands) == 1:
        return command.store.nested_shell(operands[0], command, NOTHING)
    return _passed(command, operands) if operands else NOTHING


def shell(command: Command) -> Flow:
    """A shell: a script in an argument, in a file, or on its input."""
    index, script = 0, False
    arguments = command.args
    while index < len(arguments):
        text = arguments[index].text
        if text in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file"):
            index += 2
            continue
        if text == "--" or not text.startswith(("-", "+")) or text == "-":
            index += text in ("--", "-")
            break
        script = script or (not text.startswith("--") and "c" in text)
        index += 1
    if script and index < len(arguments):
        for position, word in enumerate(arguments[index + 1 : index + 10]):
            command.store.assign(str(position), word)
        return command.store.nested_shell(arguments[index], command, command.stdin)
    if index < len(arguments) and not any(word.text == "-s" for word in arguments[:index]):
        return _script_file(command, arguments[index], arguments[index + 1 :], shell_source=True)
    if command.stdin.text is not None:
        return command.store.nested_shell(Word(command.stdin.text), command, NOTHING)
    return command.output()


def _script_file(command: Command, word: Word, arguments: Sequence[Word], *, shell_source: bool) -> Flow:
    """Read a script that was written earlier in this one, comes from a substitution, or belongs to the skill."""
    stored = command.store_file(word)
    if stored.text is not None:
        nested = command.store.nested_shell if shell_source else command.store.nested_python
        return nested(Word(stored.text), command, command.stdin)
    return command.store.followed(word, arguments, command) or command.output()


def evaluate(command: Command) -> Flow:
    """``eval``: its arguments, joined, are a script."""
    if not command.args:
        return NOTHING
    spaced = [part for word in command.args for part in (word, Word(" "))]
    return command.store.nested_shell(concatenated(spaced[:-1]), command, command.stdin)


def source(command: Command) -> Flow:
    """``source`` and ``.``: a script runs in this shell."""
    if not command.args:
        return NOTHING
    command.read(command.args[0])
    return _script_file(command, command.args[0], command.args[1:], shell_source=True)


def trap(command: Command) -> Flow:
    """``trap``: the first operand is a script."""
    if len(command.args) > 1 and command.args[0].text not in ("-", "-l", "-p", ""):
        return command.store.nested_shell(command.args[0], command, NOTHING)
    return NOTHING


def alias(command: Command) -> Flow:
    """``alias NAME=script``."""
    for word in command.within(command.args, MAX_ALIASES, "aliases"):
        name, equals, _ = word.text.partition("=")
        if equals:
            command.store.nested_shell(word.after(len(name) + 1), command, NOTHING)
    return NOTHING


def python(command: Command) -> Flow:
    """Python: source in an argument, in a file, or on its input."""
    arguments = command.args
    for index, word in enumerate(arguments):
        text = word.text
        if text == "-c" or (
            text.startswith("-") and not text.startswith("--") and text.endswith("c") and len(text) < 6
        ):
            if index + 1 < len(arguments):
                return _python_source(command, arguments[index + 1])
            break
        if text == "-m":
            return command.output()
        if text == "-" or not text.startswith("-"):
            if text != "-":
                return _script_file(command, word, arguments[index + 1 :], shell_source=False)
            break
    if command.stdin.text is not None:
        return _python_source(command, Word(command.stdin.text))
    return command.output()


def _python_source(command: Command, word: Word) -> Flow:
    flow = command.store.nested_python(word, command, command.stdin)
    return Flow(
        joined(flow.sources, command.stdin.sources) or ("command:python",),
        in_order(command.stdin.programs, (command.name,)),
        flow.origin,
        flow.text,
    )


_NODE_SOURCE = re.compile(r"^(?:-[a-z]{0,3}[ep]|--eval|--print)$")
_NODE_TAKES_ONE = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--config"})


def javascript(command: Command) -> Flow:
    """``node``, ``deno`` and ``bun``: source in an argument, in a file, or on the input."""
    arguments = command.args
    index = 0
    while index < len(arguments):
        text = arguments[index].text
        source, _, given = text.partition("=")
        if _NODE_SOURCE.match(text) or (text == "eval" and command.name == "deno"):
            return _javascript_source(command, arguments[index + 1 : index + 2])
        if source in ("--eval", "--print") and given:
            return _javascript_source(command, [arguments[index].after(len(source) + 1)])
        if text in _NODE_TAKES_ONE:
            index += 1
        elif text == "-" or (text in ("run", "repl") and command.name != "node"):
            pass
        elif text == "x" and command.name == "bun":
            return _passed(command, arguments[index + 1 :]) if len(arguments) > index + 1 else command.output()
        elif not text.startswith("-"):
            stored = command.store_file(arguments[index])
            if stored.text is not None:
                return _javascript_source(command, [Word(stored.text)])
            return command.store.followed(arguments[index], arguments[index + 1 :], command) or command.output()
        index += 1
    if command.stdin.text is not None:
        return _javascript_source(command, [Word(command.stdin.text)])
    return command.output()


def _javascript_source(command: Command, words: list[Word]) -> Flow:
    if not words:
        return command.output()
    command.store.nested_javascript(words[0], command, command.stdin)
    held = joined(words[0].flow.sources, command.stdin.sources) or (f"command:{command.name}",)
    return Flow(held, in_order(command.stdin.programs, (command.name,)), command.stdin.origin)


def script_language(command: Command) -> Flow:
    """Perl, Ruby, PHP, Lua, AppleScript: the commands that a one-liner starts through the system's shell."""
    takes = {"-e", "-r", "-E", "-n", "-ne", "-pe", "-lne", "-MIO"}
    arguments = command.args
    shown = " ".join(word.text for word in arguments) if command.name == "osascript" else ""
    answer = typed(shown) if "default answer" in shown else NOTHING
    for index, word in enumerate(arguments[:-1]):
        if word.text in takes and (command.name != "php" or word.text == "-r"):
            inner = arguments[index + 1].text
            for match in command.store.drafts.within(
                list(_STRING_CALL.finditer(inner)), MAX_CALLS, "commands in one script of one line"
            ):
                text = (match[1] or match[2] or match[3] or "").replace('\\"', '"')
                if text:
                    command.store.nested_shell(Word(text), command, NOTHING)
    return command.output(answer)


JUDGES: dict[str, Callable[[Command], Flow]] = {
    **dict.fromkeys(
        [
            "sudo",
            "doas",
            "nohup",
            "setsid",
            "stdbuf",
            "gstdbuf",
            "nice",
            "ionice",
            "exec",
            "command",
            "builtin",
            "time",
            "busybox",
            "toybox",
            "torsocks",
            "torify",
            "tsocks",
            "proxychains",
            "proxychains4",
            "strace",
            "ltrace",
            "unbuffer",
            "caffeinate",
            "firejail",
            "pkexec",
            "systemd-run",
            "systemd-inhibit",
            "unshare",
            "nsenter",
            "setpriv",
            "dbus-run-session",
            "xvfb-run",
            "timeout",
            "gtimeout",
            "flock",
            "chroot",
            "chrt",
            "taskset",
            "gosu",
            "su-exec",
            "catchsegv",
            "faketime",
            "fakeroot",
            "eatmydata",
        ],
        wrapper,
    ),
    "env": environment,
    "xargs": arguments_from_input,
    "parallel": arguments_from_input,
    "find": found_files,
    "npx": package_runner,
    "uvx": package_runner,
    "bunx": package_runner,
    **dict.fromkeys(_RUNNERS, project_runner),
    **dict.fromkeys(("su", "script", "watch", "runuser", "at", "batch", "nix-shell"), substitute_user),
    "tmux": multiplexer,
    "screen": multiplexer,
    **dict.fromkeys(("sh", "bash", "zsh", "dash", "ksh", "ash", "mksh", "rbash", "fish"), shell),
    "eval": evaluate,
    "source": source,
    ".": source,
    "trap": trap,
    "alias": alias,
    **dict.fromkeys(("python", "python2", "python3", "pypy", "pypy3"), python),
    **dict.fromkeys(("node", "nodejs", "deno", "bun"), javascript),
    **dict.fromkeys(("perl", "ruby", "php", "lua", "osascript"), script_language),
}
