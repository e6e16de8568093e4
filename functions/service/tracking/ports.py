"""The store of tracking events.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from functions.flow.event import TrackingEvent
from functions.service.tracking.records import StoredTrackingEvent


class TrackingEventStore(Protocol):
    async def insert(self, hits: Sequence[StoredTrackingEvent]) -> None:
        """Idempotent by hit_id."""

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """The earliest hits of each lead, at most `TRACKING_EVENTS_PER_LEAD_MAX`, oldest first."""

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        """Those with `look_at` at or before `now`, earliest first."""

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        """New `look_at` by hit_id."""


class TrackingStore(Protocol):
    """The part of the store for this area."""

    hits: TrackingEventStore


TRACKING_EVENTS_PER_LEAD_MAX = 500
