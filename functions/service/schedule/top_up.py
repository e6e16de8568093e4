"""Top up the window: start as many due leads as may be in flight.

Leads that have not begun take their first step here, a batch at a time, so that a first e-mail
costs one broker message instead of two. For every other lead a job goes to a queue. Invariant: the
leads in flight (those with an unexpired lease) stay within the window, which the running campaigns
share evenly. So a cancel is quick, no campaign blocks another, and a wiped broker loses the jobs
of one window at most, whose leads are due again when their leases expire.
This module must not know what the jobs will do.
"""

from collections.abc import Sequence
from datetime import timedelta

from functions.flow.event import Entered
from functions.flow.lead import State
from functions.service.campaigns.records import CampaignStatus
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import Job, ResumeJob, SendJob
from functions.service.services import Services

CAMPAIGNS_MAX = 500
"""Running campaigns considered in one call. If there are more, the calls take them in turn."""
TAKEN_MAX = 500
"""Leads of one campaign leased in one round trip."""


async def top_up(services: Services) -> int:
    """Return how many leads were started."""
    store = services.store
    now = await store.now()
    window = services.policy.window_jobs_max
    in_flight = await store.leads.in_flight(now, window)
    services.observer.window(in_flight, window)
    room = window - in_flight
    if room <= 0:
        return 0
    hungry = await _next_campaigns(services)
    set_going = 0
    while room > 0 and hungry:
        share = max(room // len(hungry), 1)
        still_hungry = []
        for campaign_id in hungry:
            if room <= 0:
                break
            limit = min(share, room, TAKEN_MAX)
            taken = await store.leads.take_due(
                campaign_id, now, limit, now + services.policy.lead_lease, services.new_token()
            )
            await _set_going(services, taken)
            room -= len(taken)
            set_going += len(taken)
            if len(taken) == limit:
                still_hungry.append(campaign_id)
        hungry = still_hungry
    return set_going


async def _next_campaigns(services: Services) -> list[str]:
    """The ids of the running campaigns whose turn it is. After the last one it starts over."""
    running = await services.store.campaigns.with_status_anywhere(
        CampaignStatus.RUNNING, after_id=services.worker_state.campaign_id, limit=CAMPAIGNS_MAX
    )
    campaign_ids = [campaign.campaign_id for campaign in running]
    services.worker_state.campaign_id = campaign_ids[-1] if len(running) == CAMPAIGNS_MAX else ""
    return campaign_ids


async def _set_going(services: Services, taken: Sequence[StoredLead]) -> None:
    """Step new leads, and dispatch jobs for the others.

    If another worker has moved a lead in the meantime, it is left to that worker. A lead whose
    first step fails goes to the queue, where it fails again, alone, and becomes a visible dead
    letter.
    """
    beginning = {it.lead.lead_id: (it, Entered()) for it in taken if it.lead.state is State.PENDING}
    failures = (await advance(services, beginning, again=False)).failures
    rest = [it for it in taken if it.lead.lead_id not in beginning or it.lead.lead_id in failures]
    if rest:
        await services.dispatcher.dispatch(_jobs(rest))


async def top_up_between_batches(services: Services) -> int:
    """Replace jobs that have ended, at most once per worker in `top_up_seconds`."""
    now = await services.store.now()
    last, pause = (
        services.worker_state.topped_up_at,
        timedelta(seconds=services.policy.top_up_seconds),
    )
    # A clock that was set back must not delay the worker.
    if last is not None and last <= now < last + pause:
        return 0
    services.worker_state.topped_up_at = now
    return await top_up(services)


def _jobs(leads: Sequence[StoredLead]) -> list[Job]:
    jobs: list[Job] = []
    for stored in leads:
        lead = stored.lead
        if lead.state is State.SENDING:
            assert lead.current_node is not None
            jobs.append(
                SendJob(
                    lead_id=lead.lead_id,
                    campaign_id=lead.campaign_id,
                    node_id=lead.current_node,
                    visit=lead.visit,
                    resend_number=lead.resend_number,
                )
            )
        else:
            jobs.append(
                ResumeJob(
                    lead_id=lead.lead_id,
                    campaign_id=lead.campaign_id,
                    node_id=lead.current_node,
                    visit=lead.visit or None,
                    is_condition=lead.state is State.WATCHING,
                )
            )
    return jobs
