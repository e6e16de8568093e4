"""DKIM signatures: canonical bytes, what they cover, and that others verify them."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.key_box import make_key
from functions.mail.dkim import (
    COVERED,
    REPLACED_BY_SES,
    Algorithm,
    DkimKeyError,
    Signer,
    canonical_body,
    canonical_header,
    key_name,
    key_record,
    load_signer,
    signed,
)
from tests.mail.test_compose import ANN, compiled

AT = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)
PEMS: Mapping[Algorithm, bytes] = {it: make_key(it) for it in ("rsa", "ed25519")}
SIGNERS = [load_signer("example.com", f"s-{name}", pem) for name, pem in PEMS.items()]
ZONE = {
    f"{key_name('example.com', f's-{name}')}.".encode(): key_record(pem).encode()
    for name, pem in PEMS.items()
}
SIMPLE = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nHello\r\n"


def verified(message: bytes) -> list[bool]:
    """For each signature, whether dkimpy accepts it."""
    count = len(re.findall(rb"(?m)^DKIM-Signature:", message))
    return [_is_accepted(dkim.DKIM(message), index) for index in range(count)]


def _is_accepted(verifier: dkim.DKIM, index: int) -> bool:
    try:
        return bool(verifier.verify(index, dnsfunc=lambda name, timeout=5: ZONE.get(name)))
    except dkim.DKIMException:
        return False


def tags(message: bytes, index: int = 0) -> dict[str, str]:
    """The tags of one signature."""
    found = re.findall(rb"(?ms)^DKIM-Signature: (.*?)\r\n(?![ \t])", message)[index].decode()
    pairs = (it.partition("=") for it in found.split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, _, value in pairs}


@pytest.mark.parametrize("reply_to", [None, "help@example.com"])
def test_other_implementation_verifies_what_we_send(reply_to: str | None) -> None:
    """By each key, over a composed message with folded and encoded headers."""
    email = compiled(
        subject="Grüße an {{ contact.first_name }} " + "und alle anderen " * 8, reply_to=reply_to
    )
    message = signed(email.render(ANN, AT).content, SIGNERS, AT)
    assert verified(message) == [True, True]
    assert [tags(message, it)["a"] for it in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]


@pytest.mark.parametrize(
    "changed",
    [
        (b"Subject: Hi Ann", b"Subject: Hi Eve"),
        (b"\r\nTo: ann@", b"\r\nTo: eve@"),
        (b"one-click", b"two-click"),
        (b"/t/u/", b"/t/v/"),
        (b"Feedback-ID: cmp", b"Feedback-ID: abc"),
        (b"List-ID: <cmp", b"List-ID: <abc"),
        (b"multipart/alternative", b"multipart/mixed"),
        (b"\r\nDate: Tue", b"\r\nDate: Wed"),
        (b"Message-ID: <", b"Message-ID: <0"),
        (b"MIME-Version: 1.0", b"MIME-Version: 1.1"),
        (b"Reply-To: help", b"Reply-To: evil"),
        (b"--\r\n", b"--\r\nMore\r\n"),
    ],
    ids=lambda it: it[0].decode().strip(),
)
def test_change_on_the_way_is_noticed(changed: tuple[bytes, bytes]) -> None:
    """In the body, and in each header that people or filters act on."""
    old, new = changed
    message = signed(compiled(reply_to="help@example.com").render(ANN, AT).content, SIGNERS, AT)
    pattern = re.compile(re.escape(old), re.I)
    assert pattern.search(message)
    assert verified(pattern.sub(new, message, count=1)) == [False, False]


@pytest.mark.parametrize("name", COVERED)
def test_header_that_is_added_on_the_way_is_noticed(name: str) -> None:
    """A second From or Subject, or the first Cc or Reply-To, above or below ours."""
    message = signed(compiled().render(ANN, AT).content, SIGNERS, AT)
    added = f"{name}: eve@example.net\r\n".encode()
    assert verified(added + message) == [False, False]
    head, _, body = message.partition(b"\r\n\r\n")
    assert verified(head + b"\r\n" + added + b"\r\n" + body) == [False, False]


def test_what_a_server_on_the_way_may_do() -> None:
    """Trace headers in front, other folding and blanks, blank lines at the end."""
    message = signed(compiled().render(ANN, AT).content, SIGNERS, AT)
    moved = b"Received: from a by b; x\r\n" + message.replace(
        b"\r\nSubject: Hi Ann", b"\r\nSUBJECT:  Hi\r\n\tAnn  "
    )
    assert moved.endswith(b"--\r\n")
    assert verified(moved + b"\r\n\r\n") == [True, True]


def test_signature_says_what_it_is() -> None:
    """The tags of RFC 6376 §3.5; names that occur are listed once more than they occur."""
    message = signed(SIMPLE, SIGNERS[:1], AT)
    found = tags(message)
    names = found.pop("h").split(":")
    assert found.pop("b")
    assert found == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/relaxed",
        "d": "example.com",
        "s": "s-rsa",
        "t": str(int(AT.timestamp())),
        "bh": b64encode(sha256(b"Hello\r\n").digest()).decode(),
    }
    assert {it: names.count(it) for it in names} == {
        it: 1 + (it in ("From", "To", "Subject")) for it in COVERED
    }
    assert message.endswith(SIMPLE)
    assert max(map(len, message.split(b"\r\n"))) <= 78


def test_same_message_key_and_time_give_the_same_bytes() -> None:
    """A message that is rendered again is the same."""
    content = compiled().render(ANN, AT).content
    assert signed(content, SIGNERS, AT) == signed(content, SIGNERS, AT)


def test_headers_that_the_next_server_replaces_are_not_covered() -> None:
    """So that the signature survives; everything else is covered as usual."""
    message = signed(compiled().render(ANN, AT).content, SIGNERS, AT, left_out=REPLACED_BY_SES)
    assert {it.lower() for it in COVERED} - {
        it.lower() for it in tags(message)["h"].split(":")
    } == {
        "date",
        "message-id",
        "feedback-id",
    }
    replaced = re.sub(rb"(?m)^Message-ID: .*$", b"Message-ID: <x@ses>\r", message)
    replaced = b"Feedback-ID: 1.eu:AmazonSES\r\n" + replaced
    assert verified(replaced) == [True, True]


def test_body_is_hashed_once_for_all_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many keys sign."""
    bodies: list[bytes] = []

    def counted(body: bytes) -> bytes:
        bodies.append(body)
        return canonical_body(body)

    monkeypatch.setattr("functions.mail.dkim.canonical_body", counted)
    assert verified(signed(SIMPLE, SIGNERS, AT)) == [True, True]
    assert bodies == [b"Hello\r\n"]


