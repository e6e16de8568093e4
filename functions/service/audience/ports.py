"""The stores of contacts and of suppressed addresses.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.audience.records import Contact, Suppression


class Contacts(Protocol):
    async def add(self, contacts: Sequence[Contact]) -> int:
        """Returns how many were added. A contact whose (campaign, email_key) or (campaign, seq)
        already exists is left out."""

    async def existing(
        self, workspace_id: WorkspaceId, campaign_id: str, email_keys: Sequence[str]
    ) -> list[Contact]: ...

    async def last_seq(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        """The largest seq; 0 if there is no contact."""

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, *, after_seq: int, limit: int
    ) -> list[Contact]: ...

    async def delete_page(self, workspace_id: WorkspaceId, campaign_id: str, limit: int) -> int:
        """Returns how many were deleted; fewer than `limit` means that none is left."""


class Suppressions(Protocol):
    async def add(self, suppression: Suppression) -> None:
        """An existing suppression is left unchanged."""

    async def find(self, addresses: Sequence[tuple[WorkspaceId, str]]) -> list[Suppression]:
        """`addresses`: (workspace, `email_key`), because a batch may have messages of several
        workspaces."""


class AudienceStore(Protocol):
    """This area's part of the store."""

    contacts: Contacts
    suppressions: Suppressions
