"""Leads as the store holds them, and the commits that move them.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.flow.effect import Effect
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead


@dataclass(frozen=True, slots=True)
class StoredLead:
    """A lead with its bookkeeping. While `lease_until` lies ahead a job of it is in flight.

    `outbox` and `records` belong to commits whose effects are not known to be dispatched, and
    whose journal records are not known to be written, yet.
    """

    lead: Lead
    lease_until: datetime | None = None
    outbox: tuple[Effect, ...] = ()
    records: tuple[JournalRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """The compare-and-set of one step: wins if the stored revision is `lead.revision - 1`.

    The lead's due time becomes `lease_until` where that is set (a job is in flight), else
    `lead.due_at`, else none: then no sweep looks at it again.
    """

    lead: Lead
    lease_until: datetime | None
    outbox: tuple[Effect, ...]
    records: tuple[JournalRecord, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign, and the earliest due time among its leads: the end of a pause, or of the lease
    of a job in flight."""

    campaign_id: str
    at: datetime
