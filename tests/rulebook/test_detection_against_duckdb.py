"""Our Sigma evaluator against one that shares no line with it.

pySigma turns a detection into SQL (pysigma-backend-duckdb), DuckDB applies it to a table of acts, and both must name
the same ones. The table has an act's fields as `values_of` gives them, so our readings that are no part of Sigma lie
outside the comparison: a bare ``Image`` as ``/name``, and the columns ``Certainty``, ``Role`` and ``Text``.

Known differences, each kept out of the comparison where it is made:

- ``null``: for us an empty field is as good as a missing one, for SQL it is not. The table holds no empty fields.
- ``windash``: Sigma exchanges each dash of a value by itself, we exchange all at once. Values have one dash.
- ``cidr``: the backend compares text by wildcards; we parse addresses, and take ``10.0.0.0/24`` and ``10.0.0.*``, which
  a sweep is written over, for what lies in them. Addresses are whole, networks end at a byte.
- Letters beyond ASCII fold alike in both for all that rules need; the odd ones (``İ``) are left out.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma_backend_duckdb import DuckDBBackend

from pinfold.formats import events
from pinfold.language.shell import script as shell
from pinfold.model import Act, ActKind, Place, RuleError
from pinfold.rulebook import load
from pinfold.rulebook.detection import compile_detection, values_of
from pinfold.rulebook.export import to_sigma
from pinfold.rulebook.logsource import LOGSOURCES, fields_of

CASES = Path(__file__).parents[1] / "rules"
COLUMNS = sorted(set().union(*map(fields_of, ActKind)))


class Backend(DuckDBBackend):
    """The backend with the gaps of its dialect closed.

    It compares without regard to case only where a value has wildcards, escapes neither ``%`` and ``_`` nor the quotes
    of a pattern, lets a missing field make a negation neither true nor false, and reads numbers out of text columns.
    """

    escape_char = "!"
    add_escaped = "%_"
    compare_op_expression = "TRY_CAST({field} AS DOUBLE) {operator} {value}"

    def convert_condition_field_eq_val(self, cond, state):
        return f"COALESCE({super().convert_condition_field_eq_val(cond, state)}, FALSE)"

    def _like(self, operator, cond, state):
        value = self.convert_value_str(cond.value, state, no_quote=True)
        return f"{self.escape_and_quote_field(cond.field)} {operator} '{value}' ESCAPE '!'"

    def convert_condition_field_eq_val_str(self, cond, state):
        return self._like("ILIKE", cond, state)

    def convert_condition_field_eq_val_str_case_sensitive(self, cond, state):
        return self._like("LIKE", cond, state)

    def convert_condition_field_eq_val_num(self, cond, state):
        return f"{self.escape_and_quote_field(cond.field)} = '{cond.value}'"

    def convert_condition_field_eq_val_bool(self, cond, state):
        return f"lower({self.escape_and_quote_field(cond.field)}) = '{str(cond.value.boolean).lower()}'"

    def finalize_query_default(self, rule, query, index, state):
        return query if isinstance(rule, SigmaCorrelationRule) else f"SELECT number FROM {self.table} WHERE {query}"

    def convert_value_re(self, r, state):
        return super().convert_value_re(r, state).replace("'", "''")


def table(acts):
    """Return a database with the acts, numbered, as ``logs``."""
    connection = duckdb.connect()
    columns = ", ".join(f'"{name}" VARCHAR' for name in COLUMNS)
    connection.execute(f"CREATE TABLE logs (number INTEGER, {columns})")
    rows = [[number, *(values_of(act).get(name) or None for name in COLUMNS)] for number, act in enumerate(acts)]
    marks = ", ".join("?" for _ in range(len(COLUMNS) + 1))
    if rows:
        connection.executemany(f"INSERT INTO logs VALUES ({marks})", rows)
    return connection


def theirs(connection, document):
    """Return the numbers of the acts that DuckDB finds."""
    collection = SigmaCollection.from_dicts([document])
    (query,) = Backend().convert(collection)
    return {row[0] for row in connection.execute(query).fetchall()}


def ours(values, detection):
    """Return the numbers of the acts, given by their values, that our evaluator finds."""
    matches = compile_detection(detection, where="test")
    return {number for number, (plain, folded) in enumerate(values) if matches(plain, folded)}


def _read(act):
    """Return an act's values, as written and in lower case."""
    plain = {name: value for name, value in values_of(act).items() if value}
    return plain, {name: value.lower() for name, value in plain.items()}


# Our own rules over the acts of their cases


def observed():
    """Return the acts of all live cases, with what their command lines imply, by kind."""
    acts: list[Act] = []
    for path in sorted(CASES.glob("*/*/live-*/events.jsonl")):
        with path.open("rb") as lines:
            for act in events.read(lines, path.name):
                acts.append(act)
                acts.extend(shell.implied(act) if act.kind is ActKind.EXEC else ())
    return {kind: [act for act in acts if act.kind is kind and _addressed(act)] for kind in ActKind}


def _addressed(act):
    """Leave out acts over a written range of addresses, see above."""
    return not any(mark in str(act.fields.get("DestinationIp", "")) for mark in "/*$%")


@pytest.fixture(scope="module")
def material():
    return {kind: ([_read(act) for act in acts], table(acts)) for kind, acts in observed().items()}


