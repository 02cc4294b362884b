from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinfold.model import Evidence, Place, Severity, Unread
from pinfold.output.github import MAX_ANNOTATIONS, MAX_MESSAGE, data, plain, value
from pinfold.output.terminal import visible

ANY_TEXT = st.text(st.characters(categories=None), max_size=80)
TRICKS = st.text(st.sampled_from("#[]:,=%0AD25 \r\nerror-sktpcmand"), max_size=40)
COMMANDS = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher",
    "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip


def decoded(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def decoded_value(text: str) -> str:
    return decoded(text.replace("%3A", ":").replace("%2C", ","))


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return what the runner makes of a log: name, properties and message of every command, old form included."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        new = re.match(r"::([^: ]+)(?: ([^:]*))?::(.*)", line.strip())
        if new and new[1] in COMMANDS:
            pairs = [pair.split("=", 1) for pair in (new[2] or "").split(",") if "=" in pair]
            found.append((new[1], {key.strip(): decoded_value(said) for key, said in pairs}, decoded(new[3])))
        elif old := re.search(r"##\[([^\] ]+)", line):
            found.append((old[1], {}, line))
    return found


@given(ANY_TEXT | TRICKS)
def test_messages_and_values_survive_the_runner(text):
    assert decoded(data(text)) == text
    assert decoded_value(value(text)) == text
    assert not set(data(text)) & set("\r\n")
    assert not set(value(text)) & set("\r\n,:")


@given(
    ANY_TEXT
    | TRICKS
    | st.sampled_from(["::error::x", "  ::add-mask::a", "x ##[add-mask]a", "###[error]", ":::error::x"])
)
def test_a_line_of_the_log_is_no_command(text):
    assert commands(plain(text)) == []
    assert "##[" not in plain(text)
    assert not plain(text).lstrip().startswith("::")


def test_a_scan(render, rogue, tame, matches_snapshot):
    matches_snapshot("scan.github", render("github", tame, rogue))


def test_observed_material(render, rollout, matches_snapshot):
    matches_snapshot("match.github", render("github", rollout, subject="material"))


def test_an_annotation_stands_beside_its_line(render, rogue):
    (error, warning) = commands(render("github", rogue))
    assert error[0] == "error"
    assert error[1]["file"] == "skills/rogue miner/SKILL.md"
    assert (error[1]["line"], error[1]["col"], error[1]["endColumn"]) == ("12", "9", "51")
    assert error[1]["title"] == "critical reverse-tunnel: Opens a way back in through the firewall"
    assert "Remove the command; if it ran" in error[2]
    assert warning[0] == "warning"
    assert warning[1]["title"] == "not read in full: rogue⟨U+001B⟩]0;owned⟨U+0007⟩"
    assert warning[2] == "big.bin: larger than 32 MiB, and 12 more"


def test_a_place_in_an_archive_is_told_and_the_archive_annotated(render, rogue, tunnel):
    finding = msgspec.structs.replace(tunnel, evidence=tunnel.evidence[1:])
    ((_, said, message), *_) = commands(render("github", msgspec.structs.replace(rogue, findings=(finding,))))
    assert said["file"] == "skills/rogue miner/pack.zip"
    assert "line" not in said
    assert "At pack.zip!/scripts/go.sh:103:1 (in base64)." in message


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", "error"), ("high", "error"), ("medium", "warning"), ("low", "notice"), ("info", "notice")],
)
def test_levels_follow_severity(render, tame, tunnel, severity, level):
    finding = msgspec.structs.replace(tunnel, severity=Severity(severity))
    ((name, _, _),) = commands(render("github", msgspec.structs.replace(tame, findings=(finding,))))
    assert name == level


def test_a_suppressed_finding_is_told_and_not_annotated(render, tame, rogue):
    text = render("github", msgspec.structs.replace(tame, findings=rogue.findings[1:]))
    assert commands(text) == []
    assert "suppressed by Ann Lee: high[internal-probing]" in text


@pytest.mark.parametrize("notices", [0, 5, 9, 10, 30])
@pytest.mark.parametrize("errors", [3, 10, 25])
def test_no_more_annotations_than_github_shows_and_the_rest_is_counted(render, tame, tunnel, errors, notices):
    findings = [msgspec.structs.replace(tunnel, title=f"e{number}") for number in range(errors)]
    findings += [
        msgspec.structs.replace(tunnel, title=f"n{number}", severity=Severity.LOW) for number in range(notices)
    ]
    text = render("github", msgspec.structs.replace(tame, findings=tuple(findings)))
    found = commands(text)
    for level in ("error", "warning", "notice"):
        assert sum(name == level for name, _, _ in found) <= MAX_ANNOTATIONS
    told = [message for _, said, message in found if said.get("title") == "Pinfold"]
    annotated = len(found) - len(told)
    hidden = errors + notices - annotated
    assert len(told) == (hidden > 0)
    if told:
        assert told[0].startswith(f"{hidden} more without an annotation")
    assert all(f": {finding.title}\n" in text for finding in findings), "the log names all of them"


def test_the_worst_get_the_annotations_whatever_the_order_of_the_scan(render, tame, tunnel):
    mild = [msgspec.structs.replace(tunnel, severity=Severity.HIGH, title=f"mild {number}") for number in range(30)]
    last = msgspec.structs.replace(tame, findings=(msgspec.structs.replace(tunnel, title="worst"),), score=1.0)
    found = commands(render("github", msgspec.structs.replace(tame, findings=tuple(mild)), last))
    assert found[0][1]["title"].endswith("worst")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    ANY_TEXT | TRICKS | st.sampled_from(["::error::x\n::warning::y", "a,line=1::", "##[add-mask]a", "%0A::error::x"])
)
def test_no_text_makes_a_command_of_its_own(render, rogue, rollout, tunnel, text):
    evidence = Evidence(Place(text, 1, 1, layer=text), text, 0, len(text), note=text)
    finding = msgspec.structs.replace(tunnel, title=text, message=text, fix=text, rule=text, evidence=(evidence,))
    unread = (Unread(text, text, text),)
    told = msgspec.structs.replace(rogue, name=text, path=text, findings=(finding,), unread=unread)
    written = render("github", told) + render(
        "github", msgspec.structs.replace(rollout, path=text, findings=(finding,), unread=unread), subject="material"
    )
    found = commands(written)
    assert [name for name, _, _ in found] == ["error", "warning"] * 2
    assert all(set(said) <= {"file", "line", "col", "endColumn", "endLine", "title"} for _, said, _ in found)
    assert found[0][1]["title"] == f"critical {visible(text)}: {visible(text)}"[:200]
    assert all(len(message) <= MAX_MESSAGE for _, _, message in found)
