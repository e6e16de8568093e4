"""Settings of the local system, read from the environment; every one has a default."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from functions.settings import Reading

LOOPBACK = "127.0.0.1"
DEFAULT_SENDER = "EmailBuilder <hello@example.com>"


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """`home`: the folder that keeps everything: contacts, leads, mail received, the signing key.

    `port` serves the API, `smtp_port` the inbox; 0 takes a free one. `store_uri`: SQLite in
    `home` unless it names another store.
    """

    home: Path = Path(".emailbuilder")
    port: int = 8000
    smtp_port: int = 1025
    store_uri: str = ""
    sender: str = DEFAULT_SENDER
    sweep_seconds: float = 1.0
    window_jobs_max: int = 300

    @classmethod
    def from_environment(cls) -> "LocalSettings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "LocalSettings":
        """Raises SettingsError."""
        it = Reading(environment)
        settings = cls(
            home=Path(it.text("EMAILBUILDER_HOME", ".emailbuilder")),
            port=it.port("PORT", 8000),
            smtp_port=it.port("SMTP_PORT", 1025),
            store_uri=environment.get("STORE_URI", ""),
            sender=it.text("SENDER", DEFAULT_SENDER),
        )
        it.check()
        return settings

    def tracking_keys(self) -> str:
        """Made at the first start and kept, so that links in old mail go on working."""
        path = self.home / "tracking_keys"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(f"k1:{secrets.token_urlsafe(32)}\n")
        return path.read_text().strip()

    def effective_store_uri(self) -> str:
        return self.store_uri or f"sqlite:///{(self.home / 'store.db').resolve()}"
