"""From what is asked for to a plan: the profile's words settled on this machine, in this folder, for this command."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from pinfold.model import Destination, Level, Profile, Resources, UsageError
from pinfold.sandbox.defaults import DEFAULTS, default_profile
from pinfold.sandbox.interpreters import needs, prefixes
from pinfold.sandbox.notation import SKILL, is_name, matches
from pinfold.sandbox.plan import Plan, Reach

_GPU = "gpu"
_MOST_MATCHES = 2_000


class ProgramNotFoundError(UsageError):
    """The program that is to be run is not there."""

    code = 127


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked to run, before anything is settled.

    ``folder`` is the working folder, ``skill`` the folder that ``{skill}`` stands for, ``environment`` the variables
    from which the profile picks, ``home`` the home of the user who asks.
    """

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    home: str
    profile: Profile | None = None
    skill: str = ""
    egress: str = "broker"
    trace: frozenset[str] = frozenset()
    session: str = ""


def settle(asked: Asked, level: Level, missing: Sequence[str]) -> Plan:
    """Return the plan; makes the run's scratch folder. Raises ``UsageError``."""
    profile = asked.profile or default_profile()
    folder = os.path.realpath(asked.folder)
    if not os.path.isdir(folder):
        raise UsageError(f"{asked.folder} is no folder", hint="Start the run in a folder that exists.")
    places = _Places(folder, os.path.realpath(asked.home), os.path.realpath(asked.skill) if asked.skill else "")
    path = _search_path(asked.environment, folder)
    if not asked.command:
        raise UsageError("there is no command to run", hint="Name the program, and what it is given.")
    program = _find(asked.command[0], folder, path)
    execute = _programs(profile.execute.allow, places, path)
    if asked.profile is None:
        execute += [*prefixes(program), program, *needs(program, path)]
        python = shutil.which("python3", path=path)  # a script may start it, from a virtual environment too
        execute += [*prefixes(python), *needs(python, path)] if python else []
    read = [*places.settle(profile.read.allow), *DEFAULTS.system, *execute]
    read += [one for each in execute for one in prefixes(each)]
    reach = Reach(
        read=_real(read),
        write=_real(places.settle(profile.write.allow)),
        execute=_real(execute),
        no_read=places.patterns(profile.read.deny),
        no_write=(*places.patterns(profile.write.deny), *places.patterns(_protected(profile, folder))),
        no_execute=(*places.patterns(profile.execute.deny), *_bare(profile.execute.deny, path)),
    )
    scratch = _scratch()  # from here on nothing can fail that would leave it behind
    own = (f"{scratch}/home", f"{scratch}/tmp")  # noqa: S108
    reach = msgspec.structs.replace(reach, write=_real([*reach.write, *own]))
    return Plan(
        command=tuple(asked.command),
        program=program,
        folder=folder,
        scratch=scratch,
        environment=_environment(asked, profile, scratch, folder, level) | {"PATH": path},
        reach=reach,
        level=level,
        missing=tuple(missing),
        egress=asked.egress,
        hosts=tuple(_host(one, folder, path) for one in profile.hosts),
        devices=_devices(profile.devices),
        limits=_limits(profile.limits),
        trace=asked.trace,
        session=asked.session or secrets.token_hex(8),
        profile=profile.digest or profile.name,
    )


def _protected(profile: Profile, folder: str) -> list[str]:
    """Return what a repository in the working folder has executed, unless the profile names it."""
    named = [entry for entry in profile.write.allow if entry.removeprefix("./").startswith(".git")]
    return [] if named else [one for one in DEFAULTS.repository if os.path.lexists(os.path.join(folder, one))]


class _Places:
    """Turns the notation of a profile into absolute paths."""

    def __init__(self, folder: str, home: str, skill: str) -> None:
        self._folder, self._home, self._skill = folder, home, skill
        self._known: dict[str, str] = {}

    def settle(self, entries: Iterable[str]) -> list[str]:
        """Return the paths that entries lead to; a ``*`` stands for what is there now."""
        found: list[str] = []
        for entry in entries:
            path = self.absolute(entry)
            found += _matches(path) if "*" in path else [path]
        return found

    def patterns(self, entries: Iterable[str]) -> tuple[str, ...]:
        """Return the paths that entries deny, as written and, where links lead elsewhere, as they really are."""
        paths: dict[str, None] = {}
        for entry in entries:
            path = self.absolute(entry)
            paths[path] = None
            head, _, _ = path.partition("*")
            if "*" not in path:
                paths[self._real(path)] = None
            elif (folder := os.path.dirname(head)) != (real := self._real(folder)):
                paths[real + path[len(folder) :]] = None
        return tuple(paths)

    def _real(self, path: str) -> str:
        """Return where a path leads, which costs a look at every folder above it; most of them are the same few."""
        known = self._known.get(path)
        if known is None:
            folder, name = os.path.split(path)
            known = os.path.realpath(path) if folder == path else os.path.join(self._real(folder), name)
            if os.path.islink(known):
                known = os.path.realpath(known)
            self._known[path] = known
        return known

    def absolute(self, entry: str) -> str:
        """Return an entry as an absolute path, its ``*`` untouched."""
        if entry == "~" or entry.startswith("~/"):
            entry = self._home + entry[1:]
        elif entry == SKILL or entry.startswith(f"{SKILL}/"):
            if not self._skill:
                raise UsageError(f"the profile speaks of {SKILL}, and no skill is given", hint="Add --skill DIR.")
            entry = self._skill + entry[len(SKILL) :]
        return os.path.normpath(os.path.join(self._folder, entry))


