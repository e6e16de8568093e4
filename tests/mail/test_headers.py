"""Headers: what goes in comes out, and nothing gets a line of its own."""

import email
from email import policy
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.mail.errors import AddressRefusedError, HeaderInjectionError
from functions.mail.headers import (
    check_mailbox,
    encode_sender,
    encode_text,
    mailbox,
    refuse_controls,
)

printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120
).map(str.strip)


def parsed(header: bytes) -> email.message.EmailMessage:
    message = email.message_from_bytes(header + b"\r\nX-Last: 1\r\n\r\n", policy=policy.SMTP)
    assert isinstance(message, email.message.EmailMessage)
    return message


@example("ࠀ\xa0\xa0" + "ࠀ" * 12)
@given(printable | st.text("ab ", min_size=60, max_size=200).map(str.strip))
def test_subject_comes_back(subject: str) -> None:
    """Folding and encoding lose nothing, and no line is too long."""
    header = encode_text("Subject", subject)
    message = parsed(header)
    assert message["Subject"] == subject
    assert message.keys() == ["Subject", "X-Last"]
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))
    assert header.isascii()


@pytest.mark.parametrize(
    ("subject", "header"),
    [
        ("Hello", b"Subject: Hello"),
        ("Zoë", b"Subject: =?utf-8?B?Wm/Dqw==?="),
        ("=?utf-8?B?Wm/Dqw==?=", b"Subject: =?utf-8?B?PT91dGYtOD9CP1dtL0Rxdz09Pz0=?="),
        ("x" * 67, b"Subject: " + b"x" * 67),
        ("a " * 40 + "b", b"Subject: " + b"a " * 32 + b"a\r\n " + b"a " * 7 + b"b"),
    ],
)
def test_subject_is_written_plainly_where_it_can_be(subject: str, header: bytes) -> None:
    """ASCII stays readable; what looks encoded already is encoded again."""
    assert encode_text("Subject", subject) == header


@given(printable)
def test_sender_comes_back(name: str) -> None:
    """Quotes, commas, backslashes, any alphabet: the address stays the one it was."""
    header = encode_sender(name, "ada@example.com")
    message = parsed(header)
    sender = message["From"]
    assert isinstance(sender, AddressHeader)
    assert [(it.addr_spec) for it in sender.addresses] == ["ada@example.com"]
    # Python's registry puts blanks between encoded words of a name, which RFC 2047 §6.2 forbids.
    raw, _ = parseaddr(email.message_from_bytes(header + b"\r\n\r\n")["From"])
    assert "".join(str(make_header(decode_header(raw))).split()) == "".join(name.split())
    assert message.keys() == ["From", "X-Last"]
    assert all(len(line) <= 200 for line in header.split(b"\r\n"))


@given(
    st.text(max_size=20),
    st.sampled_from("\r\n\0\x0b\x0c\x1c\x1d\x1e\x7f\x85\u2028\u2029\t"),
    st.text(max_size=20),
)
def test_control_characters_are_refused(before: str, control: str, after: str) -> None:
    """Not repaired: what tries to begin a header has no good meaning."""
    with pytest.raises(HeaderInjectionError, match="The subject contains a line break"):
        refuse_controls(before + control + after, "subject")
    with pytest.raises(HeaderInjectionError):
        mailbox(f"ann{control}@example.com")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ann+tag@localhost", "ann+tag@localhost"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.de", "ann@xn--strae-oqa.de"),
    ],
)
def test_address_is_written(address: str, written: str) -> None:
    """Usual addresses as they are, international domains in ASCII."""
    assert mailbox(address) == written


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "not an e-mail address"),
        ("ann", "not an e-mail address"),
        ("@example.com", "not an e-mail address"),
        ("ann@", "not an e-mail address"),
        ("ann bo@example.com", "not an e-mail address"),
        ("ann@example.com>", "not an e-mail address"),
        ("<ann@example.com", "not an e-mail address"),
        ("ann@example.com, bo@example.com", "not an e-mail address"),
        ("a@b@example.com", "not an e-mail address"),
        ('"ann"@example.com', "not an e-mail address"),
        ("ann@exa_mple.com", "not an e-mail address"),
        ("ann@-example.com", "not an e-mail address"),
        ("ann@example..com", "not an e-mail address"),
        ("x" * 65 + "@example.com", "not an e-mail address"),
        ("ann@" + "x." * 130 + "com", "not an e-mail address"),
        ("zoë@example.com", "letters other than a to z before the @"),
        ("ann@" + "ü" * 80 + ".com", "not a domain name"),
        ("ann@☃.example", "not a domain name"),
        ("ann@bücher..example", "not an e-mail address"),
    ],
)
def test_address_is_refused(address: str, words: str) -> None:
    """What cannot stand in an envelope is refused in clear words."""
    with pytest.raises(AddressRefusedError, match=words):
        mailbox(address)
    assert words in (check_mailbox(address) or "")


def test_valid_address_has_no_fault() -> None:
    """An international domain included."""
    assert check_mailbox("ann@straße.de") is None
