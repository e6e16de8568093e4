"""The probes of a team's stack, one for everything it depends on.

Role: read-only, except for test keys in the store and in Redis; it sends no mail and declares no
queue. It quotes errors, because the operator has to fix them; therefore the whole diagnosis is
redacted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib
from amqp.exceptions import AccessRefused, NotAllowed
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from functions.mail.address import domain_of
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations import doctor
from functions.service.operations.doctor import Doctor, Probe, kept, look_at
from functions.service.operations.probes import (
    SENDER_KEPT_SECONDS,
    dead_letters_check,
    held_probe,
    keys_probe,
    sender_probe,
    sending_account_probe,
    sweep_check,
)
from functions.service.operations.records import (
    CheckState,
    Diagnosis,
    QueueDepth,
    Swept,
    SystemCheck,
    WorkerSeen,
)
from functions.service.sending.dkim_keys import KEYS_MAX
from functions.service.sending.limiter import Limiter, Unlimited
from functions.service.sending.ports import MailTransport
from functions.service.sending.signing import SendingIdentity
from functions.service.store import Store
from functions.settings import name_and_address
from functions.settings_error import SettingsError
from local.team.depths import read_depths
from local.team.dkim_files import record_of
from local.team.heartbeats import read_sweep, read_workers
from local.team.queues import DEAD_LETTERS, WORK_QUEUES
from local.team.redaction import Redactor
from local.team.returns_probes import look_at_mailbox, team_feedback_probe
from local.team.sender_dns import (
    ExpectedKey,
    Resolving,
    check_host,
    check_return_path,
    check_sender,
    system_resolver,
)
from local.team.settings import TeamSettings

SOCKET_SECONDS_MAX = 3.0
CLOCK_SECONDS_MAX = 2.0
WORKERS_NAMED_MAX = 10
ERROR_CHARS_MAX = 200
DOMAINS_MAX = 5
"""Of all domains with keys, the DNS is asked about these."""
LOGIN_KEPT_SECONDS = 300.0
DNS_KEPT_SECONDS = 300.0
"""Pages ask every few seconds; the DNS records of a sender change less often."""

_REMEDIES = {
    "settings": "Correct these in .env; .env.example explains each.",
    "store": "Check that STORE_URI is right and its server runs (`docker compose logs mongodb`).",
    "clock": "Synchronise the clocks of all machines with NTP; the store's clock times all waits.",
    "smtp": "Check that SMTP_URI is right and that its port can be reached from here; leads wait "
    "until it answers.",
    "broker": "Check that BROKER_URL is right and RabbitMQ runs (`docker compose logs rabbitmq`); "
    "leads wait in the store until it does.",
    "results": "Check that REDIS_URL is right and Redis runs (`docker compose logs redis`).",
    "dead letters": "Look at them with `emailbuilder dead-letters`; the log says why each failed.",
    "sweep": "Start the scheduler and a worker (`docker compose up -d scheduler worker`).",
    "dkim": "The records of its keys are looked up once it does.",
    "workers": "Start a worker (`docker compose up -d worker`), or read why it ended "
    "(`docker compose logs worker`).",
}
_AWAY = {"store": "the store does not answer", "results": "Redis does not answer"}


class Ports(Protocol):
    """The part of `Services` that probes need."""

    @property
    def store(self) -> Store: ...

    @property
    def transport(self) -> MailTransport: ...

    @property
    def identity(self) -> SendingIdentity: ...

    @property
    def limiter(self) -> Limiter | Unlimited: ...


PortsSource = Callable[[], Awaitable[Ports]]
"""Raises if the settings contradict each other or the store cannot be opened."""


@dataclass(frozen=True, slots=True)
class OpenPorts:
    """Implements `Ports`."""

    store: Store
    transport: MailTransport
    identity: SendingIdentity
    limiter: Limiter


def doctor_of_backend(
    settings: TeamSettings,
    store: Store,
    transport: MailTransport,
    identity: SendingIdentity,
    limiter: Limiter,
) -> Doctor:
    async def ports() -> Ports:
        return OpenPorts(store, transport, identity, limiter)

    return team_doctor(settings, ports)


def team_doctor(
    settings: TeamSettings, ports: PortsSource, make_resolver: Resolving = system_resolver
) -> Doctor:
    probes: list[Probe] = [
        partial(_services, ports, kept(partial(_envelope, settings, ports), SENDER_KEPT_SECONDS)),
        partial(_broker, settings),
        partial(_redis, settings, ports),
        kept(partial(_sender, settings, ports, make_resolver), DNS_KEPT_SECONDS),
        team_feedback_probe(settings),
    ]
    if settings.imap_uri.get_secret_value():
        probes.append(kept(partial(look_at_mailbox, settings.imap_uri), LOGIN_KEPT_SECONDS))
    pages = {"rabbitmq": settings.rabbitmq_page, "metrics": settings.metrics_page}
    links = {name: page for name, page in pages.items() if page}
    return Doctor(probes, links=links, redact=Redactor(settings.secrets()).text)


def quoted(problem: BaseException) -> str:
    """The error as one line of bounded length. It may contain secrets."""
    text = " ".join(str(problem).split())
    message = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    return message if len(message) <= ERROR_CHARS_MAX else message[:ERROR_CHARS_MAX] + " …"


async def _look(
    name: str, look: Callable[[], Awaitable[Sequence[SystemCheck]]]
) -> list[SystemCheck]:
    return await look_at(name, _REMEDIES[name], look, quoted)


def _unknown(name: str, neighbour: str) -> SystemCheck:
    """Only the neighbour that does not answer could tell."""
    message = f"Not known: {_AWAY[neighbour]}."
    return SystemCheck(name=name, state=CheckState.WARNING, message=message, remedy=_REMEDIES[name])


# Store and mail server


async def _services(source: PortsSource, envelope: Probe) -> Diagnosis:
    """`envelope`: whether the mail server takes mail from us."""

    async def composed() -> list[SystemCheck]:
        await source()
        return [SystemCheck(name="settings", state=CheckState.OK, message="They fit together.")]

    settings = await _look("settings", composed)
    if settings[0].state is not CheckState.OK:
        return Diagnosis(checks=settings)
    ports = await source()
    store, clock, smtp = await asyncio.gather(
        _look("store", lambda: _store(ports.store)),
        _look("clock", lambda: _clock(ports.store)),
        _look("smtp", lambda: _smtp(ports.transport)),
    )
    if clock[0].state is CheckState.FAILED:
        clock = [_unknown("clock", "store")]
    # After the login: one that is refused is not tried twice.
    sender = (await envelope()).checks if smtp[0].state is CheckState.OK else []
    blocked = (await sending_account_probe(ports.store, ports.limiter)()).checks
    keys = (await keys_probe(ports.store, ports.identity)()).checks
    held = (await held_probe(ports.store)()).checks
    return Diagnosis(checks=[*settings, *store, *held, *clock, *smtp, *sender, *blocked, *keys])


async def _store(store: Store) -> list[SystemCheck]:
    missing = await store.unmigrated()
    if missing:
        message = f"It answers, but its setup is not complete ({len(missing)} missing)."
        return [
            SystemCheck(
                name="store",
                state=CheckState.FAILED,
                message=message,
                remedy="Run `emailbuilder migrate`.",
            )
        ]
    began = time.perf_counter()
    await store.ping()
    latency_ms = (time.perf_counter() - began) * 1000
    return [
        SystemCheck(
            name="store", state=CheckState.OK, message=f"Reads and writes, {latency_ms:.0f} ms."
        )
    ]


async def _clock(store: Store) -> list[SystemCheck]:
    apart = abs(await store.now() - _own_time()).total_seconds()
    message = f"The store's clock and this machine's are {apart:.1f} s apart."
    if apart > CLOCK_SECONDS_MAX:
        return [
            SystemCheck(
                name="clock", state=CheckState.WARNING, message=message, remedy=_REMEDIES["clock"]
            )
        ]
    return [SystemCheck(name="clock", state=CheckState.OK, message=message)]


async def _smtp(transport: MailTransport) -> list[SystemCheck]:
    try:
        await transport.ping()
    except aiosmtplib.SMTPAuthenticationError as problem:
        message = f"The login was refused. {quoted(problem)}"
        remedy = "Correct user and password in SMTP_URI (percent-encoded: @ is %40)."
        return [SystemCheck(name="smtp", state=CheckState.FAILED, message=message, remedy=remedy)]
    except aiosmtplib.SMTPException as problem:
        if "STARTTLS" not in str(problem):
            raise
        remedy = "Use smtps:// or a port that offers STARTTLS; a login is not sent in the clear."
        return [
            SystemCheck(
                name="smtp", state=CheckState.FAILED, message=quoted(problem), remedy=remedy
            )
        ]
    message = "It greets, and accepts the login if there is one."
    return [SystemCheck(name="smtp", state=CheckState.OK, message=message)]


async def _envelope(settings: TeamSettings, source: PortsSource) -> Diagnosis:
    try:
        ports, policy = await source(), settings.policy()
    except Exception:
        return Diagnosis(checks=())  # The check of the settings reports it.
    return await sender_probe(ports.transport, policy)()


# The broker


async def _broker(settings: TeamSettings) -> Diagnosis:
    queues: list[QueueDepth] = []
    uri = settings.broker_url.get_secret_value()

    async def reached() -> list[SystemCheck]:
        names = (*(it.name for it in WORK_QUEUES), DEAD_LETTERS)
        try:
            queues.extend(
                await asyncio.to_thread(read_depths, uri, names, seconds_max=SOCKET_SECONDS_MAX)
            )
        except (AccessRefused, NotAllowed) as problem:
            remedy = "Correct user, password and virtual host in BROKER_URL (percent-encoded)."
            return [
                SystemCheck(
                    name="broker", state=CheckState.FAILED, message=quoted(problem), remedy=remedy
                )
            ]
        message = "It accepts connections and the login."
        return [SystemCheck(name="broker", state=CheckState.OK, message=message)]

    checks = await _look("broker", reached)
    if not queues:
        return Diagnosis(checks=checks)
    *work, dead = queues
    dead_letters = dead_letters_check(dead.waiting or 0, _REMEDIES["dead letters"])
    return Diagnosis(
        checks=[*checks, _queues(work, settings.window_jobs_max), dead_letters], queues=queues
    )


def _queues(queues: Sequence[QueueDepth], window: int) -> SystemCheck:
    message = ", ".join(_queue_text(it) for it in queues) + "."
    absent = [it.name for it in queues if it.waiting is None]
    unattended = [it.name for it in queues if it.waiting and not it.consumers]
    long = [it.name for it in queues if (it.waiting or 0) > 2 * window]
    if unattended:
        remedy = f"No worker takes jobs from {', '.join(unattended)}: start one."
    elif absent:
        remedy = "Start a worker: it creates its queues."
    elif long:
        remedy = (
            f"More jobs wait than twice WINDOW_JOBS_MAX ({window}) in {', '.join(long)}: start "
            "more workers; if it stays so, somebody else puts jobs there."
        )
    else:
        return SystemCheck(name="queues", state=CheckState.OK, message=message)
    return SystemCheck(name="queues", state=CheckState.WARNING, message=message, remedy=remedy)


def _queue_text(queue: QueueDepth) -> str:
    if queue.waiting is None:
        return f"{queue.name} does not exist"
    return f"{queue.name} {queue.waiting} waiting, {queue.consumers} consumers"


# Redis, and the heartbeats in it


async def _redis(settings: TeamSettings, source: PortsSource) -> Diagnosis:
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
        if checks[0].state is not CheckState.OK:
            return Diagnosis(
                checks=[*checks, *(_unknown(it, "results") for it in ("sweep", "workers"))]
            )
        (swept, sweep), (seen, workers) = await asyncio.gather(
            _sweep(redis, now, settings.sweep_seconds), _workers(redis, now)
        )
        return Diagnosis(checks=[*checks, *sweep, *workers], workers=seen, swept=swept)
    finally:
        with suppress(Exception):
            await redis.aclose()


async def _results(redis: Redis) -> list[SystemCheck]:
    await redis.set("emailbuilder:doctor", "1", ex=10)
    if await redis.get("emailbuilder:doctor") is None:
        message = "What was written was gone at once."
        remedy = "Give Redis more memory: it evicts keys (maxmemory)."
        return [
            SystemCheck(name="results", state=CheckState.FAILED, message=message, remedy=remedy)
        ]
    return [SystemCheck(name="results", state=CheckState.OK, message="Redis reads and writes.")]


async def _sweep(
    redis: Redis, now: datetime, period_seconds: float
) -> tuple[Swept | None, list[SystemCheck]]:
    swept: list[Swept] = []

    async def look() -> list[SystemCheck]:
        beat = await read_sweep(redis)
        if beat is not None:
            swept.append(Swept(beat.at, beat.by))
        never = "Nobody has swept since Redis was started or emptied."
        last = swept[0] if swept else None
        return [sweep_check(last, now, period_seconds, remedy=_REMEDIES["sweep"], never=never)]

    checks = await _look("sweep", look)
    return (swept[0] if swept else None), checks


async def _workers(
    redis: Redis, now: datetime
) -> tuple[list[WorkerSeen] | None, list[SystemCheck]]:
    """An empty list if there are no workers; None if they could not be read."""
    seen: list[WorkerSeen] = []

    async def look() -> list[SystemCheck]:
        for it in await read_workers(redis):
            seen.append(
                WorkerSeen(
                    name=it.name,
                    seen_at=it.at,
                    started_at=it.started_at,
                    jobs_done=it.jobs,
                    memory_bytes=it.rss_bytes,
                )
            )
        if not seen:
            remedy = _REMEDIES["workers"]
            return [
                SystemCheck(
                    name="workers", state=CheckState.FAILED, message="None is alive.", remedy=remedy
                )
            ]
        told = [_worker_text(it, now) for it in seen[:WORKERS_NAMED_MAX]]
        unnamed = len(seen) - len(told)
        more = [f"{unnamed} more"] if unnamed else []
        message = f"{len(seen)} alive: {'; '.join([*told, *more])}."
        return [SystemCheck(name="workers", state=CheckState.OK, message=message)]

    checks = await _look("workers", look)
    return (None if checks[0].problem else seen), checks


def _worker_text(worker: WorkerSeen, now: datetime) -> str:
    age = max(now - worker.started_at, timedelta()).total_seconds()
    memory = worker.memory_bytes / 2**20
    return f"{worker.name}, {memory:.0f} MiB, {worker.jobs_done} jobs in {age:.0f} s"


async def _store_time(source: PortsSource) -> datetime:
    """Heartbeats carry the store's time; this machine's clock has to do if the store is down."""
    try:
        async with asyncio.timeout(doctor.LOOK_SECONDS_MAX / 2):
            return await (await source()).store.now()
    except Exception:
        return _own_time()


def _own_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


# The sender's domain


async def _sender(settings: TeamSettings, source: PortsSource, resolving: Resolving) -> Diagnosis:
    _, address = name_and_address(settings.sender)
    own = domain_of(address)
    stored = await _stored_keys(source)
    # Keys in files take the place of stored ones, as when signing.
    keys = {**(stored or {}), **_keys_in_files(settings)}
    if own not in keys and settings.dkim_selector:
        keys[own] = [ExpectedKey(settings.dkim_selector)]
    domains = [own, *(it for it in keys if it != own)][:DOMAINS_MAX]
    host = urlsplit(settings.public_url).hostname or ""
    (checks, *others), returns, links, helo = await asyncio.gather(
        asyncio.gather(*(check_sender(it, keys.get(it, ()), resolving) for it in domains)),
        check_return_path(settings.bounce_domain, resolving),
        check_host("links", host, "Links lead to", resolving),
        check_host("helo", settings.own_name or "", "The mail server is greeted by", resolving),
    )
    if stored is None and own not in keys:
        checks = [_unknown("dkim", "store") if it.name == "dkim" else it for it in checks]
    of_others = [
        replace(check, name=f"{check.name} of {domain}")
        for domain, found in zip(domains[1:], others, strict=True)
        for check in found
    ]
    return Diagnosis(checks=[*checks, *of_others, *returns, links, helo])


async def _stored_keys(source: PortsSource) -> Mapping[str, Sequence[ExpectedKey]] | None:
    """Those in use, by domain. None if the store does not answer, which another check reports."""
    try:
        async with asyncio.timeout(doctor.LOOK_SECONDS_MAX / 2):
            store = (await source()).store
            found = await store.dkim_keys.all(DEFAULT_WORKSPACE, KEYS_MAX)
    except Exception:
        return None
    keys: dict[str, list[ExpectedKey]] = {}
    for it in found:
        if it.in_use:
            keys.setdefault(it.domain, []).append(ExpectedKey(it.selector, it.public_record))
    return keys


def _keys_in_files(settings: TeamSettings) -> Mapping[str, Sequence[ExpectedKey]]:
    """Without those that cannot be read, which the check of the settings reports."""
    keys: dict[str, list[ExpectedKey]] = {}
    for it in settings.dkim_key_files:
        with suppress(SettingsError):
            expected = ExpectedKey(it.selector, record_of(it))
            keys.setdefault(it.domain, []).append(expected)
    return keys
