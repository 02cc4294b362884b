"""Programs that read, write, pack and change files, and builtins that print or set values."""

from __future__ import annotations

import base64
import binascii
import codecs
import posixpath
import re
from collections.abc import Callable
from itertools import pairwise

from pinfold.language import cron
from pinfold.language.address import first_url
from pinfold.language.asked import typed
from pinfold.language.flow import MAX_TEXT, NOTHING, Flow, Part, Word, in_order, joined, merged
from pinfold.language.shell import options as shell_options
from pinfold.language.shell.command import Command, home
from pinfold.language.shell.program_table import PATTERN_READERS, READERS
from pinfold.model import ActKind

MAX_FILES = 1_024
"""How many files of one command line are noted."""

_PRINTF = re.compile(r"%(?:[-+0 #]*\d*(?:\.\d+)?)?([sdiq%b])")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|0?[0-7]{1,3}|[nrtabfve\\])")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "\\": "\\"}
_ROT13 = re.compile(r"^A-Za-z$|^a-zA-Z$")
_ARCHIVES = (
    ".zip",
    ".tar",
    ".tgz",
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".txz",
    ".tbz2",
    ".7z",
    ".rar",
    ".gz",
    ".xz",
    ".deb",
    ".dmg",
)
_IN_PLACE = re.compile(r"^-[nErs]*i|^--in-place")


def _literal_bytes(text: str) -> bytes | None:
    """Return the bytes of a known text, or ``None`` when it is too long to be worth decoding."""
    return text.encode("utf-8", "replace") if len(text) <= 1 << 20 else None


def _decoded(command: Command, held: Flow) -> str | None:
    """Return what ``base64 -d``, ``xxd -r -p`` or ``rev`` make of a known input."""
    if held.text is None:
        return None
    flags = {word.text for word in command.args}
    data = _literal_bytes(held.text)
    if data is None:
        return None
    try:
        if command.name in ("base64", "gbase64") and flags & {"-d", "-D", "--decode", "-di", "-id"}:
            compact = b"".join(data.split())
            return base64.b64decode(compact + b"=" * (-len(compact) % 4)).decode("utf-8")
        if command.name == "base32" and flags & {"-d", "-D", "--decode"}:
            return base64.b32decode(b"".join(data.split())).decode("utf-8")
        if command.name == "xxd" and any("r" in flag for flag in flags if flag.startswith("-")):
            return binascii.unhexlify(b"".join(data.split())).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return None
    if command.name == "rev":
        return "\n".join(line[::-1] for line in held.text.split("\n"))
    return None


def reader(command: Command) -> Flow:
    """``cat`` and its like: every operand is a file, and the output is what they hold."""
    options = command.options()
    files = options.operands
    if command.name in ("base64", "base32", "gbase64") and (given := options.value("-i", "--input")) is not None:
        files = [*files, given]
    flows = [command.read(word) for word in command.within(files, MAX_FILES, "files")]
    held = merged(flows) if flows else command.stdin
    text = (
        held.text if command.name in ("cat", "tac", "less", "more") and not options.flags else _decoded(command, held)
    )
    return Flow(held.sources, in_order(held.programs, (command.name,)), held.origin, text)


def pattern_reader(command: Command) -> Flow:
    """``grep``, ``sed``, ``awk``, ``jq``: the first operand is a pattern or program unless an option gives it."""
    if command.name in ("sed", "gsed") and any(_IN_PLACE.match(word.text) for word in command.args):
        return _edited(command)
    values = _jq_values(command) if command.name == "jq" else []
    options = command.options()
    given = options.has("-e", "-f", "--regexp", "--expression", "--file", "--from-file")
    files = options.operands if given else options.operands[1:]
    held = (
        merged([command.read(word) for word in command.within(files, MAX_FILES, "files")]) if files else command.stdin
    )
    sources = (
        joined(held.sources, (source for word in values for source in word.flow.sources)) if values else held.sources
    )
    text = "" if held.text == "" else None  # of nothing, every pattern leaves nothing
    return Flow(sources, in_order(held.programs, (command.name,)), held.origin, text)


def _jq_values(command: Command) -> list[Word]:
    """Take ``--arg NAME VALUE`` and its like out of the arguments of ``jq``; returns the values."""
    values: list[Word] = []
    rest: list[Word] = []
    index = 0
    while index < len(command.args):
        word = command.args[index]
        if word.text in ("--arg", "--argjson", "--slurpfile", "--rawfile"):
            values.extend(command.args[index + 2 : index + 3])
            index += 3
            continue
        rest.append(word)
        index += 1
    command.args = rest
    return values


