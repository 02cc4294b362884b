"""What JavaScript hears and sees in a page, an extension or on a desk: events, keys, clipboard, screen, cookies."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.asked import typed
from pinfold.language.flow import Flow
from pinfold.language.javascript.invocation import Invocation
from pinfold.language.javascript.surroundings import event
from pinfold.language.javascript.table import kind
from pinfold.language.javascript.values import UNKNOWN, UNKNOWN_WORD, Box, Value, holding

_LISTENS = frozenset(
    {"on", "once", "addListener", "addEventListener", "prependListener", "listen", "subscribe", "hear"}
)
_TOLD_ITSELF = frozenset({"response", "connection", "secureConnection"})


def event_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """``x.on("data", f)``: the function is told what the object holds."""
    if method not in _LISTENS:
        return None
    named = invocation.argument(0)
    what = named.text if named.known else ""
    callback = invocation.callback
    if callback is None:
        return receiver
    invocation.reader.run(callback, _told(invocation, receiver, what))
    return receiver


def _told(invocation: Invocation, receiver: Value, what: str) -> list[Value]:
    flow = receiver.flow
    library = any(receiver.name.startswith(name) for name in kind("key_libraries"))
    if library or (what in kind("keys") and invocation.method == "addEventListener"):
        return [event("keys()", flow)]
    if invocation.method == "addEventListener":
        return [event("event()", flow)]
    if what in _TOLD_ITSELF:
        return [receiver]
    if what == "keypress" and receiver.name.startswith("process.stdin"):
        return [UNKNOWN, UNKNOWN]
    held = holding(Flow(flow.sources, flow.programs, flow.origin))
    return [held, held]


def _holds(source: str) -> Callable[[Invocation], Value]:
    def give(invocation: Invocation) -> Value:
        value = holding(Flow((source,)))
        invocation.call_back(value)
        return value

    return give


def _stored(invocation: Invocation) -> Value:
    """``localStorage.getItem(name)``."""
    return holding(Flow((invocation.name.partition(".")[0],)))


def _asked(invocation: Invocation) -> Value:
    """``prompt("Password")``, ``rl.question("Password", f)``: what the user types, where a secret is asked for."""
    words: list[str] = []
    for value in (*invocation.arguments, *(invocation.argument(0).items or ())[:64]):
        words += [value.text, *(option.text for name in _QUESTIONS if (option := value.option(name)) is not None)]
    answer = holding(typed(" ".join(filter(None, words))))
    invocation.call_back(answer)
    return answer


_QUESTIONS = ("message", "prompt", "placeHolder", "title", "text", "query")
_DIALOGS = (
    "prompt", "window.prompt", "readline.createInterface().question", "readline/promises.createInterface().question",
    "readline.promises.createInterface().question", "readline-sync.question", "readline-sync.prompt", "prompt-sync()",
    "vscode.window.showInputBox", "inquirer.prompt", "prompts", "enquirer.prompt", "@inquirer/prompts.input",
    "@inquirer/prompts.password", "@clack/prompts.password", "@clack/prompts.text", "Swal.fire", "password-prompt",
)  # fmt: skip


def _image(_invocation: Invocation) -> Value:
    """``new Image()``, ``document.createElement("img")``: its address may become a request."""
    return Value(UNKNOWN_WORD, "element()", box=Box())


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(_DIALOGS, _asked),
    "clipboard.read": _holds("clipboard"),
    "screen.take": _holds("screen"),
    **dict.fromkeys(("chrome.cookies.getAll", "chrome.cookies.get"), _holds("chrome.cookies")),
    **dict.fromkeys(("localStorage.getItem", "sessionStorage.getItem"), _stored),
    **dict.fromkeys(("Image", "document.createElement"), _image),
}
