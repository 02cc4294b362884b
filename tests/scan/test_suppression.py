from __future__ import annotations

import datetime

import msgspec
import pytest

from pinfold.model import Axis, Confidence, Evidence, Finding, Place, Report, Severity, SkillKind, Verdict
from pinfold.scan.suppression import Suppress, suppressed

TODAY = datetime.date(2026, 11, 21)
DIGEST = "sha256:" + "a" * 64


def finding(rule="tunnel", path="SKILL.md", severity="critical"):
    return Finding(
        rule=rule,
        title=rule,
        severity=Severity(severity),
        confidence=Confidence.HIGH,
        axis=Axis.THREAT,
        message="m",
        fix="f",
        evidence=(Evidence(Place(path, 1, 1)),),
    )


def report(*findings, path="skills/deploy", complete=True, digest=DIGEST):
    return Report(
        name="deploy",
        kind=SkillKind.SKILL,
        path=path,
        digest=digest,
        verdict=Verdict.BLOCK,
        score=0.9,
        complete=complete,
        findings=findings or (finding(),),
    )


def entry(**more):
    given = {
        "rule": "tunnel",
        "skill": DIGEST,
        "reason": "our own tunnel",
        "author": "ann@corp.example",
        "expires": datetime.date(2027, 1, 1),
        "source": "/etc/pinfold/pinfold.toml",
    }
    return Suppress(**{**given, **more})


def holds(what, **more):
    shown, _notes = suppressed(what, [entry(**more)], TODAY)
    return [found.suppressed is not None for found in shown.findings] == [True]


def test_a_suppressed_finding_counts_neither_for_the_score_nor_for_the_verdict():
    shown, notes = suppressed(report(), [entry()], TODAY)
    assert (shown.score, shown.verdict, notes) == (0.0, Verdict.CLEAN, [])


def test_it_stays_in_the_report_and_says_who_why_and_how_long():
    shown, _notes = suppressed(report(), [entry()], TODAY)
    (found,) = shown.findings
    assert found.rule == "tunnel"
    assert found.suppressed is not None
    assert (found.suppressed.reason, found.suppressed.author, found.suppressed.expires, found.suppressed.source) == (
        "our own tunnel",
        "ann@corp.example",
        "2027-01-01",
        "/etc/pinfold/pinfold.toml",
    )


def test_every_other_finding_still_counts():
    shown, _notes = suppressed(report(finding(), finding("miner", severity="medium")), [entry()], TODAY)
    assert [bool(found.suppressed) for found in shown.findings] == [True, False]
    assert shown.verdict is Verdict.REVIEW


def test_what_is_incomplete_never_becomes_clean():
    shown, _notes = suppressed(report(complete=False), [entry()], TODAY)
    assert shown.verdict is Verdict.INCOMPLETE


def test_a_digest_covers_exactly_the_content_that_was_reviewed():
    assert holds(report())
    assert not holds(report(digest="sha256:" + "b" * 64))
    assert not holds(report(digest=""))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("skills/deploy", "skills/deploy"),
        ("skills/*", "skills/deploy"),
        ("*/skills/deploy", "/home/ann/skills/deploy"),
        ("skills/deploy", "skills\\deploy"),
    ],
)
def test_a_path_covers_whatever_lies_there(pattern, path):
    assert holds(report(path=path, digest=""), skill=pattern)


@pytest.mark.parametrize("pattern", ["deploy", "eploy", "skills", "skills/deploy/x", "Deploy", "other/deploy"])
def test_a_path_is_no_fragment(pattern):
    assert not holds(report(), skill=pattern)


def test_only_the_rule_that_is_named():
    assert not holds(report(), rule="miner")
    assert not holds(report(), rule="*")


def test_a_file_narrows_it():
    assert holds(report(finding(path="scripts/go.sh")), file="scripts/*")
    assert not holds(report(finding(path="SKILL.md")), file="scripts/*")


@pytest.mark.parametrize(("expires", "live"), [(TODAY, True), (TODAY - datetime.timedelta(days=1), False)])
def test_the_last_day_still_counts(expires, live):
    assert holds(report(), expires=expires) is live


def test_an_expired_one_reports_again_and_a_note_says_so_once():
    what = report(finding(path="a.md"), finding(path="b.md"))
    shown, notes = suppressed(what, [entry(expires=datetime.date(2026, 1, 31))], TODAY)
    assert shown == what
    (note,) = notes
    for told in ("tunnel", "skills/deploy", "2026-01-31", "ann@corp.example", "reports again"):
        assert told in note


def test_no_note_where_a_newer_one_took_its_place():
    old = entry(expires=datetime.date(2026, 1, 31))
    shown, notes = suppressed(report(), [old, entry(reason="renewed")], TODAY)
    assert shown.findings[0].suppressed is not None
    assert shown.findings[0].suppressed.reason == "renewed"
    assert notes == []


def test_no_note_about_an_expired_one_for_something_else():
    _shown, notes = suppressed(report(), [entry(rule="miner", expires=datetime.date(2020, 1, 1))], TODAY)
    assert notes == []


def test_without_entries_a_report_is_left_as_it_is():
    what = report()
    shown, notes = suppressed(what, [], TODAY)
    assert shown is what
    assert notes == []


@pytest.mark.parametrize("key", ["rule", "skill", "reason", "author", "expires"])
def test_nothing_is_suppressed_without_rule_skill_reason_author_and_end(key):
    given = {
        "rule": "tunnel",
        "skill": "*",
        "reason": "r",
        "author": "a",
        "expires": datetime.date(2027, 1, 1),
    }
    assert msgspec.convert(given, Suppress).rule == "tunnel"
    with pytest.raises(msgspec.ValidationError, match=key):
        msgspec.convert({name: value for name, value in given.items() if name != key}, Suppress)
    if key != "expires":
        with pytest.raises(msgspec.ValidationError, match=key):
            msgspec.convert({**given, key: ""}, Suppress)


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(msgspec.ValidationError, match="forever"):
        msgspec.convert({"forever": True}, Suppress)
