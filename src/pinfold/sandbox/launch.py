"""Starting a run: the reaper, and below it the program, confined before its first instruction.

Three processes stand in line. The *supervisor* answers the calls that the kernel holds in mid-air. The *reaper* is
the parent of all that the program starts; whatever is orphaned comes to it. The *program* is confined between fork and
exec. If the supervisor goes, the reaper ends the tree; if the reaper goes, the supervisor does; at L3 the kernel does
so by itself, since the program's process namespace ends with its first process.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from pinfold.model import Level, PinfoldError
from pinfold.sandbox import kernel, landlock, namespaces, processes
from pinfold.sandbox.cgroup import CgroupError, Group, find
from pinfold.sandbox.disk import Disk
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.root import Mount, layout

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_OURS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)
_MOST_BYTES = 65_536


class SetupError(PinfoldError):
    """The sandbox could not be set up, or the program not be started; ``code`` is the exit code of the run."""

    def __init__(self, message: str, *, hint: str = "", code: int = 125) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Launched:
    """A run that has been started: the reaper, the listener's descriptor, and the line to the reaper."""

    def __init__(self, reaper: int, control: socket.socket) -> None:
        self.reaper = reaper
        self.control = control
        self.listener = -1
        self.init = 0
        self.group: Group | None = None
        self.status: int | None = None

    def kill_init(self) -> None:
        """Kill the first process of the run's namespace, and with it all others; nothing happens below L3."""
        if self.init:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.init, signal.SIGKILL)


def launch(plan: Plan, filter_program: bytes) -> Launched:
    """Start the program of ``plan``; it waits at its exec until the listener is served. Raises ``SetupError``."""
    group = _group(plan)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sys.stdout.flush()
    sys.stderr.flush()
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    reaper = os.fork()
    if reaper == 0:
        ours.close()
        _as(theirs, lambda: _reaper(plan, filter_program, theirs, group))
    theirs.close()
    launched = Launched(reaper, ours)
    launched.group = group
    try:
        _await_listener(launched)
    except BaseException:
        ours.close()
        os.waitpid(reaper, 0)
        if group is not None:
            group.remove()
        raise
    # What the program can do as the same user must not reach us.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    return launched


def _group(plan: Plan) -> Group | None:
    """Return a control group for the run, where this user may make one; it only adds to what holds without it."""
    found = find() if plan.level is Level.L3 else None
    if found is None:
        return None
    try:
        group = found.create(f"pinfold-{os.getpid()}")
        group.limit(memory_bytes=plan.limits.memory_bytes, processes=plan.limits.processes)
    except CgroupError:
        return None
    return group


def _await_listener(launched: Launched) -> None:
    """Wait until the program is confined, or somebody says why it is not."""
    while launched.listener < 0:
        message, descriptors, _flags, _address = socket.recv_fds(launched.control, _MOST_BYTES, 1)
        if not message:
            raise SetupError("the sandbox ended before the program began", hint="Is memory short, or a limit too low?")
        told = json.loads(message)
        if "error" in told:
            raise SetupError(told["error"], hint=told["hint"], code=told["code"])
        launched.init = told.get("init", launched.init)
        if descriptors:
            launched.listener = descriptors[0]


def _tell(control: socket.socket, descriptors: list[int] | None = None, **what: Any) -> None:
    """Send one message to the supervisor; if it is gone there is nobody to tell."""
    with contextlib.suppress(OSError):
        socket.send_fds(control, [json.dumps(what).encode()], descriptors or [])


def _as(control: socket.socket, body: Callable[[], NoReturn]) -> NoReturn:
    """Run ``body`` as all that a forked process does: no error may lead back into the code of its parent."""
    try:
        body()
    except SetupError as error:
        _tell(control, error=str(error), hint=error.hint, code=error.code)
    except PinfoldError as error:
        _tell(control, error=str(error), hint=error.hint, code=125)
    except BaseException as error:
        _tell(control, error=f"the sandbox could not be set up: {type(error).__name__}: {error}", hint="", code=125)
    finally:
        os._exit(125)


