"""The whole product in one event loop: real use cases and store, a fake world, a manual clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from itertools import count

from functions.adapters.sqlite import SqliteStore
from functions.adapters.workbooks import ProcessWorkbooks
from functions.mail.tokens import Keyring
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations.doctor import Doctor
from functions.service.operations.probes import broker_probe, mail_probe, store_probe
from functions.service.policy import Policy
from functions.service.schedule.sweep import SweepReport, sweep
from functions.service.services import Services
from functions.service.store import Store
from harness.fakes.clock import FakeClock
from harness.fakes.dead_letters import FakeDeadLetters
from harness.fakes.dispatcher import FakeDispatcher
from harness.fakes.transport import FakeTransport

PUBLIC_URL = "https://mail.example.com"
KEYRING = Keyring({"k1": b"a secret of tests only"})


class FakeWorld:
    """Also a composition root, so `create_app(world)` serves the API over it.

    `services()` raises while `is_broken`, like a composition root that cannot reach its store.
    """

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.clock = clock
        self.store = store
        self.transport = FakeTransport()
        self.dispatcher = FakeDispatcher(clock)
        self.dead_letters = FakeDeadLetters()
        self.is_broken = False
        tokens = count(1)
        self.made = Services(
            store=store,
            dispatcher=self.dispatcher,
            transport=self.transport,
            keyring=KEYRING,
            policy=Policy(PUBLIC_URL, "hello@example.com", "Hello"),
            # From a counter, so that a run repeats exactly; as long as real ones, and no two begin
            # alike.
            new_token=lambda: sha256(str(next(tokens)).encode()).hexdigest()[:26],
            dead_letters=self.dead_letters,
            sessions=store.sessions,
            workbooks=ProcessWorkbooks(),
            doctor=Doctor(
                [store_probe(store), broker_probe(self.dispatcher), mail_probe(self.transport)]
            ),
        ).in_workspace(DEFAULT_WORKSPACE)

    async def services(self) -> Services:
        if self.is_broken:
            raise ConnectionRefusedError("no store")
        return self.made

    async def sweep(self) -> SweepReport:
        return await sweep(self.made)

    async def settle(self, sweeps: int = 3) -> None:
        """Sweep and pump at this instant, until nothing more happens."""
        for _ in range(sweeps):
            await self.sweep()
            await self.dispatcher.pump(self.made)

    async def pass_time(self, seconds: float, step_seconds: float = 1.0) -> None:
        """Let time pass, with a sweep and a pump at each step."""
        passed = 0.0
        while passed < seconds:
            step = min(step_seconds, seconds - passed)
            self.clock.advance(step)
            passed += step
            await self.settle(1)
        await self.settle()


async def open_world() -> FakeWorld:
    """The caller must close its store."""
    clock = FakeClock()
    store = await SqliteStore.open(":memory:", clock=clock, inline=True)
    await store.migrate()
    return FakeWorld(store, clock)


@asynccontextmanager
async def fake_world() -> AsyncIterator[FakeWorld]:
    world = await open_world()
    try:
        yield world
    finally:
        await world.store.close()
