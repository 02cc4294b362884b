"""The table of probes: what could be tried, against whom, and what it would mean if it came off."""

from __future__ import annotations

from pinfold.sandbox.probes.matrix import controls, files, kernel, network, processes
from pinfold.sandbox.probes.probe import Probe

PROBES: tuple[Probe, ...] = (*network.PROBES, *files.PROBES, *processes.PROBES, *kernel.PROBES)
"""Every probe, in the order in which they are shown."""

CONTROLS: tuple[Probe, ...] = controls.PROBES
"""What must work in any sandbox."""
