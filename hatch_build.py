"""Compiles the data while a wheel is built: it carries the rulebook and the tables in binary form, and no sources."""

from __future__ import annotations

import importlib
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = ("rules.bin", "ready.bin")
"""What the wheel carries of the rulebook."""


class DataHook(BuildHookInterface[Any]):
    """Puts the compiled rulebook and tables into a wheel.

    An editable install gets none: there the sources lie at hand and are compiled as they are read. Compiled files are
    written to a temporary folder and never into the source tree, where they would outlive a change of the sources.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the data and have the result included; ``version`` is ``standard`` or ``editable``."""
        if version == "editable":
            return
        source = Path(self.root) / "src"
        self._folder = tempfile.TemporaryDirectory(prefix="pinfold-build-")
        target = Path(self._folder.name)
        sys.path.insert(0, str(source))
        try:
            compiler = importlib.import_module("pinfold.rulebook.compile")
            tables = importlib.import_module("pinfold.tables")
        finally:
            sys.path.remove(str(source))
        compiler.build(source / "pinfold" / "rulebook" / "rules", target / "rules.bin")
        for name in COMPILED:
            build_data["force_include"][str(target / name)] = f"pinfold/rulebook/{name}"
        for number, path in enumerate(sorted((source / "pinfold").rglob("*.toml"))):
            packed = target / f"{number}{tables.SUFFIX}"
            packed.write_bytes(tables.pack(tomllib.loads(path.read_text("utf-8"))))
            build_data["force_include"][str(packed)] = str(path.relative_to(source).with_suffix(tables.SUFFIX))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if version != "editable":
            self._folder.cleanup()
