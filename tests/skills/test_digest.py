from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from pinfold.skills.digest import Entry, tree_digest

SHA = hashlib.sha256(b"hello").hexdigest()

entries = st.lists(
    st.tuples(
        st.text(max_size=8), st.booleans(), st.sampled_from(["file", "link", "special"]), st.sampled_from([SHA, "00"])
    ),
    max_size=6,
)


def test_the_documented_form_can_be_recomputed_by_hand() -> None:
    encoded = f"5:ru.sh1:x4:file64:{SHA}\n8:SKILL.md1:-4:file64:{SHA}\n"
    want = hashlib.sha256(b"pinfold-tree/1\n" + encoded.encode()).hexdigest()
    assert tree_digest([("SKILL.md", False, "file", SHA), ("ru.sh", True, "file", SHA)]) == f"sha256:{want}"


@given(tree=entries, seed=st.randoms())
def test_order_does_not_count(tree: list[Entry], seed: object) -> None:
    shuffled = list(tree)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tree_digest(tree) == tree_digest(shuffled)


@given(left=entries, right=entries)
def test_different_trees_have_different_digests(left: list[Entry], right: list[Entry]) -> None:
    def normal(tree: list[Entry]) -> list[Entry]:
        return sorted((path, mode and kind != "link", kind, sha) for path, mode, kind, sha in tree)

    assert (tree_digest(left) == tree_digest(right)) == (normal(left) == normal(right))


def test_mode_and_type_count() -> None:
    digests = {tree_digest([("a", mode, kind, SHA)]) for mode in (True, False) for kind in ("file", "link")}
    assert len(digests) == 3  # a link has no mode


def test_undecodable_names_are_told_apart() -> None:
    names = ("a\udcff", "a\\xff", "aÿ", "a\ud800")
    assert len({tree_digest([(name, False, "file", SHA)]) for name in names}) == len(names)
