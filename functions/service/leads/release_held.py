"""Release a held store: apply what was chosen to its leads, then let its campaigns run again.

Invariant: no campaign runs before every lead was looked at. A page may be repeated. A lead whose
messages are skipped stays where it is, or, if it waits for one of them, goes on as if it was sent.
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from functions.flow import keys
from functions.flow.event import LeadEvent, PresumedSent
from functions.flow.lead import ON_THEIR_WAY, State
from functions.service.campaigns.change_campaign import change_campaign
from functions.service.campaigns.records import (
    Campaign,
    CampaignStatus,
    Choice,
    Restoration,
    RestorationState,
)
from functions.service.campaigns.restoration import HELD_REASON
from functions.service.errors import CallerError, conflict
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import SendJob
from functions.service.leads.held_leads import Presumptions
from functions.service.sending.message_rules import message_of
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.services import Services

PAGE = 500
NOT_SENT = "not sent after the restore, because it may have been sent before"

_OPEN = frozenset({MessageState.CLAIMED, MessageState.SENDING, MessageState.DEFERRED})


async def release(services: Services, choice: Choice) -> Restoration:
    """Decide; the sweep does the rest. `choice`: for all leads without one of their own. Repeating
    it changes nothing. Raises CallerError."""
    restoration = await services.store.restorations.find()
    if restoration is None:
        raise conflict("not_held", "The store is not held: there is nothing to decide.")
    if restoration.choice is choice:
        return restoration
    if restoration.state is RestorationState.RESTORING:
        raise conflict(
            "restoring",
            "The restore is not complete. If it was interrupted, drop the database and repeat it.",
        )
    if restoration.state is not RestorationState.HELD:
        raise conflict(
            "decided_already", f"It was decided to {restoration.choice}: this cannot be changed."
        )
    wanted = replace(
        restoration,
        state=RestorationState.RELEASING,
        choice=choice,
        revision=restoration.revision + 1,
    )
    if not await services.store.restorations.save(wanted):
        raise conflict("changed_meanwhile", "Somebody else has just decided: look again.")
    return wanted


async def work_on_release(services: Services, restoration: Restoration) -> int:
    """Go through leads until all are done, or the time of `Policy.job_budget_seconds` is used up.
    Returns how many pages were worked on."""
    end = await services.store.now() + timedelta(seconds=services.policy.job_budget_seconds)
    pages = 0
    current: Restoration | None = restoration
    while current is not None and current.state is RestorationState.RELEASING:
        if await services.store.now() >= end:
            break
        after = await _after_page(services, current)
        # Two sweeps may work on the same page: it may be repeated, but is counted once.
        is_saved = await services.store.restorations.save(after)
        current = after if is_saved else await services.store.restorations.find()
        pages += 1
    return pages


async def _after_page(services: Services, restoration: Restoration) -> Restoration:
    store = services.store
    done = replace(restoration, revision=restoration.revision + 1)
    leads: list[StoredLead] = []
    if restoration.campaign_id:
        leads = await store.leads.page(
            restoration.campaign_id,
            after_seq=restoration.after_seq,
            limit=PAGE,
            statuses=ON_THEIR_WAY,
        )
    if leads:
        skipped = await _skip(services, restoration, leads)
        return replace(
            done,
            after_seq=leads[-1].lead.seq,
            leads_skipped=restoration.leads_skipped + skipped,
        )
    following = await store.campaigns.with_status_anywhere(
        CampaignStatus.PAUSED, after_id=restoration.campaign_id, limit=1
    )
    if following:
        return replace(done, campaign_id=following[0].campaign_id, after_seq=0)
    await _run_again(services)
    return replace(done, state=RestorationState.OVER)


async def _skip(services: Services, restoration: Restoration, leads: Sequence[StoredLead]) -> int:
    """Returns how many leads have messages that now count as sent."""
    chosen = await services.store.restorations.choices([it.lead.lead_id for it in leads])
    presumptions = Presumptions(services, restoration)
    moves: dict[str, tuple[StoredLead, LeadEvent]] = {}
    for it in leads:
        if chosen.get(it.lead.lead_id, restoration.choice) is Choice.SKIP:
            emails = await presumptions.emails(it.lead)
            if emails:
                moves[it.lead.lead_id] = (it, PresumedSent(emails))
    await _close_messages(services, [stored for stored, _ in moves.values()])
    advanced = await advance(services, moves, in_turn=True)
    for defect in advanced.failures.values():
        raise defect
    return sum(step.ignored is None for step in advanced.steps.values())


async def _close_messages(services: Services, leads: Sequence[StoredLead]) -> None:
    """Close the messages that the leads wait for, unless they have an outcome."""
    waiting: Mapping[str, tuple[StoredLead, SendJob]] = {
        keys.send_key(job.lead_id, job.node_id, job.visit, job.resend_number): (it, job)
        for it in leads
        if (job := _awaited(it)) is not None
    }
    known = {it.key: it for it in await services.store.messages.find(list(waiting))}
    now, token = await services.store.now(), services.new_token()
    claims = []
    for key, (stored, job) in waiting.items():
        message = known.get(key)
        if message is None or message.state in _OPEN:
            closed = message_of(
                services.policy,
                job,
                stored.lead.email,
                message,
                state=MessageState.SUPPRESSED,
                token=token,
                now=now,
            )
            claims.append(Claim(_explained(closed), message))
    if len(await services.store.messages.claim(claims)) < len(claims):
        raise RuntimeError("a worker of before the restore still writes messages: stop it")


def _explained(message: Message) -> Message:
    return replace(message, outcome_reason=NOT_SENT)


def _awaited(stored: StoredLead) -> SendJob | None:
    """The message that the lead waits for."""
    lead = stored.lead
    if lead.state not in (State.SENDING, State.DEFERRED) or lead.current_node is None:
        return None
    return SendJob(
        lead_id=lead.lead_id,
        campaign_id=lead.campaign_id,
        node_id=lead.current_node,
        visit=lead.visit,
        resend_number=lead.resend_number,
    )


async def _run_again(services: Services) -> None:
    """Let the campaigns run that the restoration paused."""

    def change(campaign: Campaign) -> Campaign:
        if (campaign.status, campaign.pause_reason) != (CampaignStatus.PAUSED, HELD_REASON):
            return campaign
        return replace(campaign, status=CampaignStatus.RUNNING, pause_reason=None)

    after_id = ""
    while page := await services.store.campaigns.with_status_anywhere(
        CampaignStatus.PAUSED, after_id=after_id, limit=PAGE
    ):
        for campaign in page:
            try:
                await change_campaign(
                    services.in_workspace(campaign.workspace_id), campaign.campaign_id, change
                )
            except CallerError as refusal:
                if refusal.status != 404:
                    raise
        after_id = page[-1].campaign_id
