"""API tokens: what whoever calls the API must show, until accounts exist.

Invariant: a token that is known here is kept as its digest, and named by its visible prefix, so
that nothing that holds, prints or logs an `ApiTokens` can give one away. This module must not
know where tokens are written down, nor how they travel.

Ours read `ebk_Ab3dE6gH_…`: the eight characters are for people to tell tokens apart, what
follows is 256 random bits. Tokens of other makes are taken if they are long enough.
"""

import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

TOKEN_CHARACTERS_MIN = 24
TOKEN_CHARACTERS_MAX = 512

UNNAMED = "unnamed"
"""How a token of another make is named: any part of it may be secret."""

_SENT_AS_IT_IS = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What may stand in an Authorization header (b64token of RFC 6750)."""
_OURS = re.compile(r"(ebk_[A-Za-z0-9]{8})_[A-Za-z0-9_-]{32,}")
_PREFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""None of those that are taken for one another."""


class TokenUnfitError(ValueError):
    """A token that must not be used. The words say what would be right, and not what it is."""


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """Any number of tokens, all as good as each other; none at all means that nothing is locked.

    `names`: one a token, for logs.
    """

    names: tuple[str, ...] = ()
    _digests: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, written: str) -> "ApiTokens":
        """Of tokens with commas between them. Raises TokenUnfitError."""
        tokens = [it for it in (part.strip() for part in written.split(",")) if it]
        for number, token in enumerate(tokens, 1):
            _check(token, "the token" if len(tokens) == 1 else f"token {number}")
        return cls(tuple(map(name_of, tokens)), tuple(map(_digest, tokens)))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __add__(self, others: "ApiTokens") -> "ApiTokens":
        return ApiTokens(self.names + others.names, self._digests + others._digests)

    def admit(self, token: str) -> bool:
        """Takes as long for a wrong token as for a right one, whichever it is."""
        given = _digest(token)
        is_known = False
        for digest in self._digests:
            is_known |= compare_digest(digest, given)
        return is_known


NO_TOKENS = ApiTokens()
"""Nothing is locked: for a server that only this machine can reach."""


def new_api_token() -> str:
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8))
    return f"ebk_{prefix}_{secrets.token_urlsafe(32)}"


def name_of(token: str) -> str:
    """What may be logged of a token, known or not: its visible prefix, if it is of our make."""
    found = _OURS.fullmatch(token)
    return found[1] if found else UNNAMED


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _check(token: str, name: str) -> None:
    if len(token) < TOKEN_CHARACTERS_MIN:
        raise TokenUnfitError(
            f"{name} is too short to be safe: it has {len(token)} characters, "
            f"{TOKEN_CHARACTERS_MIN} are the least"
        )
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenUnfitError(f"{name} is too long: {TOKEN_CHARACTERS_MAX} characters are the most")
    if not _SENT_AS_IT_IS.fullmatch(token):
        raise TokenUnfitError(
            f"{name} may hold letters, digits and -._~+/ only, with = at its end: "
            "others cannot be sent"
        )
