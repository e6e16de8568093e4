"""Plays a scenario over a transport; returns the result without times and tokens."""

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.journal import EntryKind
from functions.flow.lead import ON_THEIR_WAY, LeadStatus, Reason, State
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode
from functions.flow.nodes.condition import BehaviourCondition
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import CampaignStatus
from functions.service.sending.records import MessageState
from functions.service.services import Services
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_tracking_event,
)
from harness.patience import patience
from harness.servers.mailbox import Mailbox
from tests.entrypoints.scenario import BAD_JOBS, EPOCH, OPEN, SUPPRESSED, Scene
from tests.entrypoints.transports import Transport

PATIENCE_SECONDS = patience(90.0)
LIMIT = 1000


class LeadTold(NamedTuple):
    email: str
    status: LeadStatus
    reason: Reason | None
    path: tuple[str, ...]
    visits: Mapping[str, int]


class MessageTold(NamedTuple):
    node_id: str
    visit: int
    resend_number: int
    state: MessageState
    delivery_attempts: int
    outcome_reason: str


EntryTold = tuple[EntryKind, str | None, Sequence[tuple[str, str]]]


@dataclass(slots=True)
class Story:
    """Leads, journals and messages by campaign and contact's number, mails and conversations by
    recipient. `recounts`: `counts`, recounted from the leads."""

    leads: dict[str, LeadTold] = field(default_factory=dict)
    journals: dict[str, list[EntryTold]] = field(default_factory=dict)
    messages: dict[str, list[MessageTold]] = field(default_factory=dict)
    counts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    recounts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    mails: dict[str, list[bytes]] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)
    dead_letters: Sequence[str] = ()


def play(transport: Transport, mailbox: Mailbox, scenes: Sequence[Scene]) -> Story:
    """Launch everything, submit the invalid jobs, read the mail, until everything is over."""
    transport.ask(lambda services: _launch_all(services, scenes))
    deadline = time.monotonic() + PATIENCE_SECONDS
    # A job of a campaign that does not run yet is dropped, whatever lead it names.
    while not transport.ask(_is_open):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    for bad in BAD_JOBS:
        transport.put(is_send=bad.is_send, body=bad.body)
    is_read = [it.campaign_id for it in scenes if it.is_read]
    dead_letters: list[str] = []
    clicked: set[str] = set()
    while True:
        transport.ask(lambda services: _read_mails(services, is_read, clicked))
        dead_letters += map(repr, transport.take_dead_letters())
        is_over = transport.ask(_is_over)
        if is_over and len(dead_letters) >= sum(it.is_dead for it in BAD_JOBS):
            break
        assert time.monotonic() < deadline, (is_over, sorted(dead_letters))
        time.sleep(0.2)
    story = transport.ask(lambda services: _tell(services, [it.campaign_id for it in scenes]))
    story.mails = _mails(mailbox)
    story.asked = dict(mailbox.asked)
    story.dead_letters = sorted(dead_letters)
    return story


async def _launch_all(services: Services, scenes: Sequence[Scene]) -> None:
    services = services.in_workspace(DEFAULT_WORKSPACE)
    await suppress(services, SUPPRESSED, SuppressionReason.COMPLAINT)
    for scene in scenes:
        campaign_id = scene.campaign_id
        campaign = await create_campaign(
            services, name=campaign_id, flow=scene.flow, campaign_id=campaign_id
        )
        upload = Upload(services, campaign_id)
        people = enumerate(scene.people.items(), 1)
        await upload.add([Row(line, address, known) for line, (address, known) in people])
        await upload.finish()
        begun = replace(campaign, epoch=EPOCH, revision=campaign.revision + 1)
        assert await services.store.campaigns.replace(begun)
        await launch(services, campaign_id)


