from __future__ import annotations

import msgspec
import pytest

from pinfold.model import Act, ActKind, Certainty, Place, Role

LIVE = {Role.INSTRUCTION, Role.COMMAND, Role.CODE, Role.CONFIGURATION}


@pytest.mark.parametrize("role", list(Role))
def test_only_words_that_somebody_acts_on_are_live(role):
    assert role.live is (role in LIVE)


def test_an_act_is_a_stated_command_that_is_not_forbidden_unless_said_otherwise():
    act = Act(kind=ActKind.EXEC, fields={"Image": "ls"}, place=Place("run.sh", 1, 1))
    assert (act.role, act.certainty, act.negated, act.group, act.time) == (
        Role.COMMAND,
        Certainty.STATED,
        False,
        "",
        None,
    )


def test_an_act_cannot_be_changed_behind_a_rule():
    act = Act(kind=ActKind.EXEC, fields={}, place=Place("run.sh"))
    with pytest.raises(AttributeError):
        act.negated = True


def test_field_values_keep_their_json_form():
    act = Act(
        kind=ActKind.CONNECT, fields={"DestinationPort": 443, "Initiated": True, "Url": "x"}, place=Place("run.sh")
    )
    back = msgspec.json.decode(msgspec.json.encode(act), type=Act)
    assert back == act
    assert back.fields["DestinationPort"] == 443
    assert back.fields["Initiated"] is True
