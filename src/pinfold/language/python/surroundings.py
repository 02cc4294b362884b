"""What a Python program takes from the person at the machine: clipboard, screen, keys, camera, microphone."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.asked import typed
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.values import UNKNOWN, Value, holding

_SCREENS = (
    "PIL.ImageGrab.grab",
    "ImageGrab.grab",
    "pyautogui.screenshot",
    "pyscreenshot.grab",
    "mss.mss().grab",
    "mss.mss().shot",
    "mss.MSS().grab",
    "d3dshot.create().screenshot",
)
_KEYS = (
    "pynput.keyboard.Listener",
    "keyboard.Listener",
    "keyboard.on_press",
    "keyboard.on_release",
    "keyboard.hook",
    "pynput.keyboard.GlobalHotKeys",
)


def _held(source: str) -> Callable[[Invocation], Value]:
    """Return a reader of calls that give something of one kind."""
    return lambda invocation: holding(Flow((source,)), f"{invocation.name}()")


def _screen(invocation: Invocation) -> Value:
    """``pyautogui.screenshot("x.png")``, ``ImageGrab.grab()``."""
    flow = Flow(("screen",))
    path = invocation.argument(0, "output", "filename", "imageFilename")
    if path is not None and path.known and "." in path.text:
        invocation.write(path.word, flow)
    return holding(flow, f"{invocation.name}()")


def _saved(invocation: Invocation) -> Value:
    """``image.save(path)``, into a file or a buffer."""
    flow = invocation.callee.receiver.flow if invocation.callee.receiver is not None else NOTHING
    variable = invocation.variable(0, "fp")
    target = invocation.argument(0, "fp") or UNKNOWN
    if target.text:
        invocation.write(target.word, flow)
    elif variable is not None:
        invocation.reader.store_path(variable, target.but(extra=flow))
    return UNKNOWN


def _keys(invocation: Invocation) -> Value:
    """``Listener(on_press=f)``: the function is called with every key."""
    for value in invocation.every:
        if value.function is not None:
            invocation.reader.run_function(value, [holding(Flow(("keystrokes",)))], {})
    return UNKNOWN


def _asked(invocation: Invocation) -> Value:
    """``input("Password: ")``, ``getpass()``, a dialog: what the user types, where the question asks for a secret."""
    words = [value.text for value in invocation.every if value.text]
    printed = invocation.reader.printed
    if printed and not any(letter.isalpha() for word in words for letter in word):
        words = [printed[-1].text or ""]
    if not any(words) and invocation.name == "getpass.getpass":
        words = ["password"]
    return holding(typed(" ".join(words)))


_DIALOGS = (
    "input", "raw_input", "getpass.getpass", "tkinter.simpledialog.askstring", "simpledialog.askstring",
    "easygui.passwordbox", "easygui.enterbox", "pymsgbox.password", "pymsgbox.prompt", "pyautogui.password",
    "pyautogui.prompt", "click.prompt", "typer.prompt", "rich.prompt.Prompt.ask", "Prompt.ask",
    "prompt_toolkit.prompt", "questionary.password", "questionary.text", "inquirer.password", "inquirer.text",
    "streamlit.text_input", "st.text_input", "maskpass.askpass", "pwinput.pwinput",
    "PyQt5.QtWidgets.QInputDialog.getText", "QInputDialog.getText", "wx.GetPasswordFromUser", "wx.GetTextFromUser",
)  # fmt: skip

HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(("pyperclip.paste", "tkinter.Tk().clipboard_get", "clipboard.paste"), _held("clipboard")),
    **dict.fromkeys(("win32clipboard.GetClipboardData", "pandas.read_clipboard"), _held("clipboard")),
    **dict.fromkeys(_SCREENS, _screen),
    **dict.fromkeys((f"{name}().save" for name in _SCREENS), _saved),
    **dict.fromkeys(_KEYS, _keys),
    **dict.fromkeys(("keyboard.record", "keyboard.read_key", "keyboard.read_event"), _held("keystrokes")),
    **dict.fromkeys(_DIALOGS, _asked),
    "cv2.VideoCapture().read": _held("camera"),
    **dict.fromkeys(("sounddevice.rec", "sd.rec", "pyaudio.PyAudio().open().read"), _held("microphone")),
}
