"""Imports of JavaScript: which module a name belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language import address
from pinfold.language.javascript.invocation import connect
from pinfold.language.javascript.table import module
from pinfold.language.javascript.values import UNKNOWN, Value, named

if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names


def loaded(reader: Names, name: str, node: Node) -> Value:
    """Return the module that a constant names; one that lies at an address is fetched."""
    if name.startswith(("http://", "https://")):
        far = address.split(name)
        if far is not None:
            connect(reader, node, far, "import", method="GET")
        return UNKNOWN
    if name.startswith((".", "/")) or not name:
        return UNKNOWN
    if name in ("dotenv/config",):
        reader.note_read(".env", node)
    if name in ("process", "node:process"):
        return named("process")
    return named(module(name))


def read_import(reader: Names, node: Node) -> Value:
    """Read ``import x, {y as z} from "module"`` and ``import x = require("module")``."""
    source = node.child_by_field_name("source")
    clause = next((child for child in node.named_children if child.type.startswith("import_")), None)
    if source is None and clause is not None:
        source = clause.child_by_field_name("source")
    if source is None:
        return UNKNOWN
    whole = loaded(reader, reader.value(source).text, node)
    for child in clause.named_children if clause is not None else ():
        if child.type == "identifier":
            reader.bind(reader.text(child), whole)
        elif child.type == "namespace_import":
            reader.bind(reader.text(child.named_children[-1]), whole)
        elif child.type == "named_imports":
            for item in child.named_children:
                name = item.child_by_field_name("name")
                alias = item.child_by_field_name("alias") or name
                if name is not None and alias is not None:
                    reader.bind(reader.text(alias), _member(reader, whole, reader.text(name).strip("\"'")))
    return UNKNOWN


def _member(reader: Names, whole: Value, name: str) -> Value:
    if not whole.name:
        return UNKNOWN
    if name == "default":
        return whole
    found = reader.attribute(whole, name)
    return found.but(receiver=None) if found.receiver is whole else found
