"""API tokens: callers of the API authenticate with them, as long as there are no user accounts.

Invariant: a token is kept as its digest and named by its visible prefix, so that storing, printing
or logging an `ApiTokens` reveals nothing. This module must not know where tokens are stored or how
they are sent.

Our tokens look like `ebk_Ab3dE6gH_…`. The eight characters let people tell tokens apart; 256 random
bits follow. Tokens of another form are accepted if they are long enough.
"""

import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

TOKEN_CHARACTERS_MIN = 24
TOKEN_CHARACTERS_MAX = 512

UNNAMED = "unnamed"
"""The name of a token of another form, any part of which may be secret."""

_SENT_AS_IT_IS = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What may be sent in an Authorization header (b64token of RFC 6750)."""
_OURS = re.compile(r"(ebk_[A-Za-z0-9]{8})_[A-Za-z0-9_-]{32,}")
_PREFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""Without letters and digits that look alike."""


class TokenUnfitError(ValueError):
    """A token that must not be used. The message says what would be right, without the token."""


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """Any number of tokens with equal rights. Without any, the API needs no token.

    `names`: the name of each token, for logs.
    """

    names: tuple[str, ...] = ()
    _digests: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, written: str) -> "ApiTokens":
        """Read tokens separated by commas. Raises TokenUnfitError."""
        tokens = [it for it in (part.strip() for part in written.split(",")) if it]
        for number, token in enumerate(tokens, 1):
            _check(token, "the token" if len(tokens) == 1 else f"token {number}")
        return cls(tuple(map(name_of, tokens)), tuple(map(_digest, tokens)))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __add__(self, others: "ApiTokens") -> "ApiTokens":
        return ApiTokens(self.names + others.names, self._digests + others._digests)

    def admit(self, token: str) -> bool:
        """Whether the token is valid. Takes equally long for every token, valid or not."""
        return self._has(_digest(token))

    def holds(self, digest: str) -> bool:
        """Whether this is the digest of a valid token (see `digest_of`)."""
        return self._has(bytes.fromhex(digest))

    def _has(self, given: bytes) -> bool:
        is_known = False
        for digest in self._digests:
            is_known |= compare_digest(digest, given)
        return is_known


NO_TOKENS = ApiTokens()
"""The API needs no token: only for a server that no other machine can reach."""


def new_api_token() -> str:
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8))
    return f"ebk_{prefix}_{secrets.token_urlsafe(32)}"


def name_of(token: str) -> str:
    """What may be logged of a token, valid or not: its visible prefix, if it is one of ours."""
    found = _OURS.fullmatch(token)
    return found[1] if found else UNNAMED


def digest_of(secret: str) -> str:
    """The SHA-256 of a token, or of the value of a session's cookie, in hex."""
    return _digest(secret).hex()


def new_session_value() -> str:
    """The value of a session's cookie: 256 random bits. The session is stored under its digest."""
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _check(token: str, name: str) -> None:
    if len(token) < TOKEN_CHARACTERS_MIN:
        raise TokenUnfitError(
            f"{name} is too short to be safe: it has {len(token)} characters and needs at least "
            f"{TOKEN_CHARACTERS_MIN}"
        )
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenUnfitError(
            f"{name} is too long: at most {TOKEN_CHARACTERS_MAX} characters are allowed"
        )
    if not _SENT_AS_IT_IS.fullmatch(token):
        raise TokenUnfitError(
            f"{name} may contain only letters, digits and -._~+/, and = at its end: "
            "other characters cannot be sent"
        )
