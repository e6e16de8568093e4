"""The broker and the mail server, as unreliable as the real ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256

from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from functions.service.schedule.consume import Delivery
from functions.service.sending.ports import MailConnection
from harness.simulation.loop import OVERSHOOT_SECONDS
from harness.simulation.relay import BUSY, TOO_FAST, Relay
from harness.simulation.world import (
    Accepted,
    AnswerLostError,
    Crash,
    Process,
    World,
    as_of_key,
)

VISIBILITY_SECONDS = 60.0
RECEIVES_MAX = 5
"""After this many deliveries, a message becomes a dead letter."""


REFUSALS = (
    Deferred(451, "try again later"),
    Deferred(0, "connection lost at RCPT", concern=Concern.CONNECTION),
    Deferred(450, "too much mail", concern=Concern.RATE),
    Rejected(554, "sender rejected", concern=Concern.SENDING_ACCOUNT),
    Rejected(554, "rejected", concern=Concern.UNCLEAR),
)


ABOUT_THE_MESSAGE = (Concern.RECIPIENT, Concern.CONNECTION, Concern.UNCLEAR)
"""A connection that breaks off counts as well, unless it was none."""


@dataclass(slots=True)
class _Queued:
    visible_at: float
    delivery: Delivery


@dataclass(slots=True)
class _Queue:
    items: list[_Queued] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Broker:
    """Two queues that duplicate, drop, delay and reorder messages; all processes share them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queues = {"send": _Queue(), "resume": _Queue()}
        self._count = 0
        self.dead_letters = 0

    def put(self, queue: str, body: str, delay_seconds: float = 0) -> None:
        if self._world.happens(self._world.rates.delay):
            delay_seconds += self._world.chance.uniform(0, 30)
        self._count += 1
        at = asyncio.get_running_loop().time() + delay_seconds
        self._queues[queue].items.append(_Queued(at, Delivery(f"d{self._count}", body)))
        self._queues[queue].news.set()

    async def take(self, queue: str, limit: int) -> list[Delivery]:
        """Up to `limit` visible deliveries, in any order; waits until there is one. They come back
        after a while unless they are `done`.
        """
        loop = asyncio.get_running_loop()
        there = self._queues[queue]
        while True:
            visible = [it for it in there.items if it.visible_at <= loop.time()]
            if visible:
                break
            there.news.clear()
            earliest = min((it.visible_at for it in there.items), default=None)
            # A timer that is nearer than the loop can tell would fire without any time passing.
            delay = None if earliest is None else max(earliest - loop.time(), OVERSHOOT_SECONDS)
            try:
                await asyncio.wait_for(there.news.wait(), delay)
            except TimeoutError:
                continue
        self._world.chance.shuffle(visible)
        taken = []
        for it in visible[:limit]:
            it.visible_at = loop.time() + VISIBILITY_SECONDS
            it.delivery = replace(it.delivery, receive_count=it.delivery.receive_count + 1)
            if it.delivery.receive_count > RECEIVES_MAX + 1:
                there.items.remove(it)
                self.dead_letters += 1
            else:
                taken.append(it.delivery)
        return taken

    def done(self, queue: str, delivery_ids: set[str]) -> None:
        there = self._queues[queue]
        there.items = [it for it in there.items if it.delivery.delivery_id not in delivery_ids]

    def wipe(self) -> None:
        self._world.log("the broker is wiped")
        for queue in self._queues.values():
            queue.items.clear()

    @property
    def is_empty(self) -> bool:
        return not any(queue.items for queue in self._queues.values())


class Dispatcher:
    """One process's connection to the broker."""

    def __init__(self, broker: Broker, process: Process) -> None:
        self._broker = broker
        self._process = process

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        world, chance = self._process.world, self._process.world.chance
        await self._process.thawed()
        # A dispatch can fail before, during or after its work.
        fails_at = chance.randint(0, len(jobs)) if world.happens(world.rates.dispatch_fails) else -1
        for number, job in enumerate(jobs):
            if number == fails_at:
                break
            queue, body, delay_seconds = _on_the_wire(job)
            if world.happens(world.rates.drop):
                world.log(f"dropped {body}")
                continue
            self._broker.put(queue, body, delay_seconds)
            if world.happens(world.rates.duplicate):
                self._broker.put(queue, body, delay_seconds + chance.uniform(0, 60))
        if fails_at >= 0:
            world.log("a dispatch failed")
            raise AnswerLostError("dispatch")

    async def ping(self) -> None:
        await self._process.thawed()

    async def close(self) -> None:
        """Nothing is open."""


