"""The store of counters.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.reports.records import Counts


class CountsStore(Protocol):
    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        """Campaigns never counted are left out."""

    async def outcome_since(self, workspace_id: WorkspaceId, hour: str, limit: int) -> list[Counts]:
        """Of campaigns with a message that was taken or refused in this hour (`2027-03-01T09`,
        UTC) or later, latest first."""

    async def save(self, counts: Counts) -> bool:
        """Compare-and-set: wins if the stored revision is `counts.revision - 1` (0: absent)."""


class ReportsStore(Protocol):
    """The part of the store for this area."""

    counts: CountsStore
