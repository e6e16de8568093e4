"""The store of tracking events, and the pages of Amazon SNS.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from functions.flow.event import TrackingEvent
from functions.mail.sns_message import Page
from functions.service.tracking.records import StoredTrackingEvent


class TrackingEventStore(Protocol):
    async def insert(self, tracking_events: Sequence[StoredTrackingEvent]) -> int:
        """Idempotent by tracking_event_id. Returns how many were new."""

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """The earliest tracking events of each lead, at most `TRACKING_EVENTS_PER_LEAD_MAX`, oldest
        first."""

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        """Tracking events whose `look_at` is at or before `now`, earliest first."""

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        """Set `look_at` of each event, by tracking_event_id."""


class SnsUnreachableError(Exception):
    """A page of SNS could not be read, now."""


class SnsPages(Protocol):
    """The pages of SNS that its messages name, by https."""

    async def certificate(self, page: Page) -> bytes:
        """In PEM; kept, because it never changes. Raises SnsUnreachableError."""

    async def confirm(self, page: Page) -> None:
        """Visit the page that confirms a subscription. Raises SnsUnreachableError."""


class TrackingStore(Protocol):
    """This area's part of the store."""

    tracking_events: TrackingEventStore


TRACKING_EVENTS_PER_LEAD_MAX = 500
