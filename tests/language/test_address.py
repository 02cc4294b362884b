"""Far ends as they stand in source text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language import address
from pinfold.language.flow import Flow, Part, Word


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("https://A.Example./x", "a.example", 443),
        ("http://u:p@a.example:8080", "a.example", 8080),
        ("http://[2001:db8::1]:81/", "2001:db8::1", 81),
        ("https://$HOST/x", "*", 443),
        ("https://${NAME}.a.example", "*.a.example", 443),
        ("stratum+tcp://pool.example:3333", "pool.example", 3333),
        ("http://3325256711/", "198.51.100.7", 80),
        ("http://0xC6336407/", "198.51.100.7", 80),
        ("http://0306.063.0144.07/", "198.51.100.7", 80),
        ("http://0xc6.0x33.0x64.0x7/", "198.51.100.7", 80),
        ("http://198.51.25607/", "198.51.100.7", 80),
        ("http://[::ffff:c633:6407]/", "198.51.100.7", 80),
        ("http://[::ffff:198.51.100.7]/", "198.51.100.7", 80),
        ("http://198.51.100.999/", "198.51.100.999", 80),
        ("http://09.1.1.1/", "09.1.1.1", 80),
        ("http://1.2.3.4.5/", "1.2.3.4.5", 80),
    ],
)
def test_split(text, host, port):
    found = address.split(text)
    assert found is not None
    assert (found.host, found.port) == (host, port)


def test_a_url_is_needed():
    assert address.split("a.example/x") is None


@pytest.mark.parametrize(
    ("text", "host"), [("a.example/x", "a.example"), ("192.0.2.1:80", "192.0.2.1"), ("two words", None), ("", None)]
)
def test_loose(text, host):
    found = address.loose(text)
    assert (found.host if found else None) == host


@pytest.mark.parametrize(
    ("host", "numeric"),
    [
        ("10.0.0.*", True),
        ("10.0.0.0/24", True),
        ("192.0.2.1-9", True),
        ("::1", True),
        ("a.example", False),
        ("*", False),
    ],
)
def test_numeric(host, numeric):
    assert address.Address(host).numeric is numeric


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ("https://a.example/?q=", "", ("env:X",)),
        ("https://a.example/?token=", "&b=1", ("auth:X",)),
        ("https://api.example/bot", "/send", ("auth:X",)),
        ("https://user:", "@a.example/", ("auth:X",)),
        ("https://", "/x", ()),
    ],
)
def test_sent_in_url(before, after, sent):
    text = f"{before}$X{after}"
    word = Word(text, (Part(len(before), len(before) + 2, Flow(("env:X",))),), False)
    found = address.split(text)
    assert found is not None
    assert address.sent_in_url(word, found) == sent


def test_data_in_a_label_of_the_host_is_sent():
    word = Word("https://$(id).t.example/", (Part(8, 13, Flow(("command:id",))),), False)
    found = address.split(word.text)
    assert found is not None
    assert address.sent_in_url(word, found) == ("command:id",)


@given(st.text(max_size=100))
def test_any_text(text):
    address.split(text)
    address.loose(text)
    address.first_url(text)
    assert 0 <= address.port_of(text) < 65_536