async def _read_mails(services: Services, is_read: Sequence[str], clicked: set[str]) -> None:
    """Each reader does what their lead waits for, once."""
    for campaign_id in is_read:
        for stored in await services.store.leads.page(
            campaign_id, after_seq=0, limit=LIMIT, statuses=ON_THEIR_WAY
        ):
            lead = stored.lead
            if lead.state is not State.WATCHING or lead.lead_id in clicked:
                continue
            version = await services.store.campaigns.version(campaign_id, lead.flow_version)
            assert version is not None
            (node,) = [
                it for it in Flow.model_validate(version.flow).nodes if it.id == lead.current_node
            ]
            assert isinstance(node, ConditionNode)
            asked = node.configuration
            assert isinstance(asked, BehaviourCondition)
            sent = lead.sent_emails[asked.email_node]
            kind, now = TrackingEventKind(asked.event), await services.store.now()
            tracking_event = TrackingEvent(
                kind, asked.email_node, sent.visit, now, asked.link, asked.link
            )
            clicked.add(lead.lead_id)
            reader = Reader("a test", "127.0.0.1")
            stored_event = await store_tracking_event(
                services, campaign_id, lead.lead_id, sent.resend_number, tracking_event, reader
            )
            assert stored_event is not None
            await settle_tracking_events(services, [stored_event])


async def _is_open(services: Services) -> bool:
    leads = await services.store.leads.page(OPEN, after_seq=0, limit=LIMIT, statuses=ON_THEIR_WAY)
    return [it.lead.state for it in leads] == [State.WAITING]


async def _is_over(services: Services) -> bool:
    running = await services.store.campaigns.with_status(
        DEFAULT_WORKSPACE, CampaignStatus.RUNNING, after_id="", limit=LIMIT
    )
    drafts = await services.store.campaigns.with_status(
        DEFAULT_WORKSPACE, CampaignStatus.DRAFT, after_id="", limit=LIMIT
    )
    return (
        not drafts
        and [it.campaign_id for it in running] == [OPEN]
        and not await services.store.journal.unrolled_campaigns(LIMIT)
    )


async def _tell(services: Services, campaign_ids: Sequence[str]) -> Story:
    story, store = Story(), services.store
    for campaign_id in campaign_ids:
        for stored in await store.leads.page(campaign_id, after_seq=0, limit=LIMIT):
            lead = stored.lead
            name = f"{campaign_id}/{lead.seq}"
            story.leads[name] = LeadTold(
                lead.email, lead.status, lead.reason, lead.execution_path, lead.visits
            )
            story.journals[name] = [
                (entry.kind, entry.node_id, _timeless(entry.detail))
                for record in await store.journal.of_lead(lead.lead_id, LIMIT)
                for entry in record.entries
            ]
            story.messages[name] = [
                MessageTold(
                    it.node_id,
                    it.visit,
                    it.resend_number,
                    it.state,
                    it.delivery_attempts,
                    it.outcome_reason,
                )
                for it in await store.messages.of_lead(lead.lead_id, LIMIT)
            ]
        (counted,) = await store.counts.find([campaign_id])
        story.counts[campaign_id] = _timeless_counts(counted.values)
        story.recounts[campaign_id] = await store.leads.recount(campaign_id)
    return story


_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)?")


def _timeless(detail: Mapping[str, object]) -> list[tuple[str, str]]:
    return sorted(
        (key, _TIME.sub("then", str(value)))
        for key, value in detail.items()
        if key != "lateness_ms"
    )


def _timeless_counts(values: Mapping[str, int]) -> Mapping[str, int]:
    """Without zeros, and with a single number for all lateness."""
    told: Counter[str] = Counter()
    for key, value in values.items():
        told["late" if key.startswith("late/") else key] += value
    return {key: value for key, value in told.items() if value}


def _mails(mailbox: Mailbox) -> dict[str, list[bytes]]:
    """The mails by recipient, in order, byte for byte except for the date, and the time in the
    Message-ID at which the campaign was created."""
    told: dict[str, list[bytes]] = {}
    for mail in mailbox.accepted:
        undated = re.sub(rb"\r\nDate: [^\r]*", b"", mail.raw)
        undated = re.sub(rb"(<[0-9a-f]{32})\.[0-9a-f]+(\.[0-9a-f]+@)", rb"\1\2", undated)
        told.setdefault(mail.recipient, []).append(undated)
    return told
