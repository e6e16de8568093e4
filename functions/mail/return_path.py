"""The return path: an envelope sender of its own for each message, by which a returned mail names
the message that it is about (VERP).

Role: the part before the @ is `b-` and 42 letters and digits: when the campaign was created, the
contact's number, a digest of the send key, and a seal. Ids do not fit: RFC 5321 (4.5.3.1.1) allows
64 characters. Invariant: only this installation makes such an address, and any spelling that
differs only in case reads the same, because some mail servers change the case.
It must not know stores: who has a token looks for the message.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from functions.flow.keys import seq_of
from functions.mail.tokens import Keyring, TokenInvalid

COMPLAINTS_NAME = "complaints"
"""Mailbox providers send complaints to this name under `BOUNCE_DOMAIN`."""

_PREFIX = "b-"
_TIME_BYTES = 6
_SEQ_BYTES = 5
DIGEST_BYTES = 5
_SEAL_BYTES = 10
"""80 bits: a guess costs a mail, so 2^79 of them are out of reach."""
_PAYLOAD_BYTES = _TIME_BYTES + _SEQ_BYTES + DIGEST_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ReturnToken:
    """What a return path says about its message. `campaign_created_at`: UTC, whole milliseconds.
    `seq`: the contact's number in the campaign. `digest`: that of the send key."""

    campaign_created_at: datetime
    seq: int
    digest: bytes

    def fits(self, send_key: str) -> bool:
        return self.digest == _digest(send_key)

    def fits_message_id(self, message_id: str) -> bool:
        """Whether this may be the Message-ID of the same message, which begins with the digest
        (`mail.compose`)."""
        return message_id.lower().startswith(self.digest.hex())


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """The return paths of one campaign. `domain`: where returned mail is received, in ASCII."""

    keyring: Keyring
    domain: str
    campaign_created_at: datetime

    def address(self, lead_id: str, send_key: str) -> str:
        """A message to no lead, such as a test, gets number 0, which no contact has."""
        created_ms = (self.campaign_created_at - _EPOCH) // _MILLISECOND
        payload = b"".join(
            (
                created_ms.to_bytes(_TIME_BYTES, "big"),
                seq_of(lead_id).to_bytes(_SEQ_BYTES, "big"),
                _digest(send_key),
            )
        )
        sealed = payload + self.keyring.seal(_PREFIX.encode() + payload, _SEAL_BYTES)
        written = b32encode(sealed).decode().rstrip("=").lower()
        return f"{_PREFIX}{written}@{self.domain}"


def read_return_path(keyring: Keyring, domain: str, address: str) -> ReturnToken:
    """Raises TokenInvalid if the address is not a return path of this installation."""
    local, _, at_domain = address.lower().rpartition("@")
    if at_domain != domain or not local.startswith(_PREFIX):
        raise TokenInvalid("this is not a return path")
    written = local.removeprefix(_PREFIX).upper()
    try:
        sealed = b32decode(written + "=" * (-len(written) % 8))
    except ValueError as error:
        raise TokenInvalid("this return path cannot be read") from error
    payload, seal = sealed[:_PAYLOAD_BYTES], sealed[_PAYLOAD_BYTES:]
    if len(seal) != _SEAL_BYTES or not keyring.is_sealed(_PREFIX.encode() + payload, seal):
        raise TokenInvalid("the seal of this return path does not fit")
    digest_start = _TIME_BYTES + _SEQ_BYTES
    created_ms = int.from_bytes(payload[:_TIME_BYTES], "big")
    return ReturnToken(
        campaign_created_at=_EPOCH + created_ms * _MILLISECOND,
        seq=int.from_bytes(payload[_TIME_BYTES:digest_start], "big"),
        digest=payload[digest_start:],
    )


def _digest(send_key: str) -> bytes:
    return sha256(send_key.encode()).digest()[:DIGEST_BYTES]
