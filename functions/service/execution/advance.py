"""Advance a batch of leads: load, step, commit, write the journal, dispatch.

Every use case that moves a lead goes through this module. Invariant: the effects of a step are
dispatched only after the lead has been committed by compare-and-set. If the commit loses, its
effects are discarded, and the lead is loaded and stepped again. A crash at any point leaves a
lead that the sweep drains or dispatches again.
This module must not know why a lead moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import assert_never

from functions.flow import keys
from functions.flow.effect import Effect, SendEmail
from functions.flow.event import LeadEvent, MovedToVersion, TrackingEvents
from functions.flow.executor import Step
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead, State
from functions.service.campaigns.reopen import reopen_campaigns
from functions.service.execution.flow_cache import LoadedFlow, UnusableFlowError
from functions.service.execution.records import Commit, StoredLead
from functions.service.jobs.records import Job, ResumeJob, SendJob
from functions.service.services import Services

ATTEMPTS_MAX = 8
"""How many times a lead is tried before `TooContendedError`. Losing the compare-and-set this
often means that something rewrites the lead in a loop, which is a defect."""


class TooContendedError(RuntimeError):
    """A lead lost its compare-and-set `ATTEMPTS_MAX` times."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """Both by lead id. `steps`: the step of each lead, committed or ignored. `failures`: why a
    lead could not be stepped: its step raised (a defect in this program) or its flow is
    unusable. The other leads of the batch are not affected."""

    steps: dict[str, Step]
    failures: dict[str, Exception]


Moves = Mapping[str, tuple[StoredLead, LeadEvent]]
"""By lead id: the lead as loaded, and the event to apply to it."""


async def advance(
    services: Services, moves: Moves, *, again: bool = True, in_turn: bool = False
) -> Advanced:
    """Apply the events. Raises TooContendedError.

    The result omits leads that have been deleted in the meantime. With `again` False it also
    omits leads that lost their compare-and-set, which are then not tried again. With `in_turn`
    their messages are not dispatched: the leads are due now, and get their jobs within the window.
    """
    advanced = Advanced({}, {})
    open_moves = dict(moves)
    for _ in range(ATTEMPTS_MAX):
        if not open_moves:
            return advanced
        now, steps = await _step_all(services, open_moves, advanced.failures)
        advanced.steps.update({key: step for key, step in steps.items() if step.ignored})
        won = await _commit(services, open_moves, steps, now, in_turn)
        advanced.steps.update({lead_id: steps[lead_id] for lead_id in won})
        losers = steps.keys() - advanced.steps.keys()
        if not losers or not again:
            return advanced
        reloaded = await services.store.leads.find(sorted(losers))
        open_moves = {
            stored.lead.lead_id: (stored, open_moves[stored.lead.lead_id][1]) for stored in reloaded
        }
    raise TooContendedError(f"{len(open_moves)} leads, one of them {next(iter(open_moves))}")


async def drain(services: Services, leads: Sequence[StoredLead]) -> None:
    """Write the journal records and dispatch the jobs that the leads still hold, then clear both.

    Idempotent: records have unique keys, and a job delivered twice finds its message claimed.
    """
    if not leads:
        return
    records = [record for stored in leads for record in stored.records]
    if records:
        await services.store.journal.insert(records)
        await reopen_campaigns(services, records)
    jobs = [job for stored in leads for job in _jobs(services, stored)]
    if jobs:
        await services.dispatcher.dispatch(jobs)
    await services.store.leads.drained(
        {stored.lead.lead_id: stored.lead.revision for stored in leads}
    )


async def _step_all(
    services: Services, moves: Moves, failures: dict[str, Exception]
) -> tuple[datetime, dict[str, Step]]:
    loaded: dict[str, LoadedFlow] = {}
    for lead_id, (stored, event) in moves.items():
        version = event.version if isinstance(event, MovedToVersion) else None
        try:
            loaded[lead_id] = await services.flows.load(stored.lead, version)
        except UnusableFlowError as problem:
            failures[lead_id] = problem
    watched = [lead_id for lead_id, flow in loaded.items() if flow.watches_behaviour]
    # Read the clock before the tracking events, so that they include all that were stored up to
    # `now`. In the opposite order, one stored between the two reads would be in time and yet be
    # missed.
    now = await services.store.now()
    tracking_events: Mapping[str, TrackingEvents] = (
        await services.store.tracking_events.of_leads(watched) if watched else {}
    )
    steps: dict[str, Step] = {}
    for lead_id, flow in loaded.items():
        stored, event = moves[lead_id]
        seen = replace(event, tracking_events=tracking_events.get(lead_id, ()))
        try:
            steps[lead_id] = flow.executor.step(stored.lead, seen, now)
        except Exception as defect:
            failures[lead_id] = defect
    return now, steps


async def _commit(
    services: Services, moves: Moves, steps: Mapping[str, Step], now: datetime, in_turn: bool
) -> frozenset[str]:
    commits = [
        _commit_of(services, moves[lead_id][0], step, now, in_turn)
        for lead_id, step in steps.items()
        if step.ignored is None
    ]
    if not commits:
        return frozenset()
    winners = await services.store.leads.commit(commits, services.new_token(), now)
    await drain(
        services,
        [
            StoredLead(it.lead, it.lease_until, it.outbox, it.records)
            for it in commits
            if it.lead.lead_id in winners
        ],
    )
    return winners


def _commit_of(
    services: Services, stored: StoredLead, step: Step, now: datetime, in_turn: bool
) -> Commit:
    lead = step.lead
    record = JournalRecord(
        key=keys.record_key(lead.lead_id, lead.revision),
        campaign_id=lead.campaign_id,
        lead_id=lead.lead_id,
        revision=lead.revision,
        at=now,
        entries=step.entries,
        delta=step.delta or {},
    )
    # Journal records of earlier commits that may not have been written yet are kept. Their
    # effects are not: the lead has moved past them.
    records = (*stored.records, record)
    if in_turn and lead.state is State.SENDING:
        # As if its job had been lost: a lease that has run out.
        return Commit(lead, now, (), records)
    return Commit(lead, _lease(services, lead, now), step.effects, records)


def _lease(services: Services, lead: Lead, now: datetime) -> datetime | None:
    if lead.state is State.PENDING:
        return now  # It has not begun, and is due at once, as when it was enrolled.
    if lead.state is State.SENDING:
        return now + services.policy.lead_lease
    if lead.due_at is not None and _is_near(services, lead.due_at, now):
        most = services.policy.delayed_jobs_max
        if services.worker_state.admits_delayed(now, lead.due_at, most):
            return lead.due_at + services.policy.lead_lease
    return None


def _is_near(services: Services, due_at: datetime, began: datetime) -> bool:
    """Does the pause end soon enough for the broker to be given a delayed job?"""
    return due_at - began <= services.policy.horizon


def _job_of(lead: Lead, effect: Effect) -> Job:
    match effect:
        case SendEmail():
            return SendJob(
                lead_id=lead.lead_id,
                campaign_id=lead.campaign_id,
                node_id=effect.node_id,
                visit=effect.visit,
                resend_number=effect.resend_number,
            )
        case _:
            assert_never(effect)


def _jobs(services: Services, stored: StoredLead) -> list[Job]:
    lead = stored.lead
    jobs = [_job_of(lead, effect) for effect in stored.outbox]
    if lead.due_at is not None and stored.lease_until is not None and stored.records:
        began = stored.records[-1].at
        # If the pause does not end soon, the lease was taken by the sweep, which dispatches the
        # job itself.
        if _is_near(services, lead.due_at, began):
            # Rounded up: brokers truncate fractions, and a job that comes early is dropped.
            delay_seconds = ceil((lead.due_at - began).total_seconds())
            jobs.append(
                ResumeJob(
                    lead_id=lead.lead_id,
                    campaign_id=lead.campaign_id,
                    node_id=lead.current_node,
                    visit=lead.visit,
                    delay_seconds=max(delay_seconds, 0),
                    is_condition=lead.state is State.WATCHING,
                )
            )
    return jobs
