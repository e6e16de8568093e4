"""Settings of the system on one machine. Each has a default."""

from pathlib import Path
from typing import ClassVar

from functions.access import ApiTokens
from functions.declaration import Deployment, Group
from functions.environment import Port, declared, setting
from functions.settings import SharedSettings
from local.home import HOME, PORT, Home

EXPORTED_FRONTEND = Path(__file__).resolve().parents[1] / "frontend" / "out"


class LocalSettings(SharedSettings):
    """`store_uri`: SQLite in `home` unless it names another store. `frontend`: the folder that
    `make frontend` exports to.
    """

    deployment: ClassVar[Deployment] = "local"

    home: Path = declared(HOME)
    port: Port = declared(PORT)
    smtp_port: Port = setting(
        "SMTP_PORT", "Port of the inbox; 0: a free one.", Group.ADDRESSES, local="1025"
    )
    frontend: Path = EXPORTED_FRONTEND

    def all_api_tokens(self) -> ApiTokens:
        """The tokens of the environment and the one stored in `home`. Raises SettingsError."""
        return ApiTokens.parse(Home(self.home).api_token()) + self.api_tokens

    def effective_store_uri(self) -> str:
        return (
            self.store_uri.get_secret_value() or f"sqlite:///{(self.home / 'store.db').resolve()}"
        )
