"""Users' own Sigma rules, judged like ours."""

from __future__ import annotations

import textwrap

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinfold.model import ActKind, Confidence, PinfoldError, RuleError, Severity
from pinfold.rulebook import Judge
from pinfold.rulebook.sigma import looks_like_sigma, read_sigma

LINUX = """
    title: Reverse Forwarding by SSH
    id: 6f0a4c7e-6a0a-4d0e-9b0e-0d3c1e1f2a3b
    status: stable
    description: |
      Finds a way back in
      through SSH.
    references: ["https://docs.example/ssh"]
    author: Somebody
    date: 2026-01-02
    tags: [attack.command-and-control, attack.t1572, attack.T1218.010]
    logsource: {category: process_creation, product: linux}
    detection:
      selection:
        Image|endswith: /ssh
        CommandLine|contains: ' -R '
      filter:
        CommandLine|contains: 'localhost'
      condition: selection and not 1 of filter*
    falsepositives: [Administrators, Unknown]
    level: high
"""

WINDOWS = r"""
    title: Certutil Download
    status: test
    logsource: {category: process_creation, product: windows}
    detection:
      image:
        - Image|endswith: '\certutil.exe'
        - OriginalFileName: 'CertUtil.exe'
      flags:
        CommandLine|contains|windash: ['-urlcache ', '-verifyctl ']
      address:
        CommandLine|contains|all: [http, '://']
      condition: all of them
    level: medium
"""

COUNT = """
    title: Many Names
    name: one_name
    logsource: {category: dns_query}
    detection: {any: {QueryName|endswith: .corp.example}, condition: any}
    ---
    title: Names By The Dozen
    correlation:
      type: value_count
      rules: [one_name]
      group-by: [Image]
      timespan: 2m
      condition: {field: QueryName, gte: 3}
    level: high
"""


@pytest.fixture
def sigma(tmp_path):
    """Writes Sigma documents into a file and reads them."""

    def read(text, name="my rule.yml"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), "utf-8")
        return read_sigma(path)

    return read


@pytest.fixture
def found(act):
    """Says which of some rules match an act."""

    def judge(rules, *acts, lens="live", kind="exec", **fields):
        return sorted({match.rule.id for match in Judge(rules).judge(lens, acts or [act(kind, **fields)], [])})

    return judge


def test_what_the_author_says_becomes_what_we_say(sigma):
    (rule,) = sigma(LINUX)
    assert (rule.id, rule.title, rule.family) == ("reverse-forwarding-by-ssh", "Reverse Forwarding by SSH", "sigma")
    assert (rule.severity, rule.confidence) == (Severity.HIGH, Confidence.HIGH)
    assert rule.explain == "Finds a way back in through SSH."
    assert "Administrators" in rule.fix
    assert "Unknown" not in rule.fix
    assert rule.maps == {"attack": ("T1572",)}
    assert rule.references == ("https://docs.example/ssh", "https://attack.mitre.org/techniques/T1218/010/")
    assert rule.lenses == ("source", "live", "record")


@pytest.mark.parametrize(
    ("status", "confidence"),
    [("stable", "high"), ("test", "medium"), ("experimental", "low"), ("deprecated", "low"), (None, "medium")],
)
def test_status_says_how_sure(sigma, status, confidence):
    body = yaml.safe_load(LINUX)
    body.pop("status")
    (rule,) = sigma(yaml.safe_dump({**body, **({"status": status} if status else {})}))
    assert rule.confidence.value == confidence


@pytest.mark.parametrize(
    ("level", "severity"), [("informational", "info"), ("low", "low"), ("critical", "critical"), (None, "medium")]
)
def test_level_says_how_bad(sigma, level, severity):
    body = yaml.safe_load(LINUX)
    body.pop("level")
    (rule,) = sigma(yaml.safe_dump({**body, **({"level": level} if level else {})}))
    assert rule.severity.value == severity


def test_a_rule_for_linux_works_in_all_lenses(sigma, found):
    rules = sigma(LINUX)
    for lens in ("source", "live", "record"):
        assert found(rules, Image="ssh", CommandLine="ssh -R 22:b:22 c", lens=lens)
        assert not found(rules, Image="/usr/bin/ssh", CommandLine="ssh -R 22:localhost:22 c", lens=lens)


@pytest.mark.parametrize(
    "image", [r"C:\Windows\System32\certutil.exe", "certutil.exe", "certutil", "/mnt/c/certutil.exe"]
)
def test_a_rule_for_windows_works_where_the_program_has_no_folder(sigma, found, image):
    rules = sigma(WINDOWS)
    assert found(rules, Image=image, CommandLine="certutil -urlcache -f https://a.example/x x")
    assert found(rules, Image=image, CommandLine="certutil /urlcache /f https://a.example/x x")
    assert not found(rules, Image=image, CommandLine="certutil -hashfile x")
    assert not found(rules, Image=r"C:\notcertutil.exe", CommandLine="x -urlcache http://")


