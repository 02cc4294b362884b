from __future__ import annotations

import tomllib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Access, Destination, Profile, Resources
from pinfold.output.profile import comment, quoted, toml

ANY_TEXT = st.text(st.characters(categories=None), max_size=40)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
ACCESS = st.builds(lambda allow, deny: Access(allow=tuple(allow), deny=tuple(deny)), st.lists(TEXT), st.lists(TEXT))
HOSTS = st.builds(
    lambda name, port, program: Destination(name=name, port=port, program=program),
    TEXT.filter(lambda text: "*" not in text),
    st.integers(1, 65_535),
    st.just("") | TEXT,
) | st.builds(lambda port: Destination(cidr="192.0.2.0/24", port=port), st.integers(1, 65_535))
PROFILES = st.builds(
    lambda name, words, read, write, execute, hosts, limits: Profile(
        name=name,
        digest=name,
        environment=tuple(words),
        devices=tuple(words),
        read=read,
        write=write,
        execute=execute,
        hosts=tuple(hosts),
        limits=limits,
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.lists(TEXT),
    ACCESS,
    ACCESS,
    ACCESS,
    st.lists(HOSTS, max_size=3),
    st.builds(
        lambda processes, seconds: Resources(processes=processes, wall_seconds=seconds),
        st.none() | st.integers(1, 10**9),
        st.none() | st.floats(0.001, 10**6),
    ),
)


@given(PROFILES, st.lists(ANY_TEXT, max_size=3), ANY_TEXT)
def test_what_is_written_is_read_back_whatever_the_comments_hold(profile, notes, reason):
    why = {f"read {path}": reason for path in profile.read.allow}
    why |= {f"host {host.name or host.cidr}:{host.port}": reason for host in profile.hosts}
    text = toml(profile, head=notes, why=why, foot=notes)
    assert msgspec.convert(tomllib.loads(text), Profile) == profile


@given(ANY_TEXT)
def test_a_string_holds_its_text_and_hides_nothing(text):
    whole = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    assert tomllib.loads(f"x = {quoted(text)}")["x"] == whole
    assert not set(quoted(text)) & set("\u202e\u200b\x1b\n\r")


@given(ANY_TEXT)
def test_a_comment_is_one_line(text):
    assert tomllib.loads(f"{comment(text)}\nx = 1") == {"x": 1}


def test_a_line_tells_why_it_is_there():
    profile = Profile(execute=Access(allow=("git",)), hosts=(Destination(name="a.example", port=443),))
    text = toml(profile, head=["H"], why={"execute git": "declared", "host a.example:443": "named"}, foot=["F"])
    assert '  "git",  # declared\n' in text
    assert '[[hosts]]\n# named\nname = "a.example"\nport = 443\n' in text
    assert text.startswith("# H\n")
    assert text.endswith("# F\n")
