from __future__ import annotations

from pinfold.sandbox.probes.suite import PROBES


def test_a_probe_with_a_reason_cannot_be_closed():
    named = {probe.name: probe for probe in PROBES}
    assert named["tcp-ipv4"].closable
    assert not named["stat-unreadable"].closable
