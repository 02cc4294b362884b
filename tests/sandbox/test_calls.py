"""Numbers of system calls, against what the C library and the kernel's own headers say."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from pinfold.sandbox import bpf, kernel
from pinfold.sandbox.calls import NAMES, NUMBERS

HEADERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
_MARK = 1000
DIRECT = (
    "acct", "add_key", "arch_prctl", "bind", "chdir", "chroot", "connect", "delete_module", "fanotify_init",
    "fchdir", "fchmod", "fchown", "fchownat", "fremovexattr", "fsconfig", "fsmount", "fsopen", "fspick", "init_module",
    "ioctl", "ioperm", "iopl", "keyctl", "kill", "lchown", "link", "linkat", "listen", "lremovexattr", "lsetxattr",
    "memfd_create", "mkdirat", "modify_ldt", "mount", "mount_setattr", "move_mount", "name_to_handle_at",
    "open_by_handle_at", "open_tree", "personality", "pidfd_getfd", "pidfd_send_signal", "pivot_root", "prctl",
    "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "removexattr", "renameat",
    "request_key", "semget", "sendmmsg", "setdomainname", "sethostname", "setns", "setsockopt", "setxattr",
    "shmget", "socket", "socketpair", "swapoff", "swapon", "symlinkat", "truncate", "umount2", "unlinkat",
    "unshare", "vhangup",
)  # fmt: skip
"""Functions of the C library that do nothing but make the call of their name."""


def test_names_and_numbers_lead_to_each_other():
    assert len(NAMES) == len(NUMBERS)
    assert {NAMES[number]: number for number in NAMES} == NUMBERS


def test_the_c_library_makes_the_calls_of_these_names(forked):
    """Every call but those that are needed to go on fails with a number of its own, which tells it."""
    library = ctypes.CDLL(None, use_errno=True)
    functions = {name: getattr(library, name) for name in DIRECT if hasattr(library, name)}
    assert len(functions) > 50
    rules = [bpf.Rule(number, bpf.errno(_MARK + number)) for number in NUMBERS.values()]

    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.install_filter(bpf.assemble(rules), listen=False)
        wrong = {}
        for name, function in functions.items():
            function.restype = ctypes.c_int
            result = function(*[ctypes.c_long(0)] * 6)
            if result != -1 or ctypes.get_errno() - _MARK != NUMBERS[name]:
                wrong[name] = (result, ctypes.get_errno() - _MARK)
        assert wrong == {}

    forked(body)


@pytest.mark.skipif(not HEADERS.exists(), reason="needs the kernel's headers")
def test_the_headers_of_the_kernel_agree():
    said = dict(re.findall(r"#define __NR_(\w+)\s+(\d+)", HEADERS.read_text()))
    common = {name: int(said[name]) for name in NUMBERS if name in said}
    assert len(common) > 100
    assert common == {name: NUMBERS[name] for name in common}