pieces = st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"=", b"  ", b"\r\n\r\n", b" \r\n", b"x y"])


@given(st.lists(pieces, max_size=30).map(lambda its: b"".join(its) + b"\r\n"))
def test_canonical_body_is_that_of_another_implementation(body: bytes) -> None:
    """Blanks, tabs and empty lines in any order, with a line end at the end, as in any mail."""
    assert canonical_body(body) == Relaxed.canonicalize_body(body)
    assert canonical_body(canonical_body(body)) == canonical_body(body)


@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n ", b":", b"B"]), max_size=20))
def test_canonical_header_is_that_of_another_implementation(value: list[bytes]) -> None:
    """Folding, blanks and the case of the name."""
    ((name, theirs),) = Relaxed.canonicalize_headers([(b"SubJect", b"".join(value) + b"\r\n")])
    assert canonical_header(b"SubJect:" + b"".join(value)) == name + b":" + theirs


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        (b"", "begins with -----BEGIN PRIVATE KEY-----"),
        (b"-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----", "not a private key"),
        (pem_of(rsa.generate_private_key(65_537, 1_024)), "2048 to 4096 bits, not 1024"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
    ],
)
def test_unusable_key_is_refused(pem: bytes, message: str) -> None:
    """With what would be right, and without the key."""
    with pytest.raises(DkimKeyError, match=message) as caught:
        load_signer("example.com", "s", pem)
    assert "canary" not in f"{caught.value!r}{caught.value.__cause__!r}"
    with pytest.raises(DkimKeyError, match=message):
        key_record(pem)


def test_signer_does_not_print_its_key() -> None:
    """It might be logged one day."""
    assert re.fullmatch(
        r"Signer\(domain='example.com', selector='s', algorithm='rsa'\)",
        repr(Signer("example.com", "s", "rsa", lambda canonical: canonical)),
    )
