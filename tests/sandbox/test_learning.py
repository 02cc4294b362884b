from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import (
    Access,
    BindEvent,
    ConnectEvent,
    DeniedEvent,
    Destination,
    ExecEvent,
    ExitEvent,
    FlowEvent,
    LookupEvent,
    Profile,
    ReadEvent,
    RunEvent,
    WriteEvent,
)
from pinfold.output.profile import toml
from pinfold.sandbox import learning
from pinfold.sandbox.learning import learn
from pinfold.sandbox.notation import covered, pattern
from pinfold.sandbox.profile_file import parse

FOLDER = "/home/ada/work"
BASE = Profile(
    name="job",
    read=Access(deny=("~/.ssh", ".env", "*.pem", "/etc/shadow")),
    write=Access(deny=("~/.ssh", "~/.claude", "CLAUDE.md", ".git/hooks", "/etc")),
    execute=Access(deny=("sudo", "nc")),
)


def learned(*events, **more):
    return learn(events, **{"base": BASE, "folder": FOLDER, "home": "/home/ada", **more})


def read(*paths, **more):
    return [ReadEvent(TargetFilename=path, **more) for path in paths]


def write(*paths, **more):
    return [WriteEvent(TargetFilename=path, **more) for path in paths]


def connect(host="", ip="", port=443, **more):
    return ConnectEvent(DestinationHostname=host, DestinationIp=ip, DestinationPort=port, **more)


def refused(result):
    return {seen.entry: seen.reason for seen in result.refused}


def test_the_system_is_granted_with_its_folders():
    result = learned(*read("/usr/lib/a.so", "/usr/share/b", "/etc/passwd", "/proc/self/maps", "/lib64/ld.so"))
    assert result.profile.read.allow == ("/etc", "/lib64", "/proc", "/usr")
    assert result.why["read /usr"] == "2 files, seen 2 times"
    assert result.why["read /etc"] == "1 file, seen once"


def test_nothing_of_the_system_may_be_changed():
    result = learned(*write("/usr/lib/a.so", "/etc/cron.d/x", "/proc/self/comm"))
    assert result.profile.write.allow == ()
    assert refused(result) == {
        "write /usr/lib/a.so": "it lies in a folder of the system",
        "write /etc/cron.d/x": "/etc is denied",
        "write /proc/self/comm": "it lies in a folder of the system",
    }


def test_programs_are_granted_with_their_folder_and_may_be_read():
    images = ["/usr/bin/git", "/usr/bin/git", "/usr/lib/git-core/git-remote-http", f"{FOLDER}/a.out", "/opt/tool/bin/x"]
    result = learned(*[ExecEvent(Image=image) for image in images], *read("/usr/lib/a.so"))
    assert result.profile.execute.allow == ("./a.out", "/opt/tool/bin/x", "/usr")
    assert result.profile.read.allow == ("/opt/tool/bin/x", "/usr", "a.out")
    assert result.why["execute /usr"] == "2 programs, seen 3 times: git, git-remote-http"
    assert result.why["read a.out"] == "its programs run"
    assert result.profile.execute.deny == ("sudo", "nc")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("/usr/bin/nc", "nc is denied"),
        ("nc", "nc is denied"),
        (f"{FOLDER}/sudo", "sudo is denied"),
        ("/memfd:x (deleted)", "a program without a file"),
        (f"{FOLDER}/x (deleted)", "a program without a file"),
        (f"{FOLDER}/a*", "a * in its name would stand for other names"),
    ],
)
def test_programs_that_are_not_granted(image, reason):
    result = learned(ExecEvent(Image=image))
    assert result.profile.execute.allow == ()
    assert list(refused(result).values()) == [reason]


@pytest.mark.parametrize(
    ("image", "command", "script"),
    [
        ("/usr/bin/dash", "/bin/sh ./build.sh --all", ["./build.sh"]),
        ("/usr/bin/python3.11", f"/usr/bin/python3 -u {FOLDER}/tools/x.py", ["tools/x.py"]),
        ("/usr/bin/dash", "sh -c ./x", []),
        ("/usr/bin/python3", "python3 -m a/b", []),
        ("/usr/bin/cat", "cat ./x", []),
        ("/usr/bin/node", "node https://a.example/x", []),
        ("/usr/bin/node", "node -", []),
    ],
)
def test_a_script_that_an_interpreter_runs_may_be_executed(image, command, script):
    result = learned(ExecEvent(Image=image, CommandLine=command))
    assert sorted(result.profile.execute.allow) == sorted(["/usr", *script])


