"""Settings of the local system, read from the environment; every one has a default."""

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from functions.access import NO_TOKENS, ApiTokens, TokenUnfitError, new_api_token
from functions.service.sending.rates import Limits
from functions.settings import DEFAULT_LIMITS, Reading, SettingsError

LOOPBACK = "127.0.0.1"
EXPORTED_FRONTEND = Path(__file__).resolve().parents[1] / "frontend" / "out"
DEFAULT_SENDER = "EmailBuilder <hello@example.com>"


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """`home`: the folder that keeps everything: contacts, leads, mail received, the signing key,
    the API token.

    `port` serves the API, `smtp_port` the inbox; 0 takes a free one. `store_uri`: SQLite in
    `home` unless it names another store. `more_api_tokens` open the API besides the one that is
    kept in `home`. `frontend`: the folder that `make frontend` exports to. `token`: what the
    command line shows to a system on another machine.
    """

    home: Path = Path(".emailbuilder")
    port: int = 8000
    smtp_port: int = 1025
    store_uri: str = ""
    sender: str = DEFAULT_SENDER
    sweep_seconds: float = 1.0
    window_jobs_max: int = 300
    more_api_tokens: ApiTokens = NO_TOKENS
    token: str = field(default="", repr=False)
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
            home=Path(it.text("EMAILBUILDER_HOME", ".emailbuilder")),
            port=it.port("PORT", 8000),
            smtp_port=it.port("SMTP_PORT", 1025),
            store_uri=environment.get("STORE_URI", ""),
            sender=it.text("SENDER", DEFAULT_SENDER),
            more_api_tokens=it.api_tokens("API_TOKENS", "API_TOKEN"),
            token=environment.get("EMAILBUILDER_TOKEN", "").strip(),
            limits=it.limits(),
        )
        it.check()
        return settings

    def tracking_keys(self) -> str:
        """Made at the first start and kept, so that links in old mail go on working."""
        return _kept(self.home / "tracking_keys", lambda: f"k1:{secrets.token_urlsafe(32)}")

    def api_token(self) -> str:
        """Made at the first start and kept. Raises SettingsError if what is kept is none."""
        token = _kept(self.api_token_path, new_api_token)
        try:
            tokens = ApiTokens.parse(token)
        except TokenUnfitError:
            tokens = NO_TOKENS
        # An empty file must not mean that nothing is locked.
        if len(tokens.names) != 1:
            raise SettingsError(
                f"{self.api_token_path} holds no API token: delete the file, and the next start "
                "makes a new one"
            )
        return token

    def api_tokens(self) -> ApiTokens:
        """All that open the API. Raises SettingsError."""
        return ApiTokens.parse(self.api_token()) + self.more_api_tokens

    @property
    def api_token_path(self) -> Path:
        return self.home / "api_token"

    def effective_store_uri(self) -> str:
        return self.store_uri or f"sqlite:///{(self.home / 'store.db').resolve()}"


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; made if there is none, whole or not at all, for its owner's eyes."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made with mode 0600 by mkstemp.
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{make()}\n")
        Path(name).replace(path)
    return path.read_text().strip()
