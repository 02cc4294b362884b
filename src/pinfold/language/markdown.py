"""The blocks of a Markdown text: what stands under which heading, and what introduces it.

A line scanner in one pass, not a full CommonMark parser: it knows front matter, headings, lists, quotes, tables, fences,
indented code and HTML comments, as CommonMark tells them apart. Its time is linear in hostile text; beyond
``MAX_LINES`` lines or ``MAX_BLOCKS`` blocks, the rest of a text is one paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_LINES = 200_000
MAX_BLOCKS = 200_000
_HEAD = 400
"""Characters at the head of a line in which its marks are looked for."""

_MAX_NESTED_MARKERS = 8

_FRONT = re.compile(r"(?:\ufeff)?(---|\+\+\+)[ \t]*\r?\n")
_QUOTES = re.compile(r"(?: {0,3}>)*")
_ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_ITEM = re.compile(
    r"(?:[-*+•]|\d{1,9}[.)]|\d{1,3}、|[(（](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]|[一二三四五六七八九十]{1,3}、)(?:[ \t]+|$|(?<=[、)）])(?=\S))"
)
_FENCE = re.compile(r"(`{3,}|~{3,})")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_SETEXT = re.compile(r"(=+|-+)[ \t]*$")
_DELIMITER_ROW = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$")
_INFO = re.compile(r"[\s{.]*([^\s{},`:=\"']*)")


class Block(NamedTuple):
    """A block of Markdown.

    ``kind`` is ``front-matter``, ``heading``, ``paragraph``, ``item``, ``row`` or ``fence`` (indented code too). The span covers the content
    alone. ``heading`` is the index of the heading above it (of the parent, for a heading) and ``lead`` that of the block
    that introduces it; -1 stands for none. ``level`` is a heading's level, or an item's column. ``closed`` is false for
    a fence that nothing closes.
    """

    kind: str
    start: int
    end: int
    heading: int = -1
    lead: int = -1
    level: int = 0
    language: str = ""
    closed: bool = True


class Blocks(NamedTuple):
    """The blocks of a text in order, and the spans of its HTML comments between their marks."""

    blocks: list[Block]
    comments: list[tuple[int, int]]
    starts: list[int]

    def at(self, offset: int) -> int:
        """Return the index of the block that holds an offset, or of the last one before it; -1 before the first."""
        return bisect_right(self.starts, offset) - 1

    def headings(self, index: int) -> list[int]:
        """Return the headings that a block stands under, outermost first: at most six."""
        above: list[int] = []
        index = self.blocks[index].heading
        while index >= 0:
            above.append(index)
            index = self.blocks[index].heading
        return above[::-1]

    def leads(self, index: int, most: int = 3) -> list[int]:
        """Return the blocks that introduce a block, nearest first."""
        found: list[int] = []
        index = self.blocks[index].lead
        while index >= 0 and len(found) < most:
            found.append(index)
            index = self.blocks[index].lead
        return found


def blocks(text: str) -> Blocks:
    """Return the blocks of ``text``."""
    scanner = _Scanner(text)
    scanner.scan()
    return Blocks(scanner.blocks, scanner.comments, [block.start for block in scanner.blocks])


@dataclass(slots=True)
class _Fence:
    """A fence that is open: its mark, where it stands, and where it must end at the latest."""

    mark: str
    size: int
    indent: int
    quotes: int
    start: int
    language: str
    lead: int
    limit: int


@dataclass(slots=True)
class _Scanner:
    """Reads lines into blocks."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    fence: _Fence | None = None
    open: Block | None = None  # a paragraph or an item that the next line may continue
    code: Block | None = None  # indented code
    heading: int = -1
    lead: int = -1  # the prose that would introduce a fence or a list
    item: int = -1  # the last item of the list that is open
    header: int = -1  # the first row of the table that is open
    quotes: int = 0
    indents: list[int] = field(default_factory=list)  # content columns of the open items
    blank: bool = True
    comment_end: int = 0
    no_comment_ends: bool = False

    def scan(self) -> None:
        """Read the whole text."""
        text, size = self.text, len(self.text)
        at = self._front_matter()
        for _ in range(MAX_LINES):
            if at >= size or len(self.blocks) >= MAX_BLOCKS:
                break
            end = text.find("\n", at)
            end = size if end < 0 else end
            self._line(at, end)
            at = end + 1
        self._end_fence(min(at, size), closed=False)
        self._flush()
        if at < size:
            self.blocks.append(Block("paragraph", at, size, self.heading))

    def _front_matter(self) -> int:
        """Read front matter, which stands at the very start or nowhere; return where the rest begins."""
        opened = _FRONT.match(self.text)
        if not opened:
            return 0
        closing = re.compile(rf"^(?:{re.escape(opened[1])}|\.\.\.)[ \t]*\r?$", re.MULTILINE).search(
            self.text, opened.end()
        )
        if not closing:
            return 0
        self.blocks.append(
            Block("front-matter", opened.end(), closing.start(), language="toml" if opened[1] == "+++" else "yaml")
        )
        return closing.end() + 1

    def _line(self, at: int, end: int) -> None:
        head = self.text[at : min(end, at + _HEAD)]
        quote = _QUOTES.match(head)
        quotes, skipped = (quote[0].count(">"), quote.end()) if quote else (0, 0)
        if self.fence is not None and self._in_fence(self.fence, at, end, head, quotes):
            return
        if quotes != self.quotes:
            self._flush()
            self.quotes, self.indents, self.blank = quotes, [], True
        if quotes and head[skipped : skipped + 1] == " ":
            skipped += 1
        rest = head[skipped:]
        body = rest.lstrip(" \t\r")
        if not body:
            if len(head) < _HEAD:
                self._blank_line()
            else:
                self._paragraph(at, end, 0)
            return
        indent = _columns(rest[: len(rest) - len(body)])
        start = at + len(head) - len(body)
        self._content(start, end, body, indent)
        self.blank = False

    def _blank_line(self) -> None:
        self.blank = True
        self._flush(keep_code=True)
        self.header = -1

    def _content(self, start: int, end: int, body: str, indent: int) -> None:
        """Read a line that is not blank: ``body`` begins at ``start``, after quotes and white space."""
        if self.blank or self.open is None or _begins_block(body):
            while self.indents and indent < self.indents[-1]:
                self.indents.pop()
        relative = indent - (self.indents[-1] if self.indents else 0)
        if self.code is not None:
            if relative >= 4:
                self.code = self.code._replace(end=end)
                return
            self._flush()
        if relative >= 4 and self.open is None and self.blank:
            self._flush()
            self.code = Block("fence", start, end, self.heading, self.lead)
            return
        for _ in range(_MAX_NESTED_MARKERS):
            marker = _ITEM.match(body)
            if not marker or _RULE.match(body):
                break
            self._flush()
            while self.indents and indent < self.indents[-1]:
                self.indents.pop()
            self.header = -1
            start += marker.end()
            body = body[marker.end() :]
            self.open = Block("item", min(start, end), end, self.heading, self._item_lead(indent), indent)
            width = len(marker[0].rstrip())
            indent += marker.end() if marker.end() - width <= 4 else width + 1
            self.indents.append(indent)
        self._leaf(start, end, body, indent)

    def _item_lead(self, column: int) -> int:
        """Return what introduces a new item: what introduces its siblings, the item around it, or the prose before the list."""
        above = self.item
        while above >= 0 and self.blocks[above].kind == "item" and self.blocks[above].level > column:
            above = self.blocks[above].lead
        if above < 0 or self.blocks[above].kind != "item":
            return above if above >= 0 else self.lead
        return self.blocks[above].lead if self.blocks[above].level == column else above

    def _leaf(self, start: int, end: int, body: str, indent: int) -> None:
        """Read what stands within quotes and items."""
        if not body:
            return
        if opened := _FENCE.match(body):
            mark = opened[1]
            info = self.text[start + len(mark) : min(end, start + _HEAD)]
            if mark[0] == "~" or "`" not in self.text[start + len(mark) : end]:
                self._open_fence(mark, info, end)
                return
        self._look_for_comment(start, end)
        if self.header < 0 and body[0].isalnum():
            self._paragraph(start, end, indent)
        elif not self._marked(start, end, body):
            self._paragraph(start, end, indent)

    def _marked(self, start: int, end: int, body: str) -> bool:
        """Read a line that is a heading, a rule or a row of a table; return whether it is."""
        if heading := _ATX.match(body):
            self._flush()
            self._add_heading(len(heading[1]), start + heading.end(), end)
            return True
        if self.open is not None and self.open.kind == "paragraph" and _SETEXT.match(body) and end - start < _HEAD:
            opened_block, self.open = self.open, None
            self._add_heading(1 if body[0] == "=" else 2, opened_block.start, opened_block.end)
            return True
        if end - start < _HEAD and _RULE.match(body):
            self._flush()
            self.lead = self.item = self.header = -1
            return True
        return self._row(start, end, body)

    def _paragraph(self, start: int, end: int, indent: int) -> None:
        if self.open is not None:
            self.open = self.open._replace(end=end)
            return
        self._flush()
        self.open = Block("paragraph", start, end, self.heading, self._paragraph_lead(indent), indent)

    def _paragraph_lead(self, indent: int) -> int:
        """Return what introduces a paragraph: the item it belongs to, or the paragraph before that ends in a colon."""
        if self.indents and self.item >= 0:
            return self.item
        if self.lead >= 0 and self.text[max(0, self.blocks[self.lead].end - 4) : self.blocks[self.lead].end].rstrip(
            " \t\r*_"
        ).endswith((":", "：")):
            return self.lead
        return -1

    def _row(self, start: int, end: int, body: str) -> bool:
        """Read a row of a table; return whether the line is one."""
        if body[0] != "|" and self.header < 0:
            if not (
                self.open is not None
                and self.open.kind == "paragraph"
                and "|" in body
                and end - start < _HEAD
                and _DELIMITER_ROW.match(body)
            ):
                return False
            self.open = self.open._replace(kind="row")
            self._flush()
            self.header = len(self.blocks) - 1
            return True
        if self.header >= 0 and end - start < _HEAD and _DELIMITER_ROW.match(body):
            return True
        if self.header >= 0 and "|" not in self.text[start:end]:
            self.header = -1
            return False
        self._flush()
        lead = self.header if self.header >= 0 else self.lead
        self.blocks.append(Block("row", start, end, self.heading, lead))
        if self.header < 0:
            self.header = len(self.blocks) - 1
        return True

    def _add_heading(self, level: int, start: int, end: int) -> None:
        parent = self.heading
        while parent >= 0 and self.blocks[parent].level >= level:
            parent = self.blocks[parent].heading
        self.blocks.append(Block("heading", min(start, end), end, parent, -1, level))
        self.heading = len(self.blocks) - 1
        self.lead = self.item = self.header = -1
        self.indents.clear()

    def _open_fence(self, mark: str, info: str, end: int) -> None:
        self._flush()
        word = _INFO.match(info.strip())
        limit = self.comment_end if self.comment_end > end else 0
        start = min(end + 1, len(self.text))
        base = self.indents[-1] if self.indents else 0
        self.fence = _Fence(
            mark[0], len(mark), base, self.quotes, start, word[1].lower() if word else "", self.lead, limit
        )

    def _in_fence(self, fence: _Fence, at: int, end: int, head: str, quotes: int) -> bool:
        """Read a line within a fence; return false when the fence ended before it, because what it stands in did."""
        if fence.limit and end > fence.limit - 3 or quotes < fence.quotes:
            self._end_fence(at, closed=False)
            return False
        body, skipped = head, 0
        for _ in range(fence.quotes):
            skipped = head.index(">", skipped) + 1
        if skipped:
            body = head[skipped + (head[skipped : skipped + 1] == " ") :]
        stripped = body.lstrip(" \t")
        indent = _columns(body[: len(body) - len(stripped)])
        after = at + len(head) - len(stripped)
        if stripped.rstrip("\r") and indent < fence.indent:
            self._end_fence(at, closed=False)
            return False
        size = len(stripped) - len(stripped.lstrip(fence.mark))
        if size >= fence.size and indent - fence.indent <= 3 and not self.text[after + size : end].strip():
            self._end_fence(at, closed=True)
        return True

    def _end_fence(self, end: int, *, closed: bool) -> None:
        fence = self.fence
        if fence is None:
            return
        self.blocks.append(
            Block("fence", fence.start, max(fence.start, end), self.heading, fence.lead, 0, fence.language, closed)
        )
        self.fence = None
        self.blank = False

    def _flush(self, *, keep_code: bool = False) -> None:
        """End the block that is open."""
        if self.code is not None and not keep_code:
            self.blocks.append(self.code)
            self.code = None
        if self.open is not None:
            block, self.open = self.open, None
            self.blocks.append(block)
            index = len(self.blocks) - 1
            if block.kind == "item":
                self.item = self.lead = index
            else:
                self.lead = index
                if not self.indents:
                    self.item = -1

    def _look_for_comment(self, start: int, end: int) -> None:
        """Note the comments that begin in a line of prose. What is shown as code there opens none."""
        counted, ticks = start, 0
        at = max(start, self.comment_end)
        while len(self.comments) < MAX_BLOCKS and (opened := self.text.find("<!--", at, end)) >= 0:
            ticks += self.text.count("`", counted, opened)
            counted = opened
            at = opened + 4
            if ticks % 2:
                continue
            closing = -1 if self.no_comment_ends else self.text.find("-->", opened + 2)
            self.no_comment_ends = closing < 0
            if closing < 0 and self.text[start : min(opened, start + _HEAD)].strip():
                return
            stop = closing if closing >= 0 else len(self.text)
            self.comments.append((opened + 4, max(opened + 4, stop)))
            self.comment_end = at = stop + 3


def _columns(white: str) -> int:
    """Return the width of white space, with tab stops every four columns."""
    return len(white.expandtabs(4)) if "\t" in white else len(white)


def _begins_block(body: str) -> bool:
    return _ITEM.match(body) is not None or body.startswith(("#", "```", "~~~", "|", ">"))
