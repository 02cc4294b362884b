"""The part that words play in Markdown: an order, a command to run, an example of what not to do.

The sentence itself is read by `pinfold.language.prose.stance`; here stands what its surroundings add: headings, the
sentence that introduces a list, table or fence, and the language of a fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from pinfold.language.markdown.blocks import Blocks
from pinfold.language.markdown.fences import fence_role, has_sentences
from pinfold.language.markdown.lines import Block
from pinfold.language.markdown.shown import Shown
from pinfold.language.markdown.specimens import is_audit, is_catalogue, is_condemned, is_labelled, names_a_kind
from pinfold.language.prose.sentences import sentences
from pinfold.language.prose.stance import Stance, asks_to_act, stance
from pinfold.model import Role

_WINDOW = 2_000
"""Characters to either side of a span in which its sentence is looked for."""

_MOST_SENTENCES = 20
_MOST_SPAN = 20_000
"""Sentences, or blocks, and characters of a span that are read; what lies beyond them counts as an order."""

_LEAD_LOOK = 600
"""Characters at the end of a block in which the sentence that introduces the next one is looked for."""

_LABEL_LOOK = 600
"""Characters above a line of a fence in which a comment that labels it is looked for."""

_ASKS = re.compile(
    r"\b(?:use|using|paste|copy|send|say|tell|reply|respond|answer|prompt|instruct|run|execute|enter|type|inject|put"
    r"|load|add|append|follow|obey|start with)\b|粘贴|复制|发送|使用|输入|执行|运行|回复|提示词|告诉|写入|添加|遵循",
    re.IGNORECASE,
)
"""Words of a sentence that asks to make use of the wording it introduces."""

_BAD = re.compile(
    r"\b(?:bad|wrong|incorrect|insecure|unsafe|vulnerable) "
    r"(?:example|code|practice|pattern|way|usage|approach|command)|\banti-?patterns?\b|[❌✗✘🚫⛔]"
    r"|反例|错误(?:的)?(?:示例|做法|写法|用法)|反模式"
    r"|^[\s#*_(\[\"'-]*(?:bad|wrong|incorrect|don['’]?t|do not|avoid|never|错误|不要|禁止|严禁)"
    r"[\s*_)\]]*(?:[:：(—-]|$)",
    re.IGNORECASE,
)
"""A heading or label that shows what not to do."""

_FORBIDS = re.compile(
    r"\b(?:never|do not|don['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|not allowed|not permitted"
    r"|you (?:cannot|can['’]?t|may not)|forbidden|prohibited|banned|off[- ]limits|refuse|reject"
    r"|(?<!to )avoid)\b|[❌🚫⛔✗✘]"
    r"|禁止|严禁|切勿|请勿|不要|不得|不可|不能|不许|不准|不允许|绝不|永远不|避免",
    re.IGNORECASE,
)
"""Words of a sentence that forbids what it introduces, and not just says what something is good against."""

_HOSTILE = re.compile(
    r"malicious|attack|dangerous|suspicious|red[- ]?flag|den(?:y|ied)|block|forbid|prohibit|injection|exploit|payload"
    r"|malware|\binfect|\bintrusion|\bcompromise|stealer|trojan|ransomware|backdoor"
    r"|web ?shell|reverse shell|\breal sample"
    r"|木马|病毒|后门|入侵|勒索|窃密|样本"
    r"|jailbreak|threat|vulnerab|unsafe|\b(?:flag|detect|reject|refuse|warn|catch|spot)\b.{0,60}\b(?:these|following|any"
    r"|such|patterns?|commands?)\b|恶意|攻击|危险|可疑|黑名单|拦截|注入|威胁|以下.{0,20}(?:命令|模式)",
    re.IGNORECASE,
)
"""Headings and leads under which a command is shown as somebody else's."""

_GOOD = re.compile(
    r"[✅✓✔]|^\W*(?:(?:good|right|correct|better|safe|正确)\b|(?:do|instead)\b[\s*_)\]]*(?:[:：(—-]|$))", re.IGNORECASE
)
_LABEL = re.compile(r"[ \t]*(?:#|//|--|;|<!--|REM\b)[ \t]*(.{0,80})")

_FORWARD = re.compile(
    r"\b(?:this|these|that|those|it|following|below|next|any of|such|example|commands?|script|snippet|prompt|here)\b"
    r"|以下|下列|下面|如下|这些|這些|这样|這樣|这一串|此|该",
    re.IGNORECASE,
)
"""Words by which a sentence that ends in no colon still speaks of what comes next."""

