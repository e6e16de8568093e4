"""The world around the services: clock, crashes, broker, mail server; all decided by one seed.

A worker process is an `Incarnation`: it may crash at any write, its store calls may lose their
answers, it may freeze past its leases. What a dead one does next never reaches the world.
"""

import asyncio
import json
import random  # noqa: TID251 (chance is what this is about)
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from functions.flow.outcome import Deferred, Outcome, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.deliver import Delivery
from functions.service.ports import Job, MailConnection, ResumeJob, RunJob, SendJob
from functions.service.records import MessageChange, MessageState

TRACE_LINES_MAX = 4000
VISIBILITY_SECONDS = 40.0


class Crash(BaseException):
    """The process is gone: not an error anybody can handle."""


class AnswerLostError(ConnectionError):
    """The store's answer never came; the write may be done."""


@dataclass(slots=True)
class Incarnation:
    """One life of a worker process. `is_troubled`: its messages may end as unknown."""

    name: str
    is_dead: bool = False
    is_frozen: bool = False
    is_troubled: bool = False


_current: ContextVar[Incarnation | None] = ContextVar("incarnation", default=None)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line of the mail server's ledger, written before it answers."""

    tick: int
    message_id: str
    recipient: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances per opportunity; 0 in the calm that follows the storm."""

    crash: float = 0.0
    answer_lost: float = 0.0
    duplicate: float = 0.0
    drop: float = 0.0
    delay: float = 0.0
    reject: float = 0.0
    defer: float = 0.0
    lose_answer: float = 0.0
    stall: float = 0.0


CALM = Rates()


@dataclass
class World:
    """`tick` orders what happened; the trace is for people."""

    seed: int
    chance: random.Random = field(init=False)
    rates: Rates = CALM
    tick: int = 0
    trace: list[str] = field(default_factory=list)
    ledger: list[Accepted] = field(default_factory=list)
    marks: dict[str, list[tuple[int, Incarnation | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    acks: list[tuple[int, str, str]] = field(default_factory=list)
    lost_at_server: set[str] = field(default_factory=set)
    crashes: int = 0
    offset: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._began = datetime(2026, 3, 27, 8, 0, tzinfo=UTC) + timedelta(
            hours=self.chance.randrange(0, 72)
        )

    def now(self) -> datetime:
        return self._began + self.offset + timedelta(seconds=asyncio.get_running_loop().time())

    def log(self, words: str) -> None:
        self.tick += 1
        if len(self.trace) < TRACE_LINES_MAX:
            who = _current.get()
            name = who.name if who else "-"
            self.trace.append(f"{self.tick:5} {self.now():%d %H:%M:%S.%f} {name:10} {words}")

    def happens(self, rate: float) -> bool:
        return rate > 0 and self.chance.random() < rate

    def become(self, incarnation: Incarnation) -> None:
        """What this task and its children do from here on is done by that process."""
        _current.set(incarnation)

    def alive(self) -> None:
        """Raises Crash in a process that is dead already."""
        who = _current.get()
        if who is not None and who.is_dead:
            raise Crash

    def on_write(self, step: str) -> None:
        """The store's hook: before and after every driver write."""
        who = _current.get()
        if who is None:
            return
        self.alive()
        if who.is_frozen and ".renew" in step:
            raise AnswerLostError("frozen")
        if self.happens(self.rates.crash):
            who.is_dead = who.is_troubled = True
            self.crashes += 1
            self.log(f"CRASH {step}")
            raise Crash
        if step.startswith("after:") and self.happens(self.rates.answer_lost):
            who.is_troubled = True
            self.log(f"answer lost {step}")
            raise AnswerLostError(step)

    def saw_marks(self, changes: Sequence[MessageChange], applied: frozenset[str]) -> None:
        for change in changes:
            if change.key in applied and change.state is MessageState.SENDING:
                self.log(f"mark {change.key}")
                self.marks[change.key].append((self.tick, _current.get()))

    def ack(self, kind: str, name: str) -> None:
        self.log(f"acknowledged {kind} {name}")
        self.acks.append((self.tick, kind, name))


