"""Acts in the making."""

from pinfold.language.context import MAX_NESTING, Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING
from pinfold.model import ActKind, Place


def drafts():
    return Drafts(  # noqa: S604 - a reader, no subprocess
        shell=lambda *_: NOTHING,
        command=lambda *_: NOTHING,
        python=lambda *_: NOTHING,
        javascript=lambda *_: NOTHING,
        powershell=lambda *_: NOTHING,
    )


def test_fields_may_change_until_the_end_and_empty_ones_are_left_out():
    written = drafts()
    draft = written.add(ActKind.EXEC, {"Image": "a", "Url": ""}, 1, 2, "a")
    draft.fields["PipedInto"] = "b"
    [act] = written.acts(Context(place=lambda start, end: Place("x", line=start, column=end)))
    assert act.fields == {"Image": "a", "PipedInto": "b"}
    assert (act.place.line, act.place.column) == (1, 2)


def test_what_is_nested_stands_at_the_outermost_span():
    written = drafts()
    with written.nested(3, 9), written.nested(100, 200):
        written.add(ActKind.EXEC, {"Image": "a"}, 100, 200, "a")
    written.add(ActKind.EXEC, {"Image": "b"}, 10, 11, "b")
    assert [(draft.start, draft.end) for draft in written.items] == [(3, 9), (10, 11)]


def test_nesting_ends():
    written = drafts()
    written.depth = MAX_NESTING
    with written.nested(0, 1) as allowed:
        assert not allowed
    assert written.depth == MAX_NESTING
