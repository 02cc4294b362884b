from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.document import Document
from pinfold.model import Act, ActKind, Capability, Flow, Place, Role
from pinfold.scan.capabilities import (
    MAX_CAPABILITIES,
    capabilities,
    distinct_capabilities,
    distinct_flows,
    flows,
    named_hosts,
)

PLACE = Place("run.sh", 1, 1)


def act(kind, *, role=Role.COMMAND, negated=False, place=PLACE, **fields):
    return Act(kind=ActKind(kind), fields=fields, place=place, role=role, negated=negated)


def names(*acts):
    return [capability.name for capability in capabilities(acts)]


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        ("exec", {"Image": "/usr/bin/git"}, "exec:git"),
        ("exec", {"Image": "C:\\Windows\\cmd.exe"}, "exec:cmd.exe"),
        ("exec", {"Image": "nvidia-smi"}, "gpu"),
        ("connect", {"DestinationHostname": "api.example", "DestinationPort": 443}, "net:api.example:443"),
        ("connect", {"DestinationIp": "192.0.2.7"}, "net:192.0.2.7:*"),
        ("connect", {}, "net:*:*"),
        ("lookup", {"QueryName": "api.example"}, "net:api.example:53"),
        ("read", {"TargetFilename": "~/.netrc"}, "read:~/.netrc"),
        ("read", {"TargetFilename": "env:TOKEN"}, "env:TOKEN"),
        ("write", {"TargetFilename": "out.txt"}, "write:out.txt"),
        ("call", {"Tool": "Bash"}, "tool:Bash"),
        ("spend", {"Currency": "EUR"}, "spend:EUR"),
        ("spend", {}, "spend:*"),
    ],
)
def test_every_kind_of_act_is_a_capability(kind, fields, name):
    assert names(act(kind, **fields)) == [name]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("exec", {}),
        ("exec", {"Image": "*"}),
        ("exec", {"Image": "cd"}),
        ("exec", {"Image": "75.3"}),
        ("exec", {"Image": "Significance]"}),
        ("read", {"TargetFilename": "{name}"}),
        ("read", {"TargetFilename": "{args.input}/{*}"}),
        ("write", {"TargetFilename": "$OUT"}),
        ("write", {"TargetFilename": "List[Dict]:"}),
        ("read", {"TargetFilename": "--flag"}),
        ("read", {"TargetFilename": "env:X"}),
        ("call", {}),
    ],
)
def test_what_is_wholly_unknown_or_no_name_is_left_out(kind, fields):
    assert names(act(kind, **fields)) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{output_dir}/report.json", "*/report.json"),
        ("{{__file__}.parent}/templates/a.xml", "*/templates/a.xml"),
        ("~/.cache/$APP/state.json", "~/.cache/*/state.json"),
        ("$(dirname $0)/../assets/logo.png", "*/../assets/logo.png"),
        ("chunk_{start_idx//size}.pdf", "chunk_*.pdf"),
        ("data/*.csv", "data/*.csv"),
        ("{folder}/{i}.png", "*/*.png"),
        ("<name>.agent.yaml", "*.agent.yaml"),
        ("~", "~"),
    ],
)
def test_what_is_unknown_in_a_path_becomes_a_star(written, told):
    assert names(act("write", TargetFilename=written)) == [f"write:{told}"]


def test_an_unknown_host_is_named_once():
    assert names(act("connect", DestinationHostname="*", DestinationPort=443)) == ["net:*:*"]


PAGE = Place("docs/guide.md", 1, 1)


@pytest.mark.parametrize(
    ("image", "line", "listed"),
    [
        ("block", "block it when it can", False),
        ("CK", "CK clean 0.08", False),
        ("mL", "mg/mL", False),
        ("git", "git status", True),
        ("remindctl", "remindctl add --title milk", True),
        ("./bin/tool", "./bin/tool", True),
        ("convert_all.py", "convert_all.py", True),
    ],
)
def test_in_a_text_for_people_a_word_is_a_program_only_where_it_looks_like_one(image, line, listed):
    assert bool(names(act("exec", place=PAGE, Image=image, CommandLine=line))) is listed


def test_in_a_script_every_program_counts():
    assert names(act("exec", Image="remindctl", CommandLine="remindctl sync")) == ["exec:remindctl"]


@pytest.mark.parametrize(
    ("target", "listed"), [("Supported", False), ("CI/CD", True), ("notes.md", True), ("to", False)]
)
def test_in_a_text_for_people_a_word_is_a_file_only_where_it_looks_like_one(target, listed):
    assert bool(names(act("read", place=PAGE, TargetFilename=target))) is listed


@pytest.mark.parametrize(("host", "listed"), [("lunch", False), ("localhost", True), ("api.example", True)])
def test_in_a_text_for_people_a_word_is_a_host_only_where_it_looks_like_one(host, listed):
    assert bool(names(act("connect", place=PAGE, DestinationHostname=host))) is listed


