"""The check of ``concealed-text``: is what nobody sees an order, and to whom?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from pinfold.language.fold import fold
from pinfold.language.layers.layer import Layer
from pinfold.language.layers.legible import is_program, tells
from pinfold.language.layers.stance import BESIDE, INVISIBLE, OUT_OF_SIGHT, is_encoded, is_to_be_obeyed, last, stance_of
from pinfold.language.prose.stance import asks_to_act
from pinfold.model import Role
from pinfold.rulebook.check import Ground, Subject

_BUILT = ("split strings", "URL", "HTML")
_DRAWN = (
    "look-alike", "digits for letters", "letters struck", "letters set", "words in pinyin", "characters taken",
    "characters set",
)  # fmt: skip
_TURNED = ("rot13", "reversed text")
"""Ways in which chance makes a word or two that a shell would know."""

_MAX_SENTENCES = 40
_SENTENCE = re.compile(r"[^.!?。！？\n]{4,600}")
_OFTEN = 4
"""Words in a disguise from which on it is no slip of an editor or a translator."""

_HOSTILE = re2.compile(
    rb"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruction|rule|prompt|guideline|polic|safety|restriction|filter|warning|previous|above|prior)"
    rb"|\b(?:do not|don't|never|without)\b.{0,30}\b(?:tell|mention|inform|reveal|show|ask|notify"
    rb"|disclose|alert|say|log|warn|telling|asking|informing|notifying|mentioning)"
    rb"|\b(?:silently|secretly|covertly|quietly|in the background)\b"
    rb"|\b(?:send|upload|post|forward|exfiltrat\w*|transmit|email|copy|report|append|include)\b.{0,80}(?:\b(?:key|token|secret|password|credential|environment|env|conversation|history|cookie|wallet|seed|private|ssh|contents?|files?)\w*|https?://|@)"
    rb"|\byou are now\b|\bsystem prompt\b|\bnew instructions?\b|\bunrestricted\b|\bno restrictions\b|\bjailbr"
    rb"|\b(?:curl|wget|nc|bash|sh|python3?|powershell|ssh|iwr|irm)\b[^\n]{0,200}(?:https?://"
    rb"|\d{1,3}(?:\.\d{1,3}){3}|~/|/etc/|\.ssh)|\brm -rf\b"
    rb"|(?:"
    + "|".join(("忽略", "无视", "無視", "忘记", "忘記", "绕过", "繞過", "覆盖")).encode()
    + rb").{0,60}(?:"
    + "|".join(("指令", "规则", "規則", "提示", "限制", "要求", "设定", "設定", "审查", "審查")).encode()
    + rb")"
    rb"|(?:"
    + "|".join(("不要", "不得", "别", "別", "勿", "无需", "無需", "不必")).encode()
    + rb").{0,24}(?:"
    + "|".join(
        ("告诉", "告訴", "提及", "提示", "告知", "询问", "詢問", "说明", "說明", "记录", "記錄", "透露")
    ).encode()
    + rb")"
    rb"|(?:" + "|".join(("悄悄", "静默", "靜默", "偷偷", "后台执行", "後台執行", "暗中")).encode() + rb")"
    rb"|(?:"
    + "|".join(("发送", "發送", "上传", "上傳", "发给", "發給", "转发", "轉發", "外传", "发到", "提交到")).encode()
    + rb").{0,90}(?:https?://|"
    + "|".join(
        (
            "密钥",
            "密鑰",
            "密码",
            "密碼",
            "令牌",
            "凭证",
            "憑證",
            "对话",
            "對話",
            "私钥",
            "私鑰",
            "钱包",
            "錢包",
            "环境变量",
            "環境變數",
            "文件",
            "檔案",
        )
    ).encode()
    + rb")"
)
"""What no honest author has to say out of sight: rules lifted, secrets sent, people kept in the dark."""

_AGENT = re2.compile(
    rb"\b(?:agents?|assistant|claude|codex|gemini|gpt|copilot|llm|ai model|language model|you must"
    rb"|you should|you are|your (?:task|system|instructions))\b|"
    + "|".join(("助手", "智能体", "智能體", "模型", "你必须", "你必須", "你需要", "你是", "你应", "请你")).encode()
)


def check(subject: Subject) -> Iterator[Ground]:
    """Yield the concealed texts of a document that tell somebody to do something."""
    prose = subject.document.kind in ("markdown", "text")
    for layer in subject.layers:
        if layer.depth > 1 and layer.respelt:
            continue
        stance = stance_of(subject.document, layer)
        if stance.negated and not last(layer).startswith(INVISIBLE):
            continue
        part, role = _part(layer, prose=prose), stance.role
        if prose and part in ("", "encoded-request") and is_encoded(layer) and is_to_be_obeyed(subject.document, layer):
            part = "encoded-orders" if _asked(layer.text) or is_program(layer.text) else "encoded-request"
        if part and (role.live or role in (Role.EXAMPLE, Role.FIXTURE)):
            yield Ground(part, layer.start, layer.end, layer.how, _quoted(layer, subject), role)


def _part(layer: Layer, *, prose: bool) -> str:
    """Return which part of the rule a layer meets, or ``""``."""
    asked = _asked(layer.text)
    if last(layer).startswith(INVISIBLE):
        return "invisible-orders" if asked or is_program(layer.text) else "invisible-words" if _weighty(layer) else ""
    if last(layer).startswith(OUT_OF_SIGHT):
        return _out_of_sight(layer, asked) if prose or layer.depth > 1 else ""
    if layer.respelt:
        return _disguised(layer)
    if last(layer).startswith("directions"):
        return "turned-words" if asked or not prose else ""
    if not layer.hidden or not tells(layer.text):
        return ""
    return _encoded(layer, asked, prose=prose)


def _encoded(layer: Layer, asked: int, *, prose: bool) -> str:
    """Return which part a text meets that has to be decoded."""
    program = is_program(layer.text)
    if not prose and (program or layer.how.startswith(_BUILT)):
        return ""  # programs in programs are what ``obfuscated-code`` is about, and messages are built of pieces
    if asked == 2 or (asked and program):
        return "encoded-orders"
    return "encoded-request" if asked or (program and not layer.how.startswith((*_BUILT, *_TURNED))) else ""


def _weighty(layer: Layer) -> bool:
    """Return whether invisible characters say something, or are so many that they must."""
    return layer.end - layer.start >= 64 if not layer.text else sum(map(str.isalnum, layer.text)) >= 8


def _out_of_sight(layer: Layer, asked: int) -> str:
    folded = fold(layer.text).data
    if last(layer).startswith(BESIDE):
        return "out-of-sight" if asked == 2 and _AGENT.search(folded) and _HOSTILE.search(folded) else ""
    if asked == 2 or (asked and is_program(layer.text)):
        return "out-of-sight"
    aside = last(layer).startswith("far to the right")
    return "out-of-sight-request" if asked and (aside or _AGENT.search(folded)) else ""


def _disguised(layer: Layer) -> str:
    return "disguised-words" if layer.hidden and last(layer).startswith(_DRAWN) else ""


def _asked(text: str) -> int:
    """Return 2 if a text asks for what nobody asks for openly, 1 if it asks for anything, 0 if it does not ask."""
    head = text[:20_000]
    if _HOSTILE.search(fold(head).data):
        return 2
    sentences = [found[0].strip() for found in _SENTENCE.finditer(head)][:_MAX_SENTENCES]
    return 1 if any(asks_to_act(sentence) for sentence in sentences) else 0


def _quoted(layer: Layer, subject: Subject) -> str:
    if layer.respelt:
        return subject.document.text[layer.start : layer.start + 200]
    return layer.text or f"{layer.end - layer.start} characters"
