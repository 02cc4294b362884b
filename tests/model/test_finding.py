from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Axis, Confidence, Evidence, Finding, Place, Severity, fingerprint


def test_severities_have_an_order():
    ordered = [Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    assert [severity.rank for severity in ordered] == [0, 1, 2, 3, 4]
    assert set(ordered) == set(Severity)


def test_the_first_piece_of_evidence_is_the_primary_place():
    places = [Place("a.sh", 3, 1), Place("b.sh", 1, 1)]
    finding = Finding(
        rule="r",
        title="t",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        axis=Axis.THREAT,
        message="m",
        fix="f",
        evidence=tuple(Evidence(place) for place in places),
    )
    assert finding.place == places[0]


def test_a_fingerprint_survives_indentation_and_case_but_no_change_of_words():
    name = fingerprint("reverse-tunnel", "run.sh", "ssh -R 1:host.example:2")
    assert name == fingerprint("reverse-tunnel", "run.sh", "   SSH\t-R  1:host.example:2 ")
    assert name != fingerprint("reverse-tunnel", "run.sh", "ssh -R 1:other.example:2")
    assert name != fingerprint("reverse-tunnel", "go.sh", "ssh -R 1:host.example:2")
    assert name != fingerprint("hidden-miner", "run.sh", "ssh -R 1:host.example:2")
    assert len(name) == 32


def test_the_parts_of_a_fingerprint_cannot_run_into_each_other():
    assert fingerprint("a", "b c", "d") != fingerprint("a", "b", "c d")
    assert fingerprint("ab", "c", "d") != fingerprint("a", "bc", "d")


@given(st.text(st.characters()), st.text(st.characters()))
def test_every_text_has_a_fingerprint(path, excerpt):
    """Names of files on disk may hold lone surrogates."""
    assert int(fingerprint("rule", path, excerpt), 16) >= 0
