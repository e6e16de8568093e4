"""The host names that a server answers to, and the Host header of a request.

A page of another site can make a browser send requests to an address of that site's choice, but
under that site's name (DNS rebinding). A server that answers only to its own names refuses them.

Invariant: only names count, never ports, because the same server is often reached through several.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

PORT_MAX = 65_535

_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252})(?::([0-9]{1,5}))?")
"""RFC 9110, section 7.2, without the characters that no host name has."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The addresses of this machine (localhost, 127.0.0.0/8, ::1) are always allowed.

    `names`: in lower case; one that begins with a dot stands for all names below it.
    """

    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, written: str) -> "AllowedHosts":
        """Read names separated by commas. Raises ValueError."""
        names = [it for it in (part.strip() for part in written.split(",")) if it]
        return cls(frozenset(map(_name, names)))

    def __add__(self, others: "AllowedHosts") -> "AllowedHosts":
        return AllowedHosts(self.names | others.names)

    def admit(self, host: str) -> bool:
        """`host`: as `host_of` returns it."""
        if host in self.names or is_loopback(host):
            return True
        return any(name.startswith(".") and host.endswith(name) for name in self.names)


def host_of(header: str) -> str | None:
    """The name or the IP address in a Host header, in lower case; None if it is malformed."""
    found = _HOST.fullmatch(header)
    if found is None or int(found[2] or 0) > PORT_MAX:
        return None
    name = found[1].lower()
    if not name.startswith("["):
        return name.removesuffix(".")
    try:
        return str(ip_address(name[1:-1]))
    except ValueError:
        return None


def host_of_url(url: str) -> AllowedHosts:
    """The host of the URL as requests name it; none if it has none."""
    # Imported here, because the command line loads this module at every start.
    from functions.mail.address import AddressError, ascii_domain

    host = urlsplit(url).hostname or ""
    with suppress(AddressError):
        host = ascii_domain(host)
    return AllowedHosts(frozenset([host] if host else []))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. One that is not known to be loopback counts
    as reachable from others."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _name(written: str) -> str:
    dot, rest = ("." if written.startswith(".") else ""), written.removeprefix(".")
    host = host_of(rest)
    if host is None or rest.rpartition("]")[2].count(":"):
        raise ValueError(
            f"must be host names without scheme and port, such as mail.example.com, or "
            f".example.com for all names below it; {written[:100]} is none"
        )
    return dot + host
