"""What is made of a secret and tells nothing of it: digests, signatures, public keys, and clients that log in with it.

The flow of a secret ends here; what else goes in, such as the message that is signed, goes on.
"""

from __future__ import annotations

from pinfold.language.address import login_like
from pinfold.language.flow import Flow, merged
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.values import UNKNOWN, Value, holding
from pinfold.language.seals import is_digest, is_public, is_signing

_DIGESTING = ("hashlib.", "hmac.", "zlib.crc32", "zlib.adler32", "Crypto.Hash.", "bcrypt.hashpw", "eth_utils.keccak")

_TOKENS = frozenset({"jwt.encode", "jose.jwt.encode"})
"""Functions that sign what is given first with what is given next."""


def sealed(invocation: Invocation) -> Value | None:
    """Return what a call gives that keeps its secret to itself, or ``None`` for any other call."""
    name = invocation.name
    method = name.rpartition(".")[2]
    if name.startswith(_DIGESTING) or is_digest(method):
        return Value(UNKNOWN.word, f"{name}()")
    if is_public(method) and not invocation.every:
        return UNKNOWN
    if is_signing(method) or name in _TOKENS:
        first = invocation.arguments[0].flow if invocation.arguments else Flow()
        message = [value.flow for key, value in invocation.keywords.items() if not login_like(key)]
        return holding(merged((first, *message)))
    if "." in name and method[:1].isupper():
        return _client(invocation)
    return None


def _client(invocation: Invocation) -> Value | None:
    """``openai.Client(api_key=…)``: an object of a library that logs in with a key, and does not hand it on."""
    keys = [key for key in invocation.keywords if login_like(key)]
    if not keys:
        return None
    held = [*invocation.arguments, *(value for key, value in invocation.keywords.items() if key not in keys)]
    return holding(merged((*(value.flow for value in held), invocation.rest)), f"{invocation.name}()")
