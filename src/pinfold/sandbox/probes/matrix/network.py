"""Probes that send something to whoever listens outside, or hear what was not meant for them."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

from pinfold.sandbox.probes.outside import ground, listeners
from pinfold.sandbox.probes.outside.scene import Stage
from pinfold.sandbox.probes.probe import Group, Probe

_FAST_OPEN = 0x20000000
_MPTCP = 262
_SMC, _VSOCK, _DCCP, _SCTP, _UDPLITE = 43, 40, 33, 132, 136
_LOCAL_CID = 1
_DATAGRAM = int(socket.SOCK_DGRAM)
_STREAM, _PACKETS = int(socket.SOCK_STREAM), int(socket.SOCK_SEQPACKET)


def _probe(name: str, question: str, stage: Stage, attempt: str, **options: Any) -> Probe:
    return Probe(
        name=name, group=Group.NETWORK, question=question, stage=stage, attempt=f"network.{attempt}", options=options
    )


_tcp, _udp = listeners.listener, partial(listeners.listener, kind=socket.SOCK_DGRAM)
_TCP6 = partial(_tcp, family=socket.AF_INET6, host="::1")
_UDP6 = partial(_udp, family=socket.AF_INET6, host="::1")


def _other(family: int, kind: int, protocol: int, *address: object) -> Stage:
    return partial(listeners.other, family=family, kind=kind, protocol=protocol, address=address)


def _unix(kind: int, where: str, by: str = "") -> Stage:
    return partial(listeners.unix, kind=kind, where=where, by=by)


def _send(**told: int | str) -> Stage:
    return partial(listeners.listener, send=told)


_OVER_IP = (
    _probe("tcp-ipv4", "connect to a host that was not granted", _tcp, "connect"),
    _probe("tcp-ipv6", "connect to it over IPv6", _TCP6, "connect"),
    _probe(
        "tcp-mapped",
        "connect over IPv4 with a socket for IPv6",
        _send(family=int(socket.AF_INET6), to="::ffff:127.0.0.1"),
        "connect",
    ),
    _probe("tcp-private", "connect to an address of this machine", listeners.at_own_address, "connect"),
    _probe(
        "tcp-metadata",
        "connect to the metadata service of a cloud",
        partial(listeners.at_own_address, metadata=True),
        "connect",
    ),
    _probe("tcp-same-port", "connect to a port of one's own at another address", listeners.beside, "same_port"),
    _probe("tcp-port-left", "connect to a port that was one's own", listeners.successor, "port_left"),
    _probe("tcp-fastopen-sendto", "connect by sending, without connect", _tcp, "sendto", flags=_FAST_OPEN),
    _probe("tcp-fastopen-sendmsg", "connect by sending a message", _tcp, "sendmsg", flags=_FAST_OPEN),
    _probe("tcp-fastopen-sendmmsg", "connect by sending several messages", _tcp, "sendmmsg", flags=_FAST_OPEN),
    _probe("tcp-fastopen-connect", "connect when the first data goes out", _tcp, "fast_open"),
    _probe("mptcp", "connect over several paths, past rules for TCP", _send(protocol=_MPTCP), "connect"),
    _probe("smc", "connect over shared memory, past rules for TCP", _send(family=_SMC), "connect"),
    _probe("sctp", "connect over SCTP", _other(socket.AF_INET, _STREAM, _SCTP, "127.0.0.1", 0), "connect"),
    _probe("dccp", "connect over DCCP", _other(socket.AF_INET, 6, _DCCP, "127.0.0.1", 0), "connect"),
    _probe("listen-everywhere", "be called from other machines", listeners.visitor, "listen"),
    _probe(
        "listen-unbound", "be called without having asked for an address", listeners.visitor_at_any, "listen_unbound"
    ),
    _probe("udp-connect", "send datagrams by a connected socket", _udp, "connect"),
    _probe("udp-sendto", "send a datagram by sendto", _udp, "sendto"),
    _probe("udp-sendmsg", "send a datagram by sendmsg", _udp, "sendmsg"),
    _probe("udp-sendmmsg", "send datagrams by sendmmsg", _udp, "sendmmsg"),
    _probe("udp-ipv6", "send a datagram over IPv6", _UDP6, "sendto"),
    _probe("udplite", "send over UDP-Lite", _other(socket.AF_INET, _DATAGRAM, _UDPLITE, "127.0.0.1", 0), "sendto"),
    _probe("icmp", "send echo requests, with data in them", partial(listeners.echo, kind=socket.SOCK_DGRAM), "ping"),
    _probe("icmp-raw", "send them by a raw socket", partial(listeners.echo, kind=socket.SOCK_RAW), "ping"),
    _probe("raw-ip", "send packets made by hand", _udp, "raw_packet"),
    _probe("packet-send", "send frames past the IP layer", listeners.frames, "link_packet"),
    _probe("packet-listen", "overhear the traffic of others", listeners.chatter, "overhear"),
    _probe(
        "vsock", "speak to the host of a virtual machine", _other(_VSOCK, _STREAM, 0, _LOCAL_CID, 0xFFFFFFFF), "connect"
    ),
)

_NAMES = (
    _probe("dns-server", "ask a name server on any port", partial(listeners.name_server, port=0), "sendto"),
    _probe("dns-port", "ask the name server of this machine itself", listeners.name_server, "sendto"),
    _probe(
        "dns-other-server",
        "ask a name server of one's own choice",
        partial(listeners.name_server, host="127.0.0.53"),
        "sendto",
    ),
    _probe(
        "dns-name",
        "carry data out in names that are looked up",
        partial(listeners.name_server, resolver=True),
        "resolve",
    ),
)

_UNIX = (
    _probe(
        "unix-stream-inside",
        "reach a service whose socket is in the working folder",
        _unix(_STREAM, "inside"),
        "connect",
    ),
    _probe("unix-stream-outside", "reach a service such as a container engine", _unix(_STREAM, "outside"), "connect"),
    _probe("unix-stream-abstract", "reach a service by an abstract name", _unix(_STREAM, "abstract"), "connect"),
    _probe("unix-stream-link", "reach it by a symbolic link", _unix(_STREAM, "outside", "link"), "connect"),
    _probe("unix-stream-root", "reach it by /proc/self/root", _unix(_STREAM, "outside", "root"), "connect"),
    _probe("unix-stream-swapped", "move it to where one listens oneself", _unix(_STREAM, "inside"), "swapped_socket"),
    _probe("unix-packets-inside", "reach it by packets in the working folder", _unix(_PACKETS, "inside"), "connect"),
    _probe("unix-packets-outside", "reach it by packets", _unix(_PACKETS, "outside"), "connect"),
    _probe("unix-packets-abstract", "reach it by packets, by an abstract name", _unix(_PACKETS, "abstract"), "connect"),
    _probe("unix-datagram-inside", "send to a service in the working folder", _unix(_DATAGRAM, "inside"), "sendto"),
    _probe("unix-datagram-outside", "send to a service such as the system log", _unix(_DATAGRAM, "outside"), "sendto"),
    _probe("unix-datagram-sendmsg", "send to it by sendmsg", _unix(_DATAGRAM, "outside"), "sendmsg"),
    _probe("unix-datagram-sendmmsg", "send to it by sendmmsg", _unix(_DATAGRAM, "outside"), "sendmmsg"),
    _probe("unix-datagram-connect", "send to it by a connected socket", _unix(_DATAGRAM, "outside"), "connect"),
    _probe("unix-datagram-abstract", "send to it by an abstract name", _unix(_DATAGRAM, "abstract"), "sendto"),
)

_OTHER_WAYS = (
    _probe("io-uring-connect", "connect where no filter sees it", _tcp, "ring_connect"),
    _probe("i386-connect", "connect by a 32-bit system call", _tcp, "foreign_connect", table="i386"),
    _probe("i386-socketcall", "connect by the older 32-bit call", _tcp, "foreign_connect", table="socketcall"),
    _probe("x32-connect", "connect by an x32 system call", _tcp, "foreign_connect", table="x32"),
    _probe("inherited-socket", "use a connection that was left open", listeners.left_open, "inherited_socket"),
    _probe("netlink-sockets", "see every connection of this machine", listeners.listed, "list_sockets"),
    _probe("netlink-address", "change the network of this machine", listeners.loopback_addresses, "add_address"),
)
_BINDING = {"family": int(socket.AF_UNIX), "type": _STREAM}
_MADE = (
    _probe(
        "unix-bind-outside", "make a socket outside the working folder", ground.empty_place, "bind_path", **_BINDING
    ),
    _probe("unix-bind-link", "make it by a link to a folder", ground.linked_place, "bind_path", **_BINDING),
)

PROBES = (*_OVER_IP, *_NAMES, *_UNIX, *_MADE, *_OTHER_WAYS)
"""Every probe of the network."""
