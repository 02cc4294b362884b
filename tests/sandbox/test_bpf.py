"""Assembled programs, run here by an interpreter of classic BPF, and once by the kernel."""

from __future__ import annotations

import errno
import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.sandbox import bpf, kernel
from pinfold.sandbox.bpf import ALLOW, NOTIFY, Case, Check, Rule, assemble

I386 = 0x40000003
X32 = 0x40000000
ENOSYS = bpf.errno(errno.ENOSYS)
WORDS = st.integers(0, 0xFFFFFFFF)


def test_calls_without_a_rule_are_allowed(bpf_decides):
    assert bpf_decides(assemble([]), 0) == ALLOW
    assert bpf_decides(assemble([Rule(5, NOTIFY)]), 4) == ALLOW
    assert bpf_decides(assemble([Rule(5, NOTIFY)]), 6) == ALLOW


def test_a_rule_holds_for_its_call_alone(bpf_decides):
    program = assemble([Rule(5, NOTIFY), Rule(9, bpf.errno(errno.EPERM))])
    assert bpf_decides(program, 5) == NOTIFY
    assert bpf_decides(program, 9) == 0x00050000 | errno.EPERM
    assert {bpf_decides(program, number) for number in range(20) if number not in (5, 9)} == {ALLOW}


@pytest.mark.parametrize("number", [0, 5, 59, 4095])
def test_calls_of_another_architecture_do_not_exist(bpf_decides, number):
    program = assemble([Rule(5, ALLOW)])
    assert bpf_decides(program, number, architecture=I386) == ENOSYS
    assert bpf_decides(program, number | X32) == ENOSYS
    assert bpf_decides(program, 0xFFFFFFFF) == ENOSYS


def test_the_first_case_that_applies_decides(bpf_decides):
    cases = (
        Case(bpf.errno(1), (Check(0, (7,)),)),
        Case(bpf.errno(2), (Check(0, (7, 8)), Check(1, (1,)))),
        Case(bpf.errno(3), (Check(0, (8,)),)),
    )
    program = assemble([Rule(5, NOTIFY, cases), Rule(6, ALLOW)])
    assert bpf_decides(program, 5, (7, 1)) == bpf.errno(1)
    assert bpf_decides(program, 5, (8, 1)) == bpf.errno(2)
    assert bpf_decides(program, 5, (8, 2)) == bpf.errno(3)
    assert bpf_decides(program, 5, (9, 1)) == NOTIFY
    assert bpf_decides(program, 6, (7, 1)) == ALLOW


def test_only_the_bits_of_the_mask_are_compared(bpf_decides):
    program = assemble([Rule(5, ALLOW, (Case(NOTIFY, (Check(2, (0x40,), 0x40),)),))])
    assert bpf_decides(program, 5, (0, 0, 0x40)) == NOTIFY
    assert bpf_decides(program, 5, (0, 0, 0xFF)) == NOTIFY
    assert bpf_decides(program, 5, (0, 0, 0xBF)) == ALLOW
    assert bpf_decides(program, 5, (0x40, 0x40, 0, 0x40)) == ALLOW


def test_what_the_upper_half_of_an_argument_says_changes_nothing(bpf_decides):
    program = assemble([Rule(5, ALLOW, (Case(NOTIFY, (Check(1, (3,)),)),))])
    assert bpf_decides(program, 5, (0, 0xDEADBEEF_00000003)) == NOTIFY
    assert bpf_decides(program, 5, (0, 0x00000003_00000000)) == ALLOW


def test_a_rule_too_long_for_its_jumps_is_refused_rather_than_cut():
    with pytest.raises(struct.error):
        assemble([Rule(5, NOTIFY, (Case(ALLOW, (Check(0, tuple(range(300))),)),))])


CHECKS = st.builds(
    Check, st.integers(0, 5), st.lists(st.integers(0, 15), min_size=1, max_size=4).map(tuple), st.sampled_from([3, 15])
)
CASES = st.builds(Case, WORDS, st.lists(CHECKS, max_size=2).map(tuple))
RULES = st.lists(
    st.builds(Rule, st.integers(0, 9), WORDS, st.lists(CASES, max_size=3).map(tuple)),
    max_size=4,
    unique_by=lambda rule: rule.number,
)


def meant(rules, number, arguments):
    """What rules say, in the words of their documentation."""
    for rule in rules:
        if rule.number == number:
            for case in rule.cases:
                if all(arguments[check.argument] & check.mask in check.values for check in case.checks):
                    return case.action
            return rule.otherwise
    return ALLOW


@settings(max_examples=50)
@given(RULES, st.integers(0, 10), st.tuples(*[st.integers(0, 15)] * 6))
def test_a_program_does_what_its_rules_say(bpf_decides, rules, number, arguments):
    assert bpf_decides(assemble(rules), number, arguments) == meant(rules, number, arguments)


def test_the_kernel_takes_a_program_and_keeps_it(forked):
    """``getppid`` fails, ``umask`` fails for one argument only, everything else goes on."""
    getppid, umask = 110, 95
    program = assemble(
        [Rule(getppid, bpf.errno(77)), Rule(umask, ALLOW, (Case(bpf.errno(78), (Check(0, (0o123,)),)),))]
    )

    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.install_filter(program, listen=False)
        for number, argument, wanted in ((getppid, 0, 77), (umask, 0o123, 78)):
            with pytest.raises(OSError) as caught:
                kernel.call(number, argument)
            assert caught.value.errno == wanted
        assert kernel.call(umask, 0o077) >= 0
        assert os.getpid() > 0

    forked(body)


def test_an_error_of_zero_lets_a_call_seem_to_succeed(forked):
    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.install_filter(assemble([Rule(95, bpf.errno(0))]), listen=False)
        before = kernel.call(95, 0o777)
        assert before == 0
        assert kernel.call(95, 0o700) == 0  # not 0o777, the mask was never set

    forked(body)
