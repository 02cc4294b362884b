"""Imports of JavaScript: which module a name belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language import address
from pinfold.language.companions import MAX_HOPS
from pinfold.language.javascript.invocation import connect
from pinfold.language.javascript.names import Names
from pinfold.language.javascript.table import module
from pinfold.language.javascript.values import UNKNOWN, Value, mapping, named

if TYPE_CHECKING:
    from pinfold.language.companions import Companions
    from pinfold.language.drafts import Drafts


ENDINGS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx")
"""Endings that an import may leave out."""


def loaded(reader: Names, name: str, node: Node) -> Value:
    """Return the module that a constant names; one that lies at an address is fetched."""
    if name.startswith(("http://", "https://")):
        far = address.split(name)
        if far is not None:
            connect(reader, node, far, "import", method="GET")
        return UNKNOWN
    if name.startswith((".", "/")) or not name:
        return beside(reader, name)
    if name in ("dotenv/config",):
        reader.note_read(".env", node)
    if name in ("process", "node:process"):
        return named("process")
    return named(module(name))


def beside(reader: Names, name: str) -> Value:
    """Return what the program of the skill exports that a relative name leads to."""
    companions = reader.drafts.companions
    path = companions.beside(name, reader.drafts.path, ENDINGS) if companions is not None and name else None
    if companions is None or path is None or path in reader.drafts.following:
        return UNKNOWN
    if path not in companions.read_as(Names) and len(reader.drafts.following) >= MAX_HOPS:
        reader.drafts.cut[f"more than {MAX_HOPS} programs of the skill that import one another"] = None
        return UNKNOWN
    script = read_alone(type(reader), reader.drafts, path, companions)
    reader.drafts.cut.update(script.drafts.cut)
    script.begin_again(reader.drafts.files)
    for method, function in script.methods.items():
        reader.methods.setdefault(method, function)
    return _exports(script)


def read_alone(reader: type[Names], drafts: Drafts, path: str, companions: Companions) -> Names:
    """Return the reader of a program of the skill, which has read it as it is by itself."""
    scripts = companions.read_as(Names)
    if path in scripts:
        return scripts[path]
    inner = drafts.elsewhere(path, (), companions.handed)
    typed = path.endswith(("ts", "tsx"))
    script = scripts[path] = reader(inner, companions.text(path), typed=typed)  # now: they import each other
    script.read()
    drafts.cut.update(inner.cut)
    script.set_aside()
    return script


def _exports(script: Names) -> Value:
    """Return what a program exports: what it says in the way of CommonJS, or the names of its outermost scope."""
    own = script.scope.names
    whole = own["module"].option("exports") if "module" in own else None
    if whole is not None:
        return whole
    pairs = dict(own)
    if "exports" in own and own["exports"].box is not None:
        pairs.update(own["exports"].box.pairs)
    return mapping(pairs)


def call(reader: Names, owner: Names, function: Value, arguments: list[Value], this: Value | None) -> Value:
    """Call a function of another program of the skill, and note here what it does beyond what it does alone."""
    before, owner.drafts.items = owner.drafts.items, []
    result = owner.run(function, arguments, this)
    found, owner.drafts.items = owner.drafts.items, before
    node = reader.node
    reader.drafts.take(found, owner.alone, (node.start_byte, node.end_byte) if node is not None else (0, 0))
    return result


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
            reader.bind(reader.text(child), _member(reader, whole, "default"))
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
    if not whole.name and whole.box is None and whole.function is None:
        return UNKNOWN
    if name == "default":
        return whole.option("default") or whole
    found = reader.attribute(whole, name)
    return found.but(receiver=None) if found.receiver is whole else found
