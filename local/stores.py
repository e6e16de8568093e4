"""Which store an address means: the one place for all that runs on one's own machines.

It must not load what only the emulated cloud needs: the team's processes come by here, too.
"""

from functions.adapters.mongo import MongoStore
from functions.adapters.sqlite import SqliteStore
from functions.service.store import Store
from functions.settings_error import SettingsError


async def open_store(uri: str) -> Store:
    """Raises SettingsError for a scheme nobody knows."""
    if uri.startswith("sqlite:///"):
        return await SqliteStore.open(uri.removeprefix("sqlite:///"))
    if uri.startswith(("mongodb://", "mongodb+srv://")):
        return await MongoStore.open(uri)
    raise SettingsError("STORE_URI must begin with sqlite:///, mongodb:// or mongodb+srv://")
