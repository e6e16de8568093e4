"""The processes of one run, and how the run comes to rest.

There are workers that consume the queues, sweepers, and an API that readers and people call. Each
is a process that may die; a caller may then retry, or give up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from functions.adapters.workbooks import ProcessWorkbooks
from functions.mail.tokens import Keyring
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import CampaignStatus
from functions.service.errors import CallerError
from functions.service.jobs.records import JobState
from functions.service.policy import Policy
from functions.service.schedule.consume import Delivery, deliver_resumes, deliver_sends
from functions.service.schedule.sweep import UNDRAINED_GRACE, sweep
from functions.service.sending.limiter import Unlimited
from functions.service.services import Services, WorkspaceServices
from functions.service.store import Store
from harness.fakes.dead_letters import FakeDeadLetters
from harness.simulation.faulty_store import faulty_store
from harness.simulation.outside import Broker, Dispatcher, MailTransport
from harness.simulation.throttle import Throttle
from harness.simulation.world import Crash, Process, World

KEYRING = Keyring.parse("k1:a secret for simulations")
ROUNDS_MAX = 4000
SECONDS_BUSY_MAX = 1000
PATIENCE_SECONDS_MAX = 400 * 86_400
"""Longer than any wait of these flows, but finite."""
FAR = datetime(9000, 1, 1, tzinfo=UTC)

Act = Callable[[WorkspaceServices], Awaitable[None]]


def policy_of(world: World) -> Policy:
    chance = world.chance
    policy = Policy(
        public_url="https://sim.example.com",
        from_email="sim@example.com",
        from_name="Sim",
        horizon_seconds=chance.choice([0, 0, 10]),
        lead_lease_seconds=chance.choice([15, 30]),
        send_lease_seconds=12,
        window_jobs_max=chance.choice([1, 4, 20, 200]),
        top_up_seconds=chance.choice(world.shape.top_up_seconds),
        job_budget_seconds=chance.choice([0.01, 5]),
    )
    policy.check()
    return policy


@dataclass
class Cast:
    """All processes of one run."""

    world: World
    store: Store
    broker: Broker
    policy: Policy
    throttle: Throttle | None = None
    names: list[str] = field(default_factory=list)
    """Campaigns, by id."""
    is_calm: bool = False
    planned: dict[asyncio.Task[None], float] = field(default_factory=dict)
    """What readers will do, and when, in the loop's time."""
    busy: int = 0
    """Batches and requests in progress."""
    steps: int = 0
    _api: Process | None = None
    _lives: int = 0
    _tokens: int = 0

    def process(self, role: str) -> Process:
        self._lives += 1
        return Process(self.world, f"{role}-{self._lives}")

    def services(self, process: Process) -> WorkspaceServices:
        store = faulty_store(self.store, process)
        throttle = self.throttle
        limiter = (
            throttle.limiter(store.sending_accounts, self.world, process.name)
            if throttle
            else Unlimited()
        )
        return Services(
            store=store,
            dispatcher=Dispatcher(self.broker, process),
            transport=MailTransport(process, throttle.relay if throttle else None),
            keyring=KEYRING,
            policy=self.policy,
            new_token=self._token,
            limiter=limiter,
            dead_letters=FakeDeadLetters(),
            sessions=store.sessions,
            workbooks=ProcessWorkbooks(),
        ).in_workspace(DEFAULT_WORKSPACE)

    def calm_services(self) -> WorkspaceServices:
        """The services of a process that no fault affects."""
        return self.services(Process(self.world, "calm", is_immune=True))

    def _token(self) -> str:
        self._tokens += 1
        return sha256(f"{self.world.seed}/{self._tokens}".encode()).hexdigest()[:26]

    async def ask(self, what: str, act: Act) -> bool:
        """Sends a request to the API; returns True if it succeeded. A refusal is a response that is
        logged; a process that dies or cannot reach the store gives no response.
        """
        if self._api is None or self._api.is_dead:
            self._api = self.process("api")
        process = self._api
        answered = False

        async def handle() -> None:
            nonlocal answered
            try:
                await act(self.services(process))
                answered = True
            except CallerError as refusal:
                self.world.log(f"{what}: refused, {refusal.code}")

        await self.live(process, handle())
        return answered

    async def live(self, process: Process, work: Awaitable[None]) -> None:
        """Runs until the work is done, a fault of the world ends it, or the process dies."""

        async def entered() -> None:
            process.enter()
            await work

        task = asyncio.create_task(entered())
        death = asyncio.create_task(process.died.wait())
        self.busy += 1
        try:
            await asyncio.wait((task, death), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.busy -= 1
            death.cancel()
            task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, BaseException):
            self.judge(result, process)

    def judge(self, problem: BaseException, process: Process | None) -> None:
        """Faults of the world explain some errors; any other error is a defect."""
        if isinstance(problem, BaseExceptionGroup):
            for each in problem.exceptions:
                self.judge(each, process)
        elif not isinstance(problem, Crash | ConnectionError | asyncio.CancelledError):
            self.world.defect(f"{process and process.name}: {problem!r}")


