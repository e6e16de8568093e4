"""The stores of counters and of the results of e-mails.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.reports.records import Counts, EmailResults


class CountsStore(Protocol):
    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        """Campaigns without counts are left out."""

    async def outcome_since(self, workspace_id: WorkspaceId, hour: str, limit: int) -> list[Counts]:
        """The counts of campaigns with a message that was accepted or refused in `hour`
        (`2027-03-01T09`, UTC) or later, latest first."""

    async def save(self, counts: Counts) -> bool:
        """Compare-and-set: wins if the stored revision is `counts.revision - 1` (0: none is
        stored). Returns whether it won."""


class ResultsStore(Protocol):
    async def find(self, campaign_id: str, node_ids: Sequence[str]) -> list[EmailResults]:
        """E-mails without results are left out."""

    async def of_campaign(self, campaign_id: str, limit: int) -> list[EmailResults]:
        """By node_id."""

    async def add(self, results: Sequence[EmailResults]) -> int:
        """Insert the first revision of each. Returns how many were new."""

    async def change(self, results: Sequence[EmailResults]) -> int:
        """Compare-and-set of each: wins if the stored revision is `revision - 1`. Returns how many
        won."""

    async def delete(self, campaign_id: str) -> None:
        """Those of all its e-mails."""


class ReportsStore(Protocol):
    """This area's part of the store."""

    counts: CountsStore
    results: ResultsStore