@pytest.mark.parametrize(
    ("category", "field", "kind", "ours"),
    [
        ("process_creation", "CommandLine", "exec", "CommandLine"),
        ("network_connection", "DestinationHostname", "connect", "DestinationHostname"),
        ("dns_query", "QueryName", "lookup", "QueryName"),
        ("dns", "query", "lookup", "QueryName"),
        ("file_event", "TargetFilename", "write", "TargetFilename"),
        ("file_access", "TargetFilename", "read", "TargetFilename"),
        ("file_access", "FileName", "read", "TargetFilename"),
    ],
)
def test_log_sources_and_their_fields(sigma, found, category, field, kind, ours):
    rules = sigma(f"""
        title: It
        logsource: {{category: {category}}}
        detection: {{a: {{{field}|contains: needle}}, condition: a}}
    """)
    assert rules[0].acts[0].kinds == (ActKind(kind),)
    assert found(rules, kind=kind, **{ours: "a needle"})
    assert not found(rules, kind="call", **{ours: "a needle"})


def test_keywords_and_lists_of_conditions(sigma, found):
    rules = sigma("""
        title: It
        logsource: {category: process_creation}
        detection: {words: [mimi*katz, sekurlsa], one: solitary, condition: [words, one]}
    """)
    assert found(rules, CommandLine="x sekurlsa::logonpasswords")
    assert found(rules, CommandLine="mimi and katz")
    assert found(rules, CommandLine="a solitary word")
    assert not found(rules, CommandLine="x")


@pytest.mark.parametrize(
    ("spelled", "text"), [("re|ignorecase", "SECRET"), ("re|multiline", "a\nsecret"), ("re|dotall", "xsecret")]
)
def test_flags_may_be_spelled_out(sigma, found, spelled, text):
    pattern = {"re|ignorecase": "secret", "re|multiline": "^secret$", "re|dotall": "x.?secret"}[spelled]
    rules = sigma(f"""
        title: It
        logsource: {{category: process_creation}}
        detection: {{a: {{CommandLine|{spelled}: '{pattern}'}}, condition: a}}
    """)
    assert found(rules, CommandLine=text)


# Correlations


def test_a_correlation_joins_documents_of_the_file(sigma, found, act):
    (rule,) = sigma(COUNT)  # the plain rule speaks through it only
    assert (rule.id, rule.severity) == ("names-by-the-dozen", Severity.HIGH)
    names = [
        act("lookup", QueryName=f"{name}.corp.example", Image="dig", time=float(at), order=at)
        for at, name in enumerate("abc")
    ]
    assert found([rule], *names) == ["names-by-the-dozen"]
    assert not found([rule], *names[:2])
    late = [
        act("lookup", QueryName=f"{name}.corp.example", Image="dig", time=at * 100.0, order=at)
        for at, name in enumerate("abc")
    ]
    assert not found([rule], *late)


def test_a_correlation_may_leave_its_parts_their_voice(sigma):
    rules = sigma(COUNT.replace("timespan", "generate: true\n      timespan"))
    assert [rule.id for rule in rules] == ["names-by-the-dozen", "many-names"]
    assert rules[1].acts[0].alone


@pytest.mark.parametrize(
    ("timespan", "ours"), [("30s", "30s"), ("2h", "7200s"), ("3w", "21d"), ("1M", "30d"), ("1y", "365d")]
)
def test_time_spans(sigma, timespan, ours):
    assert sigma(COUNT.replace("2m", timespan))[0].correlations[0].timespan == ours


def test_a_part_may_be_named_by_its_id(sigma):
    text = COUNT.replace("name: one_name", "id: 6f0a4c7e-6a0a-4d0e-9b0e-0d3c1e1f2a3b").replace(
        "[one_name]", "[6f0a4c7e-6a0a-4d0e-9b0e-0d3c1e1f2a3b]"
    )
    assert sigma(text)[0].correlations[0].rules == ("many-names",)


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Image|endswith", "Image|base64offset|contains", "modifier 'base64offset' of Image"),
        ("Image|endswith", "Image|fieldref", "modifier 'fieldref' of Image"),
        ("Image|endswith", "Image|neq", "modifier 'neq' of Image"),
        ("Image|endswith: /ssh", "CommandLine|expand: '%users%'", "modifier 'expand' of CommandLine"),
        ("Image|endswith", "Image|nonsense", "nonsense"),
        ("CommandLine|contains: ' -R '", "CommandLine|re: '(?=x)'", "CommandLine|re"),
        ("CommandLine|contains: ' -R '", "CommandLine|re: '('", "invalid"),
        ("CommandLine|contains: ' -R '", "'|contains': ' -R '", "keywords with modifiers"),
        ("CommandLine|contains: ' -R '", "CommandLine: [x, null]", "null within a list"),
        ("category: process_creation", "category: registry_set", "category 'registry_set'"),
        ("category: process_creation, product", "service: auditd, product", "service 'auditd'"),
        ("selection and not 1 of filter*", "selection | count() > 3", "pipe"),
        ("selection and not 1 of filter*", "gone", "gone"),
        ("level: high", "level: dire", "level"),
        ("status: stable", "status: perhaps", "status"),
        ("title: Reverse Forwarding by SSH", "author: x", "title"),
        ("selection:", "filter2:", "selection"),
        ("level: high", "level: high\n    filter: {}", "Sigma filters"),
        ("level: high", "level: high\n    action: global", "action"),
        ("condition:", "timeframe: 5m\n      condition:", "timeframe"),
    ],
)
def test_what_we_do_not_evaluate_is_refused_by_file_and_name(sigma, old, new, words):
    assert old in LINUX
    with pytest.raises(RuleError) as caught:
        sigma(LINUX.replace(old, new, 1))
    assert "my rule.yml" in str(caught.value)
    assert words in str(caught.value)