_KEY = re.compile(r"^([A-Za-z_][\w-]{0,60})[ \t]*[:=]", re.MULTILINE)
_OBEYED = re.compile(r"hooks?|mcp.*|.*command.*|.*servers?|install.*|run|scripts?", re.IGNORECASE)
"""Keys of front matter whose values a host acts upon by itself."""

_DOING = re.compile(
    r"\b(?:set[- ]?up|install(?:ation|ing)?|usage|how to|quick[- ]?start|getting started|start here|steps?"
    r"|prerequisites?|workflows?|procedures?|bootstrap)\b|^\W*(?:configuration|requirements?|instructions|first)\W*$"
    r"|安装|安裝|使用|步骤|步驟|快速|配置|前提|准备|準備|运行|運行|执行|執行|流程",
    re.IGNORECASE,
)
"""Headings under which one does what is shown, whatever the title of the text says."""

_CHEAT_SHEET = 40
"""Fences that a list of commands to look up has at least."""

_LOOK_UP = re.compile(
    r"\b(?:cheat[- ]?sheets?|one[- ]?liners?|commands? (?:reference|list|index)|recipes)\b|速查|备忘单|命令大全",
    re.IGNORECASE,
)
"""Titles of such lists."""

_SHOWN = re.compile(
    r"\b(?:examples?|samples?|specimens?|cases?|scenarios?|incidents?|exhibits?)\b|示例|例子|样例|案例|样本|實例|範例",
    re.IGNORECASE,
)
"""Headings and leads that show something."""

_TO_DO = re.compile(
    r"\b(?:run|execute|do|perform|follow|obey|carry out|paste|enter|type|apply|complete|start|launch|must|please)\b"
    r"|运行|執行|执行|運行|照做|遵循|照着|请|请按|务必|完成|粘贴|输入",
    re.IGNORECASE,
)
"""Words of a lead that orders to do what it introduces."""

_QUOTED_WHOLE = re.compile(
    r"[\s*_]*(?:\"[^\"]{2,}\"|“[^“”]{2,}”|「[^「」]{2,}」|『[^『』]{2,}』|`[^`]{2,}`)[\s*_.,;。，；]*"
)
"""A cell or an item that is one quotation and nothing else."""

_CLOSES_FIRST = re.compile(r"[^\"“”「」『』\n]{0,80}[\"”」』]")
"""Words that begin within a quotation and go on to its end."""

_QUOTED = re.compile(r"\"[^\"\n]{2,200}\"|“[^“”\n]{2,200}”|「[^「」\n]{2,200}」|『[^『』\n]{2,200}』")
_TERM = re.compile(r"\s*([*_`]{1,3})[^*_`\n]{1,60}\1\s*[:：—–-]|\s*([*_`]{1,3})[^*_`\n]{1,60}[:：]\2\s")
"""How an entry of a glossary begins: with the term that it explains."""

_GLOSSARY = re.compile(
    r"\b(?:glossary|vocabulary|terminology|terms|definitions?|concepts?)\b|术语|術語|词汇|詞彙|名词|定义", re.I
)

_UNTOLD = Stance(Role.INSTRUCTION, negated=False)