def _on_the_wire(job: Job) -> tuple[str, str, float]:
    """(queue, body, delay in seconds), as the SQS dispatcher writes it."""
    match job:
        case SendJob():
            send: dict[str, object] = {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
                "node_id": job.node_id,
                "visit": job.visit,
                "attempt": job.resend_number,
            }
            return "send", json.dumps(send), 0
        case ResumeJob():
            resume: dict[str, object] = {"lead_id": job.lead_id, "campaign_id": job.campaign_id}
            if job.node_id is not None:
                resume |= {"node_id": job.node_id, "visit": job.visit}
            return "resume", json.dumps(resume), job.delay_seconds
        case RunJob():
            return "resume", json.dumps({"job_id": job.job_id}), 0


class MailTransport:
    """One process's connection to the mail server. The ledger belongs to the world."""

    def __init__(self, process: Process, relay: Relay | None = None) -> None:
        """`relay`: what limits mail; None: nothing does."""
        self._process = process
        self._relay = relay
        self.connections_max = process.world.chance.choice([1, 2, 4])
        process.connections_max = self.connections_max
        self.connections_limit = self.connections_max
        self.connections_working = 0
        self.message_seconds = 0.1
        self._slots = asyncio.Semaphore(self.connections_max)

    def limit_to(self, connections: int) -> None:
        self.connections_limit = connections

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            connection = _Connection(self, self._process, self._relay)
            try:
                yield connection
            finally:
                if connection.is_open and self._relay is not None:
                    self._relay.open -= 1
                    self.connections_working -= 1

    async def send(self, envelope: Envelope) -> Outcome:
        process, world = self._process, self._process.world
        await process.thawed()
        await asyncio.sleep(world.chance.uniform(0.001, 0.2))
        if process.is_dead:
            # Its last bytes may have reached the server.
            if world.chance.random() < 0.5:
                self._accept(envelope)
            raise Crash
        outcome = await self._answer(envelope)
        if self._relay is not None and not isinstance(outcome, Sent | Unknown):
            self._relay.counted[as_of_key(envelope.message_id)] += (
                outcome.concern in ABOUT_THE_MESSAGE
            )
        return outcome

    async def _answer(self, envelope: Envelope) -> Outcome:
        process, world = self._process, self._process.world
        rates = world.rates
        loop = asyncio.get_running_loop()
        if self._relay is not None and not self._relay.takes(loop.time()):
            return TOO_FAST
        if _is_bad_address(envelope.rcpt_to):
            return Rejected(550, "no such user")
        if world.happens(rates.mail_defer):
            return world.chance.choice(REFUSALS)
        if world.happens(rates.mail_lost):
            world.trouble("mail answer lost", process, as_of_key(envelope.message_id))
            if world.chance.random() < 0.5:
                self._accept(envelope)
            return Unknown("connection lost after the content")
        if world.happens(rates.mail_slow):
            await asyncio.sleep(world.chance.uniform(10, 90))
        if world.happens(rates.mail_freeze):
            process.freeze(world.chance.uniform(5, 120))
            if world.chance.random() < 0.5:
                await process.thawed()
        if process.is_dead:
            raise Crash
        self._accept(envelope)
        await process.thawed()
        return Sent("250 ok")

    def _accept(self, envelope: Envelope) -> None:
        world = self._process.world
        world.log(f"accepted {as_of_key(envelope.message_id)} for {envelope.rcpt_to}")
        world.ledger.append(
            Accepted(world.tick, as_of_key(envelope.message_id), envelope.rcpt_to, world.now())
        )
        world.mail.set()

    async def ping(self) -> None: ...

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        return None

    async def close(self) -> None: ...


class _Connection:
    """Of a process; a relay counts it until its slot is left."""

    def __init__(self, transport: MailTransport, process: Process, relay: Relay | None) -> None:
        self._transport = transport
        self._process = process
        self._relay = relay
        self.is_open = False

    async def open(self) -> Deferred | None:
        process, world = self._process, self._process.world
        if world.happens(world.rates.mail_defer / 4):
            await process.thawed()
            return Deferred(0, "no connection", Phase.CONNECT, Concern.CONNECTION)
        if self._relay is not None and not self.is_open:
            if not self._relay.opens():
                await process.thawed()
                return BUSY
            self.is_open = True
            self._transport.connections_working += 1
        return None

    async def send(self, envelope: Envelope) -> Outcome:
        return await self._transport.send(envelope)


def _is_bad_address(address: str) -> bool:
    return sha256(address.encode()).digest()[0] < 16
