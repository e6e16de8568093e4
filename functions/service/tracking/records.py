"""Tracking events, as stored.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.flow.event import TrackingEvent
from functions.mail.bounce_kinds import BounceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrackingEvent:
    """A raw tracking event. `resend_number`: of the message. `user_agent` and `address`: as stated
    by the request, cut to a maximum length. `look_at`: when a sweep should check whether a lead
    waits for the event; None once it is settled. `sent_at`: when the message was sent that came
    back or was complained about; None for other events. `bounce`: which kind of bounce it is."""

    tracking_event_id: str
    campaign_id: str
    lead_id: str
    resend_number: int
    tracking_event: TrackingEvent
    user_agent: str
    address: str
    look_at: datetime | None
    sent_at: datetime | None = None
    bounce: BounceKind | None = None