RULES = [rule for rule in load().rules if any("live" in part.lenses for part in rule.acts)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_both_find_the_same_acts_of_the_cases(material, rule):
    found = 0
    for document in yaml.safe_load_all(to_sigma([rule])):
        if "correlation" in document:
            continue
        kind = next(kind for kind, source in LOGSOURCES.items() if source == document["logsource"])
        values, connection = material[kind]
        mine = ours(values, document["detection"])
        assert mine == theirs(connection, document), document["name"]
        found += len(mine)
    assert found or all(kind is ActKind.SPEND for part in rule.acts for kind in part.kinds)


def test_correlations_have_sql_too():
    parsed = SigmaCollection.from_yaml(to_sigma(RULES))
    queries = Backend().convert(parsed)
    assert len(queries) >= sum(isinstance(item, SigmaCorrelationRule) for item in parsed.rules)


# Made-up detections over a table of all short texts

PIECES = ("a", "B", "b.", "-a", "/a", " -b", " /b", "%", "_", "'", "挖", "*", "?", "\\", "\n")
ADDRESSES = ("10.1.2.3", "10.255.0.1", "11.0.0.1", "192.168.1.1", "192.0.2.9")
NETWORKS = st.sampled_from(["10.0.0.0/8", "192.168.0.0/16", "192.0.2.0/24", "10.1.2.3/32"])
PATTERNS = st.sampled_from(["a+b", "(?i)A.b", "^[^a]", "b$", r"\bb\b", "a|挖", "'", r"\.", "(a|b){2}", "a.", "^-"])
PORTS = (22, 443, 1024, 65535)


def made_up():
    """Return acts with every text of one or two pieces as their command line, and other fields by turns."""
    texts = [*PIECES, *("".join(pair) for pair in product(PIECES, repeat=2))]
    return [
        Act(
            kind=ActKind.CONNECT,
            fields={
                "CommandLine": text,
                "Image": texts[number * 7 % len(texts)],
                **({"Url": texts[number * 5 % len(texts)]} if number % 3 else {}),
                **({"DestinationIp": ADDRESSES[number % len(ADDRESSES)]} if number % 4 else {}),
                **({"DestinationPort": PORTS[number % len(PORTS)]} if number % 5 else {}),
                **({"Initiated": number % 2 == 0} if number % 7 else {}),
            },
            place=Place("events.jsonl", step=number),
        )
        for number, text in enumerate(texts)
    ]


@cache
def short_texts():
    acts = made_up()
    return [_read(act) for act in acts], table(acts)


def listed(values):
    return st.one_of(values, st.lists(values, min_size=1, max_size=3))


VALUES = st.lists(st.sampled_from((*PIECES, r"\*", r"\?", r"\\")), min_size=1, max_size=2).map("".join)
TEXT_MODIFIERS = ("", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased")
TEXTS = st.tuples(st.sampled_from(["CommandLine", "Image", "Url"]), st.sampled_from(TEXT_MODIFIERS), listed(VALUES))
DASHES = st.tuples(
    st.just("CommandLine"),
    st.sampled_from(["|contains|windash", "|contains|all|windash"]),
    listed(st.sampled_from(["-a", "/a", " -b", "b.", "a -b"])),
)
REGEXES = st.tuples(
    st.sampled_from(["CommandLine", "Url"]), st.sampled_from(["|re", "|re|i", "|re|all", "|re|s"]), listed(PATTERNS)
)
NUMBERS = st.tuples(
    st.just("DestinationPort"), st.sampled_from(["", "|lt", "|lte", "|gt", "|gte"]), st.sampled_from((*PORTS, 0, 80))
)
OTHERS = st.one_of(
    st.tuples(st.just("DestinationIp"), st.just("|cidr"), listed(NETWORKS)),
    st.tuples(st.sampled_from(["Url", "CommandLine"]), st.just("|exists"), st.booleans()),
    st.tuples(st.sampled_from(["Url", "CommandLine"]), st.just(""), st.none()),
    st.tuples(st.just("Initiated"), st.just(""), st.booleans()),
)
MAPS = st.lists(st.one_of(TEXTS, TEXTS, DASHES, REGEXES, NUMBERS, OTHERS), min_size=1, max_size=2).map(
    lambda items: {field + modifiers: value for field, modifiers, value in items}
)
SELECTIONS = st.one_of(MAPS, st.lists(MAPS, min_size=1, max_size=2))
CONDITIONS = st.sampled_from(
    [
        "s_a",
        "not s_a",
        "s_a and s_b",
        "s_a or s_b",
        "s_a and not s_b",
        "not (s_a or s_b)",
        "1 of s_*",
        "all of s_*",
        "1 of them",
        "not 1 of them",
        "all of them and not t",
        "not s_a or t and s_b",
    ]
)


@settings(max_examples=25)
@given(st.fixed_dictionaries({"s_a": SELECTIONS, "s_b": SELECTIONS, "t": SELECTIONS, "condition": CONDITIONS}))
def test_both_read_any_detection_alike(detection):
    values, connection = short_texts()
    document = {"title": "It", "logsource": {"category": "network_connection"}, "detection": detection}
    try:
        mine = ours(values, detection)
    except RuleError as error:
        pytest.fail(f"we refuse what pySigma takes: {error}")
    differing = mine ^ theirs(connection, document)
    assert not {number: values[number][0] for number in differing}
