"""Where a mailbox is, and who may read it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """`is_tls`: from the first byte on; otherwise STARTTLS comes before the login."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool

    @classmethod
    def parse(cls, uri: str) -> "MailboxAddress":
        """Read `imaps://user:password@host:993/folder`. Raises ValueError, without the URI."""
        parts = urlsplit(uri)
        is_tls = parts.scheme == "imaps"
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("must be written imaps://user:password@host/folder")
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if is_tls else 143),
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            is_tls=is_tls,
        )
