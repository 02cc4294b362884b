"""What shell programs take from the person at the machine: clipboard, screen, microphone."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.asked import typed
from pinfold.language.flow import NOTHING, Flow, Word
from pinfold.language.shell.command import Command

_GRABBED = ("x11grab", "gdigrab", "avfoundation", "pulse", "alsa", "dshow", "v4l2")
"""Inputs of ``ffmpeg`` that are devices."""


def clipboard(command: Command) -> Flow:
    """``pbpaste`` and its like."""
    flags = {word.text for word in command.args}
    if command.name in ("xclip", "xsel") and not flags & {"-o", "-out", "--output", "-b", "-ob", "-bo"}:
        return NOTHING
    return Flow(("clipboard",), (command.name,))


def screen(command: Command) -> Flow:
    """``screencapture x.png``, ``scrot x.png``: a picture of the screen in the file that is named last."""
    return _taken(command, "screen")


def sound(command: Command) -> Flow:
    """``arecord x.wav``."""
    return _taken(command, "microphone")


def film(command: Command) -> Flow:
    """``ffmpeg -f x11grab -i :0 x.mp4``; what it makes of a file is no matter here."""
    words = [word.text for word in command.args]
    grabbed = next((kind for kind in _GRABBED if kind in words), "")
    if not grabbed:
        return command.output()
    return _taken(command, "microphone" if grabbed in ("pulse", "alsa") else "screen")


def dialog(command: Command) -> Flow:
    """``zenity --password``, ``whiptail --passwordbox "…"``: what the user types, where a secret is asked for."""
    found = typed(" ".join(word.text for word in command.args))
    return Flow(found.sources, (command.name,)) if found else command.output()


def _taken(command: Command, source: str) -> Flow:
    flow = Flow((source,), (command.name,))
    target = next((word for word in reversed(command.args) if _names_a_file(word)), None)
    if target is not None:
        command.write(target, flow)
    return flow


def _names_a_file(word: Word) -> bool:
    return not word.text.startswith(("-", ":")) and ("." in word.text or "/" in word.text or not word.known)


JUDGES: dict[str, Callable[[Command], Flow]] = {
    **dict.fromkeys(("pbpaste", "wl-paste", "xclip", "xsel", "termux-clipboard-get"), clipboard),
    **dict.fromkeys(("screencapture", "scrot", "gnome-screenshot", "grim", "maim", "spectacle", "import"), screen),
    "arecord": sound,
    **dict.fromkeys(
        ("zenity", "kdialog", "yad", "whiptail", "dialog", "systemd-ask-password", "ssh-askpass", "gum", "pinentry"),
        dialog,
    ),
    "ffmpeg": film,
}
