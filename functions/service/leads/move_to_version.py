"""Move leads to a later flow version, a page at a time. This is the work of a move job.

Invariant: a lead moves by one compare-and-set, and only forward, so a page that is repeated, or a
job that was overtaken, moves nobody twice or back. No message is sent twice: one that stays keeps
its send key, and one that is left behind is held before its lead moves, and withdrawn afterwards.
A lead with a message claimed or being sent waits until it has settled. The moved leads that are to
get a message are due at once and have no job in a queue yet, so the window bounds how many are in
flight, as always. This module must not know HTTP.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from functions.flow import keys
from functions.flow.carry_over import CarryOver, Place
from functions.flow.event import LeadEvent, MovedToVersion
from functions.flow.lead import ENDED, ON_THEIR_WAY, Lead, State
from functions.service.campaigns.change_campaign import look_up_campaign
from functions.service.campaigns.records import ACTIVE, CampaignStatus
from functions.service.campaigns.restoration import to_skip
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import JobKind, JobState, SendJob, StoredJob
from functions.service.leads.intervene import HELD
from functions.service.sending.message_rules import message_of
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.services import Services, WorkspaceServices

PAGE_LEADS = 500
WAITING_MAX = 500
"""Leads that a job waits for at once; it looks at no others before some of these have moved."""
JOBS_LOOKED_AT = 20
WITHDRAWN = "withdrawn: its lead was moved to a later version of the flow"

_LIVE = frozenset({MessageState.CLAIMED, MessageState.SENDING})


class Outcome(StrEnum):
    """What became of a lead; the report counts each. Nothing is said of one that was elsewhere."""

    MOVED = "moved"
    ENDED = "ended"
    NOT_CHOSEN = "not_chosen"
    """It stands on a step that is gone, and nobody chose what happens to it."""
    UNDECIDED = "undecided"
    """It stands on a step that is gone, and a person must decide about its message first."""
    UNSETTLED = "unsettled"
    """Its message has an outcome that the lead learns later: in a paused campaign, or when it is
    due."""
    WAITING = "waiting"
    """Its message is being sent, or the lead has just changed: it is looked at again."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be done. `is_running`: the campaign."""

    version: int
    steps: Mapping[str, str | None]
    waits_anew: bool
    job_id: str
    is_running: bool


@dataclass(slots=True)
class _Page:
    """`outcomes`: by lead. `events`: of those to step. `held`: the messages that must not be sent
    once their lead has moved, each with what was stored before."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    events: dict[str, tuple[StoredLead, LeadEvent]] = field(default_factory=dict)
    held: dict[str, tuple[Message, Message | None]] = field(default_factory=dict)


async def move_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Move the next page of leads or, if there is none, those that had to wait. A page that was cut
    short is counted by what is left of it."""
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is None or campaign.status not in ACTIVE:
        return _stopped(job, "ended")
    if await to_skip(services, job):
        # Where the leads are to go was chosen for where they were after the backup.
        return _stopped(job, "restored")
    if await _is_overtaken(services, job):
        return _stopped(job, "overtaken")
    waiting = cast(Sequence[str], job.report.get("waiting_ids", ()))
    cursor = job.cursor
    if cursor < job.until and len(waiting) < WAITING_MAX:
        leads = await services.store.leads.page(
            job.campaign_id, after_seq=cursor, limit=PAGE_LEADS, statuses=ON_THEIR_WAY
        )
        last = len(leads) < PAGE_LEADS or leads[-1].lead.seq >= job.until
        cursor = job.until if last else leads[-1].lead.seq
    else:
        leads = await services.store.leads.find(waiting)
        waiting = ()
    order = _Order(
        version=cast(int, job.report["version"]),
        steps=cast(Mapping[str, str | None], job.report["steps"]),
        waits_anew=bool(job.report["waits_anew"]),
        job_id=job.job_id,
        is_running=campaign.status is CampaignStatus.RUNNING,
    )
    outcomes = await _move(services, order, leads)
    waiting = [*waiting, *(it for it, out in outcomes.items() if out is Outcome.WAITING)]
    is_done = cursor >= job.until and not waiting
    return replace(
        job,
        cursor=cursor,
        state=JobState.DONE if is_done else JobState.WAITING,
        report={
            **job.report,
            **_added(job.report, outcomes),
            "waiting": len(waiting),
            "waiting_ids": waiting,
        },
    )


def _stopped(job: StoredJob, why: str) -> StoredJob:
    report = {**job.report, "stopped": why, "waiting": 0, "waiting_ids": []}
    return replace(job, state=JobState.DONE, report=report)


