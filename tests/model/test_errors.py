from __future__ import annotations

import pytest

from pinfold import model
from pinfold.model import PinfoldError, UsageError

ERRORS = [value for name in model.__all__ if name.endswith("Error") and (value := getattr(model, name))]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_one_of_ours_and_carries_the_next_step(error):
    raised = error("what happened, and where", hint="what to do")
    assert isinstance(raised, PinfoldError)
    assert str(raised) == "what happened, and where"
    assert raised.hint == "what to do"
    assert error("what happened").hint == ""


def test_the_tree_is_flat_so_that_no_kind_is_taken_for_another():
    assert [error.__name__ for error in ERRORS if error.__bases__ not in ((PinfoldError,), (Exception,))] == []
    assert not issubclass(PinfoldError, UsageError)
