"""Record a tracking event, then resume the lead that waits for it.

Invariant: the raw event is stored before anything else happens, whatever the state of its message.
A reader who opens or clicks the same again within a minute leaves no second record, so that nobody
can fill the store; the first one answers every condition that the second would.
If the rest is interrupted, the sweep looks at the event again. The first open and the first click
of a message are counted once, because the key of their journal record is unique.
This module must not know HTTP.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.flow.branches import branches_before
from functions.flow.event import LeadEvent, Tracked, TrackingEvent, TrackingEventKind
from functions.flow.journal import (
    DetailValue,
    Entry,
    EntryKind,
    JournalRecord,
    branch_key,
    link_key,
    total_key,
)
from functions.flow.lead import ENDED, Lead, State
from functions.mail.tokens import ClickToken, OpenToken
from functions.service.access.throttle import network_of
from functions.service.campaigns.records import CampaignStatus
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.services import Services
from functions.service.tracking.records import StoredTrackingEvent

LOOK_AGAIN_AFTER = timedelta(seconds=2)
LOOK_AGAIN_WITHIN = timedelta(seconds=10)
"""By then, a lead that was between two commits when the event came has moved."""
LOOK_AGAIN_MAX = timedelta(minutes=10)
STORED_EVERY = timedelta(minutes=1)
"""How often the same open or click, from the same network, is stored."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opened or clicked, as stated by the request, for people to judge later."""

    user_agent: str
    address: str


async def store_tracking_event(
    services: Services,
    campaign_id: str,
    lead_id: str,
    resend_number: int,
    tracking_event: TrackingEvent,
    reader: Reader,
) -> StoredTrackingEvent | None:
    """The first half. Once it has returned, the event cannot be lost, so the caller may answer the
    request even if the second half fails. None: the same event of this minute is already stored,
    and needs no second half. One round trip."""
    stored = StoredTrackingEvent(
        tracking_event_id=_event_id(lead_id, resend_number, tracking_event, reader),
        campaign_id=campaign_id,
        lead_id=lead_id,
        resend_number=resend_number,
        tracking_event=tracking_event,
        user_agent=reader.user_agent[:500],
        address=reader.address[:100],
        look_at=tracking_event.at + LOOK_AGAIN_AFTER,
    )
    return stored if await services.store.tracking_events.insert([stored]) else None


