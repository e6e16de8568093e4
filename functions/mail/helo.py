"""The name by which we greet a mail server: the argument of EHLO (RFC 5321 §4.1.1.1).

Role: make it from the setting or, without one, from the host of the public URL.
Invariant: pure; the name is a domain name in ASCII or an address literal, so no server can take it
for anything else. It must not know whether the name exists in the DNS.
"""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from functions.mail.address import AddressError, ascii_domain

NAME_CHARS_MAX = 253

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def helo_name(host: str) -> str:
    """Return `host`, a name or an IP address, as EHLO takes it: `mail.example.com`,
    `[192.0.2.1]`, `[IPv6:2001:db8::1]`. Raises AddressError."""
    address = host.strip().removeprefix("[").removesuffix("]")
    address = address[5:] if address[:5].lower() == "ipv6:" else address
    try:
        literal = ip_address(address)
    except ValueError:
        return _name(host.strip())
    return f"[IPv6:{literal}]" if isinstance(literal, IPv6Address) else f"[{literal}]"


def helo_name_of_url(url: str) -> str | None:
    """Return the name for the host of `url`; None if it has no host that can be greeted with."""
    try:
        return helo_name(urlsplit(url).hostname or "")
    except ValueError:
        return None


def _name(host: str) -> str:
    name = ascii_domain(host.removesuffix("."))
    if len(name) > NAME_CHARS_MAX or not _NAME.fullmatch(name):
        raise AddressError(f"{host!r} is not a host name such as mail.example.com")
    return name
