"""The stores of contacts and of suppressed addresses.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.audience.records import Contact, Suppression


class Contacts(Protocol):
    async def add(self, contacts: Sequence[Contact]) -> int:
        """How many were added: those whose (campaign, email_key) or (campaign, seq) exists
        already are left out."""

    async def existing(
        self, workspace_id: WorkspaceId, campaign_id: str, email_keys: Sequence[str]
    ) -> list[Contact]: ...

    async def last_seq(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        """0 where there is no contact."""

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, *, after_seq: int, limit: int
    ) -> list[Contact]: ...

    async def delete_page(self, workspace_id: WorkspaceId, campaign_id: str, limit: int) -> int:
        """How many were deleted; below `limit` when none is left."""


class Suppressions(Protocol):
    async def add(self, suppression: Suppression) -> None:
        """The first reason stays."""

    async def find(self, addresses: Sequence[tuple[WorkspaceId, str]]) -> list[Suppression]:
        """By workspace and `email_key`: a batch has messages of several workspaces."""


class AudienceStore(Protocol):
    """The part of the store for this area."""

    contacts: Contacts
    suppressions: Suppressions
