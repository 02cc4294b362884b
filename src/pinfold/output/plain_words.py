"""What verdicts and capabilities mean, in words for somebody who decides and does not program."""

from __future__ import annotations

from typing import NamedTuple

from pinfold.model import Verdict


class Words(NamedTuple):
    """A verdict: as a heading, as one of a sum (``{}`` stands for the number), its meaning, and what to do."""

    heading: str
    one: str
    many: str
    meaning: str
    next_step: str

    def counted(self, number: int) -> str:
        """Return the sentence about ``number`` skills, of which there is at least one."""
        return (self.one if number == 1 else self.many).format(f"{number:,}")


VERDICTS = {
    Verdict.BLOCK: Words(
        "Do not install",
        "{} must not be installed.",
        "{} must not be installed.",
        "It does, or tells an agent to do, something that would harm you.",
        "Do not install or run it. If it is installed already, remove it and follow the advice under each finding.",
    ),
    Verdict.INCOMPLETE: Words(
        "Not read in full",
        "{} could not be read in full.",
        "{} could not be read in full.",
        "A part of it could not be read, so nobody can say yet whether it is safe.",
        "Ask whoever offers it for a form that can be read, or have a person look at the parts named below.",
    ),
    Verdict.REVIEW: Words(
        "Needs a person's look",
        "{} needs a person's look before it is used.",
        "{} need a person's look before they are used.",
        "Something in it may be harmful, or may have a good reason.",
        "Have somebody who knows what it is for read the places named below before it is used.",
    ),
    Verdict.CLEAN: Words(
        "Nothing found",
        "{} gave no reason for concern.",
        "{} gave no reason for concern.",
        "No rule spoke with weight. That is no proof of good intent.",
        "Install it from the place that was scanned, and scan it again after every change.",
    ),
}
"""What each verdict means, worst first."""

CAPABILITIES = {
    "exec": "run programs",
    "net": "connect to",
    "read": "read files",
    "write": "create or change files",
    "env": "read environment variables",
    "gpu": "use a graphics card",
    "spend": "spend money",
    "tool": "call tools",
}
"""Each kind of capability, as what a skill can do. Kinds that are missing here stand under their own names."""