async def consumer(cast: Cast, queues: tuple[str, ...]) -> None:
    """A worker that takes a batch at a time from each of its queues, of which one may be named
    twice. It starts again whenever it dies, until it is cancelled."""
    while True:
        process = cast.process("+".join(queues))
        services = cast.services(process)
        lines = [asyncio.create_task(_consume(cast, process, services, it)) for it in queues]
        await process.died.wait()
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        await asyncio.sleep(cast.world.chance.uniform(0.5, 20))


async def _consume(cast: Cast, process: Process, services: Services, queue: str) -> None:
    deliver = deliver_sends if queue == "send" else deliver_resumes
    while not process.is_dead:
        batch = await cast.broker.take(queue, cast.world.chance.randrange(1, 6))

        async def act(batch: list[Delivery] = batch) -> None:
            try:
                failed = await deliver(services, batch)
            except BaseException:
                _leave_marks(process, batch)
                raise
            process.check_alive()
            cast.broker.done(queue, {it.delivery_id for it in batch} - failed)

        cast.steps += 1
        await cast.live(process, act())


def _leave_marks(process: Process, batch: Sequence[Delivery]) -> None:
    """The marks of a batch that failed are left behind like those of a dead worker."""
    bodies = " ".join(str(it.body) for it in batch)
    process.open_marks -= {it for it in process.open_marks if it.partition("/")[0] in bodies}


async def sweeper(cast: Cast, every_seconds: float) -> None:
    """A schedule; it never overlaps itself, but there are two of them."""
    while not cast.is_calm:
        process = cast.process("sweep")
        services = cast.services(process)
        while not (process.is_dead or cast.is_calm):
            cast.steps += 1
            await cast.live(process, _sweep_once(services))
            await asyncio.sleep(every_seconds)
        await asyncio.sleep(cast.world.chance.uniform(0.5, 20))


async def _sweep_once(services: Services) -> None:
    await sweep(services)


async def drain(cast: Cast) -> bool:
    """Sweep, deliver and let time pass until nothing is left to do. False if that never happens."""
    services = cast.calm_services()
    shortest_seconds = patience_seconds = cast.world.shape.patience_seconds
    for _ in range(ROUNDS_MAX):
        cast.steps += 1
        tick = cast.world.tick
        await _sweep_in_time(cast, services)
        for _ in range(SECONDS_BUSY_MAX):
            if not cast.busy and cast.broker.is_empty:
                break
            await asyncio.sleep(1)
        else:
            return False
        delay_seconds = await _seconds_to_next(cast)
        if delay_seconds is None:
            # Once more, because the latest counts may complete a campaign.
            await sweep(services)
            delay_seconds = await _seconds_to_next(cast)
            if delay_seconds is None:
                return True
        # A due lead may have to wait for something else, such as room in the window.
        patience_seconds = shortest_seconds if cast.world.tick > tick else 2 * patience_seconds
        if max(delay_seconds, patience_seconds) > PATIENCE_SECONDS_MAX:
            return False
        await asyncio.sleep(max(delay_seconds, patience_seconds))
    return False


async def _sweep_in_time(cast: Cast, services: Services) -> None:
    """A campaign whose time has come has started once a sweep is over."""
    began = cast.world.now()
    await sweep(services)
    for campaign in await cast.store.campaigns.find(DEFAULT_WORKSPACE, cast.names):
        is_scheduled = campaign.status is CampaignStatus.SCHEDULED
        if is_scheduled and campaign.launch_at is not None and campaign.launch_at <= began:
            cast.world.defect(f"{campaign.campaign_id} is due, and a sweep left it", "S")


async def _seconds_to_next(cast: Cast) -> float | None:
    """None if nothing more will happen, except in paused campaigns."""
    store, now = cast.store, cast.world.now()
    times: list[datetime] = []
    running = []
    for campaign in await store.campaigns.find(DEFAULT_WORKSPACE, cast.names):
        if campaign.status is not CampaignStatus.PAUSED:
            running.append(campaign.campaign_id)
        if campaign.status is CampaignStatus.SCHEDULED and campaign.launch_at is not None:
            times.append(campaign.launch_at)
        if campaign.status is CampaignStatus.WAITING and campaign.ends_at is not None:
            times.append(campaign.ends_at)
    # Deleted campaigns too: their deletion may not have noticed yet that it is done.
    for name in cast.names:
        jobs = await store.jobs.page(DEFAULT_WORKSPACE, name, 100)
        # One at a time, the oldest first.
        waiting = [it for it in jobs if it.state is JobState.WAITING][-1:]
        times += [it.lease_until or now for it in waiting]
    due = await store.leads.oldest_due(running)
    if due is not None:
        times.append(due.at)
    times += [
        it.look_at
        for it in await store.tracking_events.unsettled(FAR, 1000)
        if it.look_at is not None and it.campaign_id in running
    ]
    if await store.leads.undrained(FAR, 1):
        times.append(now + UNDRAINED_GRACE)
    if await store.messages.turned_late(1):
        times.append(now)
    delays = [(it - now).total_seconds() for it in times]
    loop = asyncio.get_running_loop()
    delays += [at - loop.time() for task, at in cast.planned.items() if not task.done()]
    return min(delays) if delays else None
