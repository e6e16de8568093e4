"""Contacts of campaigns, and suppressed addresses."""

from collections.abc import Sequence

from functions.adapters.collections.table import Collection, Collections, Index, Table, Tables
from functions.service.access.records import WorkspaceId
from functions.service.audience.ports import Contacts, Suppressions
from functions.service.audience.records import Contact, Suppression

CONTACTS = Collection(
    "contacts",
    Contact,
    key=("campaign_id", "seq"),
    fields=("workspace_id", "email_key"),
    # A person is in the audience of a campaign once, and a seq belongs to one contact.
    indexes=(
        Index("email", ("campaign_id", "email_key"), unique=True),
        Index("seq", ("campaign_id", "seq")),
    ),
)
SUPPRESSIONS = Collection("suppressions", Suppression, key=("workspace_id", "email_key"))


class AudienceCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.contacts: Contacts = _Contacts(tables.of(CONTACTS))
        self.suppressions: Suppressions = _Suppressions(tables.of(SUPPRESSIONS))


class _Contacts:
    def __init__(self, table: Table[Contact]) -> None:
        self._table = table

    async def add(self, contacts: Sequence[Contact]) -> int:
        return await self._table.insert("contacts.add", contacts)

    async def existing(
        self, workspace_id: WorkspaceId, campaign_id: str, email_keys: Sequence[str]
    ) -> list[Contact]:
        return await self._table.find(
            "contacts.existing",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            ("email_key", "in", email_keys),
            limit=len(email_keys),
        )

    async def last_seq(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        last = await self._table.find(
            "contacts.last_seq",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            by=("-seq",),
            limit=1,
        )
        return last[0].seq if last else 0

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, *, after_seq: int, limit: int
    ) -> list[Contact]:
        return await self._table.find(
            "contacts.page",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            ("seq", ">", after_seq),
            by=("seq",),
            limit=limit,
        )

    async def delete_page(self, workspace_id: WorkspaceId, campaign_id: str, limit: int) -> int:
        return await self._table.delete(
            "contacts.delete_page",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            limit=limit,
        )


class _Suppressions:
    def __init__(self, table: Table[Suppression]) -> None:
        self._table = table

    async def add(self, suppression: Suppression) -> None:
        await self._table.insert("suppressions.add", [suppression])

    async def find(self, addresses: Sequence[tuple[WorkspaceId, str]]) -> list[Suppression]:
        return await self._table.get("suppressions.find", addresses)
