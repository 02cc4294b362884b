"""The lines of a Markdown text, read one after another into blocks.

Headings, lists, quotations, tables, fences, indented code and HTML comments are told apart as CommonMark does. Marks
are looked for in the first ``_HEAD`` characters of a line, so that no line costs more than its length.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HEAD = 400
_MAX_NESTED_MARKERS = 8
_MAX_COMMENTS = 200_000

_QUOTES = re.compile(r"(?: {0,3}>)+")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_ITEM = re.compile(
    r"[-*+•](?:[ \t]+|$)|\d{1,9}[.)](?:[ \t]+|$)"
    r"|(?:\d{1,3}、|[一二三四五六七八九十]{1,3}、|[(（](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）])[ \t]*"
)
_FENCE = re.compile(r"`{3,}|~{3,}")
_FENCE_END = re.compile(r"\n {0,3}(`{3,}|~{3,})[ \t]*\r?(?=\n|\Z)")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\r?$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*\r?$")
_DELIMITER_ROW = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\r?$")
_INFO = re.compile(r"[\s{.]*([^\s{},`:=\"']*)")


class Block(NamedTuple):
    """A block of Markdown.

    ``kind`` is ``front-matter``, ``heading``, ``paragraph``, ``item``, ``row`` or ``fence`` (indented code too). The
    span covers the content alone. ``heading`` is the index of the heading above it (of the parent, for a heading) and
    ``lead`` that of the block that introduces it; -1 stands for none. ``level`` is a heading's level, or an item's
    column. ``closed`` is false for a fence that nothing closes.
    """

    kind: str
    start: int
    end: int
    heading: int = -1
    lead: int = -1
    level: int = 0
    language: str = ""
    closed: bool = True


class _Fence(NamedTuple):
    """A fence that is open: its mark, the column and quotations it stands in, and where it must end at the latest."""

    mark: str
    indent: int
    quotes: int
    start: int
    language: str
    limit: int


class LineReader:
    """Reads a text line by line and adds what it finds to ``blocks``."""

    def __init__(self, text: str, blocks: list[Block]) -> None:
        self.comments: list[tuple[int, int]] = []
        self.heading = -1
        self._text = text
        self._blocks = blocks
        self._fence: _Fence | None = None
        self._open: Block | None = None  # a paragraph or an item; the next line may continue it
        self._end = 0  # where that ends so far
        self._code: Block | None = None  # indented code
        self._lead = -1  # the prose that would introduce a fence or a list
        self._item = -1  # the last item of the list that is open
        self._header = -1  # the first row of the table that is open
        self._quotes = 0
        self._indents: list[int] = []  # the columns at which the content of the open items begins
        self._blank = True
        self._comment_end = 0
        self._no_comment_ends = False

    def read(self, at: int) -> int:
        """Read the line at ``at`` and return where the next one begins."""
        end = self._text.find("\n", at)
        if end < 0:
            end = len(self._text)
        head = self._text[at : min(end, at + _HEAD)]
        quotes, skipped = 0, 0
        if ">" in head and (quote := _QUOTES.match(head)):
            quotes, skipped = quote[0].count(">"), quote.end()
        if self._fence is not None:
            if self._goes_on(self._fence, at, end, head, quotes):
                return end + 1
            self._end_fence(at, closed=False)
        if quotes != self._quotes:
            self._flush()
            self._quotes, self._indents, self._blank = quotes, [], True
        if quotes and head[skipped : skipped + 1] == " ":
            skipped += 1
        return self._read_inside(at + skipped, end, head[skipped:] if skipped else head)

    def finish(self, end: int) -> None:
        """End what is still open at the end of the text."""
        if self._fence is not None:
            self._end_fence(end, closed=False)
        self._flush()

    def _read_inside(self, at: int, end: int, head: str) -> int:
        """Read what stands behind the marks of quotations, and return where the next line begins."""
        body = head.lstrip(" \t\r")
        if body:
            return self._content(at + len(head) - len(body), end, body, _columns(head[: len(head) - len(body)]))
        if at + len(head) == end:
            self._blank = True
            self._end_prose()
            self._header = -1
        else:
            self._prose(at, end, 0)
        return end + 1

    def _content(self, start: int, end: int, body: str, indent: int) -> int:
        """Read a line that is not blank: ``body`` begins at ``start``, behind quotations and white space."""
        if self._indents and (self._blank or self._open is None or _begins_block(body)):
            self._leave_items(indent)
        relative = indent - (self._indents[-1] if self._indents else 0)
        if self._code is not None:
            if relative >= 4:
                self._code = self._code._replace(end=end)
                return end + 1
            self._flush()
        if relative >= 4 and self._blank and self._open is None:
            self._code = Block("fence", start, end, self.heading, self._lead)
            return end + 1
        self._blank = False
        if body[0].isalpha() and self._header < 0:
            marker = None if body[0] not in "一二三四五六七八九十" else _ITEM.match(body)
        else:
            marker = _ITEM.match(body)
        if marker:
            start, body, indent = self._items(start, end, body, indent)
        if body:
            return self._leaf(start, end, body, indent)
        if start < end:
            self._prose(start, end, indent)
        return end + 1

    def _items(self, start: int, end: int, body: str, indent: int) -> tuple[int, str, int]:
        """Begin the items whose markers a line starts with; return what is left of it, with its column."""
        for _ in range(_MAX_NESTED_MARKERS):
            marker = _ITEM.match(body)
            if not marker or (body[0] in "-*" and _RULE.match(body)):
                break
            self._flush()
            self._leave_items(indent)
            self._header = -1
            start += marker.end()
            body = body[marker.end() :]
            start = min(start, end)
            self._open, self._end = Block("item", start, start, self.heading, self._item_lead(indent), indent), start
            width = len(marker[0].rstrip())
            indent += marker.end() if marker.end() - width <= 4 else width + 1
            self._indents.append(indent)
        return start, body, indent

    def _leave_items(self, indent: int) -> None:
        while self._indents and indent < self._indents[-1]:
            self._indents.pop()

    def _item_lead(self, column: int) -> int:
        """Return what introduces an item: what does so for its siblings, the item around it, or the prose before."""
        above = self._item
        while above >= 0 and self._blocks[above].kind == "item" and self._blocks[above].level > column:
            above = self._blocks[above].lead
        if above < 0 or self._blocks[above].kind != "item":
            return above if above >= 0 else self._lead
        return self._blocks[above].lead if self._blocks[above].level == column else above

    def _leaf(self, start: int, end: int, body: str, indent: int) -> int:
        """Read what stands within quotations and items, and return where the next line begins."""
        if body[0] in "`~" and (mark := _FENCE.match(body)):
            after = start + mark.end()
            if body[0] == "~" or self._text.find("`", after, end) < 0:
                return self._begin_fence(mark[0], after, end)
        if "<!--" in body or end - start > _HEAD:
            self._look_for_comments(start, end)
        if (body[0].isalnum() and self._header < 0) or not self._is_marked(start, end, body):
            self._prose(start, end, indent)
        return end + 1

    def _is_marked(self, start: int, end: int, body: str) -> bool:
        """Read a line that is a heading, a rule or a row of a table; return whether it is one."""
        if heading := _HEADING.match(body):
            self._flush()
            self._add_heading(len(heading[1]), start + heading.end(), end)
            return True
        whole = end - start < _HEAD
        if whole and self._open is not None and self._open.kind == "paragraph" and _UNDERLINE.match(body):
            opened, self._open = self._open, None
            self._add_heading(1 if body[0] == "=" else 2, opened.start, self._end)
            return True
        if whole and _RULE.match(body):
            self._flush()
            self._lead = self._item = self._header = -1
            return True
        return self._is_row(start, end, body, delimits=whole and _DELIMITER_ROW.match(body) is not None)

    def _is_row(self, start: int, end: int, body: str, *, delimits: bool) -> bool:
        """Read a row of a table; return whether the line is one."""
        if self._header < 0 and body[0] != "|":
            if not delimits or "|" not in body or self._open is None or self._open.kind != "paragraph":
                return False
            self._open = self._open._replace(kind="row")
            self._flush()
            self._header = len(self._blocks) - 1
            return True
        if self._header >= 0 and delimits:
            return True
        if self._header >= 0 and self._text.find("|", start, end) < 0:
            self._header = -1
            return False
        self._flush()
        self._blocks.append(Block("row", start, end, self.heading, self._header if self._header >= 0 else self._lead))
        if self._header < 0:
            self._header = len(self._blocks) - 1
        return True

    def _prose(self, start: int, end: int, indent: int) -> None:
        """Read a line of a paragraph or an item."""
        if self._open is None:
            self._flush()
            self._open = Block("paragraph", start, end, self.heading, self._paragraph_lead(), indent)
        self._end = end

    def _paragraph_lead(self) -> int:
        """Return what introduces a paragraph: its item, or the paragraph before it that ends in a colon."""
        if self._indents and self._item >= 0:
            return self._item
        if self._lead >= 0 and self._lead == len(self._blocks) - 1:
            last = self._blocks[self._lead].end
            if self._text[max(0, last - 4) : last].rstrip(" \t\r*_").endswith((":", "：")):
                return self._lead
        return -1

    def _add_heading(self, level: int, start: int, end: int) -> None:
        parent = self.heading
        while parent >= 0 and self._blocks[parent].level >= level:
            parent = self._blocks[parent].heading
        self._blocks.append(Block("heading", min(start, end), end, parent, -1, level))
        self.heading = len(self._blocks) - 1
        self._lead = self._item = self._header = -1
        self._indents.clear()

    def _begin_fence(self, mark: str, after: int, end: int) -> int:
        """Begin a fence; where nothing but its own mark can end it, read it to its end at once."""
        self._flush()
        word = _INFO.match(self._text[after : min(end, after + _HEAD)].strip())
        limit = self._comment_end if self._comment_end > end else 0
        indent = self._indents[-1] if self._indents else 0
        start = min(end + 1, len(self._text))
        self._fence = _Fence(mark, indent, self._quotes, start, word[1].lower() if word else "", limit)
        if limit or indent or self._quotes:
            return end + 1
        for closing in _FENCE_END.finditer(self._text, end):
            if closing[1].startswith(mark):
                self._end_fence(closing.start() + 1, closed=True)
                return closing.end() + 1
        self._end_fence(len(self._text), closed=False)
        return len(self._text)

    def _goes_on(self, fence: _Fence, at: int, end: int, head: str, quotes: int) -> bool:
        """Read a line of a fence; return false when what the fence stands in has ended before the line."""
        if (fence.limit and end > fence.limit - len("-->")) or quotes < fence.quotes:
            return False
        skipped = 0
        for _ in range(fence.quotes):
            skipped = head.index(">", skipped) + 1
        body = head[skipped + (head[skipped : skipped + 1] == " ") :] if skipped else head
        content = body.lstrip(" \t")
        indent = _columns(body[: len(body) - len(content)])
        if indent < fence.indent and content.rstrip("\r"):
            return False
        if content.startswith(fence.mark) and indent - fence.indent <= 3:
            after = at + len(head) - len(content) + len(fence.mark)
            if not self._text[after:end].strip(fence.mark[0]).strip():
                self._end_fence(at, closed=True)
        return True

    def _end_fence(self, end: int, *, closed: bool) -> None:
        if self._fence is not None:
            start, language = self._fence.start, self._fence.language
            self._blocks.append(Block("fence", start, max(start, end), self.heading, self._lead, 0, language, closed))
        self._fence = None

    def _flush(self) -> None:
        """End the block that is open."""
        if self._code is not None:
            self._blocks.append(self._code)
            self._code = None
        self._end_prose()

    def _end_prose(self) -> None:
        """End the paragraph or item that is open; indented code outlasts a blank line."""
        if self._open is None:
            return
        block, self._open = self._open, None
        self._blocks.append(block if block.end == self._end else block._replace(end=self._end))
        self._lead = len(self._blocks) - 1
        if block.kind == "item":
            self._item = self._lead
        elif not self._indents:
            self._item = -1

    def _look_for_comments(self, start: int, end: int) -> None:
        """Note the comments that begin in a line of prose. What is shown as code there opens none."""
        counted, ticks = start, 0
        at = max(start, self._comment_end)
        while len(self.comments) < _MAX_COMMENTS and (opened := self._text.find("<!--", at, end)) >= 0:
            ticks += self._text.count("`", counted, opened)
            counted = opened
            at = opened + 4
            if ticks % 2:
                continue
            closing = -1 if self._no_comment_ends else self._text.find("-->", opened + 2)
            self._no_comment_ends = closing < 0
            if closing < 0 and self._text[start : min(opened, start + _HEAD)].strip():
                return  # amid a paragraph, an opening without an end is no comment
            stop = closing if closing >= 0 else len(self._text)
            self.comments.append((opened + 4, max(opened + 4, stop)))
            self._comment_end = at = stop + 3


def _columns(white: str) -> int:
    """Return the width of white space, with tab stops every four columns."""
    return len(white.expandtabs(4)) if "\t" in white else len(white)


def _begins_block(body: str) -> bool:
    return _ITEM.match(body) is not None or body.startswith(("#", "```", "~~~", "|"))
