"""A campaign through RabbitMQ, Celery workers and schedulers, into a real mailbox."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from kombu import Connection
from redis import Redis

from functions.flow.lead import State
from functions.runtime import Composition
from functions.service.contact_rows import Row
from functions.service.records import CampaignStatus
from functions.service.services import Services
from functions.service.set_up_campaign import NewCampaign, set_up_campaign
from local.inbox.server import Inbox
from local.team.queues import DEAD_LETTERS, DELIVERIES_MAX, EXCHANGE, RESUMES, SENDS, declare
from local.team.results import KEY_PREFIX
from local.team.settings import TeamSettings
from local.team.wiring import compose
from tests.fakes.scenes import email
from tests.servers.rabbitmq import RabbitServer
from tests.servers.redis import RedisServer
from tests.team.stack import CeleryProcess, environment, scheduler, worker

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(180)]

T = TypeVar("T")

WAIT = {"mode": "duration", "amount": 1, "unit": "seconds"}
FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        email("one"),
        {"id": "wait", "type": "wait", "configuration": WAIT},
        email("two"),
    ],
    "connections": [
        {"from_node": "start", "to_node": "one"},
        {"from_node": "one", "to_node": "wait"},
        {"from_node": "wait", "to_node": "two"},
    ],
}
PEOPLE = 300
SMTP_CONNECTIONS_MAX = 4
PATIENCE_SECONDS = 90.0


@pytest.fixture(scope="module")
def rabbit() -> Iterator[RabbitServer]:
    with RabbitServer() as server:
        yield server


@pytest.fixture
def team(rabbit: RabbitServer, tmp_path: Path) -> Iterator["Team"]:
    with RedisServer() as redis:
        made = Team(tmp_path, rabbit.add_vhost(tmp_path.name), redis)
        try:
            yield made
        finally:
            made.close()
    rabbit.delete_vhost(tmp_path.name)


class Team:
    """A stack with nothing started but its servers."""

    def __init__(self, folder: Path, broker_url: str, redis: RedisServer) -> None:
        self.broker_url = broker_url
        self.redis = redis
        self.inbox = Inbox(folder / "inbox.db")
        self.inbox.start()
        self.environment = environment(
            store_uri=f"sqlite:///{folder / 'store.db'}",
            broker_url=broker_url,
            redis_url=redis.uri,
            smtp_uri=f"smtp://127.0.0.1:{self.inbox.port}",
            LEAD_LEASE_SECONDS="4",
            SEND_LEASE_SECONDS="3",
            SMTP_CONNECTIONS_MAX=str(SMTP_CONNECTIONS_MAX),
        )
        self._children: list[CeleryProcess] = []
        self.ask(lambda services: services.store.migrate())

    def start(self, child: CeleryProcess) -> CeleryProcess:
        self._children.append(child)
        child.start()
        return child

    def ask(self, question: Callable[[Services], Awaitable[T]]) -> T:
        """Of services of our own, on a loop of its own."""

        async def asked() -> T:
            settings = TeamSettings.read(self.environment)
            composition = Composition(partial(compose, settings))
            try:
                return await question(await composition.services())
            finally:
                await composition.close()

        return asyncio.run(asked())

    def launch(self, people: int) -> None:
        rows = [Row(number, f"p{number}@example.com", {}) for number in range(people)]
        wanted = NewCampaign("c", "c", FLOW, rows, launch=True)
        self.ask(lambda services: set_up_campaign(services, wanted))

    def is_completed(self) -> bool:
        (campaign,) = self.ask(lambda services: services.store.campaigns.find(["c"]))
        return campaign.status is CampaignStatus.COMPLETED

    def received(self) -> Counter[tuple[str, str]]:
        """How often each recipient got each subject."""
        return Counter((it.rcpt_to[0], it.subject) for it in self.inbox.messages())

    def publish(self, queue: str, body: bytes, headers: dict[str, object]) -> None:
        with Connection(self.broker_url) as connection, connection.channel() as channel:
            message = channel.prepare_message(
                body, content_type="application/json", content_encoding="utf-8", headers=headers
            )
            channel.basic_publish(message, exchange=EXCHANGE, routing_key=queue)

    def dead_letters(self) -> list[bytes]:
        """Taken out of their queue."""
        found = []
        with Connection(self.broker_url) as connection, connection.channel() as channel:
            while (message := channel.basic_get(DEAD_LETTERS, no_ack=True)) is not None:
                body = message.body
                found.append(body.encode() if isinstance(body, str) else bytes(body))
        return found

    def active(self) -> list[State]:
        """The states of the leads that have not ended."""
        leads = self.ask(
            lambda services: services.store.leads.active_page("c", after_seq=0, limit=999)
        )
        return [it.lead.state for it in leads]

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            said = "\n".join(child.words()[-3000:] for child in self._children)
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def close(self) -> None:
        for child in self._children:
            child.close()
        self.inbox.stop()


def job(task: str, **arguments: object) -> tuple[bytes, dict[str, object]]:
    headers: dict[str, object] = {"lang": "py", "task": task, "id": f"id-of-{task}"}
    return json.dumps([[], arguments, {}]).encode(), headers


def test_everybody_gets_every_mail_once_though_a_worker_dies(team: Team) -> None:
    """Two schedulers tick, one worker is killed mid-way and another joins."""
    team.start(scheduler(team.environment))
    team.start(scheduler(team.environment))
    doomed = team.start(worker(team.environment, "w1"))
    team.start(worker(team.environment, "w2"))
    team.launch(PEOPLE)
    team.until(lambda: team.inbox.ledger.count() > 30)
    doomed.kill()
    team.start(worker(team.environment, "w3"))
    # All have ended, but those that wait for a person.
    team.until(lambda: team.inbox.ledger.count() > PEOPLE and set(team.active()) <= {State.UNKNOWN})
    received = team.received()
    assert {what: times for what, times in received.items() if times > 1} == {}
    unknown = len(team.active())
    # Only what the killed worker had between its mark and its answer.
    assert unknown <= SMTP_CONNECTIONS_MAX
    assert 2 * PEOPLE - 2 * unknown <= len(received) <= 2 * PEOPLE
    redis = Redis.from_url(team.redis.uri)
    assert next(redis.scan_iter(f"{KEY_PREFIX}*"), None) is not None


def test_a_worker_that_is_told_to_end_leaves_nothing_unknown(team: Team) -> None:
    """It finishes what it has begun; the next one goes on."""
    team.start(scheduler(team.environment))
    ending = team.start(worker(team.environment, "w1"))
    team.launch(PEOPLE)
    team.until(lambda: team.inbox.ledger.count() > 30)
    ending.end()
    assert "Traceback" not in ending.words()
    team.start(worker(team.environment, "w2"))
    team.until(team.is_completed)
    received = team.received()
    assert (len(received), set(received.values())) == (2 * PEOPLE, {1})


def test_what_no_worker_can_use_ends_as_dead_letter(team: Team) -> None:
    """Garbage, unknown tasks, vanished leads: each by itself, and the worker goes on."""
    team.start(worker(team.environment, "w1"))
    team.publish(SENDS, b"\xff\xfe not json", {"task": "send_email_task"})
    team.publish(SENDS, *job("send_email_task", lead_id="gone", campaign_id="c"))
    team.publish(RESUMES, *job("resume_lead_task", lead_id=""))
    team.publish(RESUMES, *job("a_task_of_tomorrow", lead_id="x"))
    team.publish(RESUMES, b"no headers", {})
    team.start(scheduler(team.environment))
    letters: list[bytes] = []

    def all_came() -> bool:
        letters.extend(team.dead_letters())
        return len(letters) == 5

    team.until(all_came)
    team.launch(5)
    team.until(team.is_completed)
    assert len(team.received()) == 10


def test_a_message_that_keeps_coming_back_is_dead_lettered(team: Team) -> None:
    """Whoever took it died each time: at some point nobody gets it any more."""
    with Connection(team.broker_url) as connection, connection.channel() as channel:
        declare(channel)
    team.publish(SENDS, *job("send_email_task", lead_id="x", campaign_id="c"))
    taken = 0
    while not (letters := team.dead_letters()):
        with Connection(team.broker_url) as connection, connection.channel() as channel:
            # Closed without an acknowledgement, as a worker's is when it is killed.
            taken += channel.basic_get(SENDS) is not None
        assert taken <= DELIVERIES_MAX + 1
    assert taken == DELIVERIES_MAX + 1
    assert b'"lead_id": "x"' in letters[0]