def _edited(command: Command) -> Flow:
    options = command.options()
    given = options.has("-e", "--expression", "-f", "--file")
    operands = [word for word in options.operands if word.text]
    files = operands if given else operands[1:]
    script = options.value("-e", "--expression") if given else (operands[0] if operands else None)
    for word in command.within(files, MAX_FILES, "files"):
        text = script.text if script is not None else None
        command.write(word, Flow((), (), first_url(text) if text else "", text), append=True)
    return NOTHING


def printed(command: Command) -> Flow:
    """``echo`` and ``printf``: the output is the arguments."""
    arguments = command.args
    escapes = command.name == "printf"
    if command.name == "echo":
        while arguments and arguments[0].text in ("-n", "-e", "-E", "-ne", "-en", "-nE", "-En"):
            escapes = escapes or "e" in arguments[0].text
            arguments = arguments[1:]
    held = merged([word.flow for word in arguments])
    if sum(len(word.text) for word in arguments[:4_096]) > 1 << 20:
        text = None
    elif command.name == "printf" and arguments:
        text = _formatted([word.text for word in arguments])
    else:
        text = " ".join(word.text for word in arguments) + "\n"
    if text is not None and escapes:
        text = _ESCAPE.sub(_unescape, text)
    return Flow(held.sources, in_order(held.programs, (command.name,)), held.origin, text)


def _formatted(words: list[str]) -> str:
    """Return what ``printf`` prints for a format of plain ``%s``.

    Its arguments in order, the format used again while some are left.
    """
    form, values = words[0].removeprefix("--"), words[1:]
    if not _PRINTF.search(form) or not values:
        return form.replace("%%", "%")
    texts: list[str] = []
    remaining = iter(values)
    for _ in range(min(len(values), 256)):
        taken = 0

        def value(match: re.Match[str]) -> str:
            nonlocal taken
            if match[1] == "%":
                return "%"
            taken += 1
            return next(remaining, "")

        texts.append(_PRINTF.sub(value, form))
        if sum(map(len, texts[-1:])) == 0 or taken * len(texts) >= len(values):
            break
    return "".join(texts)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x":
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return _ESCAPES[code]


def translated(command: Command) -> Flow:
    """``tr``: known text is followed through ROT13 only."""
    sets = [word.text for word in command.args]
    text = command.stdin.text
    if text is not None and len(sets) == 2 and _ROT13.match(sets[0]) and sets[1] in ("N-ZA-Mn-za-m", "n-za-mN-ZA-M"):
        text = codecs.encode(text, "rot13")
    elif text is not None and len(sets) == 2 and sets[0] == "-d" and "\\" not in sets[1] and "-" not in sets[1]:
        text = text.translate({ord(character): None for character in sets[1]})
    else:
        text = None
    return Flow(command.stdin.sources, in_order(command.stdin.programs, ("tr",)), command.stdin.origin, text)


def tee(command: Command) -> Flow:
    """``tee``: the input goes to every operand, and on."""
    options = command.options()
    for word in command.within(options.operands, MAX_FILES, "files"):
        if not word.text.startswith(">("):
            command.write(word, command.stdin, append=options.has("-a", "--append"))
    return Flow(
        command.stdin.sources, in_order(command.stdin.programs, ("tee",)), command.stdin.origin, command.stdin.text
    )


def copied(command: Command) -> Flow:
    """``cp``, ``mv``, ``ln``, ``install``: the last operand is written with the others."""
    options = command.options()
    operands = options.operands
    target = options.value("-t", "--target-directory")
    if target is None:
        if len(operands) < 2 or (command.name == "install" and options.has("-d", "--directory")):
            return NOTHING
        operands, target = operands[:-1], operands[-1]
    many = len(operands) > 1 or target.text.endswith("/") or target.text in (".", "..", "~")
    for word in command.within(operands, MAX_FILES, "files"):
        held = command.read(word)
        name = posixpath.basename(word.text.rstrip("/"))
        place = Word(posixpath.join(target.text, name), target.parts, target.known) if many else target
        path = home(word.text)
        command.write(place, Flow(held.sources, held.programs, held.origin or path, held.text))
        source_key = command.store.resolve(path)
        if source_key in command.store.folders:
            command.store.folders[command.store.resolve(home(place.text))] = command.store.folders[source_key]
    return NOTHING


def copied_blocks(command: Command) -> Flow:
    """``dd if=FROM of=TO``."""
    held = command.stdin
    for word in command.args:
        if word.text.startswith("if="):
            held = command.read(word.after(3))
    for word in command.args:
        if word.text.startswith("of="):
            command.write(word.after(3), held)
            return NOTHING
    return held.through("dd")


def touched(command: Command) -> Flow:
    """``touch`` and ``truncate``: every operand is written."""
    for word in command.within(command.options().operands, MAX_FILES, "files"):
        command.write(word, NOTHING, append=True)
    return NOTHING