def test_a_rule_over_fields_that_no_act_has_is_refused(sigma):
    with pytest.raises(RuleError, match="no act has a field Hashes, IntegrityLevel") as caught:
        sigma("""
            title: It
            logsource: {category: process_creation}
            detection: {a: {Hashes|contains: x, IntegrityLevel: High}, condition: a}
        """)
    assert "CommandLine" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: value_count", "type: value_sum", "type 'value_sum'"),
        ("rules: [one_name]", "rules: [other]", "no plain rule 'other'"),
        ("{field: QueryName, gte: 3}", "{field: QueryName, neq: 3}", "one bound"),
        ("group-by: [Image]", "aliases: {a: {one_name: Image}}", "aliases"),
        ("type: value_count", "type: temporal", "conditions of temporal"),
        ("timespan: 2m", "timespan: soon", "soon"),
        ("{field: QueryName, gte: 3}", "{gte: 3}", "field"),
    ],
)
def test_correlations_that_we_do_not_evaluate_are_refused(sigma, old, new, words):
    assert old in COUNT
    with pytest.raises(RuleError) as caught:
        sigma(COUNT.replace(old, new, 1))
    assert "my rule.yml: Names By The Dozen" in str(caught.value)
    assert words in str(caught.value)


def test_an_empty_file_is_refused(sigma):
    with pytest.raises(RuleError, match="no Sigma rule"):
        sigma("# nothing\n")


# Names


def test_ids_are_unique_within_a_file(sigma):
    assert [rule.id for rule in sigma(LINUX + "---" + LINUX)] == [
        "reverse-forwarding-by-ssh",
        "reverse-forwarding-by-ssh-2",
    ]


def test_a_title_without_latin_letters_gives_way_to_the_files_name(sigma):
    (rule,) = sigma(LINUX.replace("Reverse Forwarding by SSH", "反向隧道"))
    assert (rule.id, rule.title) == ("my-rule", "反向隧道")


@pytest.mark.parametrize(
    ("text", "wanted"), [(LINUX, True), (COUNT, True), ("id: made-up\nacts: []", False), ("", False), ("- a", False)]
)
def test_sigma_is_told_by_its_content(tmp_path, text, wanted):
    (tmp_path / "a.yaml").write_text(textwrap.dedent(text), "utf-8")
    assert looks_like_sigma(tmp_path / "a.yaml") is wanted


def test_without_pysigma_the_extra_is_named(sigma, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sigma.rule", None)
    with pytest.raises(PinfoldError, match="pySigma") as caught:
        sigma(LINUX)
    assert caught.value.hint == "pip install 'pinfold[sigma]'"


def test_pysigma_is_not_loaded_with_the_rulebook(run_cli):
    import subprocess
    import sys

    code = (
        "import sys, pinfold.rulebook.sigma, pinfold.rulebook.yara; "
        "sys.exit('sigma' in sys.modules or 'yara_x' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


VALUES = st.none() | st.booleans() | st.integers(-3, 70000) | st.text(max_size=8)
NESTED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["CommandLine|contains", "Image|endswith", "CommandLine|re", "DestinationIp|cidr", "Image", "|all", "x|y", ""]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "keywords", "timeframe"]),
        st.dictionaries(KEYS, NESTED, max_size=2) | NESTED,
        max_size=3,
    ),
    st.sampled_from(["a", "1 of them", "a and not b", "all of a*", ""]) | st.text(max_size=10),
    st.dictionaries(
        st.sampled_from(["title", "level", "status", "tags", "logsource", "correlation", "falsepositives"]),
        NESTED,
        max_size=1,
    ),
)
def test_any_detection_is_a_rule_or_a_rule_error(tmp_path, detection, condition, changes):
    body = {
        "title": "It",
        "logsource": {"category": "process_creation"},
        "detection": {**detection, "condition": condition},
        **changes,
    }
    path = tmp_path / "any.yml"
    path.write_text(yaml.safe_dump(body, allow_unicode=True), "utf-8")
    try:
        rules = read_sigma(path)
    except RuleError as error:
        assert "any.yml" in str(error)
    else:
        Judge(rules)
