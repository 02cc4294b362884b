from __future__ import annotations

import ipaddress
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Destination, Profile
from pinfold.sandbox.egress import GRACE, MOST_ADDRESSES, Egress, Withheld

ANY = "0.0.0.0"  # noqa: S104  # nothing is bound to it
CURL, PYTHON = "/usr/bin/curl", "/usr/bin/python3.11"


def by_name(name, port=443, program=""):
    return Destination(name=name, port=port, program=program)


def by_cidr(cidr, port=443, program=""):
    return Destination(cidr=cidr, port=port, program=program)


def no_ports(_address, _port):
    return False


def connect(egress, ip, port=443, program=CURL, own_ports=no_ports, now=0.0):
    return egress.connect(ip, port, program, own_ports, now=now)


def granted_lines(reason):
    """Return the destinations in the lines that a refusal says to add, read as a profile is."""
    import tomllib

    found = []
    for part in reason.partition(": add ")[2].split(" and [[hosts]] "):
        pairs = part.removeprefix("[[hosts]] ").replace("PORT", "443")
        found += tomllib.loads(f"hosts = [{{ {pairs} }}]")["hosts"]
    return msgspec.convert({"hosts": found}, Profile).hosts


class TestAddresses:
    @pytest.mark.parametrize(
        ("hosts", "ip", "port", "program", "rule"),
        [
            ([], "192.0.2.1", 443, CURL, "not-granted"),
            ([by_cidr("192.0.2.1/32")], "192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("192.0.2.1/32")], "::ffff:192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("::ffff:192.0.2.0/120")], "192.0.2.1", 443, CURL, "granted"),
            ([by_name("192.0.2.1")], "192.0.2.1", 443, CURL, "granted"),
            ([by_name("2001:db8::1")], "2001:db8::1", 443, CURL, "granted"),
            ([by_cidr("192.0.2.1/32")], "192.0.2.2", 443, CURL, "not-granted"),
            ([by_cidr("192.0.2.1/32")], "192.0.2.1", 80, CURL, "not-granted"),
            ([by_cidr("192.0.2.0/24", program="curl")], "192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("192.0.2.0/24", program=CURL)], "192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("192.0.2.0/24", program="curl")], "192.0.2.1", 443, PYTHON, "not-granted"),
            ([by_cidr("192.0.2.0/24", program=CURL)], "192.0.2.1", 443, "/work/bin/curl", "not-granted"),
            ([by_cidr("192.0.2.0/24", program="url")], "192.0.2.1", 443, CURL, "not-granted"),
            ([by_cidr("0.0.0.0/0")], "192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("0.0.0.0/0")], "2001:db8::1", 443, CURL, "not-granted"),
            ([by_cidr("::/0")], "2001:db8::1", 443, CURL, "granted"),
            ([by_cidr("::/0")], "192.0.2.1", 443, CURL, "not-granted"),
            ([by_cidr("0.0.0.0/0")], "10.0.0.1", 443, CURL, "private"),
            ([by_cidr("10.0.0.0/7")], "10.0.0.1", 443, CURL, "private"),
            ([by_cidr("10.0.0.0/8")], "10.0.0.1", 443, CURL, "granted"),
            ([by_cidr("10.0.0.0/8", 22)], "10.0.0.1", 443, CURL, "private"),
            ([by_cidr("0.0.0.0/0"), by_cidr("10.0.0.0/24")], "10.0.0.1", 443, CURL, "granted"),
            ([by_cidr("100.64.0.0/10")], "100.64.0.1", 443, CURL, "granted"),
            ([by_cidr("100.64.0.0/10")], "100.100.100.200", 443, CURL, "metadata"),
            ([by_cidr("169.254.0.0/16")], "169.254.1.1", 443, CURL, "granted"),
            ([by_cidr("169.254.0.0/16")], "169.254.169.254", 443, CURL, "metadata"),
            ([by_cidr("169.254.169.254/32")], "169.254.169.254", 443, CURL, "granted"),
            ([by_cidr("168.63.0.0/16")], "168.63.129.16", 443, CURL, "metadata"),
            ([by_cidr("::/0")], "fd00::1", 443, CURL, "private"),
            ([by_cidr("fd00::/8")], "fd00::1", 443, CURL, "granted"),
            ([by_cidr("fd00::/8")], "fd00:ec2::254", 443, CURL, "metadata"),
            ([by_cidr("::/0")], "fe80::1%eth0", 443, CURL, "link-local"),
            ([by_cidr("fe80::/64")], "fe80::1%eth0", 443, CURL, "granted"),
            ([by_cidr("::/0")], "64:ff9b::a00:1", 443, CURL, "private"),
            ([by_cidr("64:ff9b::/96")], "64:ff9b::a00:1", 443, CURL, "private"),
            ([by_cidr("10.0.0.0/8")], "64:ff9b::a00:1", 443, CURL, "private"),
            ([by_cidr("64:ff9b::/96"), by_cidr("10.0.0.0/8")], "64:ff9b::a00:1", 443, CURL, "granted"),
            ([by_cidr("64:ff9b::/96"), by_cidr("10.0.0.0/8", 22)], "64:ff9b::a00:1", 443, CURL, "private"),
            ([by_cidr("64:ff9b::/96"), by_cidr("10.0.0.0/8", 443, "git")], "64:ff9b::a00:1", 443, CURL, "not-granted"),
            ([by_cidr("64:ff9b::/96")], "64:ff9b::192.0.2.1", 443, CURL, "granted"),
            ([by_cidr("0.0.0.0/0")], "127.0.0.1", 443, CURL, "loopback"),
            ([by_cidr("127.0.0.0/8")], "127.0.0.1", 443, CURL, "granted"),
            ([by_cidr("127.0.0.0/8")], "::ffff:127.0.0.1", 443, CURL, "granted"),
            ([by_cidr("127.0.0.0/8")], "::1", 443, CURL, "loopback"),
            ([by_cidr("::1/128")], "::1", 443, CURL, "granted"),
            ([by_name("localhost")], "127.0.0.1", 443, CURL, "granted"),
            ([by_name("localhost")], "::1", 443, CURL, "granted"),
            ([by_name("localhost")], "127.0.0.1", 80, CURL, "loopback"),
            ([by_name("localhost")], "127.0.0.2", 443, CURL, "loopback"),
            ([by_name("db.localhost")], "127.0.0.1", 443, CURL, "granted"),
            ([by_cidr("0.0.0.0/8"), by_cidr("0.0.0.0/32"), by_cidr("0.0.0.0/0")], ANY, 443, CURL, "unspecified"),
            ([by_cidr("::/128"), by_cidr("127.0.0.0/8")], "::", 443, CURL, "unspecified"),
            ([by_cidr("224.0.0.0/4")], "224.0.0.1", 443, CURL, "multicast"),
            ([by_cidr("0.0.0.0/0")], "255.255.255.255", 443, CURL, "multicast"),
            ([by_cidr("0.0.0.0/0")], "240.0.0.1", 443, CURL, "reserved"),
            ([by_cidr("240.0.0.0/8")], "240.0.0.1", 443, CURL, "granted"),
            ([by_cidr("0.0.0.0/0")], "a.example", 443, CURL, "not-an-address"),
        ],
    )  # fmt: skip
    def test_a_connection_is_ruled(self, hosts, ip, port, program, rule):
        ruling = connect(Egress(hosts), ip, port, program)
        assert (ruling.rule, ruling.allowed) == (rule, rule == "granted"), ruling.reason

    @pytest.mark.parametrize("egress", ["none", "broker"])
    @pytest.mark.parametrize(
        ("ip", "asked"),
        [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.9", "127.0.0.9"),
            ("::1", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            (ANY, "127.0.0.1"),
            ("::", "::1"),
        ],
    )
    def test_loopback_leads_to_ports_of_the_run_itself(self, egress, ip, asked):
        own = {(asked, 8080)}
        ruling = connect(Egress([], egress), ip, 8080, own_ports=lambda *place: place in own)
        assert (ruling.allowed, ruling.rule) == (True, "own-port")
        assert not connect(Egress([], egress), ip, 8081, own_ports=lambda *place: place in own).allowed

    @pytest.mark.parametrize("ip", ["192.0.2.1", "10.0.0.1", "64:ff9b::7f00:1", "2001:db8::5efe:127.0.0.1"])
    def test_other_addresses_are_never_own_ports(self, ip):
        assert not connect(Egress([]), ip, own_ports=lambda *_place: True).allowed

    def test_without_egress_grants_do_not_count(self):
        egress = Egress([by_cidr("0.0.0.0/0"), by_cidr("127.0.0.0/8"), by_name("a.example")], "none")
        assert egress.pin("a.example", ["192.0.2.1"], 0.0, 60).addresses == ()
        assert [connect(egress, ip).rule for ip in ("192.0.2.1", "127.0.0.1", "::")] == ["no-egress"] * 3
        assert egress.lookup("a.example").rule == "no-egress"
        assert egress.lookup("localhost").allowed


class TestNames:
    def test_an_address_is_granted_by_the_name_that_led_to_it(self):
        egress = Egress([by_name("A.Example."), by_name("b.example", 80, "curl")])
        assert not connect(egress, "192.0.2.1").allowed
        assert egress.pin("a.EXAMPLE", ["192.0.2.1", "2001:DB8::1"], 0.0, 60).addresses == ("192.0.2.1", "2001:db8::1")
        egress.pin("b.example", ["192.0.2.1"], 0.0, 60)
        first = connect(egress, "192.0.2.1")
        assert (first.allowed, first.hostname) == (True, "a.example")
        assert first.reason == '[[hosts]] name = "a.example", port = 443'
        second = connect(egress, "192.0.2.1", 80)
        assert (second.allowed, second.hostname) == (True, "b.example")
        assert not connect(egress, "192.0.2.1", 80, PYTHON).allowed
        assert not connect(egress, "2001:db8::1", 80).allowed
        assert not connect(egress, "192.0.2.1", 22).allowed
        assert not connect(egress, "192.0.2.2").allowed

    def test_an_answer_may_be_used_for_a_while_beyond_its_time(self):
        egress = Egress([by_name("a.example")])
        egress.pin("a.example", ["192.0.2.1"], 1_000.0, 60)
        assert connect(egress, "192.0.2.1", now=1_060.0 + GRACE).allowed
        assert not connect(egress, "192.0.2.1", now=1_060.1 + GRACE).allowed
        egress.pin("a.example", ["192.0.2.1"], 9_000.0, 60)
        assert connect(egress, "192.0.2.1", now=9_001.0).allowed

    def test_the_oldest_answers_give_way(self):
        egress = Egress([by_name("a.example"), by_name("localhost")])
        for number in range(200):
            egress.pin("a.example", [f"192.0.2.{number}"], float(number), 60)
        kept = [number for number in range(200) if connect(egress, f"192.0.2.{number}", now=200.0).allowed]
        assert kept == list(range(200 - MOST_ADDRESSES, 200))
        assert (
            len(egress.pin("a.example", [f"198.51.100.{n}" for n in range(200)], 0.0, 60).addresses) == MOST_ADDRESSES
        )
        assert connect(egress, "198.51.100.0").allowed
        assert connect(egress, "127.0.0.1").allowed

    def test_a_name_that_is_not_granted_pins_nothing(self):
        egress = Egress([by_name("a.example")])
        assert egress.pin("b.example", ["192.0.2.1"], 0.0, 60).addresses == ()
        assert not connect(egress, "192.0.2.1").allowed

    @pytest.mark.parametrize(
        ("address", "rule"),
        [
            ("10.0.0.5", "private"), ("::ffff:10.0.0.5", "private"), ("127.0.0.1", "loopback"), ("::1", "loopback"),
            ("169.254.169.254", "metadata"), ("fe80::1%2", "link-local"), (ANY, "unspecified"),
            ("224.0.0.1", "multicast"), ("64:ff9b::a00:5", "private"), ("240.0.0.1", "reserved"),
        ],
    )  # fmt: skip
    def test_a_name_that_is_bound_again_leads_nowhere(self, address, rule):
        egress = Egress([by_name("a.example"), by_cidr("0.0.0.0/0", 80), by_cidr("::/0")])
        pinned = egress.pin("a.example", [address, "192.0.2.1"], 0.0, 60)
        assert pinned.addresses == ("192.0.2.1",)
        assert [one.rule for one in pinned.withheld] == [rule]
        assert connect(egress, address).rule == rule

    def test_what_is_no_address_is_withheld(self):
        pinned = Egress([by_name("a.example")]).pin("a.example", ["\n" * 500], 0.0, 60)
        assert pinned.withheld == (Withheld("\\n" * 60, "not-an-address"),)

    def test_a_named_range_lets_a_name_lead_into_it_for_its_own_port(self):
        egress = Egress([by_name("a.example"), by_name("a.example", 22), by_cidr("10.0.0.0/8", 22)])
        assert egress.pin("a.example", ["10.0.0.5"], 0.0, 60).addresses == ("10.0.0.5",)
        assert connect(egress, "10.0.0.5", 22).allowed
        refused = connect(egress, "10.0.0.5", 443)
        assert (refused.rule, refused.hostname) == ("private", "a.example")

    def test_a_name_behind_a_translator(self):
        egress = Egress([by_name("a.example"), by_cidr("10.0.0.0/8")])
        assert egress.pin("a.example", ["64:ff9b::a00:5"], 0.0, 60).addresses == ("64:ff9b::a00:5",)
        assert connect(egress, "64:ff9b::a00:5").hostname == "a.example"

    def test_names_that_the_operator_mapped_lead_where_he_said(self):
        mapped = {
            "DB.corp": ("10.0.0.5", "192.0.2.9"),
            "blocked": (ANY,),
            "localhost": ("10.9.9.9",),
            "x": ("y",),
        }
        egress = Egress(
            [by_name("db.corp", 5432), by_name("blocked", 80), by_name("x"), by_name("localhost")], "broker", mapped
        )
        assert egress.known("db.CORP.") == ("10.0.0.5", "192.0.2.9")
        assert connect(egress, "10.0.0.5", 5432, now=1e12).hostname == "db.corp"
        assert connect(egress, "10.0.0.5", 443).rule == "not-granted"
        assert egress.pin("db.corp", ["10.0.0.5", "10.0.0.6"], 0.0, 60).withheld == (Withheld("10.0.0.6", "private"),)
        assert connect(egress, "10.0.0.6", 5432).rule == "private"
        assert not connect(egress, ANY, 80).allowed
        assert egress.known("blocked") == egress.known("x") == egress.known("other") == ()
        assert egress.known("localhost") == egress.known("a.localhost") == ("127.0.0.1", "::1")
        assert not connect(egress, "10.9.9.9").allowed
        assert connect(egress, "10.0.0.5", 5432, now=math.inf).allowed

    def test_a_mapped_name_that_is_not_granted_opens_nothing(self):
        egress = Egress([by_name("a.example")], "broker", {"db.corp": ("10.0.0.5",)})
        assert connect(egress, "10.0.0.5").rule == "private"
        assert not egress.lookup("db.corp").allowed

    @pytest.mark.parametrize(
        ("name", "rule"),
        [
            ("a.example", "granted"), ("A.EXAMPLE.", "granted"), ("www.a.example", "not-granted"),
            ("example", "not-granted"), ("localhost", "localhost"), ("a.localhost.", "localhost"), ("", "not-granted"),
            ("notlocalhost", "not-granted"), ("a\\046example", "not-granted"), ("a.example.b.example", "not-granted"),
        ],
    )  # fmt: skip
    def test_only_granted_names_are_looked_up(self, name, rule):
        ruling = Egress([by_name("a.example")]).lookup(name)
        assert (ruling.rule, ruling.allowed) == (rule, rule in ("granted", "localhost"))


class TestReasons:
    @pytest.mark.parametrize(
        ("ip", "reason"),
        [
            ("192.0.2.1", '192.0.2.1:80 is not granted: add [[hosts]] cidr = "192.0.2.1/32", port = 80'),
            ("2001:db8::1", '[2001:db8::1]:80 is not granted: add [[hosts]] cidr = "2001:db8::1/128", port = 80'),
            (
                "10.0.0.1",
                "10.0.0.1:80 is a private address, and not named as such: "
                'add [[hosts]] cidr = "10.0.0.1/32", port = 80',
            ),
            (
                "127.0.0.1",
                "127.0.0.1:80 is a loopback port on which this run does not listen: "
                'add [[hosts]] cidr = "127.0.0.1/32", port = 80',
            ),
            (
                "192.0.2.7",
                'a.example (192.0.2.7:80) is not granted: add [[hosts]] name = "a.example", port = 80',
            ),
            (
                "192.0.2.8",
                "192.0.2.8:80 is granted to git only: "
                'add [[hosts]] cidr = "192.0.2.8/32", port = 80, program = "/usr/bin/curl"',
            ),
            ("224.0.0.1", "224.0.0.1:80 is a multicast address, to which nothing connects"),
        ],
    )  # fmt: skip
    def test_a_refusal_says_what_would_grant_it(self, ip, reason):
        egress = Egress([by_name("a.example"), by_cidr("192.0.2.8/32", 80, "git"), by_cidr("0.0.0.0/0", 81)])
        egress.pin("a.example", ["192.0.2.7"], 0.0, 60)
        assert connect(egress, ip, 80).reason == reason

    def test_a_refused_lookup_says_what_would_grant_it(self):
        egress = Egress([])
        wanted = 'b.example is not granted: add [[hosts]] name = "b.example", port = PORT'
        assert egress.lookup("b.example").reason == wanted
        assert egress.lookup("a\\010b").reason == "a\\\\010b is not the name of a host"
        assert egress.lookup("").reason == "the root is not the name of a host"

    @pytest.mark.parametrize(
        "ip",
        [
            "192.0.2.1",
            "10.0.0.1",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "64:ff9b::a00:1",
            "169.254.169.254",
            "2001:0:a00:1:0:0:f5ff:fffe",
            "168.63.129.16",
        ],
    )
    @pytest.mark.parametrize(
        "hosts",
        [
            [],
            [by_cidr("0.0.0.0/0"), by_cidr("::/0")],
            [by_cidr("0.0.0.0/0"), by_cidr("::/0"), by_cidr("10.0.0.0/8", program="git")],
            [by_cidr("10.0.0.0/8", program="git"), by_cidr("192.0.2.0/24", program="/bin/g\n")],
        ],
    )  # fmt: skip
    def test_what_a_refusal_says_to_add_does_grant_it(self, hosts, ip):
        refused = connect(Egress(hosts), ip)
        if not refused.allowed:
            assert "\n" not in refused.reason
            assert connect(Egress([*hosts, *granted_lines(refused.reason)]), ip).allowed

    def test_reasons_are_one_line_whatever_a_program_is_called(self):
        egress = Egress([by_cidr("192.0.2.0/24", program="git\n")])
        for ip in ("192.0.2.1", "\n\x1b[31m"):
            assert connect(egress, ip, program='/tmp/a\n\x1b[31m"b').reason.isprintable()


PORTS = st.sampled_from([22, 80, 443])
PUBLIC_NAMES = st.sampled_from(["a.example", "b.example", "localhost"])
WIDE = ("0.0.0.0/0", "::/0", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "64:ff9b::/96", "::ffff:0:0/96")


def network(address, length):
    """Return the range of some length around an address."""
    return str(ipaddress.ip_network((address, min(length, address.max_prefixlen)), strict=False))


NETWORKS = st.one_of(st.builds(network, st.ip_addresses(), st.integers(0, 128)), st.sampled_from(WIDE))
GRANTS = st.lists(st.one_of(st.builds(by_name, PUBLIC_NAMES, PORTS), st.builds(by_cidr, NETWORKS, PORTS)), max_size=6)
ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map(lambda address: f"::ffff:{address}"),
    st.ip_addresses(v=4).map(lambda address: f"64:ff9b::{address}"),
    st.sampled_from(["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254", "192.168.1.1", "fd00::1", "fe80::1", ANY]),
)


