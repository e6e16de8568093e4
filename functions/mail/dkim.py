"""DKIM: sign a composed message for a domain (RFC 6376, relaxed/relaxed; RFC 8301; RFC 8463).

Role: `signed` puts one DKIM-Signature before a message for each signer. The canonical bytes are
made here; `cryptography` only signs them, and is loaded when the first key is read.
Invariant: the same message, keys and time give the same bytes. The message itself is not changed,
and its body is hashed once, however many keys sign it. Headers that people or filters act on are
named once more than they occur, so that nobody can add another one to a signed message.
It must not know where keys are kept.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

Algorithm = Literal["rsa", "ed25519"]
"""The key types of DNS records (k=)."""

RSA_BITS_MIN, RSA_BITS_MAX = 2_048, 4_096
SIGNERS_MAX = 4

COVERED = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-ID",
    "Feedback-ID",
)
"""What a signature covers. A header that a message lacks is covered as absent."""

REPLACED_BY_SES = frozenset({"date", "message-id", "feedback-id"})
"""Headers that Amazon SES replaces or adds. A signature that covers them would not survive it."""

_KEYS = {name: name.lower().encode() for name in COVERED}
_BLANKS = re.compile(rb"[ \t]+")
_BLANKS_LOOKED_AT_MAX = 100
_SIGNATURE_LINE_CHARS = 72


class DkimKeyError(ValueError):
    """A private key cannot be used. The message says what would be right, and shows no key."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, ready to sign for `domain`. `sign`: takes the canonical headers."""

    domain: str
    selector: str
    algorithm: Algorithm
    sign: Callable[[bytes], bytes] = field(repr=False)


def signed(
    content: bytes, signers: Sequence[Signer], at: datetime, *, left_out: Set[str] = frozenset()
) -> bytes:
    """Return `content` (RFC 5322 bytes, CRLF) with a signature by each of `signers`, dated `at`.

    `left_out`: names in lower case of headers that the next server replaces; they are not covered.
    """
    head, _, body = content.partition(b"\r\n\r\n")
    body_hash = b64encode(sha256(canonical_body(body)).digest()).decode()
    names, canonical = _covered(head, left_out)
    signatures = [_signature(it, names, canonical, body_hash, at) for it in signers]
    return b"".join([*signatures, content])


def _signature(signer: Signer, names: str, canonical: bytes, body_hash: str, at: datetime) -> bytes:
    """Return the header with its line end. `canonical`: the covered headers."""
    unsigned = (
        f"DKIM-Signature: v=1; a={signer.algorithm}-sha256; c=relaxed/relaxed;"
        f"\r\n d={signer.domain}; s={signer.selector}; t={int(at.timestamp())};"
        f"\r\n h={names};"
        f"\r\n bh={body_hash};"
        f"\r\n b="
    ).encode()
    # The signature covers its own header, without its value and without the last line end.
    value = b64encode(signer.sign(canonical + canonical_header(unsigned)[:-2]))
    lines = [
        value[start : start + _SIGNATURE_LINE_CHARS]
        for start in range(0, len(value), _SIGNATURE_LINE_CHARS)
    ]
    return unsigned + b"\r\n ".join(lines) + b"\r\n"


def _covered(head: bytes, left_out: Set[str]) -> tuple[str, bytes]:
    """Return the value of h=, and the canonical headers in its order: the last one of a name
    first, then those before it (RFC 6376 §5.4.2)."""
    found: dict[bytes, list[bytes]] = {}
    for header in _headers(head):
        canonical = canonical_header(header)
        found.setdefault(canonical[: canonical.index(b":")], []).append(canonical)
    names: list[str] = []
    covered: list[bytes] = []
    for name, key in _KEYS.items():
        if name.lower() in left_out:
            continue
        occurring = found.get(key, ())
        names += [name] * (len(occurring) + 1)
        covered += reversed(occurring)
    return _folded(tuple(names)), b"".join(covered)


@lru_cache(maxsize=64)
def _folded(names: tuple[str, ...]) -> str:
    """Join names by colons, with a line break where a line would become too long."""
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) + 2 > _SIGNATURE_LINE_CHARS:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += f":{name}"
    return "\r\n ".join(lines)


def _headers(head: bytes) -> list[bytes]:
    """Return the header fields, each with its folded lines."""
    fields: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields


def canonical_header(header: bytes) -> bytes:
    """Return a header field as "relaxed" has it, with a line end (RFC 6376 §3.4.2).

    Of control characters it may have only tabs and line ends, as `headers.refuse_controls` sees to.
    """
    name, _, value = header.partition(b":")
    return name.rstrip(b" \t").lower() + b":" + b" ".join(value.split()) + b"\r\n"


def canonical_body(body: bytes) -> bytes:
    """Return a body (CRLF) as "relaxed" has it (RFC 6376 §3.4.4)."""
    if not _is_reduced(body):
        body = _BLANKS.sub(b" ", body + b"\r\n").replace(b" \r\n", b"\r\n")
    body = body.rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _is_reduced(body: bytes) -> bool:
    """Whether the lines of `body` are canonical already, which a few searches show for what we
    compose: base64 has no blanks. May say no of others."""
    if b"\t" in body or body.count(b" ") > _BLANKS_LOOKED_AT_MAX:
        return False
    at = body.find(b" ")
    while at >= 0:
        if body[at + 1 : at + 2] in (b" ", b"\r", b""):
            return False
        at = body.find(b" ", at + 1)
    return True


def key_name(domain: str, selector: str) -> str:
    """Return the name of the TXT record that holds a public key."""
    return f"{selector}._domainkey.{domain}"


def load_signer(domain: str, selector: str, pem: bytes) -> Signer:
    """Return the signer of a private key in PEM, RSA or Ed25519. Raises DkimKeyError."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    key = _private_key(pem)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        by_ed25519 = key

        def sign_digest(canonical: bytes) -> bytes:
            # RFC 8463 §3: Ed25519 signs the digest.
            return by_ed25519.sign(sha256(canonical).digest())

        return Signer(domain, selector, "ed25519", sign_digest)
    assert isinstance(key, rsa.RSAPrivateKey)
    by_rsa, scheme, digest = key, padding.PKCS1v15(), hashes.SHA256()
    return Signer(domain, selector, "rsa", lambda canonical: by_rsa.sign(canonical, scheme, digest))


def key_record(pem: bytes) -> str:
    """Return the TXT record of the public key that belongs to a private one in PEM.

    Raises DkimKeyError.
    """
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = _private_key(pem)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(raw).decode()}"
    assert isinstance(key, rsa.RSAPrivateKey)
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"


def _private_key(pem: bytes) -> object:
    """Return an RSA or an Ed25519 key. Raises DkimKeyError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        # Without the cause, which may quote the key.
        raise DkimKeyError(
            "it is not a private key in PEM without a password: it begins with "
            "-----BEGIN PRIVATE KEY-----"
        ) from None
    if isinstance(key, rsa.RSAPrivateKey):
        if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
            raise DkimKeyError(
                f"an RSA key has {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, not {key.key_size}"
            )
        return key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    raise DkimKeyError("the key is neither RSA nor Ed25519")