@given(st.text(st.sampled_from("${}<>()*/.a1 ~")))
def test_no_path_upsets_the_naming(path):
    for name in names(act("read", TargetFilename=path)):
        assert name.startswith("read:")


@pytest.mark.parametrize("role", [Role.EXAMPLE, Role.DENY_LIST, Role.DOCUMENTATION, Role.FIXTURE, Role.DATA])
def test_what_nobody_will_do_is_none(role):
    assert names(act("exec", role=role, Image="ssh")) == []
    assert list(flows([act("connect", role=role, DestinationHostname="api.example")])) == []


def test_what_is_forbidden_is_none():
    assert names(act("exec", negated=True, Image="ssh")) == []
    assert list(flows([act("connect", negated=True, DestinationHostname="api.example")])) == []


def test_the_first_place_of_each_is_kept_and_they_are_sorted():
    first, second = Place("a.sh", 1, 1), Place("b.sh", 9, 1)
    found = [Capability("exec:git", first), Capability("env:A", second), Capability("exec:git", second)]
    assert distinct_capabilities(found) == ((Capability("env:A", second), Capability("exec:git", first)), 0)


def test_of_a_flood_the_first_are_listed_and_the_rest_counted():
    flood = [number % 9_000 for number in range(10_000)]
    listed, more = distinct_capabilities(Capability(f"exec:{number}", PLACE) for number in flood)
    assert (len(listed), more) == (MAX_CAPABILITIES, 9_000 - MAX_CAPABILITIES)
    kept, others = distinct_flows(Flow(host=f"h{number}", place=PLACE) for number in flood)
    assert (len(kept), others) == (MAX_CAPABILITIES, 9_000 - MAX_CAPABILITIES)


def test_a_flood_of_names_hides_no_destination_that_is_used():
    named = [Flow(host=f"a{number}.example", place=PLACE) for number in range(10_000)]
    used = Flow("z.example", PLACE, 443, "curl", ("~/.netrc",))
    assert distinct_flows([*named, used])[0][0] == used


def test_of_much_that_is_sent_the_first_things_are_listed_and_the_rest_counted():
    sent = " ".join(f"f{number}" for number in range(50))
    (flow,) = flows([act("connect", DestinationHostname="api.example", SentData=sent)])
    assert flow.data == (*(f"f{number}" for number in range(20)), "and 30 more")


def test_a_flow_says_where_what_goes_and_through_what():
    (flow,) = flows(
        [
            act(
                "connect",
                DestinationHostname="drop.example",
                DestinationPort=8443,
                Image="/usr/bin/curl",
                SentData="~/.netrc env:TOKEN",
            )
        ]
    )
    assert flow == Flow("drop.example", PLACE, 8443, "curl", ("~/.netrc", "env:TOKEN"))


@pytest.mark.parametrize("port", ["", "$PORT", 99_999, -1, None])
def test_a_port_that_is_none_is_unknown(port):
    fields = {} if port is None else {"DestinationPort": port}
    (flow,) = flows([act("connect", DestinationHostname="drop.example", **fields)])
    assert flow.port == 0


def hosts(text, path="SKILL.md"):
    return [(flow.host, flow.port, flow.place.line) for flow in named_hosts(Document(path, text))]


def test_hosts_that_a_text_names_are_listed_once():
    text = "See https://Docs.Example/a and\nhttp://api.example:8080/x, https://docs.example/b, http://[2001:db8::1]/\n"
    assert hosts(text) == [("docs.example", 0, 1), ("api.example", 8080, 2), ("[2001:db8::1]", 0, 2)]


@pytest.mark.parametrize("path", ["a.xml", "a.svg", "a.XSD", "a.html"])
def test_the_vocabularies_of_markup_are_no_hosts(path):
    assert hosts('<a xmlns="https://schema.example/x">', path) == []


def test_what_only_looks_like_an_address_is_none():
    assert hosts("http:// https://... https://-/ ftp://files.example") == []


@given(st.text(st.sampled_from("https://abc.:[]01 \n")))
def test_no_text_upsets_the_search_for_hosts(text):
    for host, port, _line in hosts(text):
        assert host
        assert 0 <= port < 65536


def test_a_host_that_is_only_named_gives_way_to_one_that_is_used():
    named, used = Flow("api.example", PLACE), Flow("api.example", PLACE, 443, "curl")
    other = Flow("docs.example", PLACE)
    assert distinct_flows([named, used, other]) == ((used, other), 0)


def test_what_is_sent_stands_first():
    sent = Flow("z.example", PLACE, 443, "curl", ("~/.netrc",))
    used = Flow("a.example", PLACE, 443, "curl")
    assert distinct_flows([used, sent]) == ((sent, used), 0)
