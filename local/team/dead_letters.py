"""The dead letters of RabbitMQ: listed without removing them, requeued, dropped.

Listing takes dead letters without acknowledging them; when its channel closes, the broker puts each
back in its place (a classic queue does). Invariant: a dead letter is acknowledged only after the
broker has confirmed its copy in the queue it came from. Across all processes, one operator works at
a time: each call owns an exclusive queue that ends with its connection. Such calls are rare, so
each has its own connection, in a thread off the event loop.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

from amqp import Message
from amqp.exceptions import MessageNacked, ResourceLocked
from kombu import Connection

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import (
    CLEARED_MAX,
    NAMED_MAX,
    Cleared,
    DeadLetter,
    DeadLetterPage,
    JobNames,
    OpenedDeadLetter,
    Place,
    document_of,
    name_of,
    opened,
    page_of,
)
from local.team.queues import DEAD_LETTERS, DEAD_LETTERS_MAX, declare

CONNECT_SECONDS_MAX = 5.0
WORK_SECONDS_MAX = 10.0
"""When this time is over, a call stops where it is and reports how many dead letters are left."""
PATIENCE_SECONDS = 5.0
"""How long a call waits for another operator."""
ANSWER_SECONDS_MAX = 25.0
"""A broker that does not answer within this time counts as down."""
LOCK = "dead_letters.operator"
LOCK_RETRY_SECONDS = 0.05

KINDS = {
    "send_email_task": "send",
    "resume_lead_task": "resume",
    "resume_condition_task": "resume",
    "run_job_task": "run_job",
}
FORGOTTEN = frozenset({"x-death", "x-delivery-count", "x-acquired-count", "cc", "bcc"})
FORGOTTEN_BEGINNINGS = ("x-first-death-", "x-last-death-")
"""Headers to remove: those of the broker, so that its limits count from zero again; CC and BCC,
because they would send copies elsewhere.
"""
KEPT = frozenset(
    {
        *("content_type", "content_encoding", "delivery_mode", "priority", "correlation_id"),
        *("reply_to", "message_id", "timestamp", "type", "app_id"),
    }
)
"""Properties to remove: the broker refuses another user's `user_id`, and an `expiration` has lost
its meaning.
"""

T = TypeVar("T")


class RabbitDeadLetters:
    """Implements the `DeadLetters` port. Bound to no event loop."""

    def __init__(self, broker_url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._broker_url = broker_url
        self._patience_seconds = patience_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dead-letters")

    async def page(self, *, after: Place | None, limit: int) -> DeadLetterPage:
        def look(connection: Any) -> DeadLetterPage:
            with connection.channel() as channel:
                dead_letters, found = page_of(
                    map(dead_letter_of, _dead_letters(channel)), after, limit
                )
            total = _count(connection)
            return DeadLetterPage(dead_letters, total, unseen=max(0, total - found))

        return await self._with_connection(look)

    async def find(self, dead_letter_id: str) -> OpenedDeadLetter | None:
        def look(connection: Any) -> OpenedDeadLetter | None:
            body = b""
            found: list[DeadLetter] = []
            with connection.channel() as channel:
                for message in _dead_letters(channel):
                    if id_of(message) == dead_letter_id:
                        body = _body(message)
                        found.append(dead_letter_of(message))
            dead_letters, _ = page_of(found, None, 1)
            return opened(dead_letters[0], body) if dead_letters else None

        return await self._with_connection(look)

    async def requeue(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return await self._with_connection(lambda it: _clear(it, dead_letter_ids, _requeue))

    async def drop(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return await self._with_connection(lambda it: _clear(it, dead_letter_ids, _let_go))

    async def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _with_connection(self, use: Callable[[Any], T]) -> T:
        """Raises BrokerAwayError."""

        def used() -> T:
            with self._connection() as connection:
                return use(connection)

        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await asyncio.get_running_loop().run_in_executor(self._thread, used)
        except TimeoutError as problem:
            raise BrokerAwayError("RabbitMQ does not answer") from problem

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = Connection(
            self._broker_url,
            connect_timeout=CONNECT_SECONDS_MAX,
            heartbeat=0,
            transport_options={"confirm_publish": True},
        )
        try:
            connection.connect()
            self._lock(connection)
            with connection.channel() as channel:
                declare(channel)
            yield connection
        except (MessageNacked, *connection.connection_errors) as problem:
            raise BrokerAwayError(f"RabbitMQ is down: {problem}") from problem
        finally:
            connection.release()

    def _lock(self, connection: Any) -> None:
        """Own the exclusive queue until the connection ends."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                connection.channel().queue_declare(LOCK, exclusive=True)
            except ResourceLocked:
                if time.monotonic() > deadline:
                    raise BrokerAwayError("somebody else is working on the dead letters") from None
                time.sleep(LOCK_RETRY_SECONDS)
            else:
                return


