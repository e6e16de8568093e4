"""The buckets and breakers of sending accounts.

MongoDB keeps buckets as text, because their names are domains, which contain dots.
"""

from functions.adapters.collections.table import Collection, Collections, Table, Tables, save
from functions.service.access.records import WorkspaceId
from functions.service.sending.ports import Accounts
from functions.service.sending.records import AccountState

ACCOUNTS = Collection(
    "accounts",
    AccountState,
    key=("workspace_id", "account"),
    fields=("revision",),
    text=("buckets",),
)


class SendingCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.accounts: Accounts = _Accounts(tables.of(ACCOUNTS))


class _Accounts:
    def __init__(self, table: Table[AccountState]) -> None:
        self._table = table

    async def find(self, workspace_id: WorkspaceId, account: str) -> AccountState | None:
        found = await self._table.get("accounts.find", [(workspace_id, account)])
        return found[0] if found else None

    async def save(self, state: AccountState) -> bool:
        return await save(self._table, "accounts.save", state)

    async def close(self) -> None:
        """Does nothing: the store closes its connections."""