class SimTransport:
    """The mail server, as one worker sees it. The ledger is the world's."""

    connections_max = 3

    def __init__(self, world: World) -> None:
        self._world = world
        self._slots = asyncio.Semaphore(self.connections_max)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            yield self

    async def send(self, envelope: Envelope) -> Outcome:
        world = self._world
        world.alive()
        await asyncio.sleep(world.chance.uniform(0.001, 0.2))
        world.alive()
        rates = world.rates
        if world.happens(rates.reject):
            return Rejected(550, "no such user")
        if world.happens(rates.defer):
            return Deferred(421, "try again later")
        if world.happens(rates.lose_answer):
            world.lost_at_server.add(envelope.message_id)
            if world.chance.random() < 0.5:
                self._accept(envelope)
            return Unknown("connection lost after the content")
        self._accept(envelope)
        if world.happens(rates.stall):
            who = _current.get()
            assert who is not None
            who.is_frozen = who.is_troubled = True
            world.log(f"stall {envelope.message_id}")
            await asyncio.sleep(world.chance.uniform(30, 120))
            who.is_frozen = False
        world.alive()
        return Sent("250 ok")

    def _accept(self, envelope: Envelope) -> None:
        world = self._world
        world.log(f"accepted {envelope.message_id} {envelope.rcpt_to}")
        world.ledger.append(
            Accepted(world.tick, envelope.message_id, envelope.rcpt_to, world.now())
        )

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


class SimBroker:
    """Two queues that duplicate, drop, delay and reorder; shared by all workers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.queues: dict[str, list[tuple[float, Delivery]]] = {"send": [], "resume": []}
        self._numbers = 0

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        world = self._world
        world.alive()
        for job in jobs:
            if world.happens(world.rates.drop):
                world.log(f"dropped {job}")
                continue
            queue, body, delay_seconds = _on_the_wire(job)
            self._put(queue, body, delay_seconds)
            if world.happens(world.rates.duplicate):
                self._put(queue, body, delay_seconds + world.chance.uniform(0, 60))
        # A dispatch can fail after it did its work, as a write can.
        if world.happens(world.rates.answer_lost):
            raise AnswerLostError("dispatch")

    def _put(self, queue: str, body: str, delay_seconds: float) -> None:
        if self._world.happens(self._world.rates.delay):
            delay_seconds += self._world.chance.uniform(0, 30)
        self._numbers += 1
        at = asyncio.get_running_loop().time() + delay_seconds
        self.queues[queue].append((at, Delivery(f"d{self._numbers}", body)))

    async def ping(self) -> None: ...

    def put_garbage(self, queue: str, body: str) -> None:
        self._put(queue, body, 0)

    def take(self, queue: str, limit: int) -> list[Delivery]:
        """Up to `limit` visible deliveries, in any order; they come back unless `done`."""
        now = asyncio.get_running_loop().time()
        visible = [it for it in self.queues[queue] if it[0] <= now]
        self._world.chance.shuffle(visible)
        taken = visible[:limit]
        for it in taken:
            self.queues[queue].remove(it)
            again = replace(it[1], receive_count=it[1].receive_count + 1)
            if again.receive_count <= 5:
                self.queues[queue].append((now + VISIBILITY_SECONDS, again))
        return [it[1] for it in taken]

    def done(self, queue: str, delivery_ids: set[str]) -> None:
        self.queues[queue] = [
            it for it in self.queues[queue] if it[1].delivery_id not in delivery_ids
        ]

    def is_empty(self) -> bool:
        return not any(self.queues.values())

    def wipe(self) -> None:
        for queue in self.queues.values():
            queue.clear()


def _on_the_wire(job: Job) -> tuple[str, str, float]:
    match job:
        case SendJob():
            body = {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
                "node_id": job.node_id,
                "visit": job.visit,
                "attempt": job.attempt,
            }
            return "send", json.dumps(body), 0
        case ResumeJob():
            body = {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
                "node_id": job.node_id,
                "visit": job.visit,
            }
            return "resume", json.dumps(body), job.delay_seconds
        case RunJob():
            return "resume", json.dumps({"job_id": job.job_id}), 0


def message_id_of(key: str) -> str:
    """As functions.mail derives it from the send key, for senders at example.com."""
    return f"<{sha256(key.encode()).hexdigest()[:32]}@example.com>"