DOCUMENTATION = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
TRANSLATOR = ipaddress.ip_network("64:ff9b::/96")


def unpacked(text):
    """Return the address that is reached, by the standard library alone: out of IPv4-mapped ones and a translator."""
    address = ipaddress.ip_address(text)
    if address.version == 6 and address in TRANSLATOR:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return getattr(address, "ipv4_mapped", None) or address


def is_public(address):
    return address.is_global or any(address in one for one in DOCUMENTATION if one.version == address.version)


@given(GRANTS, st.lists(ADDRESSES, max_size=6), ADDRESSES, PORTS)
def test_no_private_address_is_ever_reached_unless_a_narrow_range_names_it(hosts, answers, target, port):
    egress = Egress(hosts)
    for name in ("a.example", "b.example"):
        egress.pin(name, answers, 0.0, 60)
    for ip in (target, *answers):
        address = unpacked(ip)
        if not connect(egress, ip, port).allowed or is_public(address):
            continue
        ranges = []
        for one in hosts:
            if one.cidr and one.port == port:
                whole = ipaddress.ip_network(one.cidr)
                mapped = whole.version == 6 and whole.prefixlen >= 96 and whole.network_address.ipv4_mapped
                ranges.append(ipaddress.ip_network((mapped, whole.prefixlen - 96)) if mapped else whole)
        named = any(
            not one.network_address.is_global and not one.broadcast_address.is_global
            for one in ranges
            if one.version == address.version and address in one and one.prefixlen > 0
        )
        by_localhost = address.is_loopback and any(one.name == "localhost" and one.port == port for one in hosts)
        assert named or by_localhost, (ip, hosts)


@given(GRANTS, st.text(max_size=70), st.text(max_size=300), st.text(max_size=50))
def test_nothing_that_a_stranger_says_breaks_a_decision(hosts, ip, name, program):
    egress = Egress(hosts)
    assert connect(egress, ip, program=program).reason.isprintable()
    assert egress.lookup(name).reason.isprintable()
    assert set(egress.pin(name, [ip], 0.0, 60).addresses) <= {ip}
