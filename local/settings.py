"""Settings of the local system, read from the environment; every one has a default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from functions.access import NO_TOKENS, ApiTokens
from functions.service.sending.rates import Limits
from functions.settings import DEFAULT_LIMITS, Reading
from local.home import DEFAULT_HOME, DEFAULT_PORT, Home

EXPORTED_FRONTEND = Path(__file__).resolve().parents[1] / "frontend" / "out"
DEFAULT_SENDER = "EmailBuilder <hello@example.com>"


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """`home`: the folder that keeps everything: contacts, leads, mail received, the signing key,
    the API token.

    `port` serves the API, `smtp_port` the inbox; 0 takes a free one. `store_uri`: SQLite in
    `home` unless it names another store. `more_api_tokens` open the API besides the one that is
    kept in `home`. `frontend`: the folder that `make frontend` exports to.
    """

    home: Path = Path(DEFAULT_HOME)
    port: int = DEFAULT_PORT
    smtp_port: int = 1025
    store_uri: str = ""
    sender: str = DEFAULT_SENDER
    sweep_seconds: float = 1.0
    window_jobs_max: int = 300
    more_api_tokens: ApiTokens = NO_TOKENS
    limits: Limits = DEFAULT_LIMITS
    frontend: Path = EXPORTED_FRONTEND

    @classmethod
    def from_environment(cls) -> "LocalSettings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "LocalSettings":
        """Raises SettingsError."""
        it = Reading(environment)
        settings = cls(
            home=Path(it.text("EMAILBUILDER_HOME", DEFAULT_HOME)),
            port=it.port("PORT", DEFAULT_PORT),
            smtp_port=it.port("SMTP_PORT", 1025),
            store_uri=environment.get("STORE_URI", ""),
            sender=it.text("SENDER", DEFAULT_SENDER),
            more_api_tokens=it.api_tokens("API_TOKENS", "API_TOKEN"),
            limits=it.limits(),
        )
        it.check()
        return settings

    def api_tokens(self) -> ApiTokens:
        """All that open the API. Raises SettingsError."""
        return ApiTokens.parse(Home(self.home).api_token()) + self.more_api_tokens

    def effective_store_uri(self) -> str:
        return self.store_uri or f"sqlite:///{(self.home / 'store.db').resolve()}"
