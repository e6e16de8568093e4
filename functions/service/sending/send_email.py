"""Send a batch of e-mails: ask the limiter, claim, render, mark, send, settle, step the leads.

Invariant: there is one message per send key. Its first byte leaves only while the worker holds the
claim and the `sending` mark is stored. A worker that finds another's mark with an expired lease
writes `unknown` and sends nothing. The outcome is stored before the lead moves, so after a crash
between the two the outcome is found and the lead stepped later.
This module must not know SMTP, SES or queues.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.flow import keys
from functions.flow.event import (
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    EmailUnrenderable,
    MessageEvent,
)
from functions.flow.journal import EntryKind
from functions.flow.lead import Lead, State
from functions.mail.address import email_key
from functions.mail.compose import CompiledEmail, Recipient
from functions.mail.envelope import Envelope
from functions.mail.errors import RenderInterruptedError, TemplateError, TemplateTooLongError
from functions.service.access.records import WorkspaceId
from functions.service.audience.records import Suppression
from functions.service.campaigns.lifecycle import hold
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.execution.advance import advance
from functions.service.execution.flow_cache import UnusableFlowError
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import SendJob
from functions.service.sending.connections import Pool
from functions.service.sending.hand_over import Ready, change_of, deliver, try_later
from functions.service.sending.leases import kept_alive
from functions.service.sending.limiter import Permit
from functions.service.sending.message_log import MessageLog
from functions.service.sending.message_rules import (
    LEASE_RAN_OUT,
    defer,
    event_of,
    known_outcome,
    lost_in_sending,
    may_take_over,
    message_of,
    put_off,
    refuses,
)
from functions.service.sending.records import Claim, Message, MessageChange, MessageState
from functions.service.sending.signing import UnusableKeyError
from functions.service.sending.unknown_recipients import suppress_unknown_recipients
from functions.service.services import Services

Address = tuple[WorkspaceId, str]
"""A workspace and the `email_key` of a recipient, which together identify a suppression."""

EXCESSES_MAX = 3
"""After so many messages in a row that exceeded a limit of templates, their campaign is paused: its
other leads would fail as well, and take the time of other campaigns."""
HELD_DELAY = timedelta(minutes=1)
SECONDS_BEFORE_YIELD = 0.02

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A job that fits its lead: the lead is waiting for this message."""

    key: str
    job: SendJob
    stored: StoredLead
    campaign: Campaign

    @property
    def lead(self) -> Lead:
        return self.stored.lead

    @property
    def address(self) -> Address:
        return self.campaign.workspace_id, email_key(self.lead.email)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What to do with the messages of a batch. By send key: `events`: the outcome is known, step
    the lead. `claims`: claim the message. `lost`: write `unknown`, its sender has died."""

    events: dict[str, MessageEvent]
    claims: dict[str, Claim]
    lost: list[MessageChange]


async def send_emails(services: Services, jobs: Sequence[SendJob]) -> dict[SendJob, Exception]:
    """Return the jobs that failed, because of a defect in this program or because their lead does
    not exist. All other jobs are done or no longer needed."""
    failures: dict[SendJob, Exception] = {}
    targets = await _targets(services, jobs, failures)
    if not targets:
        return failures
    now = await services.store.now()
    known = {it.key: it for it in await services.store.messages.find(list(targets))}
    refused = await services.store.suppressions.find(
        sorted({target.address for target in targets.values()})
    )
    suppressed = await _suppressed(services, targets, refused)
    batch = _sort(services, targets, known, suppressed, now)
    ended: dict[str, MessageEvent] = {}
    if batch.lost:
        applied = await services.store.messages.write(batch.lost)
        for change in batch.lost:
            if change.key in applied:
                ended[change.key] = event_of(targets[change.key].job, EmailUnknown, LEASE_RAN_OUT)
    permit = await _ask(services, batch)
    mine: list[Message] = []
    if batch.claims:
        won = await services.store.messages.claim(list(batch.claims.values()))
        mine = [it.message for key, it in batch.claims.items() if key in won]
        ended.update(await _send_claimed(services, permit, targets, mine, failures))
    services.observer.messages(Counter(_OUTCOMES[type(event)] for event in ended.values()))
    at_fault = await services.limiter.report(permit, await services.store.now())
    if at_fault is not None:
        said = permit.breaker.unclear_reason
        await hold(services, at_fault, f"the mail server refuses its messages: {said}")
    events = {**batch.events, **ended}
    await suppress_unknown_recipients(
        services,
        [
            (targets[key].campaign, targets[key].lead.email, event.reason)
            for key, event in events.items()
            if isinstance(event, EmailRejected)
        ],
    )
    moved = await _step_on(services, targets, events, failures)
    await _take_back(services, [it for it in mine if it.lead_id not in moved])
    return failures


def _sort(
    services: Services,
    targets: Mapping[str, Target],
    known: Mapping[str, Message],
    suppressed: Set[str],
    now: datetime,
) -> _Sorted:
    batch = _Sorted({}, {}, [])
    token = services.new_token()
    for key, target in targets.items():
        existing = known.get(key)
        event = known_outcome(target.job, existing, now)
        if event is not None:
            batch.events[key] = event
        elif existing is None or may_take_over(existing, now):
            is_suppressed = key in suppressed
            message = message_of(
                services.policy,
                target.job,
                target.lead.email,
                existing,
                state=MessageState.SUPPRESSED if is_suppressed else MessageState.CLAIMED,
                token=token,
                now=now,
            )
            batch.claims[key] = Claim(message, existing)
        elif existing.state is MessageState.SENDING and existing.lease_until <= now:
            batch.lost.append(lost_in_sending(existing, now))
    return batch


async def _suppressed(
    services: Services, targets: Mapping[str, Target], found: Sequence[Suppression]
) -> Set[str]:
    """The send keys of the messages that must not be sent."""
    by_address = {(it.workspace_id, it.email_key): it for it in found}
    suppressed = set()
    for key, target in targets.items():
        suppression = by_address.get(target.address)
        if suppression is not None and refuses(
            suppression, await _is_transactional(services, target)
        ):
            suppressed.add(key)
    return suppressed


async def _is_transactional(services: Services, target: Target) -> bool:
    try:
        loaded = await services.flows.load(target.lead)
    except UnusableFlowError:
        return False
    return loaded.is_transactional(target.job.node_id)


async def _ask(services: Services, batch: _Sorted) -> Permit:
    """Ask the limiter. Messages that may not go yet are deferred instead of claimed, by the same
    compare-and-set, so that no lead is deferred while another worker sends its message. This
    counts as no delivery attempt."""
    recipients = {
        key: claim.message.recipient
        for key, claim in batch.claims.items()
        if claim.message.state is MessageState.CLAIMED
    }
    transport = services.transport
    pool = Pool(transport.connections_working, transport.connections_max, transport.message_seconds)
    permit = await services.limiter.ask(recipients, services.store.now, pool)
    if permit.connections_max is not None:
        transport.limit_to(permit.connections_max)
    for key, wait in permit.deferrals.items():
        claim = batch.claims[key]
        batch.claims[key] = replace(claim, message=defer(claim.message, wait))
    return permit


async def _targets(
    services: Services, jobs: Sequence[SendJob], failures: dict[SendJob, Exception]
) -> dict[str, Target]:
    """By send key. Jobs that no longer fit their lead are dropped: the lead has moved on."""
    leads = {
        stored.lead.lead_id: stored
        for stored in await services.store.leads.find(sorted({job.lead_id for job in jobs}))
    }
    campaigns = {
        it.campaign_id: it
        for it in await services.store.campaigns.find_anywhere(
            sorted({job.campaign_id for job in jobs})
        )
    }
    targets: dict[str, Target] = {}
    for job in jobs:
        campaign = campaigns.get(job.campaign_id)
        if campaign is None or campaign.status is not CampaignStatus.RUNNING:
            continue
        stored = leads.get(job.lead_id)
        if stored is None:
            failures[job] = LookupError(f"no lead {job.lead_id}")
            continue
        lead = stored.lead
        present = (lead.current_node, lead.visit, lead.resend_number)
        if lead.state is State.SENDING and present == (job.node_id, job.visit, job.resend_number):
            key = keys.send_key(job.lead_id, job.node_id, job.visit, job.resend_number)
            targets[key] = Target(key, job, stored, campaign)
    return targets


async def _send_claimed(
    services: Services,
    permit: Permit,
    targets: Mapping[str, Target],
    mine: Sequence[Message],
    failures: dict[SendJob, Exception],
) -> dict[str, MessageEvent]:
    """The events of the messages that this batch has claimed, by send key."""
    log = MessageLog(services)
    events: dict[str, MessageEvent] = {}
    ready: list[Ready] = []
    held: set[str] = set()
    async with kept_alive(services, mine):
        now = await services.store.now()
        for message in mine:
            target = targets[message.key]
            if message.state is MessageState.SUPPRESSED:
                events[message.key] = event_of(target.job, EmailSuppressed, "")
                continue
            if message.retry_at is not None:
                events[message.key] = put_off(target.job, message.retry_at, message.outcome_reason)
                continue
            if message.campaign_id in held:
                events[message.key] = _set_aside(log, target, message, now)
                continue
            try:
                ready.append(await _render(services, log, target, message, now))
                services.worker_state.excesses.pop(message.campaign_id, None)
            except TemplateError as fault:
                log.settle(change_of(message, MessageState.REJECTED, now, reason=str(fault)))
                events[message.key] = event_of(target.job, EmailUnrenderable, str(fault))
                if isinstance(fault, TemplateTooLongError) and await _held(
                    services, message.campaign_id, fault
                ):
                    held.add(message.campaign_id)
            except RenderInterruptedError as stop:
                change, events[message.key] = try_later(
                    message, str(stop), now, services.policy.retry_seconds
                )
                log.settle(change)
            except (UnusableFlowError, UnusableKeyError) as problem:
                # The message stays claimed until its lease expires: no worker could send it now.
                failures[target.job] = problem
        events.update(await deliver(services, log, permit, ready))
        await log.flush()
    return events


async def _render(
    services: Services, log: MessageLog, target: Target, message: Message, now: datetime
) -> Ready:
    """Raises TemplateError, RenderInterruptedError, UnusableFlowError, UnusableKeyError."""
    loaded = await services.flows.load(target.lead)
    if loaded.is_transactional(message.node_id):
        log.note_transactional(message.key)
    try:
        email = await loaded.email(target.campaign, target.job.node_id, services.processor)
        envelope = await _rendered(services, email, target, message, now)
    except (TemplateError, RenderInterruptedError):
        raise
    except Exception as defect:
        # A defect in this program. Raising it would hold back the whole claimed batch, for ever.
        logger.exception("the message of lead %s cannot be rendered", message.lead_id)
        reason = f"a defect in the program ({type(defect).__name__}: {defect})"
        raise TemplateError(reason) from defect
    workspace_id = target.campaign.workspace_id
    return Ready(
        message, await services.signing.signed(workspace_id, email.from_domain, envelope, now)
    )


async def _rendered(
    services: Services, email: CompiledEmail, target: Target, message: Message, now: datetime
) -> Envelope:
    recipient = Recipient(
        lead_id=message.lead_id,
        visit=message.visit,
        resend_number=message.resend_number,
        email=message.recipient,
        attributes=target.lead.attributes,
    )
    started = services.processor.seconds()
    try:
        return email.render(recipient, now, gauge=services.processor)
    finally:
        if services.processor.seconds() - started > SECONDS_BEFORE_YIELD:
            await asyncio.sleep(0)  # Leases must be renewed between many slow renders.


async def _held(services: Services, campaign_id: str, fault: TemplateTooLongError) -> bool:
    """Count an excess of a campaign; pause the campaign if that makes too many."""
    excesses = services.worker_state.excesses
    excesses[campaign_id] = excesses.get(campaign_id, 0) + 1
    if excesses[campaign_id] < EXCESSES_MAX:
        return False
    del excesses[campaign_id]
    await hold(services, campaign_id, f"its e-mails exceed a limit: {fault}")
    return True


def _set_aside(log: MessageLog, target: Target, message: Message, now: datetime) -> MessageEvent:
    """Defer a message of a campaign that has just been paused, without a delivery attempt."""
    retry_at, reason = now + HELD_DELAY, "its campaign was paused"
    log.settle(change_of(message, MessageState.DEFERRED, now, reason=reason, retry_at=retry_at))
    return put_off(target.job, retry_at, reason)


async def _step_on(
    services: Services,
    targets: Mapping[str, Target],
    events: Mapping[str, MessageEvent],
    failures: dict[SendJob, Exception],
) -> Set[str]:
    """Step the leads; return the ids of those that were stepped."""
    by_lead = {targets[key].lead.lead_id: targets[key] for key in events}
    moves = {targets[key].lead.lead_id: (targets[key].stored, events[key]) for key in events}
    advanced = await advance(services, moves)
    for lead_id, defect in advanced.failures.items():
        failures[by_lead[lead_id].job] = defect
    return advanced.steps.keys()


async def _take_back(services: Services, left: Sequence[Message]) -> None:
    """Delete messages whose campaign was deleted between our reading and our claim. Otherwise they
    would stay for ever."""
    if not left:
        return
    campaigns = await services.store.campaigns.find_anywhere(
        sorted({it.campaign_id for it in left})
    )
    there = {it.campaign_id for it in campaigns if it.status is not CampaignStatus.DELETING}
    gone = [it for it in left if it.campaign_id not in there]
    if gone:
        await services.store.messages.drop([it.key for it in gone], gone[0].token)


_OUTCOMES: Mapping[type[MessageEvent], str] = {
    EmailSent: EntryKind.SENT.value,
    EmailDeferred: EntryKind.DEFERRED.value,
    EmailRejected: EntryKind.REJECTED.value,
    EmailUnknown: EntryKind.UNKNOWN.value,
    EmailSuppressed: EntryKind.SUPPRESSED.value,
    EmailUnrenderable: EntryKind.UNRENDERABLE.value,
}
"""Outcomes, named as in the journal."""