def test_an_interpreter_is_granted_with_its_prefix_wherever_it_lies():
    prefixes = {f"{FOLDER}/.venv", "/home/ada/.pyenv/versions/3.11", "/opt/conda", "/opt/conda/envs/x", "/home/ada"}
    paths = [f"{FOLDER}/.venv/bin/pytest", f"{FOLDER}/.venv/lib/certifi/cacert.pem", "/opt/conda/envs/x/lib/a.py"]
    result = learned(
        ExecEvent(Image="/home/ada/.pyenv/versions/3.11/bin/python3.11"), *read(*paths), is_prefix=prefixes.__contains__
    )
    both = (".venv", "/opt/conda/envs/x", "~/.pyenv/versions/3.11")
    assert result.profile.read.allow == both
    assert result.profile.execute.allow == both
    assert result.refused == ()


def test_few_files_stay_files_and_many_become_their_folder():
    few = learned(*read(*(f"/srv/data/a/{name}" for name in "abcde")))
    assert few.profile.read.allow == tuple(f"/srv/data/a/{name}" for name in "abcde")
    many = learned(*read(*(f"/srv/data/a/{name}" for name in "abcdef")), *read("/srv/data/a/a"))
    assert many.profile.read.allow == ("/srv/data/a",)
    assert many.why["read /srv/data/a"] == "6 files, seen 7 times"
    spread = learned(*read(*(f"/srv/data/{name}/x" for name in "abcdef")))
    assert spread.profile.read.allow == ("/srv/data",)


def test_many_files_of_the_working_folder_become_the_working_folder():
    assert learned(*write(f"{FOLDER}/out.txt", "build/x.o")).profile.write.allow == ("build/x.o", "out.txt")
    assert learned(*write(*(f"{FOLDER}/{n}.txt" for n in range(9)))).profile.write.allow == (".",)
    assert learned(*read(FOLDER, f"{FOLDER}/a")).profile.read.allow == (".",)


def test_what_a_run_makes_is_granted_with_the_folder_that_was_there_before():
    made = [f"{FOLDER}/out", f"{FOLDER}/out/bin", f"{FOLDER}/out/bin/tool", "/srv/data/new"]
    programs = [ExecEvent(Image=image) for image in (f"{FOLDER}/out/bin/tool", f"{FOLDER}/kept/other", "/srv/data/new")]
    result = learned(*write(*made, entry=True), *write(f"{FOLDER}/kept/log"), *programs)
    assert result.profile.write.allow == (".", "/srv/data")
    assert result.profile.execute.allow == (".", "/srv/data")
    assert learned(*write(f"{FOLDER}/out/log", entry=True)).profile.write.allow == ("out",)


def test_what_is_never_granted_is_told_by_its_name_though_it_was_made():
    result = learned(*write(f"{FOLDER}/CLAUDE.md", f"{FOLDER}/a", entry=True))
    assert result.profile.write.allow == (".",)
    assert refused(result) == {"write CLAUDE.md": "CLAUDE.md is denied"}


def test_a_name_that_looks_like_a_root_is_none():
    result = learned(*read(f"{FOLDER}/~/x", f"{FOLDER}/{{skill}}/x"))
    assert result.profile.read.allow == ("./{skill}/x", "./~/x")


@pytest.mark.parametrize("folder", ["/tmp", "/home/ada", "/home", "/srv", "/var/lib", "/home/ada/.config"])
def test_folders_of_many_owners_are_never_granted_as_a_whole(folder):
    result = learned(*read(folder, *(f"{folder}/x{number}" for number in range(9))))
    assert result.profile.read.allow == ()
    assert set(refused(result).values()) == {"too wide a folder to be granted as a whole"}
    result = learned(*read(*(f"{folder}/x{number}" for number in range(9))))
    assert len(result.profile.read.allow) == (9 if folder != "/home" else 0)