def tar(command: Command) -> Flow:
    """``tar``: packs files into an archive, or unpacks one."""
    arguments = list(command.args)
    if arguments and not arguments[0].text.startswith("-") and re.fullmatch(r"[A-Za-z]{1,12}", arguments[0].text):
        first = arguments[0]
        bundle = Word(f"-{first.text.replace('f', '')}{'f' if 'f' in first.text else ''}")
        arguments[0] = bundle
    options = shell_options.split("tar", arguments)
    letters = {flag for flag, _ in options.flags}
    archive = options.value("-f", "--file")
    folder = options.value("-C", "--directory")
    if letters & {"-c", "--create", "-r", "--append", "-u"}:
        base = folder.text if folder is not None else ""
        members = [
            Word(
                posixpath.join(base, word.text) if base and not word.text.startswith(("/", "~")) else word.text,
                word.parts,
                word.known,
            )
            for word in options.operands
        ]
        return _packed(command, archive, members)
    if letters & {"-x", "--extract", "--get"}:
        return _unpacked(command, archive, folder)
    return command.output()


def _packed(command: Command, archive: Word | None, members: list[Word]) -> Flow:
    held = merged([command.read_folder(word) for word in command.within(members, MAX_FILES, "files")])
    sources = joined(
        held.sources, (source for word in command.within(members, MAX_FILES, "files") for source in word.flow.sources)
    )
    flow = Flow(sources, (command.name,), held.origin)
    if archive is None or archive.text == "-":
        return flow
    command.write(archive, flow)
    return NOTHING


def _unpacked(command: Command, archive: Word | None, folder: Word | None) -> Flow:
    held = command.read(archive) if archive is not None and archive.text != "-" else command.stdin
    if held.origin:
        place = command.store.resolve(home(folder.text) if folder is not None else ".")
        command.store.folders[place] = held.origin
    return NOTHING


def zipped(command: Command) -> Flow:
    """``zip ARCHIVE FILES``, ``7z a ARCHIVE FILES``."""
    operands = command.options().operands
    if command.name.startswith("7z"):
        verb, operands = (operands[0].text if operands else ""), operands[1:]
        if verb in ("x", "e"):
            folder = next((word.after(2) for word in command.args if word.text.startswith("-o")), None)
            return _unpacked(command, operands[0] if operands else None, folder)
        if verb != "a":
            return NOTHING
    if not operands:
        return NOTHING
    if (
        command.name == "zip"
        and operands[0].known
        and operands[0].text != "-"
        and "." not in posixpath.basename(operands[0].text)
    ):
        operands[0] = Word(f"{operands[0].text}.zip")
    return _packed(command, operands[0], operands[1:])


def unzipped(command: Command) -> Flow:
    """``unzip ARCHIVE -d FOLDER`` and the like."""
    options = command.options()
    return _unpacked(command, options.operands[0] if options.operands else None, options.value("-d"))


def decompressed(command: Command) -> Flow:
    """``gunzip FILE``: the file without its last ending."""
    options = command.options()
    if not options.operands or options.has("-c", "--stdout"):
        return reader(command)
    for word in command.within(options.operands, MAX_FILES, "files"):
        held = command.read(word)
        packs = command.name in ("gzip", "bzip2", "xz", "zstd") and not options.has("-d", "--decompress")
        stem, dot, _ = word.text.rpartition(".")
        command.remember(
            f"{word.text}.gz" if packs else (stem if dot else word.text), Flow(held.sources, held.programs, held.origin)
        )
    return NOTHING


def encrypted(command: Command) -> Flow:
    """``gpg`` and ``age``: operands are read, the output file is written."""
    options = command.options()
    held = (
        merged([command.read(word) for word in options.operands if not word.text.startswith("-")])
        if options.operands
        else command.stdin
    )
    target = options.value("-o", "--output")
    if target is not None:
        command.write(target, Flow(held.sources, (command.name,), held.origin))
        return NOTHING
    return Flow(held.sources, in_order(held.programs, (command.name,)), held.origin)


def crontab(command: Command) -> Flow:
    """``crontab FILE`` and ``crontab -``: the user's schedule is replaced."""
    options = command.options()
    if options.has("-l"):
        return Flow((), ("crontab",), "", "")
    if options.has("-r"):
        return NOTHING
    held = command.read(options.operands[0]) if options.operands and options.operands[0].text != "-" else command.stdin
    command.write(Word("/var/spool/cron/crontabs"), held)
    for entry in cron.entries(held.text or ""):
        source = entry.settings + (held.text or "")[entry.start : entry.end]
        command.store.nested_shell(Word(source), command, NOTHING)
    return NOTHING