def _matches(path: str) -> list[str]:
    """Return what exists at a path with ``*`` in its names."""
    found = ["/"]
    for part in path.strip("/").split("/"):
        deeper: list[str] = []
        for folder in found:
            if "*" not in part:
                deeper.append(os.path.join(folder, part))
                continue
            try:
                names = sorted(os.listdir(folder))  # names are all that is needed
            except OSError:
                continue
            deeper += [os.path.join(folder, name) for name in names if matches(part, name)]
        found = deeper[:_MOST_MATCHES]
    return [one for one in found if os.path.lexists(one)]


def _find(name: str, folder: str, path: str) -> str:
    """Return the path of the program that ``name`` starts."""
    found = os.path.join(folder, name) if "/" in name else shutil.which(name, path=path)
    if found is None or not os.path.exists(found):
        raise ProgramNotFoundError(f"there is no program {name!r}", hint="Give its path, or put its folder into PATH.")
    return os.path.abspath(found)


def _search_path(environment: Mapping[str, str], folder: str) -> str:
    """Return the folders in which programs are looked for; one that is no whole path begins where the run does.

    Those of version managers hold stand-ins that need the manager, its home and its settings to find the program.
    """
    folders = (os.path.join(folder, one) for one in environment.get("PATH", os.defpath).split(os.pathsep))
    return os.pathsep.join(one for one in folders if os.path.basename(one.rstrip("/")) != "shims")


def _programs(entries: Iterable[str], places: _Places, path: str) -> list[str]:
    """Return the programs and folders of programs that entries name; a bare name is looked for as a shell does."""
    found: list[str] = []
    for entry in entries:
        if not is_name(entry):
            settled = places.settle([entry])
        else:
            one = shutil.which(entry, path=path)
            settled = [one] if one else []
        for one in settled:
            found += [one, *needs(one, path)]
    return found


def _bare(entries: Iterable[str], path: str) -> list[str]:
    """Return the programs that bare names of denied entries stand for, in every folder of ``PATH``."""
    folders = path.split(os.pathsep)
    names = [entry for entry in entries if is_name(entry)]
    found = [os.path.join(folder, name) for name in names for folder in folders if folder]
    return [*found, *(os.path.realpath(one) for one in found if os.path.lexists(one))]


def _real(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths without links, in order, each once, without those that lie below another."""
    real = dict.fromkeys(os.path.realpath(path) for path in paths if os.path.exists(path))
    return tuple(path for path in real if not any(above in real for above in _above(path)))


def _above(path: str) -> Iterator[str]:
    while path != (path := os.path.dirname(path)):
        yield path


def _host(one: Destination, folder: str, path: str) -> Destination:
    """Settle the program of a destination: a run could give any file a bare name."""
    if not one.program:
        return one
    found = os.path.join(folder, one.program) if "/" in one.program else shutil.which(one.program, path=path)
    return msgspec.structs.replace(one, program=os.path.realpath(found)) if found else one


def _limits(given: Resources) -> Resources:
    """Return the limits, with one of ours for processes: without any a fork bomb would take the whole machine."""
    return msgspec.structs.replace(given, processes=given.processes or DEFAULTS.processes)


def _devices(entries: Iterable[str]) -> tuple[str, ...]:
    wanted = [*DEFAULTS.devices]
    for entry in entries:
        wanted += DEFAULTS.gpu if entry == _GPU else [entry]
    found = dict.fromkeys(one for path in wanted for one in _matches(path))
    return tuple(one for one in found if os.path.realpath(one).startswith("/dev/"))


def _environment(asked: Asked, profile: Profile, scratch: str, folder: str, level: Level) -> dict[str, str]:
    passed = DEFAULTS.variables | set(profile.environment)
    chosen = {name: value for name, value in asked.environment.items() if name in passed}
    own_tmp = "/tmp" if level is Level.L3 else f"{scratch}/tmp"  # noqa: S108  # private there
    return {**chosen, "HOME": f"{scratch}/home", "TMPDIR": own_tmp, "PWD": folder}


def _scratch() -> str:
    """Make the folder that holds the run's home and temporary files."""
    try:
        scratch = tempfile.mkdtemp(prefix="pinfold-run-")
        for name in ("home", "tmp"):
            os.mkdir(os.path.join(scratch, name), 0o700)
    except OSError as error:
        hint = "Free some room there, or name another folder in TMPDIR."
        raise UsageError(f"no temporary folder can be made: {error.strerror}", hint=hint) from error
    return os.path.realpath(scratch)
