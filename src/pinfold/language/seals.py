"""Names of what is made of a secret and tells nothing of it: digests, signatures, the public half of a key.

They are the same in the languages that are read; in names of methods underscores and case say nothing.
"""

from __future__ import annotations

from functools import lru_cache

from pinfold.language.flow import NOTHING, Flow

_DIGESTS = frozenset({"hexdigest", "digest", "hmacdigest", "comparedigest", "timingsafeequal"})
_PUBLIC = frozenset(
    {"pubkey", "publickey", "getpublickey", "topublickey", "tosuiaddress", "getverifyingkey", "verifykey"}
    | {"verifyingkey", "getaddress", "publicaddress"}
)
_SIGNING = frozenset(
    {"sign", "signmessage", "signtransaction", "signalltransactions", "signtypeddata", "signmsg", "signhash"}
    | {"signdigest", "signrecoverable", "signrequest", "signtx", "signpayload", "signevent", "finalizeevent"}
    | {"createsignature", "generatesignature", "detached", "signjwt", "createjwt"}
)


@lru_cache(maxsize=4_096)
def _plain(method: str) -> str:
    return method[:64].replace("_", "").lower()


def is_digest(method: str) -> bool:
    """Return whether a method of this name gives a digest of what it is given."""
    return _plain(method) in _DIGESTS


def is_public(name: str) -> bool:
    """Return whether a method or attribute of this name is the public half of a key."""
    return _plain(name) in _PUBLIC


def public_half(name: str, flow: Flow) -> Flow:
    """Return what an attribute of this name holds of a value's ``flow``.

    Of an ``address`` that may be anything; only of a key out of the environment it is the public half.
    """
    if name == "address" and any(source[:4] == "env:" for source in flow.sources):
        kept = tuple(source for source in flow.sources if source[:4] != "env:" or source == "env:*")
        return Flow(kept, flow.programs, flow.origin)
    return NOTHING if flow and is_public(name) else flow


def is_signing(method: str) -> bool:
    """Return whether a function of this name signs what it is given first."""
    return _plain(method) in _SIGNING
