"""The stores of leads and of their journal.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
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
        """Insert pending leads; those whose id exists already are left as they are."""

    async def find(self, lead_ids: Sequence[str]) -> list[StoredLead]: ...

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        """The ids of the winners. One round trip when all win, two when some lose."""

    async def drained(self, revisions: Mapping[str, int]) -> None:
        """Empty outbox and records of the leads whose revision is still the one given."""

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        """Leads committed at or before `before` and not drained since, oldest first."""

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        """Lease up to `limit` leads whose due time is at or before `now`, most overdue first.

        The due time of each becomes `lease_until`; one lead goes to one taker (up to three
        round trips). Ended and parked leads have no due time.
        """

    async def renew(self, lead_ids: Sequence[str], lease_until: datetime) -> None:
        """Move the lease and the due time of those that hold a lease."""

    async def in_flight(self, now: datetime, limit: int) -> int:
        """How many leads hold a lease beyond `now`, counted up to `limit`."""

    async def oldest_due(self, campaign_ids: Sequence[str]) -> Due | None:
        """The earliest due time among leads of these campaigns, and whose it is."""

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
        """By seq, strictly after `after_seq`. `statuses`: any of them; none asked for is all.
        `email_prefix` is matched in lower case."""

    async def recount(self, campaign_id: str) -> dict[str, int]:
        """`leads/*` and `at/*` counters (functions.flow.journal) from the leads themselves,
        and `total/<node>/sent` from the messages. Reads everything: for checks, not for pages.
        Zero counters are left out."""

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        """Delete leads with their journal, messages and hits; how many leads (several trips).
        The last page takes the journal records that belong to no lead with it."""


class Journal(Protocol):
    async def insert(self, records: Sequence[JournalRecord]) -> None:
        """Idempotent by key: a record that exists is left as it is."""

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        """Oldest first by (at, revision, key)."""

    async def leads_hit(
        self, campaign_id: str, node_id: str, kind: TrackingEventKind, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads whose reader did so with this node's e-mail; as `leads_sent`."""

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        """Campaigns with records whose delta is not marked as counted."""

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]: ...

    async def mark_rolled(self, keys: Sequence[str]) -> None: ...


class ExecutionStore(Protocol):
    """The part of the store for this area."""

    leads: Leads
    journal: Journal
