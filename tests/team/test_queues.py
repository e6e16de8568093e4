"""Jobs on the wire, as Celery's workers and other programs read them."""

import json
from datetime import UTC, datetime

import pytest

from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from local.team.queues import RESUMES, SENDS, message_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("job", "queue", "name", "arguments"),
    [
        (
            SendJob(lead_id="l", campaign_id="c", node_id="n", visit=1, resend_number=2),
            SENDS,
            "send_email_task",
            {"lead_id": "l", "campaign_id": "c", "node_id": "n", "visit": 1, "attempt": 2},
        ),
        (
            ResumeJob(lead_id="l", campaign_id="c", node_id="n", visit=1),
            RESUMES,
            "resume_lead_task",
            {"lead_id": "l", "campaign_id": "c", "node_id": "n", "visit": 1},
        ),
        (
            ResumeJob(lead_id="l", campaign_id="c", is_condition=True),
            RESUMES,
            "resume_condition_task",
            {"lead_id": "l", "campaign_id": "c"},
        ),
        (RunJob("j"), RESUMES, "run_job_task", {"job_id": "j"}),
    ],
)
def test_a_job_is_a_task_by_name(
    job: Job, queue: str, name: str, arguments: dict[str, object]
) -> None:
    """With keyword arguments, as the specification spells them."""
    message = message_of(job, "id", NOW)
    assert (message.queue, message.headers["task"], message.headers["id"]) == (queue, name, "id")
    assert json.loads(message.body) == [[], arguments, {}]
    assert "eta" not in message.headers


def test_a_delayed_job_says_when_it_is_due() -> None:
    """As Celery's `apply_async(eta=…)` would."""
    message = message_of(ResumeJob(lead_id="l", campaign_id="c", delay_seconds=90), "id", NOW)
    assert message.headers["eta"] == "2026-11-24T12:01:30+00:00"
