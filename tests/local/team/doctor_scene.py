"""A team's stack on real servers that its doctor looks at, with parts that a test breaks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from kombu.connection import Connection
from pydantic import SecretStr
from redis.asyncio import Redis

from functions.adapters.key_box import FernetKeyBox
from functions.runtime import Composition
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations.records import CheckState, Diagnosis, SystemCheck
from functions.service.sending.records import DkimKey
from functions.service.services import Services
from harness.patience import patience
from harness.servers.dns import DnsServer
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import new_database
from local.team.doctor import team_doctor
from local.team.heartbeats import SweepBeat, WorkerBeat, write_sweep, write_worker
from local.team.queues import DEAD_LETTERS, WORK_QUEUES
from local.team.settings import TeamSettings
from local.team.wiring import compose
from tests.adapters.smtp_server import ScriptedServer
from tests.diagnoses import valid
from tests.local.team.test_sender_dns import WHOLE

T = TypeVar("T")

WORK = tuple(it.name for it in WORK_QUEUES)
ALL = [
    *(
        "settings",
        "store",
        "clock",
        "smtp",
        "sender",
        "dkim keys",
        "broker",
        "queues",
        "dead letters",
    ),
    *("results", "sweep", "workers", "spf", "dkim", "dmarc", "mx", "links", "helo"),
]
ZONE = {**WHOLE, "mail.example.com A": ["192.0.2.1"]}


SECRET = "canary-secret-that-seals-our-keys"


def dkim_key(domain: str, public: str = "MIGf", secret: str = SECRET) -> DkimKey:
    """A key in use, with the selector s1."""
    return DkimKey(
        workspace_id=DEFAULT_WORKSPACE,
        domain=domain,
        selector="s1",
        algorithm="rsa",
        sealed=FernetKeyBox((secret,)).seal(b"canary-private-key"),
        public_record=f"v=DKIM1; k=rsa; p={public}",
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
        in_use=True,
    )


class Scene:
    """A healthy stack, with the parts that a test breaks. `vhost`: new each time."""

    def __init__(self, rabbit: RabbitServer, dns: DnsServer, folder: Path, name: str) -> None:
        self.rabbit, self.dns = rabbit, dns
        self.mail = ScriptedServer(ehlo=["AUTH PLAIN"])
        self.broker_url = rabbit.add_vhost(name)
        self.redis_uri = new_database()
        self.environment = {
            "STORE_URI": f"sqlite:///{folder / 'store.db'}",
            "BROKER_URL": self.broker_url,
            "REDIS_URL": self.redis_uri,
            "SENDER": "Ann <ann@example.com>",
            "PUBLIC_URL": "https://mail.example.com",
            "TRACKING_KEYS": "k1:canary-signing-key-of-a-length",
            "SECRET_KEYS": SECRET,
            # For when the store does not answer; our own keys come first.
            "DKIM_SELECTOR": "s1",
        }
        self.keys = [dkim_key("example.com")]
        self.is_migrated = True
        self.queues: tuple[str, ...] = (*WORK, DEAD_LETTERS)
        self.attended: tuple[str, ...] = WORK
        self.jobs: dict[str, int] = {}
        self.swept_seconds_ago: float | None = 1.0
        self.workers = 2
        self.clock_seconds_ahead = 0.0

    def look(self) -> dict[str, SystemCheck]:
        """All checks by name; their order and form do not depend on what is broken."""
        found = asyncio.run(asyncio.wait_for(self._look(self._checked), patience(60)))
        assert all(bool(it.remedy) == (it.state is not CheckState.OK) for it in found)
        assert "canary" not in repr(found)
        names = [it.name for it in found]
        assert names == [it for it in ALL if it in names]
        return {it.name: it for it in found}

    def diagnose(self) -> Diagnosis:
        """The diagnosis as the API gets it, checked against the contract."""
        diagnosis = asyncio.run(asyncio.wait_for(self._look(self._looked), patience(60)))
        valid(diagnosis)
        assert [it.name for it in diagnosis.checks] == [
            it for it in ALL if it in {check.name for check in diagnosis.checks}
        ]
        return diagnosis

    async def _checked(self, settings: TeamSettings, source: Composition) -> Sequence[SystemCheck]:
        return (await self._looked(settings, source)).checks

    async def _looked(self, settings: TeamSettings, source: Composition) -> Diagnosis:
        return await team_doctor(settings, source.services, self.dns.resolver).look()

    async def _look(self, ask: Callable[[TeamSettings, Composition], Awaitable[T]]) -> T:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.mail.serving())
            stack.enter_context(self._broker())
            login = f"smtp://ann:canary-mail@127.0.0.1:{self.mail.port}?starttls=never"
            environment = {"SMTP_URI": login, **self.environment}
            settings = TeamSettings.read(environment)
            composition = Composition(lambda: self._compose(settings))
            stack.push_async_callback(composition.close)
            if self.is_migrated:
                valid_uri = SecretStr("smtp://127.0.0.1:1")
                whole = settings.model_copy(update={"smtp_uri": valid_uri})
                services = await compose(whole)
                await services.store.migrate()
                for key in self.keys:
                    await services.store.dkim_keys.add(key)
                await self._beat(await services.store.now())
                await services.store.close()
            return await ask(settings, composition)

    async def _compose(self, settings: TeamSettings) -> Services:
        services = await compose(settings)
        now = services.store.now

        async def ahead() -> datetime:
            return await now() + timedelta(seconds=self.clock_seconds_ahead)

        services.store.now = ahead  # type: ignore[method-assign]
        return services

    async def _beat(self, now: datetime) -> None:
        async with Redis.from_url(self.redis_uri) as redis:
            await redis.flushdb()
            for number in range(self.workers):
                since = now - timedelta(minutes=2)
                await write_worker(redis, WorkerBeat(f"w{number}", now, 7, since, 90, 61 * 2**20))
            if self.swept_seconds_ago is not None:
                at = now - timedelta(seconds=self.swept_seconds_ago)
                await write_sweep(redis, SweepBeat(at, "w0"))

    @contextmanager
    def _broker(self) -> Iterator[None]:
        make: Any = Connection
        with make(self.broker_url) as connection, connection.channel() as channel:
            for name in self.queues:
                channel.queue_declare(queue=name, durable=True, auto_delete=False)
            for name, count in self.jobs.items():
                for _ in range(count):
                    message = channel.prepare_message(b"x")
                    channel.basic_publish_confirm(message, exchange="", routing_key=name)
            for name in self.attended:
                # It consumes nothing, so waiting messages stay countable.
                channel.basic_qos(0, 1, False)
                channel.basic_consume(queue=name, callback=lambda _: None)
            yield


def others(found: dict[str, SystemCheck], *broken: str) -> set[CheckState]:
    return {it.state for name, it in found.items() if name not in broken}
