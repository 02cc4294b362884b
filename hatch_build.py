"""Compiles the rulebook while a wheel is built: the wheel carries one binary file and none of the rule sources."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = "pinfold/rulebook/rules.bin"
"""Where the compiled rulebook lies in the wheel."""


class RulebookHook(BuildHookInterface[Any]):
    """Puts the compiled rulebook into a wheel.

    An editable install gets none: there the YAML sources lie at hand and are compiled as they are read. The compiled
    file is written to a temporary folder and never into the source tree, where it would outlive a change of the rules.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the rules and have the result included; ``version`` is ``standard`` or ``editable``."""
        if version == "editable":
            return
        source = Path(self.root) / "src"
        self._folder = tempfile.TemporaryDirectory(prefix="pinfold-build-")
        target = Path(self._folder.name) / "rules.bin"
        sys.path.insert(0, str(source))
        try:
            compiler = importlib.import_module("pinfold.rulebook.compile")
            compiler.build(source / "pinfold" / "rulebook" / "rules", target)
        finally:
            sys.path.remove(str(source))
        build_data["force_include"][str(target)] = COMPILED

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if version != "editable":
            self._folder.cleanup()
