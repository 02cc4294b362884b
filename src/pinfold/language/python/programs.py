"""Python libraries that stand for a program, and that change what Windows starts."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.python.invocation import Invocation
from pinfold.language.python.values import UNKNOWN, Value, constant
from pinfold.model import ActKind

_HIVES = {
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_USERS": "HKU",
    "HKEY_CLASSES_ROOT": "HKCR",
}


def _key(invocation: Invocation) -> Value:
    """``winreg.OpenKey(hive, path)``: a key of Windows' registry, as its path."""
    path = invocation.argument(1, "sub_key") or UNKNOWN
    hive = next((short for name, short in _HIVES.items() if name in invocation.text), "HKCU")
    return constant(f"{hive}/{path.text}".replace("\\", "/")) if path.text else UNKNOWN


def _set_value(invocation: Invocation) -> Value:
    """``winreg.SetValueEx(key, name, 0, type, value)``."""
    key, name = invocation.argument(0, "key") or UNKNOWN, invocation.argument(1, "value_name") or UNKNOWN
    value = invocation.argument(4, "value") or UNKNOWN
    if key.text:
        invocation.write(constant(f"{key.text}/{name.text}").word, value.flow, value.text or None)
    return UNKNOWN


def _ngrok(invocation: Invocation) -> Value:
    """``ngrok.connect(port, "tcp")`` of pyngrok: the program is started."""
    port = invocation.argument(0, "addr") or UNKNOWN
    protocol = invocation.argument(1, "proto") or constant("http")
    invocation.add(
        ActKind.EXEC,
        {
            "Image": "ngrok",
            "CommandLine": f"ngrok {protocol.text or 'http'} {port.text or '80'}"[:200],
            "ParentImage": "python",
        },
    )
    return UNKNOWN


def _found(invocation: Invocation) -> Value:
    """``shutil.which(name)``: a program under its name, wherever it lies."""
    name = invocation.argument(0, "cmd") or UNKNOWN
    return constant(name.text) if name.known and name.text else UNKNOWN


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(("winreg.OpenKey", "winreg.OpenKeyEx", "winreg.CreateKey", "winreg.CreateKeyEx"), _key),
    **dict.fromkeys(("shutil.which", "distutils.spawn.find_executable"), _found),
    **dict.fromkeys(("winreg.SetValueEx", "winreg.SetValue"), _set_value),
    **dict.fromkeys(("pyngrok.ngrok.connect", "ngrok.connect", "ngrok.forward"), _ngrok),
}
