"""The dead letters of a real RabbitMQ: what its adapter guarantees beyond the contract."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from amqp import Message
from kombu import Connection

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import CLEARED_MAX, Cleared, DeadLetterPage
from harness.servers.rabbitmq import RabbitServer
from local.team.dead_letters import LOCK, RabbitDeadLetters
from local.team.queues import DEAD_LETTERS, EXCHANGE, RESUMES, SENDS
from tests.adapters.dead_letter_scenes import RabbitScene

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

T = TypeVar("T")
DIED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).replace(tzinfo=None)
"""A time as the client gives it: UTC, without a time zone."""
DEATH = {"queue": SENDS, "reason": "rejected", "time": DIED, "count": 1}


@pytest.fixture
def broker_url(rabbit: RabbitServer, request: pytest.FixtureRequest) -> Iterator[str]:
    yield rabbit.add_vhost(request.node.name)
    rabbit.delete_vhost(request.node.name)


@pytest.fixture
def scene(broker_url: str) -> RabbitScene:
    return RabbitScene(broker_url)


def ask(scene: RabbitScene, question: Callable[[RabbitDeadLetters], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(question(scene.dead_letters))


def listed(scene: RabbitScene) -> DeadLetterPage:
    return ask(scene, lambda it: it.page(after=None, limit=100))


def test_dead_letters_keep_their_order_when_looked_at(scene: RabbitScene) -> None:
    """The oldest are dropped when there are too many."""
    bodies = [b"%d" % number for number in range(300)]
    with scene.confirming() as channel:
        for body in bodies:
            channel.basic_publish(Message(body), exchange=EXCHANGE, routing_key=SENDS)
    scene.reject(SENDS, len(bodies))
    for _ in range(3):
        assert listed(scene).total == len(bodies)
    assert [bytes(it.body) for it in scene.messages(DEAD_LETTERS)] == bodies


def test_a_requeued_message_is_unchanged_and_starts_again(scene: RabbitScene) -> None:
    """The same body, byte for byte, the sender's headers and properties; but none of the broker's
    counts, and no copies to other queues.
    """
    headers: dict[str, object] = {
        "task": "send_email_task",
        "id": "7",
        "eta": "2026-11-24T12:00:00",
        "CC": [RESUMES],
    }
    scene.publish(
        SENDS,
        b"\xff\x00 {}",
        headers,
        content_type="application/json",
        content_encoding="latin-1",
        correlation_id="7",
        delivery_mode=2,
        priority=1,
        timestamp=1_795_521_600,
    )
    assert len(scene.messages(RESUMES)) == 1, "the copy that its sender wanted"
    scene.reject(SENDS, 1)
    (dead_letter,) = listed(scene).dead_letters
    assert (dead_letter.kind, dead_letter.source, dead_letter.reason) == ("send", SENDS, "rejected")
    assert ask(scene, lambda it: it.requeue(None)) == Cleared(1, 0)
    assert scene.messages(RESUMES) == []
    (message,) = scene.messages(SENDS)
    del headers["CC"]
    assert bytes(message.body) == b"\xff\x00 {}"
    assert message.properties == {
        "content_type": "application/json",
        "content_encoding": "latin-1",
        "application_headers": {**headers, "x-delivery-count": 0},
        "correlation_id": "7",
        "delivery_mode": 2,
        "priority": 1,
        "timestamp": 1_795_521_600,
    }


def test_dead_letters_that_came_from_nowhere_stay(scene: RabbitScene) -> None:
    """They are named, and do not block the letters after them."""
    lost: list[dict[str, object]] = [
        {},
        {"x-death": "nonsense"},
        {"x-death": [{"queue": "a_queue_of_yesterday", "time": DIED}]},
        {"x-death": [{"queue": DEAD_LETTERS}]},
    ]
    for number, headers in enumerate(lost):
        scene.publish(DEAD_LETTERS, b"lost %d" % number, headers)
        scene.publish(DEAD_LETTERS, b"good %d" % number, {"x-death": [DEATH]})
    done = ask(scene, lambda it: it.requeue(None))
    assert (done.count, done.left, len(done.stuck)) == (4, 4, 4)
    assert [bytes(it.body) for it in scene.messages(SENDS)] == [b"good %d" % it for it in range(4)]
    page = listed(scene)
    assert {it.dead_letter_id for it in page.dead_letters} == set(done.stuck)
    assert ask(scene, lambda it: it.drop(frozenset(done.stuck))) == Cleared(4, 0)


@pytest.mark.parametrize(
    ("timestamp", "at"), [(1_795_521_600, DIED.replace(tzinfo=UTC)), (2**60, None)]
)
def test_a_dead_letter_without_a_death_has_its_senders_time(
    scene: RabbitScene, timestamp: int, at: datetime | None
) -> None:
    """If it is a valid time."""
    scene.publish(DEAD_LETTERS, b"x", {}, timestamp=timestamp)
    (dead_letter,) = listed(scene).dead_letters
    assert (dead_letter.at, dead_letter.source, dead_letter.reason) == (at, None, None)


def test_dead_letters_alike_in_everything_are_one_with_copies(scene: RabbitScene) -> None:
    """They cannot be told apart, so both go. Another time of death makes another letter."""
    for death in (DEATH, DEATH, {**DEATH, "time": DIED.replace(minute=1)}):
        scene.publish(DEAD_LETTERS, b"x", {"x-death": [death]})
    twice, once = listed(scene).dead_letters
    assert (twice.copies, once.copies) == (2, 1)
    opened = ask(scene, lambda it: it.find(twice.dead_letter_id))
    assert opened is not None
    assert opened.dead_letter == twice
    assert ask(scene, lambda it: it.requeue(frozenset([twice.dead_letter_id]))) == Cleared(2, 1)
    assert listed(scene).dead_letters == [once]


def test_a_dead_letter_that_its_queue_refuses_is_not_lost(scene: RabbitScene) -> None:
    """It is removed only after the broker has confirmed it in its queue."""
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with scene.confirming() as channel:
        channel.queue_declare("full", durable=True, auto_delete=False, arguments=full)
        channel.basic_publish(Message(b"first"), routing_key="full")
    scene.publish(DEAD_LETTERS, b"second", {"x-death": [{**DEATH, "queue": "full"}]})
    with pytest.raises(BrokerAwayError):
        ask(scene, lambda it: it.requeue(None))
    assert listed(scene).total == 1


def test_operators_take_turns(broker_url: str, scene: RabbitScene) -> None:
    """An operator who waits too long gets an error; a turn ends with its connection."""
    scene.publish(DEAD_LETTERS, b"x", {"x-death": [DEATH]})
    hasty = RabbitDeadLetters(broker_url, patience_seconds=0.1)
    with Connection(broker_url) as connection:
        connection.channel().queue_declare(LOCK, exclusive=True)
        with pytest.raises(BrokerAwayError, match="somebody else"):
            asyncio.run(hasty.drop(None))
    assert asyncio.run(hasty.drop(None)) == Cleared(1, 0)


def test_one_call_clears_a_bounded_number_and_reports_the_rest(scene: RabbitScene) -> None:
    """Bounded, so that it ends."""
    with scene.confirming() as channel:
        for number in range(CLEARED_MAX + 1):
            message = Message(b"%d" % number, application_headers={"x-death": [DEATH]})
            channel.basic_publish(message, exchange=DEAD_LETTERS)
    assert ask(scene, lambda it: it.requeue(None)) == Cleared(CLEARED_MAX, 1)
    assert ask(scene, lambda it: it.requeue(None)) == Cleared(1, 0)
    bodies = [int(bytes(it.body)) for it in scene.messages(SENDS)]
    assert bodies == list(range(CLEARED_MAX + 1))
