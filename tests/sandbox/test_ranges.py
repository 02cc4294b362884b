from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox.ranges import span, standing

ANY = "0.0.0.0"  # noqa: S104  # nothing is bound to it


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("10.0.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("100.127.255.255", "private"),
        ("198.18.0.1", "private"),
        ("fd00::1", "private"),
        ("fc00::1", "private"),
        ("fec0::1", "private"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("::ffff:169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("::ffff:169.254.169.254", "metadata"),
        ("64:ff9b::169.254.169.254", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "multicast"),
        ("ff02::1", "multicast"),
        (ANY, "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("240.0.0.1", "reserved"),
        ("192.0.0.8", "reserved"),
        ("100::1", "reserved"),
        ("4000::1", "reserved"),
        ("64:ff9b::10.1.2.3", "private"),
        ("64:ff9b:1::10.1.2.3", "private"),
        ("2002:cb00:7101::1", "reserved"),
        ("2001:1::1", "reserved"),
        ("2001:db8::5efe:10.0.0.1", "private"),
        ("2001:db8::200:5efe:192.168.0.1", "private"),
        ("::ffff:0:10.0.0.1", "reserved"),
        ("::10.0.0.1", "reserved"),
    ],
)
def test_an_address_that_is_not_public_is_told_by_its_kind(address, kind):
    assert standing(address).faces[0].kind == kind


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "172.32.0.1", "100.128.0.1", "11.0.0.1", "1.1.1.1",
        "192.0.1.1", "64:ff9b::203.0.113.1", "2001:db8::5efe:203.0.113.1", "::ffff:203.0.113.1",
    ],
)  # fmt: skip
def test_addresses_for_documentation_count_as_any_public_one(address):
    assert standing(address).faces == ()


@pytest.mark.parametrize(
    ("address", "packed"),
    [
        ("64:ff9b::10.1.2.3", "10.1.2.3"),
        ("64:ff9b:1::10.1.2.3", "10.1.2.3"),
        ("64:ff9b:1:a01:2:300::", "10.1.2.3"),  # packed behind 48 bits
        ("2001:db8::5efe:10.1.2.3", "10.1.2.3"),
        ("2002:a01:203::", "10.1.2.3"),
        ("2001:0:cb00:7101:0:0:f5fe:fdfc", "10.1.2.3"),  # Teredo, the client
        ("2001:0:a01:203:0:0:34ff:8efe", "10.1.2.3"),  # Teredo, the server
        ("::ffff:0:10.1.2.3", "10.1.2.3"),
        ("::10.1.2.3", "10.1.2.3"),
    ],
)
def test_what_is_packed_into_an_address_is_judged_too(address, packed):
    assert standing(address).faces[-1].text == packed


@pytest.mark.parametrize(
    ("address", "text", "loopback"),
    [
        (ANY, ANY, "127.0.0.1"),
        ("::", "::", "::1"),
        ("::ffff:0.0.0.0", ANY, "127.0.0.1"),
        ("::ffff:127.0.0.5", "127.0.0.5", "127.0.0.5"),
        ("::1%lo", "::1", "::1"),
        ("2001:DB8:0::1", "2001:db8::1", ""),
        ("64:ff9b::127.0.0.1", "64:ff9b::7f00:1", ""),
    ],
)
def test_an_address_has_one_spelling(address, text, loopback):
    there = standing(address)
    assert (there.text, there.loopback) == (text, loopback)


@pytest.mark.parametrize("text", ["", "a.example", "1.2.3", "0x7f000001", "017700000001", "1.2.3.4/32", "::1" * 40])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        standing(text)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text):
    with contextlib.suppress(ValueError):
        assert standing(text).text


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public_but_for_documentation(address):
    """The registry as the standard library has it is an independent reading of the same ranges."""
    documentation = [
        ipaddress.ip_network(text)
        for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20", "64:ff9b::/96")
    ]
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_private or address.is_link_local or address.is_multicast or address.is_reserved:
        known = any(address in network for network in documentation if network.version == address.version)
        assert standing(str(address)).faces or known


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ("10.1.0.0/16", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.0.0.0/8", True),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8", True),
        ("10.0.0.0/7", "10.0.0.0/8", False),
        ("0.0.0.0/0", "10.0.0.0/8", False),
        ("fd00::/16", "10.0.0.0/8", False),
    ],
)
def test_one_range_lies_in_another(inner, outer, within):
    assert span(inner).within(span(outer)) is within
