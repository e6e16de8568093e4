"""Handle a batch of deliveries from a queue: parse the jobs, run them, report the failures.

SQS and Celery both use this module. Invariant: deliveries fail one by one. A body that is not a
job, or a job for a lead that does not exist, fails alone and becomes a dead letter; the rest of
the batch is not affected. A store error is raised: it fails the whole batch, and every delivery
comes again. This module must not know SQS or Celery.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.flow.lead import State
from functions.flow.sentences import field_path, sentence
from functions.service.jobs.records import ResumeJob, SendJob
from functions.service.leads.resume_lead import resume_leads
from functions.service.observer import AGAIN, DONE, FAILED, RESUME_QUEUE, SEND_QUEUE
from functions.service.schedule.roll_between_batches import roll_between_batches
from functions.service.schedule.run_jobs import run_jobs
from functions.service.schedule.top_up import top_up_between_batches
from functions.service.sending.send_email import send_emails
from functions.service.services import Services

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message from a queue. `delivery_id`: names it in the result. `body`: a JSON object, as
    text or already parsed. `receive_count`: how often it has been delivered, from 1."""

    delivery_id: str
    body: str | Mapping[str, object]
    receive_count: int = 1


Name = Annotated[str, Field(min_length=1, max_length=400)]


class _Body(BaseModel):
    # Older senders add further fields (subject, body and others). The store's values are used.
    model_config = ConfigDict(extra="ignore", frozen=True)


class SendBody(_Body):
    lead_id: Name
    campaign_id: Name
    node_id: Name
    visit: Annotated[int, Field(ge=1)] | None = None
    resend_number: Annotated[int | None, Field(ge=1, alias="attempt")] = None


class ResumeBody(_Body):
    lead_id: Name | None = None
    campaign_id: Name | None = None
    node_id: Name | None = None
    visit: Annotated[int, Field(ge=1)] | None = None
    job_id: Name | None = None


Body = TypeVar("Body", bound=BaseModel)
Fenced = TypeVar("Fenced", SendJob, ResumeJob)


async def deliver_sends(services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
    """Send the e-mails; return the ids of the deliveries that failed."""
    return await _observed(services, SEND_QUEUE, _deliver_sends, deliveries)


async def deliver_resumes(services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
    """Resume the leads and run stored jobs; return the ids of the deliveries that failed."""
    return await _observed(services, RESUME_QUEUE, _deliver_resumes, deliveries)


_Deliver = Callable[[Services, Sequence[Delivery]], Coroutine[Any, Any, frozenset[str]]]


async def _observed(
    services: Services, queue: str, deliver: _Deliver, deliveries: Sequence[Delivery]
) -> frozenset[str]:
    clock = asyncio.get_running_loop().time
    began = clock()
    jobs = {AGAIN: len(deliveries)}
    try:
        failed = await deliver(services, deliveries)
        jobs = {DONE: len(deliveries) - len(failed), FAILED: len(failed)}
        return failed
    finally:
        services.observer.batch(queue, jobs, clock() - began)


async def _deliver_sends(services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
    failed: set[str] = set()
    bodies: dict[str, SendBody] = {}
    for delivery in deliveries:
        body = _parse(SendBody, delivery, failed)
        if body is not None:
            bodies[delivery.delivery_id] = body
    jobs = await _with_fences(services, bodies, failed)
    failures = await send_emails(services, list(dict.fromkeys(jobs.values())))
    _note(jobs, failures, failed)
    await top_up_between_batches(services)
    await roll_between_batches(services, (it.campaign_id for it in jobs.values()))
    return frozenset(failed)


async def _deliver_resumes(services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
    failed: set[str] = set()
    jobs: dict[str, ResumeJob] = {}
    is_notified = False
    for delivery in deliveries:
        body = _parse(ResumeBody, delivery, failed)
        if body is None:
            continue
        if body.job_id is not None:
            is_notified = True
        elif body.lead_id is None or body.campaign_id is None:
            failed.add(delivery.delivery_id)
            logger.error(
                "delivery %s names neither lead nor job",
                delivery.delivery_id,
                extra={"delivery_id": delivery.delivery_id},
            )
        else:
            jobs[delivery.delivery_id] = ResumeJob(
                lead_id=body.lead_id,
                campaign_id=body.campaign_id,
                node_id=body.node_id,
                visit=body.visit,
            )
    if jobs:
        failures = await resume_leads(services, list(dict.fromkeys(jobs.values())))
        _note(jobs, failures, failed)
    if is_notified:
        await run_jobs(services)
    await top_up_between_batches(services)
    await roll_between_batches(services, (it.campaign_id for it in jobs.values()))
    return frozenset(failed)


async def _with_fences(
    services: Services, bodies: Mapping[str, SendBody], failed: set[str]
) -> dict[str, SendJob]:
    """The jobs by delivery id. A missing visit or resend number is taken from the lead as it is
    now."""
    vague = sorted(
        {it.lead_id for it in bodies.values() if it.visit is None or it.resend_number is None}
    )
    found = await services.store.leads.find(vague) if vague else []
    leads = {stored.lead.lead_id: stored.lead for stored in found}
    jobs: dict[str, SendJob] = {}
    for delivery_id, body in bodies.items():
        visit, resend_number = body.visit, body.resend_number
        if visit is None or resend_number is None:
            lead = leads.get(body.lead_id)
            if lead is None:
                failed.add(delivery_id)
                logger.error(
                    "delivery %s: no lead %s",
                    delivery_id,
                    body.lead_id,
                    extra=_ids(delivery_id, body),
                )
                continue
            if lead.state is not State.SENDING or lead.current_node != body.node_id:
                continue
            visit, resend_number = visit or lead.visit, resend_number or lead.resend_number
        jobs[delivery_id] = SendJob(
            lead_id=body.lead_id,
            campaign_id=body.campaign_id,
            node_id=body.node_id,
            visit=visit,
            resend_number=resend_number,
        )
    return jobs


def _parse(kind: type[Body], delivery: Delivery, failed: set[str]) -> Body | None:
    try:
        body = delivery.body
        return kind.model_validate(json.loads(body) if isinstance(body, str) else body)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        message = f"{field_path(first['loc']) or 'body'} {sentence(first)}"
    except (ValueError, RecursionError) as problem:
        message = f"no JSON: {problem}"
    failed.add(delivery.delivery_id)
    logger.error(
        "delivery %s is not a job: %s",
        delivery.delivery_id,
        message,
        extra={"delivery_id": delivery.delivery_id},
    )
    return None


def _note(
    jobs: Mapping[str, Fenced], failures: Mapping[Fenced, Exception], failed: set[str]
) -> None:
    for delivery_id, job in jobs.items():
        defect = failures.get(job)
        if defect is not None:
            failed.add(delivery_id)
            logger.error(
                "delivery %s (lead %s) failed: %s",
                delivery_id,
                job.lead_id,
                defect,
                exc_info=defect,
                extra=_ids(delivery_id, job),
            )


def _ids(delivery_id: str, job: SendBody | SendJob | ResumeJob) -> dict[str, str]:
    """Fields for the structured log."""
    return {
        "delivery_id": delivery_id,
        "lead_id": job.lead_id,
        "campaign_id": job.campaign_id,
    }
