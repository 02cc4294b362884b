"""Socket addresses: read as the kernel writes them, whatever a program hands over."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox import kernel
from pinfold.sandbox.addresses import LONGEST, Address, is_loopback, loopback_for, parse, target

PORTS = st.integers(0, 65_535)
NAMES = st.binary(min_size=1, max_size=107)


def inet(ip, port):
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(ip) + bytes(8)


def inet6(ip, port, scope=0):
    number = socket.inet_pton(socket.AF_INET6, ip)
    return struct.pack("=H", socket.AF_INET6) + struct.pack(">HI", port, 7) + number + struct.pack("=I", scope)


@given(st.ip_addresses(v=4), PORTS)
def test_ipv4(ip, port):
    address = parse(inet(str(ip), port))
    assert address == Address(socket.AF_INET, str(ip), port)
    assert target(address) == (str(ip), port)
    assert str(address) == f"{ip}:{port}"


@given(st.ip_addresses(v=6), PORTS, st.integers(0, 2**32 - 1))
def test_ipv6(ip, port, scope):
    address = parse(inet6(str(ip), port, scope))
    assert ipaddress.ip_address(address.ip) == ip
    assert (address.family, address.port, address.scope) == (socket.AF_INET6, port, scope)
    assert target(address) == (address.ip, port, 0, scope)
    assert str(address) == f"[{address.ip}]:{port}"


def test_an_ipv6_address_of_the_first_kernels_has_no_scope():
    assert parse(inet6("fe80::1", 80, 3)[:24]) == Address(socket.AF_INET6, "fe80::1", 80)


@pytest.mark.parametrize("packed", [b"", b"\2", inet("127.0.0.1", 1)[:15], inet6("::1", 1)[:23], b"\2\0", b"\n\0"])
def test_an_address_cut_short_is_none(packed):
    with pytest.raises(OSError, match="too short") as caught:
        parse(packed)
    assert caught.value.errno == errno.EINVAL


@given(NAMES)
def test_a_unix_socket_with_a_path_ends_at_the_first_zero(name):
    address = parse(struct.pack("=H", socket.AF_UNIX) + name)
    if name.startswith(b"\0"):
        assert address.abstract
        assert target(address) == name  # an abstract name is all of its bytes, zeros too
        assert address.path.startswith("@")
    else:
        assert not address.abstract
        assert target(address) == name.split(b"\0")[0]


def test_a_file_whose_name_begins_like_an_abstract_one_is_a_file():
    one, other = parse(b"\1\0@x"), parse(b"\1\0\0x")
    assert (one.path, other.path) == ("@x", "@x")
    assert (one.abstract, other.abstract) == (False, True)
    assert one != other


def test_other_families_are_told_by_their_number():
    assert parse(struct.pack("=H", 16) + bytes(10)) == Address(16)
    assert str(parse(bytes(16))) == "address family 0"
    assert str(parse(b"\1\0")) == "address family 1"  # a socket without a name


@given(st.binary(max_size=LONGEST))
def test_no_bytes_do_more_harm_than_being_refused(packed):
    try:
        address = parse(packed)
    except OSError as error:
        assert error.errno == errno.EINVAL
    else:
        assert str(address)
        if address.family in (socket.AF_INET, socket.AF_INET6):
            is_loopback(address.ip)
            loopback_for(address)


def test_the_kernel_writes_addresses_so():
    with socket.create_server(("127.0.0.1", 0)) as line:
        assert parse(kernel.socket_name(line.fileno())) == Address(socket.AF_INET, *line.getsockname())
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as line:
        assert parse(kernel.socket_name(line.fileno())) == Address(socket.AF_INET6, *line.getsockname()[:2])
    with socket.socket(socket.AF_UNIX) as line:
        line.bind("")  # the kernel chooses an abstract name
        assert target(parse(kernel.socket_name(line.fileno()))) == line.getsockname()


def test_the_kernel_takes_them_back():
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as line:
        line.connect(target(parse(kernel.socket_name(listening.fileno()))))
        assert line.getpeername() == listening.getsockname()


@pytest.mark.parametrize(
    ("ip", "wanted"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("128.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("::1", True),
        ("::2", False),
        ("::", False),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
    ],
)
def test_loopback(ip, wanted):
    assert is_loopback(ip) is wanted


@pytest.mark.parametrize(
    ("ip", "instead"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104
        ("::", "::1"),
        ("::ffff:0.0.0.0", "::ffff:127.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("fe80::1", "fe80::1"),
    ],
)
def test_all_interfaces_become_loopback(ip, instead):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    packed = inet6(ip, 8080) if ":" in ip else inet(ip, 8080)
    narrowed = loopback_for(parse(packed))
    assert (narrowed.family, narrowed.port) == (family, 8080)
    assert ipaddress.ip_address(narrowed.ip) == ipaddress.ip_address(instead)
    with socket.socket(family) as line:
        if is_loopback(narrowed.ip):
            line.bind((*target(narrowed)[:1], 0))  # such an address can be had