def test_lines_are_bounded_and_the_rest_is_told():
    result = learned(*read(*(f"/tmp/{number}" for number in range(learning.MOST_LINES + 3))))
    assert len(result.profile.read.allow) == learning.MOST_LINES
    assert list(refused(result).values()) == ["there are too many of its kind to list"] * 3


def test_different_things_are_bounded_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(learning, "MOST_DISTINCT", 10)
    result = learned(*read(*(f"/srv/a/{number}" for number in range(15))), connect("a.example"))
    assert (result.more, result.profile.hosts) == (6, ())


@pytest.mark.parametrize(
    ("event", "entry"),
    [
        (ReadEvent(TargetFilename="/home/ada/.ssh/id_rsa"), "read ~/.ssh/id_rsa"),
        (ReadEvent(TargetFilename=f"{FOLDER}/sub/.env"), "read sub/.env"),
        (ReadEvent(TargetFilename="/srv/app/key.pem"), "read /srv/app/key.pem"),
        (ReadEvent(TargetFilename="/etc/shadow"), "read /etc/shadow"),
        (WriteEvent(TargetFilename=f"{FOLDER}/CLAUDE.md"), "write CLAUDE.md"),
        (WriteEvent(TargetFilename="/home/ada/.claude/settings.json"), "write ~/.claude/settings.json"),
        (WriteEvent(TargetFilename="/srv/repo/.git/hooks/pre-commit"), "write /srv/repo/.git/hooks/pre-commit"),
    ],
)
@pytest.mark.parametrize("decision", ["", "deny"])
def test_what_a_deny_list_names_is_never_granted(event, entry, decision):
    result = learned(type(event)(TargetFilename=event.TargetFilename, decision=decision), include_denied=True)
    assert list(refused(result)) == [entry]
    assert refused(result)[entry].endswith(" is denied")
    allowed = [pattern(path) for path in (*result.profile.read.allow, *result.profile.write.allow)]
    assert not covered(pattern(entry.partition(" ")[2]), allowed)


def test_what_is_refused_within_a_granted_folder_is_denied_by_its_name():
    result = learned(*read(*(f"{FOLDER}/sub/{n}" for n in range(9))), *read(f"{FOLDER}/sub/.env", f"{FOLDER}/.env"))
    assert result.profile.read.allow == ("sub",)
    assert result.profile.read.deny == (*BASE.read.deny, "sub/.env")


def test_a_folder_with_too_many_secrets_is_not_granted():
    secrets = read(*(f"/srv/a/{number}.pem" for number in range(learning.MOST_LINES + 1)))
    result = learned(*secrets, *read(*(f"/srv/a/{number}" for number in range(9))), *read("/srv/b/x"))
    assert result.profile.read.allow == ("/srv/b/x",)
    assert refused(result)["read /srv/a"] == "too much lies in it that is denied"
    assert len(result.profile.read.deny) == len(BASE.read.deny) + learning.MOST_LINES


def test_a_new_repository_may_be_made_but_has_no_hook():
    result = learned(*write(f"{FOLDER}/r/.git/hooks/pre-push.sample", f"{FOLDER}/r/.git/hooks/pre-push"))
    assert result.profile.write.allow == ("r/.git/hooks/pre-push.sample",)
    assert list(refused(result)) == ["write r/.git/hooks/pre-push"]


def test_every_run_has_its_own_home_and_temporary_folder_and_these_are_left_out():
    def started(session, folder):
        return RunEvent(
            State="started",
            session=session,
            CurrentDirectory=folder,
            Home=f"/run/p/{session}/home",
            Temporary=f"/run/p/{session}/tmp",
        )

    events = []
    for session, folder in (("a", "/data/one"), ("b", "/data/two")):
        events.append(started(session, folder))
        events += write(f"/run/p/{session}/home/.cache/x", f"/run/p/{session}/tmp/y", f"{folder}/out", session=session)
        events.append(ExecEvent(Image=f"/run/p/{session}/tmp/conftest", session=session))
    result = learned(*events)
    assert result.profile.write.allow == ("out",)
    assert result.profile.execute.allow == ()
    assert (result.runs, result.why["write out"]) == (2, "seen 2 times")
    assert refused(result) == {}


