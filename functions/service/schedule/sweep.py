"""The sweep: find everything that is due, not yet dispatched or abandoned, and continue it.

Invariant: the store is the truth and the broker only a hint. Whatever has been killed or wiped,
everything moves again with the first sweep after the leases have expired. Two sweeps may run at
once: a lead is leased to only one of them, and everything else is idempotent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from functions.flow.event import EmailSent
from functions.service.audience.import_contacts import drop_abandoned
from functions.service.execution.advance import advance, drain
from functions.service.leads.release_held import work_on_release
from functions.service.observer import DONE, FAILED, SWEEP
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.reports.roll_counts import roll_counts
from functions.service.schedule.complete_campaigns import complete_campaigns
from functions.service.schedule.run_jobs import run_jobs
from functions.service.schedule.start_scheduled import start_scheduled
from functions.service.schedule.top_up import top_up
from functions.service.sending.records import Claim
from functions.service.services import Services
from functions.service.tracking.record_tracking_event import settle_tracking_events

PAGE = 500
UNDRAINED_GRACE = timedelta(seconds=5)
"""A commit younger than this is probably still being drained by the worker that made it."""
ABANDONED_AFTER = timedelta(hours=6)
IDEMPOTENCY_RECORDS_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did. `oldest_overdue_seconds`: how late the most overdue lead of a running
    campaign is; 0 if none is late."""

    leads_dispatched: int
    leads_drained: int
    tracking_events_settled: int
    records_counted: int
    job_pages: int
    oldest_overdue_seconds: float


async def sweep(services: Services) -> SweepReport:
    """Try every part even if another one fails, then raise their errors as one ExceptionGroup."""
    clock = asyncio.get_running_loop().time
    began = clock()
    outcome = FAILED
    try:
        report = await _sweep(services)
        outcome = DONE
        return report
    finally:
        services.observer.batch(SWEEP, {outcome: 1}, clock() - began)


async def _sweep(services: Services) -> SweepReport:
    restoration = await services.store.restorations.find()
    if restoration is not None and restoration.is_held:
        return SweepReport(0, 0, 0, 0, await work_on_release(services, restoration), 0.0)
    errors: list[Exception] = []
    drained = await _try(errors, _drain_left_behind, services)
    settled = await _try(errors, _settle_left_behind, services)
    await _try(errors, _tell_late, services)
    await _try(errors, start_scheduled, services)
    pages = await _try(errors, run_jobs, services)
    dispatched = await _try(errors, top_up, services)
    counted = await _try(errors, roll_counts, services)
    await _try(errors, complete_campaigns, services)
    await _try(errors, _tidy, services)
    overdue_seconds = await oldest_overdue_seconds(services)
    services.observer.overdue(overdue_seconds)
    if errors:
        raise ExceptionGroup("parts of the sweep failed", errors)
    return SweepReport(dispatched, drained, settled, counted, pages, overdue_seconds)


async def _try(
    errors: list[Exception], part: Callable[[Services], Awaitable[int]], services: Services
) -> int:
    try:
        return await part(services)
    except Exception as problem:
        errors.append(problem)
        return 0


async def _drain_left_behind(services: Services) -> int:
    now = await services.store.now()
    leads = await services.store.leads.undrained(now - UNDRAINED_GRACE, PAGE)
    await drain(services, leads)
    return len(leads)


async def _settle_left_behind(services: Services) -> int:
    tracking_events = await services.store.tracking_events.unsettled(
        await services.store.now(), PAGE
    )
    if tracking_events:
        await settle_tracking_events(services, tracking_events)
    return len(tracking_events)


async def _tell_late(services: Services) -> int:
    """Step the leads whose message was `unknown` but turned out to be sent. Returns how many.

    This happens when a worker was believed dead but received the server's answer after all.
    """
    messages = await services.store.messages.turned_late(PAGE)
    if not messages:
        return 0
    leads = {
        it.lead.lead_id: it
        for it in await services.store.leads.find(sorted({it.lead_id for it in messages}))
    }
    failures: dict[str, Exception] = {}
    for message in messages:
        if message.lead_id in leads:
            event = EmailSent(
                message.node_id, message.visit, message.resend_number, message.changed_at
            )
            moves = {message.lead_id: (leads[message.lead_id], event)}
            failures |= (await advance(services, moves)).failures
    told = [it for it in messages if it.lead_id not in failures]
    await services.store.messages.claim(
        [Claim(replace(message, retry_at=None), message) for message in told]
    )
    for defect in failures.values():
        raise defect
    return len(told)


async def _tidy(services: Services) -> int:
    now = await services.store.now()
    dropped = await drop_abandoned(services, now - ABANDONED_AFTER)
    await services.throttle.forget_full(now)
    return dropped + await services.store.idempotency_records.expire_anywhere(
        now - IDEMPOTENCY_RECORDS_KEPT, PAGE
    )
