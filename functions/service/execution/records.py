"""Leads as the store holds them, and the commits that move them.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.flow.effect import Effect
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead


@dataclass(frozen=True, slots=True)
class StoredLead:
    """A lead with the store's bookkeeping.

    `lease_until`: until then a job of the lead counts as in flight; None if there is no job.
    `outbox`: effects that may not have been dispatched yet. `records`: journal records that may
    not have been written yet.
    """

    lead: Lead
    lease_until: datetime | None = None
    outbox: tuple[Effect, ...] = ()
    records: tuple[JournalRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """The compare-and-set of one step: it wins if the stored revision is `lead.revision - 1`.

    The due time becomes `lease_until` if that is set (a job is in flight), otherwise
    `lead.due_at`. A lead with neither has no due time, and sweeps do not find it.
    """

    lead: Lead
    lease_until: datetime | None
    outbox: tuple[Effect, ...]
    records: tuple[JournalRecord, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign and the earliest due time of its leads, which is the end of a pause or of the
    lease of a job in flight."""

    campaign_id: str
    at: datetime
