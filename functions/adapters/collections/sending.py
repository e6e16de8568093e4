"""The buckets and breakers of sending accounts.

MongoDB keeps buckets as text, because their names are domains, which contain dots.
"""

from functions.adapters.collections.table import Collection, Collections, Table, Tables, save
from functions.service.access.records import WorkspaceId
from functions.service.sending.ports import SendingAccounts
from functions.service.sending.records import SendingAccountState

SENDING_ACCOUNTS = Collection(
    "accounts",
    SendingAccountState,
    key=("workspace_id", "account"),
    fields=("revision",),
    text=("buckets",),
)


class SendingCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.sending_accounts: SendingAccounts = _SendingAccounts(tables.of(SENDING_ACCOUNTS))


class _SendingAccounts:
    def __init__(self, table: Table[SendingAccountState]) -> None:
        self._table = table

    async def find(
        self, workspace_id: WorkspaceId, sending_account: str
    ) -> SendingAccountState | None:
        found = await self._table.get("sending_accounts.find", [(workspace_id, sending_account)])
        return found[0] if found else None

    async def save(self, state: SendingAccountState) -> bool:
        return await save(self._table, "sending_accounts.save", state)

    async def close(self) -> None:
        """Does nothing: the store closes its connections."""
