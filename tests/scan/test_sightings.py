from __future__ import annotations

import pytest

from pinfold.model import Limits, UnreadableError, Verdict
from pinfold.rulebook import Cache, judge, load
from pinfold.scan import sightings as room
from pinfold.scan.sightings import sightings
from pinfold.skills.discover import find


@pytest.fixture(scope="module")
def ready():
    cache = Cache(None)
    return judge(load(cache), cache)


@pytest.fixture
def seen(ready, tmp_path):
    """A function that writes a skill and returns what is seen of it."""

    def seen(files, limits=None):
        folder = tmp_path / "s"
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        (skill,) = find([folder], Limits())
        return sightings(skill, ready, limits or Limits())

    return seen


FENCE = "```bash\n{}\n```\n"


def test_every_place_and_its_program_is_told(seen):
    found = seen({"SKILL.md": "# A\n\n" + FENCE.format("curl https://a.example/x\ncurl https://a.example/y")})
    hosts = [one for one in found.found if one.name == "net:a.example:443"]
    assert [(one.via, one.path, one.line) for one in hosts] == [("curl", "SKILL.md", 4), ("curl", "SKILL.md", 5)]
    assert found.report.verdict is Verdict.CLEAN
    assert found.more == 0


def test_instructions_lead_to_scripts_and_these_to_others(seen):
    found = seen(
        {
            "SKILL.md": "Run `python3 scripts/main.py`. See references/MORE.md.\n",
            "scripts/main.py": "import shape\nfrom pathlib import Path\n",
            "scripts/shape.py": "print()\n",
            "scripts/other.py": "print()\n",
            "references/more.md": "Then run `go.sh`.\n",
            "tools/go.sh": "ls -l\n",
            "README.md": "Uses other.py\n",
        }
    )
    assert found.instructions == ("SKILL.md",)
    assert found.reached == ("SKILL.md", "references/more.md", "scripts/main.py", "scripts/shape.py", "tools/go.sh")


def test_what_lies_beyond_the_limit_is_counted(seen, monkeypatch):
    monkeypatch.setattr(room, "MAX_SIGHTINGS", 3)
    lines = "\n".join(f"curl https://h{number}.example/" for number in range(10))
    found = seen({"SKILL.md": FENCE.format(lines)})
    assert len(found.found) == 3
    assert found.more > 0


def test_a_skill_that_is_given_up_is_an_error_that_says_where(seen):
    with pytest.raises(UnreadableError, match="given up"):
        seen(
            {"SKILL.md": FENCE.format("curl https://a.example/x\n" * 2_000)},
            Limits(file_seconds=0.001, skill_seconds=0.001),
        )
