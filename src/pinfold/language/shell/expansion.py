"""Variables and the expansion of words, with the memory that a script keeps."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from pinfold.language.drafts import Draft, Drafts
from pinfold.language.flow import MAX_TEXT, NOTHING, Flow, Part, Word, concatenated, in_order, merged
from pinfold.language.shell.command import home
from pinfold.language.shell.program_table import ORDINARY_VARIABLES
from pinfold.language.shell.tree import Arithmetic, Literal, Node, Piece, RawWord, Substitution, Variable
from pinfold.model import ActKind

MAX_EXPANDED = 4_000_000
"""How many characters all expansions of one source may yield; beyond that, variables stay as written."""

MAX_MARKS = 4_096
"""How many unknown stretches of nested sources are remembered."""

MAX_VALUES = 1_024
"""How many words one variable, or one pair of braces, may become."""

_MARK_START, _MARK_END = "\ue000", "\ue001"
_MARK = re.compile(f"{_MARK_START}([0-9]{{1,4}}){_MARK_END}")
_BRACES = re.compile(r"^([^{}]*)\{([^{}\s]*,[^{}\s]*)\}([^{}]*)$")
_ENVIRONMENT = re.compile(r"^[A-Z][A-Z0-9_]*$")
_BARE = re.compile(r"^(?:\$[A-Za-z0-9_@*#?!-]+|\$\{[^}]*\}|\$\(.*\)|`[^`]*`)$", re.DOTALL)
_SLICE = re.compile(r"^ *(\d{1,6})(?: *: *(\d{1,6}))?$")
_FALLBACK = frozenset({":-", "-", ":=", "="})


def whole_unknown(text: str) -> bool:
    """Return whether a word whose text is not known is nothing but a variable or a substitution."""
    return _BARE.match(text) is not None


class Expansion:
    """Turns words as written into words as a program would get them."""

    def __init__(self, drafts: Drafts, source: str) -> None:
        self.drafts = drafts
        self.source = source
        self.variables: dict[str, Word] = {"HOME": Word("~")}
        self.files = drafts.files
        self.folders = drafts.folders
        self.installed = drafts.installed
        self.folder = ""
        self.captured: list[Draft] = []
        self.deferred: list[Substitution] = []
        self.environment: set[str] = set()
        self.expanded = 0
        self.marks: list[Word] = []
        self.wanted = 0  # whether anybody wants what commands print

    def run(self, nodes: Iterable[Node], stdin: Flow, parent: str) -> Flow:
        """Read commands in order; the reader fills this in."""
        raise NotImplementedError

    def resolve(self, path: str) -> str:
        """Return a path as a key of ``files``: absolute, from ``~``, or relative to where the script began."""
        path = home(path)[:4_096]
        if path.startswith(("/", "~")) or not self.folder:
            return posixpath.normpath(path)
        return posixpath.normpath(f"{self.folder}/{path}")

    def assign(self, name: str, word: Word) -> None:
        """Set a variable; a value that is unknown as a whole, or too long, keeps only where it came from."""
        if len(word.text) > MAX_TEXT or (not word.known and _BARE.match(word.text)):
            self.unknown(name, word.flow)
        else:
            self.variables[name] = word

    def unknown(self, name: str, flow: Flow) -> None:
        """Set a variable to a value of which only the origin is known."""
        if name:
            self.variables[name] = Word("", (Part(0, 0, flow),) if flow else (), False)

    def assign_values(self, name: str, values: Sequence[Word], *, append: bool) -> None:
        """Set a variable to one value or to a list."""
        spaced: list[Word] = [self.variables[name]] if append and name in self.variables else []
        separator = Word(" ") if len(values) > 1 else Word("")
        for word in self.drafts.within(values, MAX_VALUES, "values of one variable"):
            if spaced and separator.text:
                spaced.append(separator)
            spaced.append(word)
        self.assign(name, spaced[0] if len(spaced) == 1 else concatenated(spaced))

    def expand(self, raw: RawWord, parent: str) -> list[Word]:
        """Return the words that one word as written becomes: usually one."""
        if raw.text is not None:
            if self.marks and _MARK_START in raw.text:
                return [self._unmarked(raw.text)]
            return self._braces(raw.text) if "{" in raw.text else [Word(raw.text)]
        pieces = raw.pieces
        if len(pieces) == 1:
            word = self._piece(pieces[0], parent)
            return self._fields(word, pieces[0])
        return [concatenated([self._piece(piece, parent) for piece in pieces])]

    def expand_pieces(self, pieces: Sequence[Piece], parent: str) -> Word:
        """Return the one word that pieces make together."""
        return concatenated([self._piece(piece, parent) for piece in pieces])

    def _braces(self, text: str) -> list[Word]:
        match = _BRACES.match(text)
        if match is None:
            return [Word(text)]
        return [
            Word(match[1] + inner + match[3])
            for inner in self.drafts.within(match[2].split(","), MAX_VALUES, "words in braces")
        ]

    def _fields(self, word: Word, piece: Piece) -> list[Word]:
        """Split a constant that an unquoted expansion yields at its blanks, as the shell does."""
        if not isinstance(piece, Variable | Substitution) or piece.quoted or " " not in word.text.strip():
            return [word]
        if isinstance(piece, Substitution) and not word.known:
            return [word]
        if not word.known and ("$(" in word.text or "`" in word.text or _BARE.match(word.text)):
            return [word]
        flow = word.flow
        return [
            Word(text, (Part(0, len(text), flow),) if flow else (), word.known)
            for text in self.drafts.within(word.text.split(), MAX_VALUES, "words of one variable")
        ]

    def _piece(self, piece: Piece, parent: str) -> Word:
        if isinstance(piece, Literal):
            return self._unmarked(piece.text) if self.marks and _MARK_START in piece.text else Word(piece.text)
        if isinstance(piece, Variable):
            return self._variable(piece, parent)
        if isinstance(piece, Substitution):
            return self._substitution(piece, parent)
        return self._arithmetic(piece, parent)

    def marked(self, source: Word) -> str:
        """Return the text of nested source with each unknown stretch replaced by a mark.

        So no quote or blank in it is taken for syntax. Marks stand between two characters of the private use area, and
        ``expand`` turns them back.
        """
        if not source.parts or len(self.marks) > MAX_MARKS:
            return source.text
        texts: list[str] = []
        at = 0
        for part in source.parts:
            raw = source.text[part.start : part.end]
            if part.start < at or not raw.startswith(("$", "`", "{")):
                continue
            texts += (source.text[at : part.start], f"{_MARK_START}{len(self.marks)}{_MARK_END}")
            self.marks.append(Word(raw, (Part(0, len(raw), part.flow),), False))
            at = part.end
        return "".join((*texts, source.text[at:]))

    def _unmarked(self, text: str) -> Word:
        """Return the word with its marks replaced by what they stand for."""
        words: list[Word] = []
        at = 0
        for match in _MARK.finditer(text):
            number = int(match[1])
            if number < len(self.marks):
                words += (Word(text[at : match.start()]), self.marks[number])
                at = match.end()
        return concatenated((*words, Word(text[at:])))

    def _arithmetic(self, piece: Arithmetic, parent: str) -> Word:
        self.expand_pieces(piece.pieces, parent)
        return Word(piece.raw, (), False)

    def _variable(self, piece: Variable, parent: str) -> Word:
        argument = self.expand_pieces(piece.argument, parent) if piece.argument else Word("")
        value = self.variables.get(piece.name)
        if piece.operator == "!" and value is not None and value.known:
            value = self.variables.get(value.text)
        if value is None:
            value = self._unset(piece)
        if piece.operator in _FALLBACK and (not value.known and not value.text):
            if piece.operator in (":=", "="):
                self.assign(piece.name, argument)
            held = merged((value.flow, argument.flow))
            return Word(argument.text, (Part(0, len(argument.text), held),) if held else (), argument.known)
        if piece.operator in ("+", ":+"):
            return argument
        if value.known and piece.operator not in ("", "[", *_FALLBACK):
            value = _transformed(piece, value, argument)
        if self.expanded > MAX_EXPANDED:
            return Word(piece.raw, (), False)
        self.expanded += len(value.text)
        if value.known or value.text:
            return value
        flow = NOTHING if piece.raw.startswith("${#") else value.flow
        return Word(piece.raw, (Part(0, len(piece.raw), flow),) if flow else (), False)

    def _unset(self, piece: Variable) -> Word:
        """Return the value of a variable that the script does not set: it comes from the environment, if anything."""
        name = piece.name
        if name in ORDINARY_VARIABLES or not _ENVIRONMENT.match(name):
            return Word("", (), False)
        source = f"env:{name}"
        if name not in self.environment:
            self.environment.add(name)
            start = self.position
            self.drafts.add(ActKind.READ, {"TargetFilename": source}, start[0], start[1], piece.raw)
        return Word("", (Part(0, 0, Flow((source,))),), False)

    def _substitution(self, piece: Substitution, parent: str) -> Word:
        if piece.opener == ">(":
            self.deferred.append(piece)
            return Word(piece.raw, (), False)
        flow = self.run_substitution(piece, NOTHING, parent)
        if piece.opener == "${":
            return Word(piece.raw, (), False)
        if flow.programs == ("mktemp",) and piece.opener in ("$(", "`"):
            return Word(f"/tmp/tmp.{piece.start}")  # noqa: S108  # a name, so that what is put there is known again
        if flow.text is not None and piece.opener != "<(" and len(flow.text) <= MAX_TEXT:
            text = flow.text.rstrip("\n")
            held = Flow(flow.sources, flow.programs, flow.origin)
            return Word(text, (Part(0, len(text), held),) if held else (), True)
        return Word(piece.raw, (Part(0, len(piece.raw), flow),), False)

    def run_substitution(self, piece: Substitution, stdin: Flow, parent: str) -> Flow:
        """Read the commands of a substitution, whose output is wanted; returns what they print."""
        self.wanted += 1
        try:
            return self._substituted(piece, stdin, parent)
        finally:
            self.wanted -= 1

    def _substituted(self, piece: Substitution, stdin: Flow, parent: str) -> Flow:
        """Read the commands of a substitution; returns what they print."""
        first = len(self.drafts.items)
        if piece.flat:
            outer, self.source = self.source, self.source[piece.start : piece.end]
            with self.drafts.nested(piece.start, piece.end):
                flow = self.run(piece.body, stdin, parent)
            self.source = outer
        else:
            flow = self.run(piece.body, stdin, parent)
        for draft in self.drafts.items[first:]:
            if draft.kind is ActKind.EXEC and not draft.captured:
                draft.captured = True
                self.captured.append(draft)
        return Flow(flow.sources, in_order((), flow.programs), flow.origin, flow.text)

    @property
    def position(self) -> tuple[int, int]:
        """The span of the command that is being read."""
        return self.span

    span: tuple[int, int] = (0, 0)


def _transformed(piece: Variable, value: Word, argument: Word) -> Word:
    """Return a constant after ``${NAME/a/b}``, ``${NAME:1:2}``, ``${NAME^^}`` and ``${NAME,,}``.

    Other operators make it unknown.
    """
    operator, text = piece.operator, value.text
    if operator in ("/", "//") and argument.known:
        old, _, new = argument.text.partition("/")
        if old and not any(mark in old for mark in "*?["):
            changed = text.replace(old, new, -1 if operator == "//" else 1)
            return (
                Word(changed)
                if len(changed) <= MAX_TEXT
                else Word("", value.parts and (Part(0, 0, value.flow),), False)
            )
    if operator == ":" and (match := _SLICE.match(argument.text)):
        start = int(match[1])
        return Word(text[start : start + int(match[2])] if match[2] else text[start:])
    if operator == "^^":
        return Word(text.upper())
    if operator == ",,":
        return Word(text.lower())
    return Word("", value.parts and (Part(0, 0, value.flow),), False)