def test_files_that_were_not_observed_are_granted_as_without_a_profile():
    result = learned(ExecEvent(Image="/usr/bin/true"))
    assert not result.traced
    assert result.profile.read.allow == (".", "/bin", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/usr")
    assert result.profile.write.allow == (".",)
    assert result.profile.execute.allow == ("/usr",)
    assert result.why["write ."] == "files were not observed"
    assert learned(*read("/usr/x")).traced


def test_hosts_by_name_where_it_is_known_else_by_address():
    result = learned(
        connect("Api.Example.", "192.0.2.1", Image="/usr/bin/curl"),
        connect("", "192.0.2.1", Image="/usr/bin/curl"),
        connect("", "198.51.100.7", 22, Image="/usr/bin/ssh"),
        connect("", "198.51.100.7", 22, Image="/usr/bin/git"),
        connect("", "2001:db8::1", 443),
        FlowEvent(DestinationHostname="flow.example", DestinationIp="192.0.2.9", DestinationPort=80),
        FlowEvent(DestinationHostname="api.example", DestinationIp="192.0.2.1", DestinationPort=443),
    )
    assert result.profile.hosts == (
        Destination(cidr="198.51.100.7/32", port=22),
        Destination(cidr="2001:db8::1/128", port=443),
        Destination(name="api.example", port=443, program="/usr/bin/curl"),
        Destination(name="flow.example", port=80),
    )
    assert result.why["host api.example:443"] == "seen 2 times"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y", [("a.example", "", 443)]),
        ("http://192.0.2.7:8080/", [("", "192.0.2.7/32", 8080)]),
        ("wss://[2001:db8::1]/", [("", "2001:db8::1/128", 443)]),
        ("https://[bad", []),
        ("https://a.example:port/", []),
    ],
)
def test_a_connection_may_be_told_by_its_url_alone(url, expected):
    hosts = learned(ConnectEvent(Url=url)).profile.hosts
    assert [(host.name, host.cidr, host.port) for host in hosts] == expected


def test_a_host_belongs_to_the_one_program_that_used_it():
    (host,) = learned(
        connect("a.example", Image="/usr/bin/curl"), connect("a.example", Image="/usr/bin/curl")
    ).profile.hosts
    assert host.program == "/usr/bin/curl"
    (host,) = learned(
        connect("a.example", Image="/usr/bin/curl"), connect("a.example", Image=f"{FOLDER}/x")
    ).profile.hosts
    assert host.program == ""
    (host,) = learned(connect("a.example", Image=f"{FOLDER}/x")).profile.hosts
    assert host.program == "./x"


def test_what_the_run_itself_offers_needs_no_grant():
    own = BindEvent(SourceIp="127.0.0.1", SourcePort=8888, session="r")
    assert learned(own, connect("", "127.0.0.1", 8888, session="r")).profile.hosts == ()
    (host,) = learned(own, connect("", "127.0.0.1", 5432, session="r")).profile.hosts
    assert (host.cidr, host.port) == ("127.0.0.1/32", 5432)


@pytest.mark.parametrize(
    ("event", "entry"),
    [
        (connect("", "169.254.169.254", 80), "host 169.254.169.254:80"),
        (connect("", "::ffff:169.254.169.254", 80), "host 169.254.169.254:80"),
        (connect("", "224.0.0.1", 80), "host 224.0.0.1:80"),
        (connect("a.example", "", None), "host a.example"),
        (connect("*.example"), "host *.example"),
        (connect("https://a.example"), "host https://a.example"),
        (LookupEvent(QueryName="a.example"), "lookup a.example"),
    ],
)
def test_hosts_that_are_not_granted(event, entry):
    result = learned(event)
    assert result.profile.hosts == ()
    assert list(refused(result)) == [entry]


@pytest.mark.parametrize(
    "event",
    [
        connect("a.example", Initiated=False),
        connect("", "192.0.2.53", 53, Protocol="udp"),
        connect("", "", 443),
        ExitEvent(ExitCode=0),
        RunEvent(State="ended"),
    ],
)
def test_what_needs_no_line(event):
    result = learned(event, *read("/usr/x"))
    assert (result.profile.hosts, result.refused) == ((), ())


