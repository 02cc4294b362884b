"""Programs and words inside other files: notebooks, pages, recipes, pickles, compiled Python, Office documents.

The readers of `pinfold.formats` take the files apart; here the parts become acts and a text that can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from pinfold.formats import compiled, office, pickled
from pinfold.formats.compiled import Code
from pinfold.language import address
from pinfold.language.context import Context
from pinfold.language.shell import script as shell
from pinfold.model import Act, ActKind, FieldValue, FileType, Role, SkillFile

Reader = Callable[[str, Context], list[Act]]
"""Turns source text into acts."""

MAX_COMMANDS = 1_000
"""How many texts of one compiled function are tried as commands."""

PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".p")
"""How the names of pickles end, those in letters of protocol 0 among them."""

_STARTERS = frozenset({"system", "popen", "Popen", "run", "call", "check_call", "check_output", "getoutput", "spawn"})
_SENDERS = frozenset({"post", "put", "patch", "upload_file", "sendall", "request", "urlopen", "Request"})
_FETCHERS = frozenset({"urlopen", "get", "urlretrieve", "request", "Request", "fetch"}) | _SENDERS
_RUNNERS = frozenset({"exec", "eval"})
_READERS = frozenset({"open", "read_text", "read_bytes", "expanduser"})
_DECODERS = {"b64decode": "base64", "decompress": "zlib", "unhexlify": "hex", "fromhex": "hex", "rot13": "rot13"}
_PATH = re.compile(r"(?:~|/|\.{1,2}/|\.\w)[\w./*~-]{2,200}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{3,60}")


def is_carrier(file: SkillFile) -> bool:
    """Return whether a file that is no text is read for what it carries."""
    if file.type is FileType.DATA:
        return pickled.is_pickle(file.data)
    return file.type is FileType.PROGRAM and compiled.is_compiled(file.data)


class Carried(msgspec.Struct):
    """What is read in the place of a file.

    ``text`` is of the kind ``kind``; ``trouble`` says what kept some of it from being read; ``codes`` are the functions
    of compiled Python.
    """

    text: str
    kind: str
    role: Role
    trouble: str = ""
    codes: list[Code] = []


def carried(file: SkillFile) -> Carried | None:
    """Return the text that stands for a file which is none itself, or nothing where the file is its own text."""
    if pickled.is_pickle(file.data) or (
        file.path.lower().endswith(PICKLES) and file.data[:1] in b"(c]}" and b"." in file.data[-3:]
    ):
        source, trouble = pickled.source_of(file.data)
        if file.type is FileType.TEXT and trouble:
            return None
        return Carried(source, "python", Role.CODE, trouble)
    if file.type is FileType.PROGRAM:
        codes, trouble = compiled.code_of(file.data)
        lines = [f"{code.name}: {' '.join(code.names)}\n" + "\n".join(code.texts) for code in codes]
        return Carried("\n".join(lines), "code", Role.CODE, trouble, codes)
    if "!/" in file.path and office.is_part(file.path):
        part = office.part(file.data)
        return (
            Carried(part.text, "text", Role.INSTRUCTION, part.trouble)
            if not part.hidden
            else Carried(f"{part.text}\n\n{part.hidden}", "text", Role.INSTRUCTION, part.trouble)
        )
    return None


def is_relations(path: str) -> bool:
    """Return whether a member of an archive says what an Office document refers to."""
    return office.is_relations(path)


def relations(data: bytes, context: Context) -> Iterator[Act]:
    """Yield the connections that an Office document opens by itself: templates, frames and objects elsewhere."""
    for link in office.links(data)[:200]:
        kind, _, target = link.partition(" ")
        far = address.split(target)
        if kind in ("hyperlink", "image") or far is None or not far.host:
            continue
        name = "DestinationIp" if far.numeric else "DestinationHostname"
        fields: dict[str, FieldValue] = {name: far.host, "Initiated": True, "Image": "office", "Url": target[:2_000]}
        if far.port:
            fields["DestinationPort"] = far.port
        yield context.act(ActKind.CONNECT, fields, 0, 0, link)


def code_acts(codes: list[Code], context: Context) -> Iterator[Act]:
    """Yield the acts that functions of compiled Python show by the names they use and the texts they hold."""
    for code in codes:
        yield from _of_function(code, context)


def _of_function(code: Code, context: Context) -> Iterator[Act]:
    names = frozenset(code.names)
    texts = list(dict.fromkeys(text for text in code.texts if 2 < len(text) < 4_000))[:MAX_COMMANDS]
    paths = [text for text in texts if _PATH.fullmatch(text)] if names & _READERS else []
    for path in paths:
        yield context.act(ActKind.READ, {"TargetFilename": path, "Image": "python"}, 0, 0, path)
    sent = [*paths, *(f"env:{text}" for text in texts if names & {"environ", "getenv"} and _VARIABLE.fullmatch(text))]
    if "environ" in names and not sent and names & {"dict", "items", "copy", "dumps"}:
        sent.append("env:*")
    urls = [far for text in texts if (far := address.split(text)) is not None and far.host]
    for far in urls if names & _FETCHERS else ():
        yield context.act(ActKind.CONNECT, _connection(far, names, sent), 0, 0, far.url)
    if names & _STARTERS:
        for text in texts:
            if " " in text and "\n" not in text[:-1]:
                yield from shell.acts(text, context)
    if names & _RUNNERS:
        programs = list(dict.fromkeys(_DECODERS[name] for name in code.names if name in _DECODERS))
        fields: dict[str, FieldValue] = {"Image": "python", "CommandLine": f"exec(…) in {code.name}"}
        if urls and names & _FETCHERS:
            programs.insert(0, "urllib")
            fields["ImageOrigin"] = urls[0].url
        if programs:
            fields["PipedFrom"] = "|".join(programs)
        yield context.act(ActKind.EXEC, fields, 0, 0, str(fields["CommandLine"]))


def _connection(far: address.Address, names: frozenset[str], sent: list[str]) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {"DestinationIp" if far.numeric else "DestinationHostname": far.host}
    if far.port:
        fields["DestinationPort"] = far.port
    fields |= {"Initiated": True, "Image": "python", "Url": far.url[:2_000]}
    fields["Method"] = "POST" if names & {"post", "put"} or sent else "GET"
    if sent and names & _SENDERS:
        fields["SentData"] = " ".join(sent[:64])
    return fields
