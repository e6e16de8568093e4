"""The name by which a mail server is greeted."""

import pytest

from functions.mail.address import AddressError
from functions.mail.helo import helo_name, helo_name_of_url


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mail.example.com", "mail.example.com"),
        (" Mail.Example.COM. ", "mail.example.com"),
        ("localhost", "localhost"),
        ("straße.example", "xn--strae-oqa.example"),
        ("192.0.2.1", "[192.0.2.1]"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("2001:db8::1", "[IPv6:2001:db8::1]"),
        ("[IPv6:2001:DB8::1]", "[IPv6:2001:db8::1]"),
    ],
)
def test_host_is_spelled_for_ehlo(host: str, name: str) -> None:
    """As a domain name in ASCII, or as an address literal (RFC 5321 §4.1.3)."""
    assert helo_name(host) == name
    assert helo_name(name) == name


@pytest.mark.parametrize(
    "host", ["", "-x.example", "my_host", "a b", "mail.example.com:25", "x\r\nMAIL", "a..b", "☃.x"]
)
def test_what_no_server_can_be_greeted_with_is_refused(host: str) -> None:
    with pytest.raises(AddressError):
        helo_name(host)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://news.example.com/base", "news.example.com"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
        ("http://my_host", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_host_of_the_public_url(url: str, name: str | None) -> None:
    """None if it cannot be used; then the machine's own name is."""
    assert helo_name_of_url(url) == name
