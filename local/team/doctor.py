"""Everything the team's stack depends on, looked at once and at the same time.

Role: read only, but for the store's and Redis' own test keys; no mail is sent and no queue is
declared. Each look is bounded in time, and one that fails never hides the others; the report is
redacted as a whole, since errors like to quote addresses.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import aiosmtplib
import dns.asyncresolver
from amqp.exceptions import AccessRefused, NotAllowed
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from functions.mail.address import domain_of
from functions.service.services import Services
from functions.settings import name_and_address
from local.team.checks import CHECK_SECONDS_MAX, Check, State, look_at, said
from local.team.depths import Depth, read_depths
from local.team.heartbeats import SweepBeat, WorkerBeat, read_sweep, read_workers
from local.team.queues import DEAD_LETTERS, WORK_QUEUES
from local.team.redaction import Redactor
from local.team.sender_dns import check_sender, system_resolver
from local.team.settings import TeamSettings

SOCKET_SECONDS_MAX = 3.0
CLOCK_SECONDS_MAX = 2.0
SWEEP_SECONDS_MAX = 5.0


_MEND = {
    "settings": "Correct these in .env; .env.example explains each.",
    "store": "See that STORE_URI is right and its server runs (`docker compose logs mongodb`).",
    "clock": "Set the clocks of all machines by NTP; waits are timed by the store's.",
    "smtp": "See that SMTP_URI is right and that its port can be reached from here; leads wait "
    "until it answers.",
    "broker": "See that BROKER_URL is right and RabbitMQ runs (`docker compose logs rabbitmq`); "
    "leads wait in the store until it does.",
    "results": "See that REDIS_URL is right and Redis runs (`docker compose logs redis`).",
    "sweep": "Start the scheduler and a worker (`docker compose up -d scheduler worker`).",
    "workers": "Start a worker (`docker compose up -d worker`), or read why it ended "
    "(`docker compose logs worker`).",
}


_NEEDS = {"store": "the store does not answer", "results": "Redis does not answer"}


class ServicesSource(Protocol):
    async def services(self) -> Services: ...


MakeResolver = Callable[[], dns.asyncresolver.Resolver]


@dataclass(slots=True)
class Examination:
    """The checks, in an order that is always the same; and what was seen on the way, None where
    nobody answered."""

    checks: list[Check] = field(default_factory=list)
    queues: list[Depth] | None = None
    workers: list[WorkerBeat] | None = None
    sweep: SweepBeat | None = None


async def diagnose(
    settings: TeamSettings, source: ServicesSource, make_resolver: MakeResolver = system_resolver
) -> list[Check]:
    """Takes `CHECK_SECONDS_MAX` and a little at most."""
    return (await examine(settings, source, partial(sender, settings, make_resolver))).checks


async def examine(
    settings: TeamSettings,
    source: ServicesSource,
    sender_checks: Callable[[], Awaitable[list[Check]]],
) -> Examination:
    """As `diagnose`, and more of it. `sender_checks`: what the DNS says, which changes slowly."""
    seen = Examination()
    groups = await asyncio.gather(
        _services(source),
        _broker(settings, seen),
        _redis(settings, source, seen),
        sender_checks(),
    )
    redactor = Redactor(settings.secrets())
    seen.checks = [
        replace(it, words=redactor.text(it.words), mend=redactor.text(it.mend))
        for group in groups
        for it in group
    ]
    return seen


async def sender(settings: TeamSettings, make_resolver: MakeResolver) -> list[Check]:
    """What the DNS says of the domain that mail is sent from."""
    _, address = name_and_address(settings.sender)
    return await check_sender(domain_of(address), settings.dkim_selector, make_resolver)


async def _look(name: str, look: Callable[[], Awaitable[Sequence[Check]]]) -> list[Check]:
    return await look_at(name, _MEND[name], look)


def _unknown(name: str, neighbour: str) -> Check:
    """What only a neighbour could tell that does not answer."""
    return Check(name, State.WARN, f"Not known: {_NEEDS[neighbour]}.", _MEND[neighbour])


# What the services hold


async def _services(source: ServicesSource) -> list[Check]:
    async def composed() -> list[Check]:
        await source.services()
        return [Check("settings", State.OK, "They fit together.")]

    checks = await _look("settings", composed)
    if checks[0].state is not State.OK:
        return checks
    services = await source.services()
    groups = await asyncio.gather(
        _look("store", lambda: _store(services)),
        _look("clock", lambda: _clock(services)),
        _look("smtp", lambda: _smtp(services)),
    )
    store, clock, smtp = groups
    if clock[0].state is State.FAIL:
        clock = [_unknown("clock", "store")]
    return [*checks, *store, *clock, *smtp]


async def _store(services: Services) -> list[Check]:
    missing = await services.store.unmigrated()
    if missing:
        words = f"It answers, but its setup is not complete ({len(missing)} missing)."
        return [Check("store", State.FAIL, words, "Run `emailbuilder migrate`.")]
    began = time.perf_counter()
    await services.store.ping()
    latency_ms = (time.perf_counter() - began) * 1000
    return [Check("store", State.OK, f"Reads and writes, {latency_ms:.0f} ms.")]


async def _clock(services: Services) -> list[Check]:
    apart = abs(await services.store.now() - _own_time()).total_seconds()
    words = f"The store's clock and this machine's are {apart:.1f} s apart."
    if apart > CLOCK_SECONDS_MAX:
        return [Check("clock", State.WARN, words, _MEND["clock"])]
    return [Check("clock", State.OK, words)]


async def _smtp(services: Services) -> list[Check]:
    try:
        await services.transport.ping()
    except aiosmtplib.SMTPAuthenticationError as problem:
        mend = "Correct user and password in SMTP_URI (percent-encoded: @ is %40)."
        return [Check("smtp", State.FAIL, f"The login was refused. {said(problem)}", mend)]
    except aiosmtplib.SMTPException as problem:
        if "STARTTLS" not in str(problem):
            raise
        mend = "Use smtps:// or a port that offers STARTTLS; a login is not sent in the clear."
        return [Check("smtp", State.FAIL, said(problem), mend)]
    return [Check("smtp", State.OK, "It greets, and takes the login if there is one.")]


# The broker


async def _broker(settings: TeamSettings, seen: Examination) -> list[Check]:
    queues: list[Depth] = []

    async def reached() -> list[Check]:
        names = (*(it.name for it in WORK_QUEUES), DEAD_LETTERS)
        try:
            queues.extend(
                await asyncio.to_thread(
                    read_depths,
                    settings.broker_url.get_secret_value(),
                    names,
                    seconds_max=SOCKET_SECONDS_MAX,
                )
            )
        except (AccessRefused, NotAllowed) as problem:
            mend = "Correct user, password and virtual host in BROKER_URL (percent-encoded)."
            return [Check("broker", State.FAIL, said(problem), mend)]
        return [Check("broker", State.OK, "It takes connections and the login.")]

    checks = await _look("broker", reached)
    if not queues:
        return checks
    seen.queues = queues
    *work, dead = queues
    return [*checks, _queues(work, settings.window_jobs_max), _dead_letters(dead)]


def _queues(queues: Sequence[Depth], window: int) -> Check:
    words = ", ".join(_queue_words(it) for it in queues) + "."
    absent = [it.name for it in queues if it.jobs is None]
    unattended = [it.name for it in queues if it.jobs and not it.consumers]
    long = [it.name for it in queues if (it.jobs or 0) > 2 * window]
    if unattended:
        mend = f"Nobody takes jobs from {', '.join(unattended)}: start a worker for it."
    elif absent:
        mend = "Start a worker: it makes its queues."
    elif long:
        mend = (
            f"More jobs wait than twice WINDOW_JOBS_MAX ({window}) in {', '.join(long)}: start "
            "more workers; if it stays so, somebody else puts jobs there."
        )
    else:
        return Check("queues", State.OK, words)
    return Check("queues", State.WARN, words, mend)


def _queue_words(queue: Depth) -> str:
    if queue.jobs is None:
        return f"{queue.name} does not exist"
    return f"{queue.name} {queue.jobs} waiting, {queue.consumers} consumers"


def _dead_letters(queue: Depth) -> Check:
    if not queue.jobs:
        return Check("dead letters", State.OK, "None.")
    return Check(
        "dead letters",
        State.WARN,
        f"{queue.jobs} jobs failed for good.",
        "Look at them with `emailbuilder dead-letters`; the log says why each failed.",
    )


# Redis, and who reported to it


async def _redis(settings: TeamSettings, source: ServicesSource, seen: Examination) -> list[Check]:
    redis = Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=SOCKET_SECONDS_MAX,
        socket_connect_timeout=SOCKET_SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        checks, now = await asyncio.gather(
            _look("results", lambda: _results(redis)), _store_time(source)
        )
        if checks[0].state is not State.OK:
            return [*checks, *(_unknown(it, "results") for it in ("sweep", "workers"))]
        swept, workers = await asyncio.gather(
            _look("sweep", lambda: _sweep(redis, now, settings.sweep_seconds, seen)),
            _look("workers", lambda: _workers(redis, now, seen)),
        )
        return [*checks, *swept, *workers]
    finally:
        with suppress(Exception):
            await redis.aclose()


async def _results(redis: Redis) -> list[Check]:
    await redis.set("emailbuilder:doctor", "1", ex=10)
    if await redis.get("emailbuilder:doctor") is None:
        words = "What was written was gone at once."
        mend = "Give Redis more memory: it throws keys away (maxmemory)."
        return [Check("results", State.FAIL, words, mend)]
    return [Check("results", State.OK, "Redis reads and writes.")]


async def _sweep(
    redis: Redis, now: datetime, sweep_seconds: float, seen: Examination
) -> list[Check]:
    beat = seen.sweep = await read_sweep(redis)
    if beat is None:
        words = "Nobody has swept since Redis was started or emptied."
        return [Check("sweep", State.WARN, words, _MEND["sweep"])]
    age = _age(now, beat.at)
    words = f"{age.total_seconds():.1f} s ago, by {beat.by}."
    if age > timedelta(seconds=max(SWEEP_SECONDS_MAX, 3 * sweep_seconds)):
        return [Check("sweep", State.WARN, words, _MEND["sweep"])]
    return [Check("sweep", State.OK, words)]


async def _workers(redis: Redis, now: datetime, seen: Examination) -> list[Check]:
    workers = seen.workers = await read_workers(redis)
    if not workers:
        return [Check("workers", State.FAIL, "None is alive.", _MEND["workers"])]
    told = [
        f"{it.name}, {it.rss_bytes / 2**20:.0f} MiB, {it.jobs} jobs in "
        f"{_age(now, it.started_at).total_seconds():.0f} s"
        for it in workers[:10]
    ]
    more = [f"{len(workers) - 10} more"] if len(workers) > 10 else []
    words = f"{len(workers)} alive: {'; '.join([*told, *more])}."
    return [Check("workers", State.OK, words)]


async def _store_time(source: ServicesSource) -> datetime:
    """Heartbeats carry the store's time; ours will do where it is away."""
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX / 2):
            return await (await source.services()).store.now()
    except Exception:
        return _own_time()


def _own_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _age(now: datetime, at: datetime) -> timedelta:
    return max(now - at, timedelta())
