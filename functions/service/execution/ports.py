"""The stores of leads and of their journal.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from functions.flow.event import TrackingEventKind
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead, LeadStatus
from functions.service.execution.records import Commit, Due, StoredLead


class Leads(Protocol):
    async def enrol(self, leads: Sequence[Lead], due_at: datetime) -> None:
        """Insert pending leads. A lead whose id already exists is left unchanged."""

    async def find(self, lead_ids: Sequence[str]) -> list[StoredLead]: ...

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        """Return the ids of the leads whose commit won. One round trip if all win, otherwise
        two."""

    async def drained(self, revisions: Mapping[str, int]) -> None:
        """Clear `outbox` and `records` of each lead whose revision is still the given one."""

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        """Leads committed at or before `before` and not drained since, oldest first."""

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        """Lease up to `limit` leads whose due time is at or before `now`, most overdue first.

        The due time of each becomes `lease_until`. Of several concurrent callers only one gets a
        lead. Ended and parked leads have no due time. Up to three round trips.
        """

    async def renew(self, lead_ids: Sequence[str], lease_until: datetime) -> None:
        """Extend the lease, and with it the due time, of those leads that hold one."""

    async def in_flight(self, now: datetime, limit: int) -> int:
        """The number of leads whose lease ends after `now`, counted up to `limit`."""

    async def oldest_due(self, campaign_ids: Sequence[str]) -> Due | None:
        """The earliest due time among the leads of these campaigns. None if no lead has one."""

    async def page(
        self,
        campaign_id: str,
        *,
        after_seq: int,
        limit: int,
        statuses: Collection[LeadStatus] = (),
        node_id: str | None = None,
        email_prefix: str | None = None,
    ) -> list[StoredLead]:
        """By seq, strictly after `after_seq`. `statuses`: leads in any of these; empty means all.
        `email_prefix` is compared in lower case."""

    async def recount(self, campaign_id: str) -> dict[str, int]:
        """Recompute the `leads/*`, `at/*` and `in/*` counters (functions.flow.journal) from the
        leads, and `total/<node>/sent` from the messages. Counters of zero are omitted. Reads every
        lead, so use it for checks, not for requests."""

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        """Delete up to `limit` leads with their records, messages and tracking events. Returns how
        many leads were deleted. The last page also deletes the journal records of the campaign
        that belong to no lead. Several round trips."""


class Journal(Protocol):
    async def insert(self, records: Sequence[JournalRecord]) -> None:
        """Idempotent by key: an existing record is left unchanged."""

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        """Oldest first by (at, revision, key)."""

    async def leads_tracked(
        self, campaign_id: str, node_id: str, kind: TrackingEventKind, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads whose reader did `kind` with this node's e-mail, in the order of ids,
        strictly after `after_id`."""

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        """The ids of campaigns that have records not yet marked by `mark_rolled`."""

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]: ...

    async def mark_rolled(self, keys: Sequence[str]) -> None: ...


class ExecutionStore(Protocol):
    """This area's part of the store."""

    leads: Leads
    journal: Journal
