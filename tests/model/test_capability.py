from __future__ import annotations

import msgspec

from pinfold.model import Capability, Flow, Place


def test_a_flow_of_which_nothing_more_is_known_names_only_its_host():
    flow = Flow(host="api.example", place=Place("SKILL.md", 3, 1))
    assert (flow.port, flow.via, flow.data) == (0, "", ())


def test_both_survive_the_way_from_a_worker():
    capability = Capability("read:~/.netrc", Place("a.zip!/run.sh", 2, 5, 2, 9, layer="base64"))
    flow = Flow("api.example", Place("run.sh", 1, 1), 443, "curl", ("~/.netrc", "env:TOKEN"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(capability), type=Capability) == capability
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(flow), type=Flow) == flow
