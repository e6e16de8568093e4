"""A campaign through RabbitMQ, Celery workers and schedulers, into a real mailbox."""

import pytest
from kombu import Connection
from redis import Redis

from functions.flow.lead import State
from harness.fakes.scenes import email, flow, wait
from harness.team.stack import scheduler, worker
from local.team.queues import DELIVERIES_MAX, RESUMES, SENDS, declare
from local.team.results import KEY_PREFIX
from tests.team.team import SMTP_CONNECTIONS_MAX, Team, job

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

FLOW = flow([email("one"), wait("wait", 1), email("two")], "one>wait", "wait>two")
PEOPLE = 300


def test_everybody_gets_every_mail_once_though_a_worker_dies(team: Team) -> None:
    """Two schedulers tick, one worker is killed mid-way and another joins."""
    doomed = worker(team.environment, "w1")
    team.start(
        *(scheduler(team.environment), scheduler(team.environment)),
        *(doomed, worker(team.environment, "w2")),
    )
    team.launch(FLOW, PEOPLE)
    team.until(lambda: len(team.mailbox.accepted) > 30)
    doomed.kill()
    team.start(worker(team.environment, "w3"))
    # All have ended, except those that wait for a person.
    team.until(
        lambda: len(team.mailbox.accepted) > PEOPLE and set(team.active()) <= {State.UNKNOWN}
    )
    received = team.received()
    assert {what: times for what, times in received.items() if times > 1} == {}
    unknown = team.active().total()
    # Only what the killed worker had between its mark and its answer.
    assert unknown <= SMTP_CONNECTIONS_MAX
    assert 2 * PEOPLE - 2 * unknown <= len(received) <= 2 * PEOPLE
    redis = Redis.from_url(team.redis_uri)
    assert next(redis.scan_iter(f"{KEY_PREFIX}*"), None) is not None


def test_a_worker_that_is_told_to_end_leaves_nothing_unknown(team: Team) -> None:
    """It finishes its work; the next worker continues."""
    ending = worker(team.environment, "w1")
    team.start(scheduler(team.environment), ending)
    team.launch(FLOW, PEOPLE)
    team.until(lambda: len(team.mailbox.accepted) > 30)
    ending.end()
    assert "Traceback" not in ending.output()
    team.start(worker(team.environment, "w2"))
    team.until(team.is_completed)
    received = team.received()
    assert (len(received), set(received.values())) == (2 * PEOPLE, {1})


def test_message_that_no_worker_can_handle_becomes_a_dead_letter(team: Team) -> None:
    """Garbage, unknown tasks, vanished leads: each by itself, and the worker goes on."""
    team.start(worker(team.environment, "w1"))
    team.publish(SENDS, b"\xff\xfe not json", {"task": "send_email_task"})
    team.publish(SENDS, *job("send_email_task", lead_id="gone", campaign_id="c"))
    team.publish(RESUMES, *job("resume_lead_task", lead_id=""))
    team.publish(RESUMES, *job("a_task_of_tomorrow", lead_id="x"))
    team.publish(RESUMES, b"no headers", {})
    team.start(scheduler(team.environment))
    dead_letters: list[bytes] = []

    def all_came() -> bool:
        dead_letters.extend(team.dead_letters())
        return len(dead_letters) == 5

    team.until(all_came)
    team.launch(FLOW, 5)
    team.until(team.is_completed)
    assert len(team.received()) == 10


def test_a_message_that_keeps_coming_back_is_dead_lettered(team: Team) -> None:
    """Each worker that took it died, so at some point it is no longer delivered."""
    with Connection(team.broker_url) as connection, connection.channel() as channel:
        declare(channel)
    team.publish(SENDS, *job("send_email_task", lead_id="x", campaign_id="c"))
    taken = 0
    while not (dead_letters := team.dead_letters()):
        with Connection(team.broker_url) as connection, connection.channel() as channel:
            # Closed without an acknowledgement, as a worker's is when it is killed.
            taken += channel.basic_get(SENDS) is not None
        assert taken <= DELIVERIES_MAX + 1
    assert taken == DELIVERIES_MAX + 1
    assert b'"lead_id": "x"' in dead_letters[0]
