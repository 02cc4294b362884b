from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Level
from pinfold.sandbox.bounds import Bounds, Denied, existing, grown, present
from pinfold.sandbox.plan import Plan, Reach
from pinfold.sandbox.root import name_fits

PATTERNS = ["/w/.env", "/w/.env.*", "/w/*.key", "/w/.git/hooks", "/w/a*b*c", "/home/*/x/*.d", "/deep"]


def plan(level=Level.L2, **reach):
    return Plan(
        command=("true",),
        program="/bin/true",
        folder="/w",
        scratch="/s",
        environment={},
        reach=Reach(**reach),
        level=level,
        devices=("/dev/null",),
    )


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/w/.env", "/w/.env"),
        ("/w/.env/below", "/w/.env"),
        ("/w/.envx", ""),
        ("/w/.env.", "/w/.env.*"),
        ("/w/.env.local/x", "/w/.env.*"),
        ("/w/sub/.env", ""),
        ("/w/.key", "/w/*.key"),
        ("/w/my.key", "/w/*.key"),
        ("/w/sub/my.key", ""),
        ("/w/.git", ""),
        ("/w/.git/hooks/pre", "/w/.git/hooks"),
        ("/w/abc", "/w/a*b*c"),
        ("/w/a1b2c", "/w/a*b*c"),
        ("/w/a1c", ""),
        ("/w/ac", ""),
        ("/home/me/x/a.d", "/home/*/x/*.d"),
        ("/home/me/x/a.d/b", "/home/*/x/*.d"),
        ("/home/me/x", ""),
        ("/home/me/y/a.d", ""),
        ("/deep", "/deep"),
        ("/", ""),
    ],
)
def test_what_is_denied(path, pattern):
    assert Denied(PATTERNS).match(path) == pattern


@given(
    st.lists(st.text("ab*/", min_size=1, max_size=8).map(lambda text: "/" + text.strip("/")), max_size=4),
    st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_the_quick_way_to_tell_agrees_with_the_plain_one(patterns, parts):
    patterns = [pattern for pattern in patterns if "//" not in pattern and pattern != "/"]
    path = "/" + "/".join(parts)

    def meant(pattern):
        wanted = pattern.split("/")[1:]
        return len(wanted) <= len(parts) and all(
            name_fits(one, other) for one, other in zip(parts, wanted, strict=False)
        )

    assert bool(Denied(patterns).match(path)) == any(map(meant, patterns))


def test_what_lies_below():
    denied = Denied(PATTERNS)
    assert list(denied.below("/w/.git")) == [("hooks",)]
    assert list(denied.below("/home/me")) == [("x", "*.d")]
    assert list(denied.below("/w/.env")) == []
    assert set(denied.below("/")) >= {("w", ".env"), ("deep",)}


def test_a_reach():
    bounds = Bounds(
        plan(read=("/usr",), write=("/w",), execute=("/bin",), no_read=("/w/.env",), no_write=("/w/C", "/usr/x"))
    )
    for path in ("/w", "/w/a", "/dev/null"):
        assert bounds.why_not_write(path) == ""
    for path in ("/wx", "/w/.env", "/w/C/d", "/usr/a"):
        assert bounds.why_not_write(path)
    for path in ("/w/a", "/w/C", "/usr/x", "/bin/sh"):
        assert bounds.why_not_read(path) == ""
    for path in ("/w/.env", "/etc/x", "/dev/zero"):
        assert bounds.why_not_read(path)
    assert bounds.guarded.patterns == ("/w/C", "/w/.env")
    assert "write.allow" in bounds.why_not_write("/etc/x")
    assert "read.deny" in bounds.why_not_write("/w/.env")
    assert "write.deny" in bounds.why_not_write("/w/C")
    assert [bounds.owns(path) for path in ("/w/a", "/w/C", "/dev/null")] == [True, False, False]


def test_without_landlock_only_what_is_denied_is_denied():
    bounds = Bounds(plan(Level.L1, write=("/w",), no_read=("/w/.env",)))
    assert bounds.why_not_read("/etc/passwd") == bounds.why_not_write("/etc/passwd") == ""
    assert bounds.why_not_read("/w/.env")


def test_everything_may_be_granted():
    bounds = Bounds(plan(write=("/",), no_write=("/w/C",)))
    assert (bounds.why_not_write("/etc/x"), bool(bounds.why_not_write("/w/C"))) == ("", True)
    assert bounds.guarded.patterns == ("/w/C",)


def test_what_exists(tmp_path):
    for name in (".env", ".env.a", ".env.b", "x"):
        (tmp_path / name).touch()
    (tmp_path / "link.kdbx").symlink_to("nowhere")
    denied = Denied(
        [f"{tmp_path}/.env", f"{tmp_path}/.env.*", f"{tmp_path}/*.kdbx", f"{tmp_path}/none", f"{tmp_path}/x/*"]
    )
    assert {path.rpartition("/")[2] for path in present(denied)} == {".env", ".env.a", ".env.b", "link.kdbx"}
    assert sorted(existing(f"{tmp_path}/.env.*")) == [f"{tmp_path}/.env.a", f"{tmp_path}/.env.b"]
    (tmp_path / "d" / "x").mkdir(parents=True)
    assert existing(f"{tmp_path}/*/x") == [f"{tmp_path}/d/x"]
    assert grown(str(tmp_path), ("none", "*")) == []