def systemctl(command: Command) -> Flow:
    """``systemctl enable UNIT``: the unit is linked so that it starts by itself."""
    options = command.options()
    operands = options.operands
    if operands and operands[0].text in ("enable", "reenable", "link"):
        base = (
            "~/.config/systemd/user/default.target.wants"
            if options.has("--user")
            else "/etc/systemd/system/multi-user.target.wants"
        )
        for word in command.within(operands[1:], MAX_FILES, "units"):
            name = posixpath.basename(word.text)
            command.add(
                ActKind.WRITE,
                {"TargetFilename": f"{base}/{name if '.' in name else name + '.service'}", "Image": command.image},
            )
    return NOTHING


def environment_dump(command: Command) -> Flow:
    """Note that the whole environment is printed."""
    command.add(ActKind.READ, {"TargetFilename": "env:*", "Image": command.image})
    return Flow(("env:*",), (command.name,))


def environment_name(command: Command) -> Flow:
    """``printenv NAME``, ``printenv`` alone, ``set`` alone, ``export -p``."""
    operands = command.options().operands
    if command.name == "printenv" and operands:
        sources = [f"env:{word.text}" for word in command.within(operands, MAX_FILES, "files")]
        for source in sources:
            command.add(ActKind.READ, {"TargetFilename": source, "Image": command.image})
        return Flow(tuple(sources), ("printenv",))
    if command.name in ("printenv", "set") and not command.args:
        return environment_dump(command)
    if command.name in ("export", "declare", "typeset"):
        if [word.text for word in command.args] in (["-p"], ["-x"], ["-xp"], ["-px"]):
            return environment_dump(command)
        for word in command.args:
            name, equals, _ = word.text.partition("=")
            if equals and name.isidentifier():
                command.store.assign(name, word.after(len(name) + 1))
    return NOTHING


def declared(command: Command) -> Flow:
    """``local``, ``readonly``: variables are set."""
    for word in command.args:
        name, equals, _ = word.text.partition("=")
        if equals and name.isidentifier():
            command.store.assign(name, word.after(len(name) + 1))
    return NOTHING


def _question(command: Command) -> str:
    """Return what ``read -p QUESTION NAME`` asks, or else the names of what it takes."""
    for word, following in pairwise(command.args):
        if word.text[:1] == "-" and word.text[-1:] == "p":
            return following.text
    return " ".join(word.text for word in command.args if not word.text.startswith("-"))


def asked(command: Command) -> Flow:
    """``read NAMES``, ``mapfile NAME``: variables take what comes in, or what the user types."""
    held = command.stdin
    if not held and command.name == "read":
        held = typed(_question(command))
    text = held.text.split("\n")[0].strip() if held.text is not None and command.name == "read" else None
    operands = [word for word in command.args if not word.text.startswith("-")]
    for word in command.within(operands, MAX_FILES, "files"):
        flow = Flow(held.sources, held.programs, held.origin)
        if text is not None and len(operands) == 1 and len(text) <= MAX_TEXT:
            command.store.assign(word.text, Word(text, (Part(0, len(text), flow),) if flow else ()))
        elif word.text.isidentifier():
            command.store.assign(word.text, Word("$(read)", (Part(0, 7, flow),) if flow else (), False))
    return NOTHING


def entered(command: Command) -> Flow:
    """``cd FOLDER``."""
    operands = command.options().operands
    if operands and operands[0].text not in ("-", ""):
        command.store.folder = command.store.resolve(operands[0].text)
    return NOTHING


JUDGES: dict[str, Callable[[Command], Flow]] = {
    **dict.fromkeys(READERS, reader),
    **dict.fromkeys(PATTERN_READERS, pattern_reader),
    "echo": printed,
    "printf": printed,
    "tr": translated,
    "tee": tee,
    **dict.fromkeys(("cp", "mv", "ln", "install", "ditto"), copied),
    "dd": copied_blocks,
    "touch": touched,
    "truncate": touched,
    **dict.fromkeys(("tar", "bsdtar", "gtar"), tar),
    **dict.fromkeys(("zip", "7z", "7za", "7zz"), zipped),
    **dict.fromkeys(("unzip", "unrar", "unar"), unzipped),
    **dict.fromkeys(("gunzip", "gzip", "bunzip2", "bzip2", "xz", "unxz", "zstd", "unzstd"), decompressed),
    **dict.fromkeys(("gpg", "gpg2", "age"), encrypted),
    "crontab": crontab,
    "systemctl": systemctl,
    **dict.fromkeys(("printenv", "set", "export", "declare", "typeset"), environment_name),
    **dict.fromkeys(("local", "readonly"), declared),
    **dict.fromkeys(("read", "mapfile", "readarray"), asked),
    **dict.fromkeys(("cd", "pushd"), entered),
}
