"""How to reach a mail server: the settings of a connection, and the URI that people write them as.

Invariant: no error message contains a password.
This module must not know how mail is sent.
"""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from functions.mail.address import AddressError, ascii_domain

StartTls = Literal["auto", "require", "never"]
_STARTTLS: dict[str, StartTls] = {"auto": "auto", "require": "require", "never": "never"}


class SmtpUriError(ValueError):
    """The URI of a mail server cannot be read. The message says what would be right."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach a mail server. Timeouts are those of RFC 5321 §4.5.3.2 or shorter."""

    host: str
    port: int = 25
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False
    starttls: StartTls = "auto"
    """"auto": used if offered, without checking the certificate (RFC 7435), which protects only
    against listeners. With a password, "auto" means "require"."""
    messages_per_connection_max: int = 1_000
    idle_seconds_max: float = 30.0
    """A connection that has been idle for longer is closed instead of reused."""
    probe_after_seconds: float = 5.0
    """A connection that has been idle for longer is checked with a NOOP before it is reused."""
    connect_timeout_seconds: float = 10.0
    command_timeout_seconds: float = 30.0
    content_timeout_seconds: float = 600.0
    ca_file: str | None = None

    @classmethod
    def from_uri(cls, uri: str) -> "SmtpSettings":
        """Read `smtp://user:password@host:25?starttls=require` or `smtps://host`.

        Raises `SmtpUriError`, whose message does not contain the password.
        """
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError as error:
            raise SmtpUriError("the address of the mail server cannot be read") from error
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise SmtpUriError("a mail server is written as smtp://host:port or smtps://host:port")
        query = parse_qs(parts.query, keep_blank_values=True)
        try:
            host = ascii_domain(parts.hostname)
        except AddressError as error:
            raise SmtpUriError("the host of the mail server is not a domain name") from error
        starttls = query.pop("starttls", ["auto"])[-1]
        ca_file = query.pop("ca_file", [None])[-1]
        if query:
            raise SmtpUriError(f"unknown options of a mail server: {', '.join(sorted(query))}")
        if starttls not in _STARTTLS:
            raise SmtpUriError(f"starttls is one of {', '.join(_STARTTLS)}")
        implicit_tls = parts.scheme == "smtps"
        return cls(
            host=host,
            port=port or (465 if implicit_tls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            implicit_tls=implicit_tls,
            starttls=_STARTTLS[starttls],
            ca_file=ca_file,
        )

    @property
    def sending_account(self) -> str:
        """The name under which limits and breaker are kept: host and port, without user and
        password."""
        return f"{self.host}:{self.port}"

    @property
    def may_encrypt(self) -> bool:
        """Whether STARTTLS may be used."""
        return not self.implicit_tls and self.starttls != "never"

    @property
    def must_encrypt(self) -> bool:
        """Whether STARTTLS must succeed before anything else is sent."""
        return self.may_encrypt and (self.starttls == "require" or self.username is not None)
