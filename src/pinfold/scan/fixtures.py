"""Test data, and what only lies in a folder of that name.

A file in a test folder weighs little, because nobody acts on it. That must not shelter anything, so the rest of the
skill is searched for words that lead to the file: what is named elsewhere is no test data, whatever its folder is
called. What test data says of other test data does not count, until it is named itself.
"""

from __future__ import annotations

from pinfold.language.decode import decode
from pinfold.language.file_kind import fixture_folder, kind_of, role_of
from pinfold.model import Role, SkillFile

MOST_BYTES = 4 << 20
"""How much text is searched for names. In a skill with more of it nothing passes for test data."""

_HEAD = 4_096


def in_fixtures(path: str) -> bool:
    """Say whether a file lies in a folder for test data."""
    return role_of(path, "text") is Role.FIXTURE


def role_elsewhere(file: SkillFile) -> Role:
    """Return the role that a file would have outside the test folder."""
    name = file.path.rpartition("/")[2]
    return role_of(name, kind_of(name, file.data[:_HEAD].decode("utf-8", "replace")))


class Names:
    """The texts of one skill that may lead to its files."""

    def __init__(self) -> None:
        """Start without any."""
        self._texts: list[bytes] = []
        self._left = MOST_BYTES

    def add(self, file: SkillFile) -> None:
        """Search this text too from now on."""
        self._left -= len(file.data)
        if self._left >= 0:
            self._texts.append(file.data)
            if b"\0" in file.data:  # names are compared as bytes, and in a wide encoding there are NULs between them
                self._texts.append(decode(file.data).text.encode("utf-8", "surrogatepass"))

    def lead_to(self, path: str) -> bool:
        """Say whether some text names the file, its folder's whole content, or the folder to go to and the file.

        A name counts from the test folder on: texts in other folders name files as they are seen from there.
        """
        if self._left < 0:
            return True
        inner = path.rpartition("!/")[2]
        inner = inner[max(fixture_folder(inner), 0) :]
        folder, _, name = inner.rpartition("/")
        ways = [inner, inner.replace("/", "\\"), f"{folder}/*"]
        if name.endswith(".py"):
            ways.append(inner.removesuffix(".py").replace("/", "."))
        wanted = [way.encode("utf-8", "surrogatepass") for way in ways]
        place, last = (word.encode("utf-8", "surrogatepass") for word in (folder, name))
        return any(
            any(way in text for way in wanted)
            or (last in text and (b"cd " + place in text or b"cd ./" + place in text))
            for text in self._texts
        )