def _dead_letters(channel: Any) -> Iterator[Any]:
    """The present dead letters, oldest first, without acknowledging them; bounded in time."""
    # The raw bytes, so that an unreadable body is requeued unchanged.
    channel.auto_decode = False
    count = channel.queue_declare(DEAD_LETTERS, passive=True).message_count
    deadline = time.monotonic() + WORK_SECONDS_MAX
    for _ in range(min(count, DEAD_LETTERS_MAX)):
        message = channel.basic_get(DEAD_LETTERS)
        if message is None:
            return
        yield message
        if time.monotonic() > deadline:
            return


def _count(connection: Any) -> int:
    """Counts them while we hold none."""
    with connection.channel() as channel:
        count: int = channel.queue_declare(DEAD_LETTERS, passive=True).message_count
        return count


def _clear(
    connection: Any, wanted: frozenset[str] | None, take: Callable[[Any, Any], bool]
) -> Cleared:
    """`take` handles one dead letter; it returns False if the letter must stay."""
    count = 0
    found: set[str] = set()
    stuck: dict[str, None] = {}
    with connection.channel() as channel:
        for message in _dead_letters(channel):
            dead_letter_id = id_of(message)
            if wanted is not None and dead_letter_id not in wanted:
                continue
            found.add(dead_letter_id)
            if not take(channel, message):
                stuck[dead_letter_id] = None
                continue
            channel.basic_ack(message.delivery_tag)
            count += 1
            if count == CLEARED_MAX:
                break
    missing = sorted((wanted or frozenset()) - found)
    return Cleared(count, _count(connection), tuple(missing)[:NAMED_MAX], tuple(stuck)[:NAMED_MAX])


def _let_go(_channel: Any, _message: Any) -> bool:
    return True


def _requeue(channel: Any, message: Any) -> bool:
    """Returns once the broker has confirmed it; False if no queue would take it."""
    source = _death(_headers(message)).get("queue")
    if not isinstance(source, str) or source == DEAD_LETTERS:
        return False
    returned: list[object] = []

    def note(*arguments: object) -> None:
        returned.append(arguments)

    again = Message(
        _body(message),
        application_headers={
            key: it for key, it in _headers(message).items() if not _is_forgotten(key)
        },
        **{key: it for key, it in message.properties.items() if key in KEPT},
    )
    channel.events["basic_return"].add(note)
    try:
        # Through the default exchange, directly to the queue, so that no binding can be missing.
        channel.basic_publish(
            again,
            exchange="",
            routing_key=source,
            mandatory=True,
            confirm_timeout=WORK_SECONDS_MAX,
        )
    finally:
        channel.events["basic_return"].discard(note)
    return not returned


def _is_forgotten(header: object) -> bool:
    name = str(header).lower()
    return name in FORGOTTEN or name.startswith(FORGOTTEN_BEGINNINGS)


def dead_letter_of(message: Any) -> DeadLetter:
    """Never raises, because a dead letter may hold anything."""
    headers = _headers(message)
    death = _death(headers)
    body = _body(message)
    task_name = name_of(headers.get("task"))
    return DeadLetter(
        dead_letter_id=id_of(message),
        source=name_of(death.get("queue")),
        reason=name_of(death.get("reason")),
        at=_instant(death.get("time")) or _instant(message.properties.get("timestamp")),
        size_bytes=len(body),
        kind=KINDS.get(task_name, task_name) if task_name else None,
        names=JobNames.of(_arguments(body)),
    )


def id_of(message: Any) -> str:
    """A digest that identifies a dead letter. A task's id alone would not suffice: an unreadable
    message has none, and a job that died twice has the same id twice.
    """
    headers = _headers(message)
    parts = [_body(message), *(repr(headers.get(it)).encode() for it in ("id", "task", "x-death"))]
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:24]


def _arguments(body: bytes) -> object:
    """The task's arguments by name (`local.team.batches.job_of`), or None."""
    match document_of(body):
        case [[], dict() as arguments, *_] | [[dict() as arguments], _, *_]:
            return arguments
    return None


def _death(headers: Mapping[str, object]) -> Mapping[str, object]:
    """The latest death, which the broker puts first."""
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else None
    return first if isinstance(first, dict) else {}


def _instant(value: object) -> datetime | None:
    """The client returns times in headers as naive UTC, and a message's own time as seconds."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _headers(message: Any) -> dict[str, object]:
    headers = message.properties.get("application_headers")
    return headers if isinstance(headers, dict) else {}


def _body(message: Any) -> bytes:
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)
