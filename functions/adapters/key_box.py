"""Private keys: made from real chance, and sealed by Fernet (AES-128-CBC with HMAC-SHA256).

Role: implements `KeyBox` over the secrets of the setting SECRET_KEYS. The first secret seals, all
of them unseal, so that one can be replaced without downtime.
Invariant: no error contains a key or a secret. `cryptography` is loaded on first use, because most
processes never need it.
"""

import asyncio
from base64 import urlsafe_b64encode
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from functions.mail.dkim import RSA_BITS_MIN, Algorithm
from functions.service.sending.ports import UnsealError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

SECRET_CHARS_MIN = 32
SECRETS_MAX = 10


class FernetKeyBox:
    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    @classmethod
    def parse(cls, text: str) -> "FernetKeyBox | None":
        """`text`: secrets separated by commas; None if it is empty. Raises ValueError."""
        secrets = tuple(it.strip() for it in text.split(",") if it.strip())
        if any(len(it) < SECRET_CHARS_MIN for it in secrets):
            raise ValueError(
                f"write secrets of at least {SECRET_CHARS_MIN} characters, separated by commas"
            )
        if len(secrets) > SECRETS_MAX:
            raise ValueError(f"write at most {SECRETS_MAX} secrets")
        return cls(secrets) if secrets else None

    async def new_key(self, algorithm: Algorithm) -> bytes:
        """In a thread: finding the primes of RSA takes a tenth of a second or more."""
        return await asyncio.to_thread(make_key, algorithm)

    def seal(self, key: bytes) -> str:
        return self._fernet.encrypt(key).decode("ascii")

    def unseal(self, sealed: str) -> bytes:
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise UnsealError("none of the secrets in SECRET_KEYS opens it") from None

    @cached_property
    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        # Secrets are long and random, so a digest makes a key of the right length.
        keys = (urlsafe_b64encode(sha256(it.encode()).digest()) for it in self._secrets)
        return MultiFernet([Fernet(key) for key in keys])


def make_key(algorithm: Algorithm) -> bytes:
    """A private key in PEM."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = (
        ed25519.Ed25519PrivateKey.generate()
        if algorithm == "ed25519"
        else rsa.generate_private_key(public_exponent=65_537, key_size=RSA_BITS_MIN)
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
