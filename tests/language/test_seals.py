"""Names of digests, signatures and public halves of keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.flow import NOTHING, Flow
from pinfold.language.seals import is_digest, is_public, is_signing, public_half

KEY = Flow(("env:KEY", "~/notes.txt"))


@pytest.mark.parametrize("name", ["sign_message", "signMessage", "sign"])
def test_signing_is_known_in_either_spelling(name: str) -> None:
    assert is_signing(name)
    assert not is_digest(name)


@pytest.mark.parametrize("name", ["public_key", "publicKey", "pubkey"])
def test_the_public_half_of_a_key_holds_nothing_of_it(name: str) -> None:
    assert is_public(name)
    assert public_half(name, KEY) is NOTHING


def test_an_address_hides_a_key_and_nothing_else() -> None:
    assert public_half("address", KEY) == Flow(("~/notes.txt",))
    assert public_half("address", Flow(("env:*",))) == Flow(("env:*",))
    assert public_half("secret", KEY) == KEY


@given(st.text(max_size=100))
def test_any_name_is_answered(name: str) -> None:
    assert not (is_digest(name) and is_signing(name))
