"""Redirections: files read and written, here-documents, and the shell's own network files (``/dev/tcp/HOST/PORT``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from pinfold.language import address
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow, Word, in_order
from pinfold.language.shell.command import Command, sent_data
from pinfold.language.shell.expansion import Expansion
from pinfold.language.shell.tree import HereDocument, Redirect, Substitution
from pinfold.model import ActKind, FieldValue

_NETWORK = re.compile(r"^/dev/(tcp|udp)/([^/]+)/([^/\s]+)")
_NETWORK_STREAM = Flow((), ("/dev/tcp",))
_OUTPUTS = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})


class StreamSet(msgspec.Struct):
    """Where a command's streams lead. ``shown`` is the redirections as text, when they lead to the network."""

    stdin: Flow
    start: int
    end: int
    text: str
    outputs: list[tuple[Word, bool, bool]]
    network: list[tuple[str, str, str]]
    deferred: list[Substitution]
    shown: str = ""
    closed: bool = False
    bare: bool = False


class Streams(Expansion):
    """The redirections of a script; ``descriptors`` remembers which open files lead to the network."""

    def __init__(self, drafts: Drafts, source: str) -> None:
        super().__init__(drafts, source)
        self.descriptors: dict[str, Flow] = {}

    def redirected(
        self,
        redirects: Sequence[Redirect | HereDocument],
        stdin: Flow,
        parent: str,
        start: int,
        end: int,
        image: str = "",
    ) -> StreamSet:
        """Return the streams of a command; what it reads is noted at once, what it writes when it has run."""
        streams = StreamSet(stdin, start, end, "", [], [], self.deferred)
        self.deferred = []
        if not redirects:
            return streams
        streams.text = self.source[start : min(end, start + 500)]
        shown: list[str] = []
        for redirect in redirects:
            if isinstance(redirect, HereDocument):
                word = self.expand_pieces(redirect.pieces, parent)
                streams.stdin = _held(word)
                continue
            word = (
                self.expand_pieces(redirect.target.pieces, parent)
                if redirect.target.text is None
                else Word(redirect.target.text)
            )
            length = redirect.target.end - redirect.target.start
            shown.append(redirect.raw[: len(redirect.raw) - length] + word.text)
            self._redirect(redirect, word, streams, image)
        streams.deferred.extend(self.deferred)
        self.deferred = []
        network = streams.network or streams.shown or "/dev/tcp" in streams.stdin.programs[-1:]
        streams.shown = " ".join(shown) if network else ""
        return streams

    def _redirect(self, redirect: Redirect, word: Word, streams: StreamSet, image: str) -> None:
        operator, descriptor = redirect.operator, redirect.descriptor.strip("{}")
        match = _NETWORK.match(word.text)
        if match is not None:
            self._network(match, operator, descriptor, streams)
        elif operator == "<<<":
            streams.stdin = _held(word)
        elif operator == "<":
            flow = self._file_command(streams, image).read(word)
            streams.bare = True
            if descriptor in ("", "0"):
                streams.stdin = flow
            else:
                self.descriptors[descriptor] = flow
        elif operator in ("<&", ">&") and (word.text.strip("-").isdigit() or word.text in self.descriptors):
            self._duplicate(operator, descriptor, word.text.strip("-"), streams)
        elif operator in _OUTPUTS and not word.text.startswith(">("):
            error = descriptor == "2"
            streams.outputs.append((word, operator.startswith((">>", "&>>")), error))
            streams.closed = streams.closed or not error
        elif operator in _OUTPUTS:
            streams.closed = streams.closed or descriptor != "2"

    def _network(self, match: re.Match[str], operator: str, descriptor: str, streams: StreamSet) -> None:
        streams.network.append((match[1], match[2], match[3]))
        if operator == "<" and not descriptor:
            streams.stdin = _NETWORK_STREAM
        elif descriptor and descriptor != "1":
            self.descriptors[descriptor] = _NETWORK_STREAM
            if descriptor == "0":
                streams.stdin = _NETWORK_STREAM
        if operator in _OUTPUTS:
            streams.closed = True

    def _duplicate(self, operator: str, descriptor: str, target: str, streams: StreamSet) -> None:
        flow = self.descriptors.get(target)
        if flow is None and target in ("1", "2") and streams.network and descriptor == "0":
            flow = _NETWORK_STREAM
        if flow is None:
            return
        if descriptor == "0" or (operator == "<&" and not descriptor):
            streams.stdin = flow
        if flow is _NETWORK_STREAM:
            streams.shown = "network"
            if operator == ">&" and descriptor in ("", "1"):
                streams.closed = True

    def _file_command(self, streams: StreamSet, image: str) -> Command:
        return Command(self, [Word(image or "sh")], NOTHING, streams.start, streams.end, streams.text, 0)  # type: ignore[arg-type]

    def delivered(self, output: Flow, streams: StreamSet, parent: str, image: str = "") -> Flow:
        """Note where the output of a command goes; returns what is left for the next stage of a pipeline."""
        if not (streams.outputs or streams.network or streams.deferred or streams.bare):
            return output
        if streams.bare and not image and not output:
            output = streams.stdin
        command = self._file_command(streams, image)
        for word, append, error in streams.outputs:
            command.write(word, NOTHING if error else output, append=append)
        self._send(streams.network, output, streams, image)
        for piece in streams.deferred:
            self.run_substitution(piece, output, parent)
        return NOTHING if streams.closed else output

    def _send(self, targets: Iterable[tuple[str, str, str]], output: Flow, streams: StreamSet, image: str) -> None:
        for protocol, host, port in targets:
            far = address.Address(address.host_of(host), address.port_of(port))
            fields: dict[str, FieldValue] = {"DestinationIp" if far.numeric else "DestinationHostname": far.host}
            if far.port:
                fields["DestinationPort"] = far.port
            fields |= {"Initiated": True, "Protocol": protocol, "Image": image or "sh"}
            if output.sources and streams.closed:
                fields["SentData"] = sent_data(output.sources, self.drafts)
            self.drafts.add(ActKind.CONNECT, fields, streams.start, streams.end, streams.text)


def _held(word: Word) -> Flow:
    """Return the stream that a here-document or here-string makes."""
    flow = word.flow
    return Flow(flow.sources, in_order((), flow.programs), flow.origin, word.text)
