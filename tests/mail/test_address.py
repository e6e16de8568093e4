"""Addresses as people type them: what mail can be sent to, and why the rest cannot be used."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.address import (
    AddressError,
    ascii_domain,
    domain_key,
    domain_of,
    email_key,
    normalised,
)
from tests.mail.test_budget import Calls

ascii_text = st.text(string.printable) | st.from_regex(r"[!-~]+@[!-~]+", fullmatch=True)
international = st.from_regex(r"\w{1,8}(?:[.。]\w{1,8}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  Ann.B+tag@Example.COM\t", "Ann.B+tag@example.com"),
        ("o'hara@sub.example.co.uk", "o'hara@sub.example.co.uk"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@例え。テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("info@ΒΌΛΟΣ.example", "info@xn--nxasmq6b.example"),
        ("info@βόλος.example", "info@xn--nxasmm1c.example"),
        ("info@r3---sn.example", "info@r3---sn.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("\u202anoor@example.com\u202c", "noor@example.com"),
        ("noor\u00ad@exam\u200eple.com\u200c", "noor@example.com"),
        ("\u3000\ufeffnoor@example.com\u2069 ", "noor@example.com"),
        ("info@نامه\u200cای.example", "info@xn--mgba3gch31f060k.example"),
    ],
)
def test_addresses_are_normalised(typed: str, right: str) -> None:
    assert normalised(typed) == right


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "no address"),
        ("ann", "no @"),
        ("ann@", "after the @"),
        ("@example.com", "before the @"),
        ("a@b@example.com", "more than one @"),
        ("ann@example", "no dot"),
        ("ann smith@example.com", "blank"),
        ("ann@example.com\x07", "control"),
        ("ann@exa\nmple.com", "blank"),
        ("Ann <ann@example.com>", "without a name"),
        ("<ann@example.com>", "without a name"),
        ("ann..b@example.com", "dot"),
        (".ann@example.com", "dot"),
        ("änn@example.com", "letters other than"),
        ("a" * 65 + "@example.com", "64"),
        ("a@" + "b" * 64 + ".com", "longer"),
        ("a@" + "b." * 126 + "com", "254"),
        ("a@-example.com", "not a domain name"),
        ("a@example-.com", "not a domain name"),
        ("a@example..com", "not a domain name"),
        ("a@127.0.0.1", "not a domain name"),
        ("a@[127.0.0.1]", "brackets"),
        ("a@exa_mple.com", "not a domain name"),
        ("a@☃.example", "cannot be part"),
        ("a@" + "ü" * 60 + ".example", "longer"),
        ("a@ä_b.example", "cannot be part"),
        ("a@ä﹗.example", "cannot be part"),
        ("a@bücher.example.", "not a domain name"),
    ],
)
def test_invalid_address_says_why(typed: str, message: str) -> None:
    with pytest.raises(AddressError) as caught:
        normalised(typed)
    assert message in str(caught.value)


@given(ascii_text)
def test_key_of_an_ascii_address_is_that_address_in_lower_case(address: str) -> None:
    """So every key that a store holds is found: imports have only ever stored ASCII addresses."""
    assert email_key(address) == address.lower()


@given(st.text() | st.builds("{}@{}".format, st.text(), st.text(max_size=9) | international))
def test_key_of_a_key_is_that_key(address: str) -> None:
    """Whatever is typed: a key may be asked for again without harm, and asking never raises."""
    assert email_key(email_key(address)) == email_key(address)


@given(st.from_regex(r"[a-z]{1,9}", fullmatch=True), international)
def test_key_of_what_was_typed_is_the_key_of_what_is_stored(local: str, domain: str) -> None:
    """An unsubscribe by the address as typed stops mail to the address as imported."""
    typed = f"{local}@{domain}.example"
    try:
        stored = normalised(typed)
    except AddressError:
        return
    assert email_key(typed) == email_key(stored) == stored.lower()
    assert domain_of(typed) == domain_of(stored)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Ann@Straße.DE", "ann@xn--strae-oqa.de"),
        ("Ann@STRASSE.de", "ann@strasse.de"),
        ("Ann@例え。テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("ÄNN@Bücher.example", "änn@xn--bcher-kva.example"),
        ("Bücher", "bücher"),
        ("a@☃.EXAMPLE", "a@☃.example"),
        ('"odd@one"@Two.Example', '"odd@one"@two.example'),
        ("", ""),
    ],
)
def test_key_is_one_for_all_spellings(address: str, key: str) -> None:
    """An invalid domain is put in lower case; an address without @ has no domain."""
    assert email_key(address) == key


def test_domain_of_an_address() -> None:
    """What follows the last at sign, as the DNS spells it."""
    assert domain_of('"odd@one"@Two.Example') == "two.example"
    assert domain_of("ann@Straße.de") == domain_key("STRAßE.DE") == "xn--strae-oqa.de"


@pytest.mark.parametrize(
    ("domain", "encoded"),
    [
        ("☃.example", "xn--n3h.example"),
        ("I❤.example", "xn--i-7iq.example"),
        ("a・b.example", "xn--ab-3n4a.example"),
        ("straße☃.example", "xn--strae-oqa1767d.example"),
    ],
)
def test_symbols_are_accepted_on_request(domain: str, encoded: str) -> None:
    """A browser finds such a domain; no mail is addressed to one."""
    assert ascii_domain(domain, symbols=True) == encoded
    with pytest.raises(AddressError, match="cannot be part of a domain name"):
        ascii_domain(domain)


def test_label_too_long_for_its_ascii_form() -> None:
    """With symbols as well."""
    for domain in ("ü" * 60, "☃" * 60):
        with pytest.raises(AddressError, match="longer"):
            ascii_domain(f"{domain}.example", symbols=True)


def test_unusual_address_takes_no_more_calls_the_longer_it_is() -> None:
    """A file may have one on every row."""

    def calls_for(address: str) -> int:
        with Calls() as calls, pytest.raises(AddressError):
            normalised(address)
        return calls.count

    assert calls_for("ann@" + "b" * 60 + ".co..") == calls_for("ann@b.co..")