class MarkdownRoles:
    """Tells the stance of any span of a Markdown text, the role of its file left aside."""

    def __init__(self, text: str, blocks: Blocks) -> None:
        self._text = text
        self._blocks = blocks
        self._shown = Shown(text, blocks)
        self._surroundings: dict[tuple[int, int], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._of_fence: dict[int, Stance] = {}
        self._specimens: dict[int, bool] = {}
        self._of_prose: dict[tuple[int, int], Stance] = {}

    def stance(self, start: int, end: int) -> Stance:
        """Return the part that the words from ``start`` to ``end`` play."""
        blocks = self._blocks.blocks
        first = self._blocks.at(start)
        if first < 0:
            return self._prose(-1, start, end, 0, len(self._text))
        if end <= blocks[first].end or first + 1 >= len(blocks) or end <= blocks[first + 1].start:
            return self._within(first, start, end)
        last = self._blocks.at(max(start, end - 1))
        indices = range(first, min(last, first + _MOST_SENTENCES) + 1)
        spans = [(index, max(start, blocks[index].start), min(end, blocks[index].end)) for index in indices]
        found = (self._within(index, low, high) for index, low, high in spans if low < high)
        return _together(found, cut=last > indices[-1])

    def of_block(self, index: int) -> Stance:
        """Return the part that a block plays: for a fence all of it, for prose what headings and lead say of it."""
        block = self._blocks.blocks[index]
        if block.kind == "fence":
            if index not in self._of_fence:
                self._of_fence[index] = self._fence(index, block)
            return self._of_fence[index]
        around = (block.heading, block.lead)
        if around not in self._of_prose:
            self._of_prose[around] = self._under(index, "", None)
        return self._of_prose[around]

    def _within(self, index: int, start: int, end: int) -> Stance:
        block = self._blocks.blocks[index]
        if start >= block.end:  # between blocks: marks, rules, the line that opens a fence
            following = (
                self._blocks.blocks[index + 1].start if index + 1 < len(self._blocks.blocks) else len(self._text)
            )
            return self._prose(index, start, end, block.end, max(following, end))
        if block.kind == "front-matter":
            return self._front_matter(block, index, start, end)
        if block.kind != "fence":
            return self._prose(index, start, end, block.start, block.end)
        whole = self.of_block(index)
        if whole.role in (Role.COMMAND, Role.CODE):
            return Stance(Role.EXAMPLE, negated=True) if self._is_labelled_bad(block, start) else whole
        if whole.role is not Role.INSTRUCTION:
            return whole
        own = self._prose(index, start, end, block.start, block.end)
        return Stance(own.role, own.negated or whole.negated)

    def _prose(self, index: int, start: int, end: int, low: int, high: int) -> Stance:
        """Return the stance of the sentences from ``start`` to ``end``, which stand between ``low`` and ``high``."""
        cut = end > start + _MOST_SPAN
        end = min(end, start + _MOST_SPAN)
        low, high = max(low, start - _WINDOW), min(high, max(start, end) + _WINDOW)
        found: list[Stance] = []
        for begin, stop in sentences(self._text, low, high):
            if stop <= start:
                continue
            if begin >= max(end, start + 1):
                break
            if len(found) >= _MOST_SENTENCES:
                cut = True
                break
            offset = None if start <= begin and end >= stop else max(0, start - begin)
            if (
                self._is_quoted_sample(index, begin, stop, offset)
                or self._is_defined(index, begin + (offset or 0))
                or self._is_specimen(index)
                or self._is_cell(index, begin + (offset or 0))
            ):
                found.append(Stance(Role.EXAMPLE, negated=False))
            else:
                found.append(self._under(index, self._text[begin:stop], offset))
                if not found[0].role.live and _CLOSES_FIRST.match(self._text, start, min(end, stop)):
                    break  # words that begin in somebody else's quotation and run on behind it are a coincidence
        return _together(found, cut=cut)

    def _under(self, index: int, sentence: str, offset: int | None) -> Stance:
        """Return the stance of a sentence in a block under each of the leads that introduce it."""
        headings, leads = self._around(index) if index >= 0 else ((), ())
        said = [stance(sentence, headings=headings, lead=lead, offset=offset) for lead in leads or ("",)]
        role = next((each.role for each in said if each.role is not Role.INSTRUCTION), Role.INSTRUCTION)
        return Stance(role, any(each.negated for each in said))

    def _is_quoted_sample(self, index: int, begin: int, stop: int, offset: int | None) -> bool:
        """Whether words are a whole item or cell in quotation marks, where headings or leads speak of attacks.

        What a lead orders to do is none.
        """
        block = self._blocks.blocks[index] if index >= 0 else None
        if block is None or block.kind not in ("item", "row"):
            return False
        quoted = self._text[begin:stop]
        if block.kind == "row":
            at = begin + (offset or 0)
            low = self._text.rfind("|", block.start, at) + 1 or block.start
            high = self._text.find("|", at, block.end)
            quoted = self._text[low : high if high >= 0 else block.end]
        elif block.end - block.start <= _WINDOW:
            quoted = self._text[block.start : block.end]
        elif begin != block.start:
            return False
        if quoted.lstrip(" *_")[:1] == "`" and block.kind == "item":
            return False
        if not _QUOTED_WHOLE.fullmatch(quoted):
            return False
        headings, leads = self._around(index)
        if not any(map(_HOSTILE.search, (*headings, *leads))):
            return False
        return not any(map(_TO_DO.search, leads[:1])) and not any(map(_DOING.search, headings[-1:]))

    def _is_specimen(self, index: int) -> bool:
        """Whether a block shows or names what somebody else might say."""
        if index not in self._specimens:
            self._specimens[index] = index >= 0 and self._shows_specimen(self._blocks.blocks[index], index)
        return self._specimens[index]

    def _shows_specimen(self, block: Block, index: int) -> bool:
        if block.kind not in ("item", "paragraph") or block.end - block.start > _WINDOW:
            return False
        said = self._text[block.start : block.end]
        headings, leads = self._around(index)
        if any(map(_TO_DO.search, leads[:1])):
            return False
        if block.kind == "item" and names_a_kind(said) and any(map(is_audit, (*headings[-1:], *leads))):
            return True
        if any(map(_DOING.search, headings[-1:])):
            return False
        quoted = self._is_quotation(block)
        if is_labelled(said) or (quoted and any(map(_HOSTILE.search, (*headings[-2:], *leads)))):
            return True
        return (quoted or block.kind == "item") and self._shown.entry(index, headings, leads, quoted=quoted)

    def _is_cell(self, index: int, at: int) -> bool:
        """Whether words stand in a column of a table that quotes somebody else."""
        block = self._blocks.blocks[index] if index >= 0 else None
        if block is None or block.kind != "row" or not self._shown.cell(index, at):
            return False
        return not any(map(_DOING.search, self._around(index)[0][-1:]))

    def _is_quotation(self, block: Block) -> bool:
        """Whether a block stands behind the mark of a quotation."""
        return self._text[self._text.rfind("\n", 0, block.start) + 1 : block.start].lstrip().startswith(">")

    def _is_defined(self, index: int, at: int) -> bool:
        """Whether words stand in quotation marks in an entry of a glossary, which says what a term means."""
        block = self._blocks.blocks[index] if index >= 0 else None
        if block is None or block.kind != "item" or block.end - block.start > _WINDOW:
            return False
        entry = self._text[block.start : block.end]
        term = _TERM.match(entry)
        if term is None or not any(
            quote.start() < at - block.start < quote.end() for quote in _QUOTED.finditer(entry, term.end())
        ):
            return False
        headings, leads = self._around(index)
        return bool(headings and _GLOSSARY.search(headings[-1])) and not any(map(_TO_DO.search, leads[:1]))

    def _around(self, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the headings above a block, outermost first, and the sentences that introduce it, nearest first."""
        block = self._blocks.blocks[index]
        known = self._surroundings.get((block.heading, block.lead))
        if known is None:
            above, before = self._blocks.headings(index), self._blocks.leads(index)
            known = (tuple(map(self._heading, above)), tuple(filter(None, map(self._lead, before))))
            self._surroundings[block.heading, block.lead] = known
        return known

    def _heading(self, index: int) -> str:
        block = self._blocks.blocks[index]
        return self._text[block.start : min(block.end, block.start + 300)].rstrip("# \t\r")

    def _lead(self, index: int) -> str:
        """Return the last sentence of a block, when it speaks of what follows; else nothing."""
        block = self._blocks.blocks[index]
        last = ""
        for begin, stop in sentences(self._text, max(block.start, block.end - _LEAD_LOOK), block.end):
            last = self._text[begin:stop]
        points = block.kind in ("item", "row") or last.rstrip("*_ \t\r").endswith((":", "：")) or _FORWARD.search(last)
        if not points or (stance("", lead=last).negated and not _FORBIDS.search(last)):
            return ""
        return last

    def _fence(self, index: int, block: Block) -> Stance:
        headings, leads = self._around(index)
        role = self._fence_role(block, leads)
        # A command that is shown is a command to run: only what speaks of attackers, or forbids, takes that away.
        runs = role in (Role.COMMAND, Role.CODE)
        around = self._under(index, "Run this." if runs else "", None)
        label = _label(headings, leads)
        if label == "bad" or (around.negated and label != "good"):
            return Stance(Role.EXAMPLE, negated=True)
        if runs and self._is_cheat_sheet and not any(map(asks_to_act, leads[:1])):
            return Stance(Role.EXAMPLE, negated=False)
        if self._is_shown_sample(block, headings, leads, runs=runs) or self._is_condemned(index, headings, leads):
            return Stance(Role.EXAMPLE, negated=False)
        if self._is_only_shown(index, block, headings, leads):
            return Stance(Role.EXAMPLE, negated=False)
        if around.role is Role.INSTRUCTION:
            return Stance(role, negated=False)
        if runs and not any(map(_HOSTILE.search, (*headings[-2:], *leads))):
            return Stance(role, negated=False)
        if runs and self._shown.is_recalled(index):
            return Stance(role, negated=False)
        return Stance(around.role, negated=False)

    @cached_property
    def _is_cheat_sheet(self) -> bool:
        """Whether the text is a long list of commands to look up, by its title, and nothing that a host loads."""
        blocks = self._blocks.blocks
        if blocks[0].kind == "front-matter":
            return False
        title = next((index for index, block in enumerate(blocks) if block.kind == "heading"), -1)
        fences = sum(block.kind == "fence" for block in blocks) if title >= 0 else 0
        return fences >= _CHEAT_SHEET and _LOOK_UP.search(self._heading(title)) is not None

    def _is_shown_sample(self, block: Block, headings: tuple[str, ...], leads: tuple[str, ...], *, runs: bool) -> bool:
        """Whether a text is a catalogue of attacks by its title, and nothing between that and a fence orders to act.

        A text with front matter is loaded as orders, so its title says nothing. Wording is a specimen only where the
        title says that attacks are listed to be known again, for those who offer jailbreaks collect them, too.
        """
        first = self._blocks.blocks[0]
        if first.kind == "front-matter" or len(headings) < 2 or not _HOSTILE.search(headings[0]):
            return False
        if not runs and not is_catalogue(headings[0]):
            return False
        if self._is_most_of_the_text(block) or any(map(_DOING.search, headings)):
            return False
        return not any(map(asks_to_act, leads))

    def _is_only_shown(self, index: int, block: Block, headings: tuple[str, ...], leads: tuple[str, ...]) -> bool:
        """Whether a label says that a fence is somebody else's, or not to be run."""
        if self._is_most_of_the_text(block) or any(map(_DOING.search, headings[-1:])):
            return False
        return self._shown.fence(index, headings, leads)

    def _is_condemned(self, index: int, headings: tuple[str, ...], leads: tuple[str, ...]) -> bool:
        """Whether a fence is shown as an example, and the text right below it says that what it holds is bad."""
        following = self._blocks.blocks[index + 1] if index + 1 < len(self._blocks.blocks) else None
        if following is None or following.kind not in ("paragraph", "item"):
            return False
        shown = (*headings[-1:], *leads)
        if not any(map(_SHOWN.search, shown)) or any(map(_DOING.search, headings[-1:])):
            return False
        return is_condemned(self._text[following.start : following.end])

    def _fence_role(self, block: Block, leads: tuple[str, ...]) -> Role:
        text = self._text[block.start : block.end]
        role = fence_role(text, block.language)
        if role is not None:
            return role
        asked = not block.closed or self._is_most_of_the_text(block) or any(map(_ASKS.search, leads[:1]))
        return Role.INSTRUCTION if asked or has_sentences(text, block.language) else Role.EXAMPLE

    def _is_most_of_the_text(self, block: Block) -> bool:
        """Whether a fence swallows its file: then it is the file, and no sample in it."""
        return 2 * (block.end - block.start) > len(self._text) - self._front_matter_end

    @cached_property
    def _front_matter_end(self) -> int:
        first = self._blocks.blocks[0]
        return first.end if first.kind == "front-matter" else 0

    def _is_labelled_bad(self, block: Block, start: int) -> bool:
        """Whether the comment above a line in a fence says that it shows what not to do."""
        line = self._text.rfind("\n", block.start, start) + 1
        above = self._text[max(block.start, line - _LABEL_LOOK) : line]
        for text in reversed(above.splitlines()):
            if not text.strip():
                return False
            if label := _LABEL.match(text):
                return _BAD.search(label[1]) is not None and not _GOOD.search(label[1])
        return False

    def _front_matter(self, block: Block, index: int, start: int, end: int) -> Stance:
        own = self._prose(index, start, end, block.start, block.end)
        keys = [key[1] for key in _KEY.finditer(self._text, max(block.start, start - 4 * _WINDOW), start + 1)]
        if keys and _OBEYED.fullmatch(keys[-1]):
            return Stance(Role.CONFIGURATION, own.negated)
        return own


def _label(headings: tuple[str, ...], leads: tuple[str, ...]) -> str:
    """Return ``good`` or ``bad`` when what stands below is shown as right or as wrong; the nearest decides."""
    for text in (*leads[:1], *headings[-1:]):
        if _BAD.search(text):
            return "bad"
        if _GOOD.search(text):
            return "good"
    return ""


def _together(stances: Iterable[Stance], *, cut: bool = False) -> Stance:
    """Return the stance of several sentences: live when one is, negated when all are; what was ``cut`` may be."""
    found = list(stances)
    if not found or cut:
        found.append(_UNTOLD)
    role = next((each.role for each in found if each.role.live), found[0].role)
    return Stance(role, all(each.negated for each in found))
