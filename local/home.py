"""The folder with all data of the local system, including its secrets.

This module imports only the standard library, because the command line loads it at every start.
"""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from functions.access import NO_TOKENS, ApiTokens, TokenUnfitError, new_api_token
from functions.declaration import Declaration, Group
from functions.settings_error import SettingsError

HOME = Declaration(
    "EMAILBUILDER_HOME",
    "Folder that keeps everything of the system on this machine: its store, mail and secrets.",
    Group.RUNS,
    local=".emailbuilder",
)
PORT = Declaration("PORT", "Port of the API; 0: a free one.", Group.ADDRESSES, local="8000")


class Home:
    """Holds contacts, leads, received mail, the signing key and the API token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """Create the folder, readable by its owner only, as are the files of older versions in it.
        Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for it in self.folder.iterdir():
            if it.is_file() and not it.is_symlink():
                it.chmod(0o600)

    @property
    def api_token_path(self) -> Path:
        return self.folder / "api_token"

    def api_token(self) -> str:
        """Created at the first start and kept. Raises SettingsError if the file holds no token."""
        token = _kept(self.api_token_path, new_api_token)
        try:
            tokens = ApiTokens.parse(token)
        except TokenUnfitError:
            tokens = NO_TOKENS
        # An empty file must not disable authentication.
        if len(tokens.names) != 1:
            raise SettingsError(
                f"{self.api_token_path} holds no API token: delete the file, and the next start "
                "makes a new one"
            )
        return token

    def tracking_keys(self) -> str:
        """Created at the first start and kept, so that links in old mail still work."""
        return _kept(self._tracking_keys_path, lambda: f"k1:{secrets.token_urlsafe(32)}")

    def secret_keys(self) -> str:
        """Created at the first start and kept, so that stored DKIM keys can be decrypted."""
        return _kept(self._secret_keys_path, lambda: secrets.token_urlsafe(32))

    def replace_keys(self, tracking_keys: str | None, secret_keys: str | None) -> None:
        """None leaves a file as it is. What was in the others is kept beside them, as `….old`."""
        for path, keys in (
            (self._tracking_keys_path, tracking_keys),
            (self._secret_keys_path, secret_keys),
        ):
            if keys is not None:
                _write(path.with_name(f"{path.name}.old"), path.read_text().strip())
                _write(path, keys)

    @property
    def _tracking_keys_path(self) -> Path:
        return self.folder / "tracking_keys"

    @property
    def _secret_keys_path(self) -> Path:
        return self.folder / "secret_keys"


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's content. A missing file is first created, atomically and readable only by its
    owner.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, make())
    return path.read_text().strip()


def _write(path: Path, content: str) -> None:
    # mkstemp creates it with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{content}\n")
    Path(name).replace(path)
