"""Other people's taxonomies as SARIF writes them: one component for each framework and version, with the ids in use."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from pinfold.output.renderer import RuleInfo

_NAMESPACE = uuid.UUID("0b7d7c7e-6a55-5c1c-9d5e-3d3f2f6a9d11")
"""Our own name space, so that a framework and version have the same GUID in every report."""


class Taxonomies:
    """The frameworks to which a set of rules refers.

    ``components`` are the tool components of the run, ``references`` point to them.
    """

    def __init__(self, rules: Sequence[RuleInfo]) -> None:
        """Collect frameworks, versions and ids in the order of the rules."""
        self._taxa: dict[tuple[str, str], dict[str, str]] = {}
        for rule in rules:
            for one in rule.maps:
                titles = self._taxa.setdefault((one.framework, one.version), {})
                titles[one.id] = titles.get(one.id) or one.title
        self._positions = {key: position for position, key in enumerate(self._taxa)}
        self.components = [self._component(*key) for key in self._taxa]
        self.references = [self._reference(*key) for key in self._taxa]

    def relationships(self, rule: RuleInfo) -> list[dict[str, Any]]:
        """Return how one rule relates to the taxonomies."""
        related = []
        for one in rule.maps:
            key = (one.framework, one.version)
            index = list(self._taxa[key]).index(one.id)
            target = {"id": one.id, "index": index, "toolComponent": self._reference(*key)}
            related.append({"target": target, "kinds": ["relevant"]})
        return related

    def _component(self, framework: str, version: str) -> dict[str, Any]:
        taxa: list[dict[str, Any]] = []
        for taxon, title in self._taxa[framework, version].items():
            taxa.append({"id": taxon, "shortDescription": {"text": title}} if title else {"id": taxon})
        component: dict[str, Any] = {"name": framework, "guid": _guid(framework, version), "taxa": taxa}
        if version:
            component["version"] = version
        return component

    def _reference(self, framework: str, version: str) -> dict[str, Any]:
        return {"name": framework, "index": self._positions[framework, version], "guid": _guid(framework, version)}


def _guid(framework: str, version: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{framework} {version}"))