def _added(report: Mapping[str, object], outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    counts = Counter(it.value for it in outcomes.values() if it is not Outcome.WAITING)
    return {key: cast(int, report.get(key, 0)) + number for key, number in counts.items()}


async def _is_overtaken(services: WorkspaceServices, job: StoredJob) -> bool:
    """Whether somebody has asked for another move since. That one moves everybody."""
    jobs = await services.store.jobs.page(services.workspace_id, job.campaign_id, JOBS_LOOKED_AT)
    return any(
        it.kind is JobKind.MOVE and it.state is JobState.WAITING and it.created_at > job.created_at
        for it in jobs
    )


async def _move(
    services: Services, order: _Order, leads: Sequence[StoredLead]
) -> Mapping[str, Outcome]:
    earlier = [
        it for it in leads if it.lead.state not in ENDED and it.lead.flow_version < order.version
    ]
    if not earlier:
        return {}
    loaded = await services.flows.load(earlier[0].lead, order.version)
    now = await services.store.now()
    page = await _sorted(services, order, loaded.executor.carry_over, earlier, now)
    await _hold(services, page)
    # Those that were not claimed, or have moved meanwhile, are looked at again.
    advanced = await advance(services, page.events, again=False, in_turn=True)
    for defect in advanced.failures.values():
        raise defect
    stepped = {lead_id for lead_id, step in advanced.steps.items() if step.ignored is None}
    await _let_go(services, page, stepped, now)
    for lead_id, (_, event) in page.events.items():
        assert isinstance(event, MovedToVersion)
        done = Outcome.ENDED if event.is_end else Outcome.MOVED
        page.outcomes[lead_id] = done if lead_id in stepped else Outcome.WAITING
    return page.outcomes


async def _sorted(
    services: Services,
    order: _Order,
    carry_over: CarryOver,
    leads: Sequence[StoredLead],
    now: datetime,
) -> _Page:
    """What to do with each lead. One round trip, if any has a message that has not settled."""
    awaited = {_message_key(it.lead): it for it in leads if it.lead.state in _AWAITS_MESSAGE}
    found = await services.store.messages.find(list(awaited)) if awaited else []
    messages = {it.lead_id: it for it in found}
    page, token = _Page(), services.new_token()
    for stored in leads:
        lead, message = stored.lead, messages.get(stored.lead.lead_id)
        place = carry_over.place(lead.state, lead.current_node)
        event = _event(order, lead, place)
        is_live = message is not None and message.state in _LIVE and message.lease_until > now
        if event is None:
            page.outcomes[lead.lead_id] = Outcome.NOT_CHOSEN
        elif lead.state is State.UNKNOWN and event.target is not None:
            page.outcomes[lead.lead_id] = Outcome.UNDECIDED
        elif lead.state is State.SENDING and is_live:
            page.outcomes[lead.lead_id] = Outcome.WAITING
        elif place is Place.KEPT or lead.state not in _AWAITS_MESSAGE:
            page.events[lead.lead_id] = (stored, event)
        elif _can_hold(message, now):
            held = _held(services, lead, message, now, token)
            page.held[lead.lead_id] = (held, message)
            page.events[lead.lead_id] = (stored, event)
        else:
            # It has an outcome that its lead does not know yet.
            settles = order.is_running and lead.state is State.SENDING
            page.outcomes[lead.lead_id] = Outcome.WAITING if settles else Outcome.UNSETTLED
    return page


_AWAITS_MESSAGE = frozenset({State.SENDING, State.DEFERRED})


def _event(order: _Order, lead: Lead, place: Place) -> MovedToVersion | None:
    """None if nobody has chosen what happens to the lead."""
    event = MovedToVersion(
        order.version,
        lead.current_node,
        lead.visit,
        waits_anew=order.waits_anew,
        job_id=order.job_id,
    )
    node_id = lead.current_node
    if place is Place.KEPT or node_id is None:
        return event
    if place is Place.PASSED:
        return replace(event, target=node_id)
    if node_id not in order.steps:
        return None
    target = order.steps[node_id]
    return replace(event, is_end=True) if target is None else replace(event, target=target)


def _can_hold(message: Message | None, now: datetime) -> bool:
    """Whether nobody sends the message, and it has no outcome."""
    if message is None or message.state is MessageState.DEFERRED:
        return True
    return message.state is MessageState.CLAIMED and message.lease_until <= now


def _held(
    services: Services, lead: Lead, message: Message | None, now: datetime, token: str
) -> Message:
    """The message, claimed by us and deferred for a while, so that no worker takes it up."""
    if message is not None:
        return replace(message, state=MessageState.DEFERRED, token=token, retry_at=now + HELD)
    assert lead.current_node is not None
    job = SendJob(
        lead_id=lead.lead_id,
        campaign_id=lead.campaign_id,
        node_id=lead.current_node,
        visit=lead.visit,
        resend_number=lead.resend_number,
    )
    made = message_of(
        services.policy, job, lead.email, None, state=MessageState.DEFERRED, token=token, now=now
    )
    return replace(made, retry_at=now + HELD)


async def _hold(services: Services, page: _Page) -> None:
    """Leads whose message somebody else has just taken are looked at again."""
    if not page.held:
        return
    won = await services.store.messages.claim([Claim(*it) for it in page.held.values()])
    for lead_id in [it for it, (held, _) in page.held.items() if held.key not in won]:
        del page.held[lead_id], page.events[lead_id]
        page.outcomes[lead_id] = Outcome.WAITING


async def _let_go(services: Services, page: _Page, stepped: set[str], now: datetime) -> None:
    """Withdraw the messages that were left behind, and give the others back."""
    if not page.held:
        return
    # A new token, so that no worker that read a message before can claim it.
    token = services.new_token()
    claims = []
    for lead_id, (held, before) in page.held.items():
        if lead_id in stepped:
            after = replace(
                held, state=MessageState.SUPPRESSED, retry_at=None, outcome_reason=WITHDRAWN
            )
        else:
            was_deferred = before is not None and before.state is MessageState.DEFERRED
            after = replace(held, retry_at=before.retry_at if before and was_deferred else now)
        claims.append(Claim(replace(after, token=token), held))
    await services.store.messages.claim(claims)


def _message_key(lead: Lead) -> str:
    return keys.send_key(lead.lead_id, lead.current_node or "", lead.visit, lead.resend_number)
