"""Contacts of campaigns, suppressed addresses, and addresses that were allowed again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Condition,
    Index,
    Table,
    Tables,
)
from functions.service.access.records import WorkspaceId
from functions.service.audience.ports import (
    Contacts,
    FullMailboxes,
    SuppressionRemovals,
    Suppressions,
)
from functions.service.audience.records import Contact, FullMailbox, Suppression, SuppressionRemoval

CONTACTS = Collection(
    "contacts",
    Contact,
    key=("campaign_id", "seq"),
    fields=("workspace_id", "email_key", "revision"),
    # A person is in the audience of a campaign once, and a seq belongs to one contact.
    indexes=(
        Index("email", ("campaign_id", "email_key"), unique=True),
        Index("seq", ("campaign_id", "seq")),
    ),
)
SUPPRESSIONS = Collection(
    "suppressions",
    Suppression,
    key=("workspace_id", "email_key"),
    indexes=(Index("address", ("workspace_id", "email_key")),),
)
SUPPRESSION_REMOVALS = Collection(
    "suppression_removals",
    SuppressionRemoval,
    key=("workspace_id", "removal_id"),
    indexes=(Index("age", ("workspace_id", "removal_id")),),
)
FULL_MAILBOXES = Collection(
    "full_mailboxes",
    FullMailbox,
    key=("workspace_id", "message_key"),
    fields=("email_key", "at"),
    indexes=(Index("address", ("workspace_id", "email_key", "at")),),
)
_AFTER_ALL = "\U0010ffff"
"""Greater than any text that an address begins with."""
_FIRST_ADDRESS = "!"
_DELETED = " "
"""The `email_key` of a deleted contact is this and its seq: unique, and before all addresses."""


class AudienceCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.contacts: Contacts = _Contacts(tables.of(CONTACTS))
        self.suppressions: Suppressions = _Suppressions(tables.of(SUPPRESSIONS))
        self.suppression_removals: SuppressionRemovals = _SuppressionRemovals(
            tables.of(SUPPRESSION_REMOVALS)
        )
        self.full_mailboxes: FullMailboxes = _FullMailboxes(tables.of(FULL_MAILBOXES))


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

    async def total(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        last_seq = await self.last_seq(workspace_id, campaign_id)
        deleted = await self._table.count(
            "contacts.total",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            ("email_key", ">=", _DELETED),
            ("email_key", "<", _FIRST_ADDRESS),
            limit=last_seq,
        )
        return last_seq - deleted

    async def find(self, workspace_id: WorkspaceId, campaign_id: str, seq: int) -> Contact | None:
        found = await self._table.get(
            "contacts.find", [(campaign_id, seq)], ("workspace_id", "=", workspace_id)
        )
        return next(filter(_is_there, found), None)

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, *, after_seq: int, limit: int
    ) -> list[Contact]:
        # Deleted contacts are left out here: with a second range among its conditions, a store may
        # choose the index of addresses and sort the whole campaign.
        contacts: list[Contact] = []
        while len(contacts) < limit:
            found = await self._table.find(
                "contacts.page",
                ("workspace_id", "=", workspace_id),
                ("campaign_id", "=", campaign_id),
                ("seq", ">", after_seq),
                by=("seq",),
                limit=limit,
            )
            contacts += filter(_is_there, found)
            if len(found) < limit:
                break
            after_seq = found[-1].seq
        return contacts[:limit]

    async def beginning(
        self, workspace_id: WorkspaceId, campaign_id: str, prefix: str, limit: int
    ) -> list[Contact]:
        return await self._table.find(
            "contacts.beginning",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            ("email_key", ">=", max(prefix, _FIRST_ADDRESS)),
            ("email_key", "<", prefix + _AFTER_ALL),
            by=("email_key",),
            limit=limit,
        )

    async def change(self, contacts: Sequence[Contact]) -> int:
        befores = [it.revision - 1 for it in contacts]
        return await self._table.replace_each("contacts.change", contacts, "revision", befores)

    async def delete(self, contact: Contact) -> bool:
        deleted = replace(
            contact,
            email="",
            email_key=f"{_DELETED}{contact.seq}",
            attributes={},
            source="",
            line=0,
            revision=contact.revision + 1,
        )
        before: Condition = ("revision", "=", contact.revision)
        return await self._table.replace("contacts.delete", deleted, before)

    async def delete_page(self, workspace_id: WorkspaceId, campaign_id: str, limit: int) -> int:
        return await self._table.delete(
            "contacts.delete_page",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            limit=limit,
        )


def _is_there(contact: Contact) -> bool:
    return not contact.email_key.startswith(_DELETED)


class _Suppressions:
    def __init__(self, table: Table[Suppression]) -> None:
        self._table = table

    async def add(self, suppressions: Sequence[Suppression]) -> int:
        return await self._table.insert("suppressions.add", suppressions)

    async def put(self, suppression: Suppression) -> None:
        await self._table.put("suppressions.put", suppression)

    async def find(self, addresses: Sequence[tuple[WorkspaceId, str]]) -> list[Suppression]:
        return await self._table.get("suppressions.find", addresses)

    async def page(
        self, workspace_id: WorkspaceId, *, prefix: str, after_key: str, limit: int
    ) -> list[Suppression]:
        return await self._table.find(
            "suppressions.page",
            ("workspace_id", "=", workspace_id),
            ("email_key", ">", after_key) if after_key >= prefix else ("email_key", ">=", prefix),
            ("email_key", "<", prefix + _AFTER_ALL),
            by=("email_key",),
            limit=limit,
        )

    async def remove(self, workspace_id: WorkspaceId, email_key: str) -> bool:
        removed = await self._table.delete(
            "suppressions.remove",
            ("workspace_id", "=", workspace_id),
            ("email_key", "=", email_key),
        )
        return removed == 1


class _SuppressionRemovals:
    def __init__(self, table: Table[SuppressionRemoval]) -> None:
        self._table = table

    async def add(self, removal: SuppressionRemoval) -> None:
        await self._table.insert("suppression_removals.add", [removal])

    async def page(
        self, workspace_id: WorkspaceId, *, before_id: str | None, limit: int
    ) -> list[SuppressionRemoval]:
        return await self._table.find(
            "suppression_removals.page",
            ("workspace_id", "=", workspace_id),
            ("removal_id", "<", _AFTER_ALL if before_id is None else before_id),
            by=("-removal_id",),
            limit=limit,
        )


class _FullMailboxes:
    def __init__(self, table: Table[FullMailbox]) -> None:
        self._table = table

    async def add(self, full: FullMailbox) -> None:
        await self._table.insert("full_mailboxes.add", [full])

    async def count(self, workspace_id: WorkspaceId, email_key: str, limit: int) -> int:
        found = await self._table.find(
            "full_mailboxes.count",
            ("workspace_id", "=", workspace_id),
            ("email_key", "=", email_key),
            limit=limit,
        )
        return len(found)

    async def forget(self, workspace_id: WorkspaceId, email_key: str, before: datetime) -> None:
        await self._table.delete(
            "full_mailboxes.forget",
            ("workspace_id", "=", workspace_id),
            ("email_key", "=", email_key),
            ("at", "<", before),
        )
