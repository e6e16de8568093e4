"""Addresses as people type them: what mail can be sent to, and why the rest cannot be used."""

import pytest

from functions.mail.address import AddressError, normalised


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  Ann.B+tag@Example.COM\t", "Ann.B+tag@example.com"),
        ("o'hara@sub.example.co.uk", "o'hara@sub.example.co.uk"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@例え。テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_addresses_are_normalised(typed: str, right: str) -> None:
    assert normalised(typed) == right


@pytest.mark.parametrize(
    ("typed", "words"),
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
        ("Ann <ann@example.com>", "blank"),
        ("<ann@example.com>", "without a name"),
        ("ann..b@example.com", "dot"),
        (".ann@example.com", "dot"),
        ("änn@example.com", "letters other than"),
        ("a" * 65 + "@example.com", "64"),
        ("a@" + "b" * 64 + ".com", "longer"),
        ("a@" + "b." * 126 + "com", "254"),
        ("a@-example.com", "no domain"),
        ("a@example-.com", "no domain"),
        ("a@example..com", "no domain"),
        ("a@127.0.0.1", "no domain"),
        ("a@[127.0.0.1]", "brackets"),
        ("a@exa_mple.com", "no domain"),
        ("a@☃.example", "cannot be part"),
    ],
)
def test_what_is_no_address_says_why(typed: str, words: str) -> None:
    with pytest.raises(AddressError) as caught:
        normalised(typed)
    assert words in str(caught.value)
