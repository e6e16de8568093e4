"""The buckets and breakers of sending accounts, and the DKIM keys of domains.

MongoDB keeps buckets as text, because their names are domains, which contain dots.
"""

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Index,
    Table,
    Tables,
    save,
)
from functions.service.access.records import WorkspaceId
from functions.service.sending.ports import DkimKeys, SendingAccounts
from functions.service.sending.records import DkimKey, SendingAccountState

SENDING_ACCOUNTS = Collection(
    "accounts",
    SendingAccountState,
    key=("workspace_id", "account"),
    fields=("revision",),
    text=("buckets",),
)
DKIM_KEYS = Collection(
    "dkim_keys",
    DkimKey,
    key=("workspace_id", "domain", "selector"),
    fields=("revision",),
    indexes=(Index("domain", ("workspace_id", "domain", "selector")),),
)


class SendingCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.sending_accounts: SendingAccounts = _SendingAccounts(tables.of(SENDING_ACCOUNTS))
        self.dkim_keys: DkimKeys = _DkimKeys(tables.of(DKIM_KEYS))


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


class _DkimKeys:
    def __init__(self, table: Table[DkimKey]) -> None:
        self._table = table

    async def add(self, key: DkimKey) -> bool:
        return await self._table.insert("dkim_keys.add", [key]) == 1

    async def of_domain(self, workspace_id: WorkspaceId, domain: str, limit: int) -> list[DkimKey]:
        return await self._table.find(
            "dkim_keys.of_domain",
            ("workspace_id", "=", workspace_id),
            ("domain", "=", domain),
            by=("selector",),
            limit=limit,
        )

    async def all(self, workspace_id: WorkspaceId, limit: int) -> list[DkimKey]:
        return await self._table.find(
            "dkim_keys.all",
            ("workspace_id", "=", workspace_id),
            by=("domain", "selector"),
            limit=limit,
        )

    async def save(self, key: DkimKey) -> bool:
        return await self._table.replace("dkim_keys.save", key, ("revision", "=", key.revision - 1))

    async def remove(self, workspace_id: WorkspaceId, domain: str, selector: str) -> bool:
        removed = await self._table.delete(
            "dkim_keys.remove",
            ("workspace_id", "=", workspace_id),
            ("domain", "=", domain),
            ("selector", "=", selector),
        )
        return removed == 1
