"""Tracking events as the store remembers them.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.flow.event import TrackingEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrackingEvent:
    """A raw tracking event. `look_at`: when a sweep should see whether a lead waits for it;
    None once that is settled."""

    hit_id: str
    campaign_id: str
    lead_id: str
    attempt: int
    hit: TrackingEvent
    user_agent: str
    address: str
    look_at: datetime | None
