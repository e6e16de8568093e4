"""The queues of RabbitMQ: their declaration, and the form of a job as a Celery message.

Invariant: jobs are hints and the store holds the truth, so nothing here is confirmed or replicated
for safety; but messages that no worker can handle end in `dead_letters`. So does a message that
came back from `DELIVERIES_MAX` dead workers (quorum queues count deliveries).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from kombu import Exchange, Queue
from pydantic_core import to_json

from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob

RESUMES = "celery"
"""Celery's default queue: resumes and stored jobs."""
SENDS = "send_email"
"""Sends have their own queue, so that slow mail never delays a resume."""
SWEEPS = "sweep"
DEAD_LETTERS = "dead_letters"

DELIVERIES_MAX = 20
DEAD_LETTERS_MAX = 10_000
"""Beyond this, the newest replace the oldest."""
SWEEP_TTL_SECONDS = 5
"""A sweep that no worker has begun by then is dropped: others follow."""

_exchange = Exchange("emailbuilder", type="direct", durable=True)
_dead_exchange = Exchange(DEAD_LETTERS, type="fanout", durable=True)


def _jobs_queue(name: str) -> Queue:
    return Queue(
        name,
        _exchange,
        routing_key=name,
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERIES_MAX,
            "x-dead-letter-exchange": DEAD_LETTERS,
        },
    )


WORK_QUEUES = (
    _jobs_queue(RESUMES),
    _jobs_queue(SENDS),
    Queue(
        SWEEPS,
        _exchange,
        routing_key=SWEEPS,
        durable=True,
        queue_arguments={"x-message-ttl": SWEEP_TTL_SECONDS * 1000, "x-max-length": 10},
    ),
)
DEAD_LETTER_QUEUE = Queue(
    DEAD_LETTERS,
    _dead_exchange,
    durable=True,
    queue_arguments={
        # Explicit although it is the default: a quorum queue would count each look as a delivery.
        "x-queue-type": "classic",
        "x-max-length": DEAD_LETTERS_MAX,
        "x-overflow": "drop-head",
    },
)
EXCHANGE = _exchange.name


def declare(channel: Any) -> None:
    """Declares exchanges, queues and bindings; existing ones stay unchanged."""
    for queue in (DEAD_LETTER_QUEUE, *WORK_QUEUES):
        queue.bind(channel).declare()


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A job in Celery's message protocol 2: a task by name, with keyword arguments.

    Source: Celery, "Message Protocol", version 2: `lang`, `task`, `id`, `root_id`, `parent_id` and
    `group` are required; the body is (args, kwargs, embed).
    """

    queue: str
    headers: Mapping[str, object]
    body: bytes


def message_of(job: Job, task_id: str, now: datetime, traceparent: str | None = None) -> JobMessage:
    """`now`: this process's clock, for the due time of a delayed job. `traceparent`: the span it
    is dispatched in."""
    eta: str | None = None
    queue = RESUMES
    match job:
        case SendJob():
            queue, name = SENDS, "send_email_task"
            arguments: dict[str, object] = {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
                "node_id": job.node_id,
                "visit": job.visit,
                "attempt": job.resend_number,
            }
        case ResumeJob():
            name = "resume_condition_task" if job.is_condition else "resume_lead_task"
            arguments = {"lead_id": job.lead_id, "campaign_id": job.campaign_id}
            if job.node_id is not None:
                arguments["node_id"] = job.node_id
            if job.visit is not None:
                arguments["visit"] = job.visit
            if job.delay_seconds:
                eta = datetime.fromtimestamp(
                    now.timestamp() + job.delay_seconds, now.tzinfo
                ).isoformat()
        case RunJob():
            name, arguments = "run_job_task", {"job_id": job.job_id}
        case _:
            assert_never(job)
    headers: dict[str, object] = {
        "lang": "py",
        "task": name,
        "id": task_id,
        "root_id": task_id,
        "parent_id": None,
        "group": None,
    }
    if eta is not None:
        headers["eta"] = eta
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return JobMessage(queue, headers, to_json(((), arguments, {})))