def _event_id(
    lead_id: str, resend_number: int, tracking_event: TrackingEvent, reader: Reader
) -> str:
    """The same for all that are stored once."""
    minute = int(tracking_event.at.timestamp()) // int(STORED_EVERY.total_seconds())
    parts = (
        *(lead_id, tracking_event.node_id, tracking_event.visit, resend_number),
        *(tracking_event.kind.value, tracking_event.link, tracking_event.url),
        *(network_of(reader.address), minute),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


async def store_open(
    services: Services, campaign_id: str, token: OpenToken, reader: Reader
) -> StoredTrackingEvent | None:
    tracking_event = TrackingEvent(
        TrackingEventKind.OPENED, token.node_id, token.visit, await services.store.now()
    )
    return await store_tracking_event(
        services, campaign_id, token.lead_id, token.resend_number, tracking_event, reader
    )


async def store_click(
    services: Services, campaign_id: str, token: ClickToken, reader: Reader
) -> StoredTrackingEvent | None:
    now = await services.store.now()
    tracking_event = TrackingEvent(
        TrackingEventKind.CLICKED, token.node_id, token.visit, now, link=token.link, url=token.url
    )
    return await store_tracking_event(
        services, campaign_id, token.lead_id, token.resend_number, tracking_event, reader
    )


async def settle_tracking_events(
    services: Services, tracking_events: Sequence[StoredTrackingEvent]
) -> None:
    """The second half: count first opens and clicks, and resume the leads that wait for them.
    Idempotent."""
    lead_ids = sorted({it.lead_id for it in tracking_events})
    leads = {it.lead.lead_id: it for it in await services.store.leads.find(lead_ids)}
    await services.store.journal.insert(
        [
            record
            for it in tracking_events
            if it.lead_id in leads
            for record in journal_records(it, leads[it.lead_id].lead)
        ]
    )
    campaigns = await services.store.campaigns.find_anywhere(
        sorted({it.campaign_id for it in tracking_events})
    )
    running = {it.campaign_id for it in campaigns if it.status is CampaignStatus.RUNNING}
    moves: dict[str, tuple[StoredLead, LeadEvent]] = {
        lead_id: (stored, Tracked())
        for lead_id, stored in leads.items()
        if stored.lead.state is State.WATCHING and stored.lead.campaign_id in running
    }
    advanced = await advance(services, moves)
    for lead_id, step in advanced.steps.items():
        leads[lead_id] = replace(leads[lead_id], lead=step.lead)
    now = await services.store.now()
    look_at = {
        it.tracking_event_id: _look_again(
            it,
            leads[it.lead_id].lead if it.lead_id in leads else None,
            it.campaign_id in running,
            now,
        )
        for it in tracking_events
    }
    await services.store.tracking_events.settle(look_at)
    for defect in advanced.failures.values():
        raise defect


def _look_again(
    stored: StoredTrackingEvent, lead: Lead | None, is_running: bool, now: datetime
) -> datetime | None:
    """When to look at the event again, at growing intervals: while its lead cannot be stepped, or
    while a commit under way may have missed the event. None if that is not needed."""
    if lead is None or lead.state in ENDED:
        return None
    age = now - stored.tracking_event.at
    if not is_running or lead.state is State.SENDING or age < LOOK_AGAIN_WITHIN:
        return now + min(max(age, LOOK_AGAIN_AFTER), LOOK_AGAIN_MAX)
    return None


def journal_records(stored: StoredTrackingEvent, lead: Lead) -> list[JournalRecord]:
    """What is counted: the first event of its kind of a message; the first of the lead behind each
    branch that it took before it was sent the message; its first click on the link. The keys are
    unique, so that each is counted once."""
    event = stored.tracking_event
    records = [journal_record(stored)]
    for split, port in branches_before(lead, event.node_id, event.visit).items():
        key = f"{stored.lead_id}/{split}/branch:{port}/{event.kind.value}"
        records.append(_counted(stored, key, branch_key(event.kind.value, split, port)))
    link = event.link or event.url
    if event.kind is TrackingEventKind.CLICKED and link is not None:
        digest = hashlib.sha256(link.encode(errors="replace")).hexdigest()[:32]
        key = f"{stored.lead_id}/{event.node_id}/link:{digest}"
        records.append(_counted(stored, key, link_key(event.node_id, link)))
    return records


def _counted(stored: StoredTrackingEvent, key: str, counter: str) -> JournalRecord:
    """A record that counts, and is no line of the lead's timeline."""
    return JournalRecord(
        key=key,
        campaign_id=stored.campaign_id,
        lead_id=stored.lead_id,
        revision=0,
        at=stored.tracking_event.at,
        entries=(),
        delta={counter: 1},
    )


def journal_record(stored: StoredTrackingEvent) -> JournalRecord:
    """The record of the first event of its kind of a message."""
    event = stored.tracking_event
    detail: dict[str, DetailValue] = {"what": event.kind.value, "at": event.at.isoformat()}
    if event.kind is TrackingEventKind.CLICKED:
        detail["link"] = event.url or event.link
    if event.reason:
        detail["words"] = event.reason
    if stored.sent_at is not None:
        detail["sent_at"] = stored.sent_at.isoformat()
    if stored.bounce is not None:
        detail["bounce"] = stored.bounce.value
    return JournalRecord(
        key=f"{stored.lead_id}/{event.node_id}/{event.visit}/{event.kind.value}",
        campaign_id=stored.campaign_id,
        lead_id=stored.lead_id,
        revision=0,
        at=event.at,
        entries=(Entry(EntryKind.TRACKING_EVENT, event.node_id, detail),),
        delta={total_key(event.kind.value, event.node_id): 1},
    )