def _reaper(plan: Plan, filter_program: bytes, control: socket.socket, group: Group | None) -> NoReturn:
    """Start the program, take in what is orphaned, tell how the program ended, and end everything else."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    waking, woken = socket.socketpair()
    waking.setblocking(False)
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    child = (
        _start_isolated(plan, filter_program, control, group)
        if plan.level is Level.L3
        else _start(plan, filter_program, control)
    )
    for number in _OURS:
        signal.signal(number, signal.SIG_IGN)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    control.setblocking(True)
    _watch(control, woken, child)
    if group is not None:
        with contextlib.suppress(CgroupError):
            group.kill()
    ended = processes.end(os.getpid())
    shutil.rmtree(plan.scratch, ignore_errors=True)
    if group is not None:
        with contextlib.suppress(CgroupError):
            group.remove()
    _tell(control, ended=ended)
    os._exit(0)


def _watch(control: socket.socket, woken: socket.socket, child: int) -> None:
    """Reap until the supervisor asks for the end, or is gone."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        for descriptor, _event in poll.poll():
            if descriptor == control.fileno():
                return  # asked to end everything, or nobody is left to ask
            with contextlib.suppress(BlockingIOError):
                woken.recv(4_096)
            statuses = processes.reap()
            if child in statuses:
                _tell(control, status=statuses[child])


def _start(plan: Plan, filter_program: bytes, control: socket.socket) -> int:
    """Fork the program."""
    child = os.fork()
    if child == 0:
        _as(control, lambda: _program(plan, filter_program, control))
    return child


def _start_isolated(plan: Plan, filter_program: bytes, control: socket.socket, group: Group | None) -> int:
    """Fork the first process of new namespaces, and have it fork the program."""
    mounts = layout(plan, Disk())
    namespaces.map_identity(*namespaces.unshare_all())
    waiting, ready = os.pipe()
    init = os.fork()
    if init == 0:
        os.close(ready)
        os.read(waiting, 1)  # until it is in its control group, so that all it starts will be
        _as(control, lambda: _init(plan, filter_program, control, mounts))
    if group is not None:
        with contextlib.suppress(CgroupError):
            group.add(init)
    os.close(ready)
    os.close(waiting)
    _tell(control, init=init)
    return init


def _init(plan: Plan, filter_program: bytes, control: socket.socket, mounts: tuple[Mount, ...]) -> NoReturn:
    """Be the first process of the new namespace: furnish it, start the program, and wait for all that ends."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    namespaces.build(mounts, plan)
    child = os.fork()
    if child == 0:
        _as(control, lambda: _program(plan, filter_program, control))
    _tell(control, status=namespaces.run_init(child, lambda _number, _status: None))
    os._exit(0)


def _program(plan: Plan, filter_program: bytes, control: socket.socket) -> NoReturn:
    """Become the program."""
    for number in _PYTHON_IGNORES:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line = control.fileno()
    if line != 3:
        os.dup2(line, 3, inheritable=False)
    os.set_inheritable(3, False)
    kernel.close_from(4)
    told = socket.socket(fileno=3)
    control.detach()
    os.chdir(plan.folder)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    _limit(plan)
    if plan.level is not Level.L0:
        namespaces.drop_capabilities()  # root's as well: they reach past Landlock, and to other processes
    if plan.level.rank >= Level.L2.rank:
        landlock.restrict(plan)
    arguments = [word.encode("utf-8", "surrogateescape") for word in plan.command]
    environment = {os.fsencode(name): os.fsencode(value) for name, value in plan.environment.items()}
    listener = kernel.install_filter(filter_program)
    socket.send_fds(told, [b"{}"], [listener])
    os.close(listener)
    try:
        os.execve(plan.program, arguments, environment)  # noqa: S606  # what we are here for
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        code = NOT_FOUND if missing else NOT_EXECUTABLE
        _tell(told, failed=f"{plan.program}: {error.strerror}", code=code)
        os._exit(code)


def _limit(plan: Plan) -> None:
    """Set the limits that the kernel keeps for each process; the supervisor keeps those of all together."""
    limits = plan.limits
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = [
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_CPU, None if limits.cpu_seconds is None else int(limits.cpu_seconds) + 1),
    ]
    for kind, value in wanted:
        if value is not None:
            most = resource.getrlimit(kind)[1]
            least = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(kind, (least, least))
