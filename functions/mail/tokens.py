"""Signed tokens in pixels, tracked links and unsubscribe links.

Role: `kid.payload.signature`, HMAC-SHA256 over `kid.payload`, all in base64url without padding.
Invariant: a token is valid for one purpose only and in one spelling only: the signature is compared
as text, so that another encoding of the same bytes is refused. Tokens do not expire, because an
unsubscribe link must work as long as somebody keeps the message.
It must not know routes or clocks.
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

TOKEN_CHARS_MAX = 8_000
SECRET_BYTES_MIN = 16
INERT_LEAD = "test"
"""Takes the place of the lead in the tokens of a preview or a test: they lead on and record
nothing."""

_ENCODE_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})", re.ASCII)


class TokenInvalid(Exception):  # noqa: N818 (a fact about the caller, not a failure of ours)
    """The token was not made by this system, or was made for another purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Purpose(StrEnum):
    """What a token is for: the first item of its payload."""

    OPEN = "o"
    CLICK = "c"
    UNSUBSCRIBE = "u"


@dataclass(frozen=True, slots=True)
class OpenToken:
    """The message with the pixel."""

    lead_id: str
    node_id: str
    visit: int
    resend_number: int


@dataclass(frozen=True, slots=True)
class ClickToken:
    """The message, the link as its author wrote it, and its URL for this lead."""

    lead_id: str
    node_id: str
    visit: int
    resend_number: int
    url: str
    """The http(s) URL to redirect to, covered by the signature."""
    link: str
    """The link as written in the template; the same as `url` if it contains no Liquid."""


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """Who unsubscribes from which campaign. `email` is valid even if the lead has been deleted."""

    lead_id: str
    campaign_id: str
    email: str | None = None


Token = OpenToken | ClickToken | UnsubscribeToken


class Keyring:
    """The keys of an installation. The first one signs; all of them verify."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Raises `ValueError` if there is no key, a bad key id or a secret under 16 bytes."""
        if not keys:
            raise ValueError("a keyring needs at least one key")
        for kid, secret in keys.items():
            if not _KID.fullmatch(kid):
                raise ValueError(f"'{kid}' is not a key id: 1 to 16 letters, digits, '-' or '_'")
            if len(secret) < SECRET_BYTES_MIN:
                raise ValueError(f"the secret of key '{kid}' is under {SECRET_BYTES_MIN} bytes")
        self._keys = dict(keys)
        kid, self._signing_secret = next(iter(self._keys.items()))
        self._signing_prefix = kid.encode() + b"."

    @classmethod
    def parse(cls, setting: str) -> "Keyring":
        """Read `"k1:secret,k0:older secret"`. Raises `ValueError`."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in setting.split(","))):
            kid, separator, secret = entry.partition(":")
            if not separator or kid in keys:
                raise ValueError("write keys as 'id:secret,id:secret', each id once")
            keys[kid] = secret.encode()
        return cls(keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def sign(self, token: Token) -> str:
        """Return the text of `token`."""
        return self.sign_payload(encode_payload(token))

    def sign_payload(self, payload: bytes) -> str:
        """Sign a payload made by `encode_payload` or assembled in the same form."""
        signed = self._signing_prefix + _base64url(payload)
        return f"{signed.decode()}.{_signature(self._signing_secret, signed)}"

    def seal(self, payload: bytes, size_bytes: int) -> bytes:
        """The beginning of a signature, for addresses that have no room for a whole one.

        `payload`: begins with its purpose, so that a seal is valid for nothing else.
        """
        return hmac.digest(self._signing_secret, payload, "sha256")[:size_bytes]

    def is_sealed(self, payload: bytes, seal: bytes) -> bool:
        """Whether one of the keys made this seal."""
        return any(
            hmac.compare_digest(hmac.digest(secret, payload, "sha256")[: len(seal)], seal)
            for secret in self._keys.values()
        )

    def read_open(self, text: str) -> OpenToken:
        """Raises `TokenInvalid`."""
        match self._read(text, Purpose.OPEN):
            case [str(lead_id), str(node_id), int(visit), int(resend_number)]:
                return OpenToken(lead_id, node_id, visit, resend_number)
        raise TokenInvalid("this token does not name a message")

    def read_click(self, text: str) -> ClickToken:
        """Raises `TokenInvalid`."""
        match self._read(text, Purpose.CLICK):
            case [str(lead_id), str(node_id), int(visit), int(resend_number), str(url)]:
                return ClickToken(lead_id, node_id, visit, resend_number, url, link=url)
            case [str(lead_id), str(node_id), int(visit), int(resend_number), str(url), str(link)]:
                return ClickToken(lead_id, node_id, visit, resend_number, url, link)
        raise TokenInvalid("this token does not name a link")

    def read_unsubscribe(self, text: str) -> UnsubscribeToken:
        """Raises `TokenInvalid`."""
        match self._read(text, Purpose.UNSUBSCRIBE):
            case [str(lead_id), str(campaign_id)]:
                return UnsubscribeToken(lead_id, campaign_id)
            case [str(lead_id), str(campaign_id), str(email)]:
                return UnsubscribeToken(lead_id, campaign_id, email)
        raise TokenInvalid("this token does not name a recipient")

    def _read(self, text: str, purpose: Purpose) -> list[object]:
        match = _TOKEN.fullmatch(text) if len(text) <= TOKEN_CHARS_MAX else None
        if match is None:
            raise TokenInvalid("this is not a token")
        kid, payload, signature = match.groups()
        secret = self._keys.get(kid)
        if secret is None:
            raise TokenInvalid("this token was signed with a key that is not in use")
        expected = _signature(secret, f"{kid}.{payload}".encode())
        if not hmac.compare_digest(expected, signature):
            raise TokenInvalid("the signature of this token does not fit")
        try:
            items = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except ValueError as error:
            raise TokenInvalid("this token cannot be read") from error
        if not isinstance(items, list) or items[:1] != [purpose.value]:
            raise TokenInvalid("this token is for another purpose")
        return items[1:]


def encode_payload(token: Token) -> bytes:
    """Return the payload of `token`: a JSON array that starts with the purpose."""
    items: list[str | int]
    match token:
        case OpenToken():
            items = [Purpose.OPEN, token.lead_id, token.node_id, token.visit, token.resend_number]
        case ClickToken():
            items = [Purpose.CLICK, token.lead_id, token.node_id, token.visit, token.resend_number]
            items += [token.url] if token.url == token.link else [token.url, token.link]
        case UnsubscribeToken():
            items = [Purpose.UNSUBSCRIBE, token.lead_id, token.campaign_id]
            items += [] if token.email is None else [token.email]
    return encode_json(items)


def encode_json(value: list[str | int] | str) -> bytes:
    return _ENCODE_JSON(value).encode(errors="replace")


def _signature(secret: bytes, signed: bytes) -> str:
    return _base64url(hmac.digest(secret, signed, "sha256")).decode()


def _base64url(content: bytes) -> bytes:
    return b2a_base64(content, newline=False).rstrip(b"=").translate(_URL_SAFE)
