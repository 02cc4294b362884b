"""Modules of the skill that a Python program imports: what they define, and what their functions do when called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinfold.language.companions import MAX_HOPS
from pinfold.language.python.names import Names
from pinfold.language.python.table import MODULES
from pinfold.language.python.values import UNKNOWN, Value

if TYPE_CHECKING:
    from pinfold.language.companions import Companions
    from pinfold.language.drafts import Drafts
    from pinfold.language.python.reader import Reader


def imported(reader: Names, dotted: str, level: int = 0, *, anywhere: bool = True) -> Value | None:
    """Return the module of this name where it is a program of the skill.

    ``level`` counts the dots before it; ``anywhere`` says whether one of no library may lie in any folder.
    """
    companions = reader.drafts.companions
    if companions is None:
        return None
    library = dotted.partition(".")[0] in MODULES
    path = companions.module(dotted, level, reader.drafts.path, anywhere=anywhere and not library)
    if path is None or path in reader.drafts.following:
        return None
    if path not in companions.read_as(Names) and len(reader.drafts.following) >= MAX_HOPS:
        reader.drafts.cut[f"more than {MAX_HOPS} programs of the skill that import one another"] = None
        return None
    module = read_alone(type(reader), reader.drafts, path, companions)
    reader.drafts.cut.update(module.drafts.cut)
    module.begin_again(reader.drafts.files)
    for name, method in module.methods.items():
        reader.methods.setdefault(name, method)
    return Value(UNKNOWN.word, dotted, owner=module)


def read_alone(reader: type[Names], drafts: Drafts, path: str, companions: Companions) -> Names:
    """Return the reader of a program of the skill, which has read it as it is by itself."""
    modules = companions.read_as(Names)
    if path in modules:
        return modules[path]
    inner = drafts.elsewhere(path, (), companions.handed)
    module = modules[path] = reader(inner, companions.text(path))  # before reading: modules import each other
    try:
        module.read()
    except RecursionError:  # each program of a row may be nested as deep as one is allowed to
        inner.cut["programs of the skill that are nested too deep in one another"] = None
    module.set_aside()
    return module


def call(reader: Reader, function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """Call a function of another program of the skill, and note here what it does beyond what it does alone."""
    owner = function.owner
    if owner is None:
        return UNKNOWN
    before, owner.drafts.items = owner.drafts.items, []
    result = owner.run_function(function, arguments, keywords)
    found, owner.drafts.items = owner.drafts.items, before
    reader.drafts.take(found, owner.alone, reader.at)
    return result
