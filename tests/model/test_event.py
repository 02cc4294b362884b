from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from pinfold.model import ActEvent, ActKind, AnyEvent, Certainty, ConnectEvent, ExecEvent, Place, Role, WriteEvent

DECODER = msgspec.json.Decoder(AnyEvent)


def test_there_is_one_event_for_each_kind_of_act():
    assert sorted(str(event.__struct_config__.tag) for event in get_args(ActEvent)) == sorted(ActKind)


@pytest.mark.parametrize("event", get_args(AnyEvent), ids=lambda event: str(event.__struct_config__.tag))
def test_every_kind_is_told_apart_and_goes_there_and_back(event):
    kind = str(event.__struct_config__.tag)
    decoded = DECODER.decode(msgspec.json.encode({"kind": kind, "Image": "/usr/bin/x", "session": "r", "new": "key"}))
    assert decoded == event(Image="/usr/bin/x", session="r")
    assert DECODER.decode(msgspec.json.encode(decoded)) == decoded


@pytest.mark.parametrize("event", sorted(set(get_args(AnyEvent)) - set(get_args(ActEvent)), key=str))
def test_other_events_are_no_acts(event):
    with pytest.raises(ValueError, match="is not a valid ActKind"):
        event().act("events.jsonl", 0)


@pytest.mark.parametrize("event", get_args(ActEvent), ids=lambda event: str(event.__struct_config__.tag))
def test_kind_names_the_type(event):
    kind = str(event.__struct_config__.tag)
    decoded = DECODER.decode(msgspec.json.encode({"kind": kind, "Image": "/usr/bin/x", "somebody's": "key"}))
    assert type(decoded) is event
    act = decoded.act("events.jsonl", 0)
    assert act.kind is ActKind(kind)
    assert act.fields["Image"] == "/usr/bin/x"
    assert "somebody's" not in act.fields


def test_an_event_is_an_observed_act_at_its_line():
    event = ExecEvent(Image="/usr/bin/ssh", CommandLine="ssh host.example", session="rollout-17", time=5.0)
    act = event.act("events.jsonl", 41)
    assert act.place == Place("events.jsonl", line=42, column=1, step=41)
    assert (act.certainty, act.role, act.negated) == (Certainty.OBSERVED, Role.COMMAND, False)
    assert (act.group, act.time, act.text) == ("rollout-17", 5.0, "ssh host.example")


def test_the_sequence_orders_acts_and_the_line_stands_in_for_it():
    assert ExecEvent(sequence=7).act("e", 3).order == 7
    assert ExecEvent(sequence=0).act("e", 3).order == 0
    assert ExecEvent().act("e", 3).order == 3


def test_what_an_event_does_not_say_is_no_field():
    fields = ConnectEvent(DestinationIp="192.0.2.7", Initiated=False).act("e", 0).fields
    assert fields == {"DestinationIp": "192.0.2.7", "Initiated": False}


def test_the_words_of_an_act_are_bounded():
    act = WriteEvent(TargetFilename="x" * 10_000, Content="y").act("e", 0)
    assert act.text == "x" * 500
    assert act.fields["TargetFilename"] == "x" * 10_000


def test_an_unknown_kind_is_refused():
    with pytest.raises(msgspec.ValidationError, match="sleep"):
        DECODER.decode(b'{"kind": "sleep"}')