def test_what_was_denied_is_told_and_granted_only_on_demand():
    events = [
        connect("a.example", decision="deny", reason="no host is granted"),
        *write("/srv/a/x", decision="deny"),
        *read("/srv/a/y", decision="deny"),
        DeniedEvent(Call="chmod", TargetFilename="/srv/a/z", Count=3),
        DeniedEvent(Call="ptrace", Count=2),
        LookupEvent(QueryName="b.example", decision="deny"),
        BindEvent(SourceIp="192.0.2.1", SourcePort=80, decision="deny"),
    ]
    result = learned(*events)
    assert {seen.entry: (seen.count, seen.reason) for seen in result.denied} == {
        "call ptrace": (2, ""),
        "host a.example:443": (1, "no host is granted"),
        "listen 192.0.2.1:80": (1, ""),
        "lookup b.example": (1, ""),
        "read /srv/a/y": (1, ""),
        "write /srv/a/x": (1, ""),
        "write /srv/a/z": (3, ""),
    }
    assert (result.profile.hosts, result.profile.write.allow, result.profile.read.allow) == ((), (), ())
    result = learned(*events, include_denied=True)
    assert [host.name for host in result.profile.hosts] == ["a.example"]
    assert result.profile.write.allow == ("/srv/a/x", "/srv/a/z")
    assert result.profile.read.allow == ("/srv/a/y",)
    assert "call ptrace" in [seen.entry for seen in result.denied]


def test_devices():
    result = learned(*write("/dev/null", "/dev/nvidia0", "/dev/shm/x", "/dev/sda"), *read("/dev/urandom"))
    assert result.profile.devices == ("gpu",)
    assert result.profile.write.allow == ("/dev/shm",)
    assert list(refused(result)) == ["write /dev/sda"]


def test_the_order_of_events_does_not_matter():
    events = [*read(*(f"/srv/{a}/{b}" for a in "abc" for b in "xyz")), *write("out"), ExecEvent(Image="/usr/bin/git")]
    assert learned(*events) == learned(*reversed(events))


NAMES = st.sampled_from(
    ["a", "b", ".env", "*", "..", ".", "", "~", "{skill}", "home", "ada", "work", "x.pem", "usr", "\0"]
)
PATHS = st.lists(NAMES, max_size=8).map("/".join)
EVENTS = st.one_of(
    st.builds(lambda path, mark: ReadEvent(TargetFilename=mark + path), PATHS, st.sampled_from(["", "/"])),
    st.builds(lambda path: WriteEvent(TargetFilename=path), PATHS),
    st.builds(lambda path, line: ExecEvent(Image="/" + path, CommandLine=line), PATHS, st.text(max_size=8)),
    st.builds(connect, st.text(max_size=4) | st.just("a.example"), st.text(max_size=4), st.integers(-1, 99_999)),
    st.builds(lambda name: LookupEvent(QueryName=name), st.text(max_size=4)),
)


@given(st.lists(EVENTS, max_size=30))
def test_whatever_was_seen_a_profile_comes_out_and_what_is_refused_is_not_in_it(events):
    result = learned(*events)
    written = toml(result.profile, head=[], why=result.why, foot=[])
    assert parse(written.encode(), "p.toml") == result.profile
    for title in ("read", "write", "execute"):
        access = getattr(result.profile, title)
        program = title == "execute"
        allow = [pattern(path, program=program) for path in access.allow]
        deny = [pattern(path, program=program) for path in access.deny]
        assert list(access.allow) == sorted(set(access.allow))
        for seen in result.refused:
            if seen.entry.startswith(f"{title} ") and not set(seen.entry) & {"*", "\0"}:
                taken = pattern(seen.entry.partition(" ")[2], program=program)
                assert not covered(taken, allow) or covered(taken, deny)


def test_twenty_thousand_files_take_seconds():
    events = read(*(f"/srv/{number % 100}/{number % 1000}/{'d/' * 20}{number}" for number in range(20_000)))
    begun = time.process_time()
    result = learned(*events)
    assert time.process_time() - begun < 10
    assert result.profile.read.allow == ("/srv",) or len(result.profile.read.allow) > 5
