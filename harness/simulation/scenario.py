"""One seeded run: launch campaigns, let a storm of faults rage, drain in the calm, check
everything.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from functions.adapters.sqlite import SqliteStore
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience import import_contacts
from functions.service.campaigns import delete_campaign, running
from functions.service.campaigns.records import CampaignStatus
from functions.service.leads import cancel_leads
from functions.service.reports import roll_counts
from functions.service.schedule import sweep
from functions.service.sending import message_log
from functions.service.sending.records import Message
from functions.service.store import Store
from harness.patience import patience
from harness.simulation import people, timings
from harness.simulation.cast import Cast, consumer, drain, policy_of, sweeper
from harness.simulation.faulty_store import witnessed
from harness.simulation.invariants import Violation, check
from harness.simulation.loop import OutOfTimeError, run
from harness.simulation.outside import Broker
from harness.simulation.relay import Relay, limits_cost_no_attempt
from harness.simulation.throttle import (
    Throttle,
    no_rate_is_exceeded,
    nothing_goes_ungranted,
    throttle_of,
)
from harness.simulation.world import CALM, Crash, Shape, World, storm

NAMES = ("c0", "c_1", "c:2")
SECONDS_MAX = 120.0
"""Real time. The longest of 10,000 seeds takes a tenth of it on a quiet machine."""

Open = Callable[[World], Awaitable[Store]]
Adapt = Callable[[Store], Store]


@dataclass(frozen=True, slots=True)
class Result:
    """`steps`: batches, sweeps and requests; `ticks`: events of any kind. Two runs with the same
    `fingerprint` took the same course.
    """

    seed: int
    violations: tuple[Violation, ...]
    steps: int
    ticks: int
    sends: int
    crashes: int
    unknown: int
    fingerprint: str
    trace: tuple[str, ...]


async def open_sqlite(world: World) -> Store:
    store = await SqliteStore.open(
        ":memory:", per_document=True, inline=True, on_write=world.on_write, clock=world.now
    )
    await store.migrate()
    return store


def simulate(
    seed: int,
    open_store: Open = open_sqlite,
    shape: Shape | None = None,
    adapt: Adapt | None = None,
    *,
    is_throttled: bool = True,
    may_switch: bool = True,
    may_move: bool = True,
    may_schedule: bool = True,
) -> Result:
    """`adapt` wraps the world's store: a mutation. `is_throttled` False: no world limits mail, as
    when the seed was found; `may_switch` False: likewise, no node is switched off; `may_move`
    False: no lead is moved to a later version; `may_schedule` False: every campaign starts at once
    and ends when all are through. Raises OutOfTimeError if a run does not end.
    """
    throttle = throttle_of(seed) if is_throttled else None
    world = World(
        seed,
        shape or Shape(),
        may_switch=may_switch,
        may_move=may_move,
        may_schedule=may_schedule,
    )
    play = _play(world, open_store, adapt or (lambda it: it), throttle)
    with _small_pages(), _silence():
        try:
            return run(play, patience(SECONDS_MAX))
        except OutOfTimeError as problem:
            message = f"seed {seed} was ended after its time, with no result. {problem}"
            raise OutOfTimeError(message) from problem


async def _play(world: World, open_store: Open, adapt: Adapt, throttle: Throttle | None) -> Result:
    _judge_stray_tasks(world)
    adapter = await open_store(world)
    store = witnessed(adapt(adapter), world)
    cast = Cast(world, store, Broker(world), policy_of(world), throttle)
    number = min(world.chance.choice([1, 1, 2, 3]), world.shape.campaigns_max)
    cast.names += NAMES[:number]
    wanted = {name: people.Wanted() for name in cast.names}
    actors = await _rage(cast, wanted)
    has_come_to_rest = await drain(cast)
    for actor in actors:
        actor.cancel()
    await asyncio.gather(*actors, return_exceptions=True)
    while await roll_counts.roll_counts(cast.calm_services()):
        pass
    violations = await check(world, adapter, wanted)
    if throttle is not None:
        violations += no_rate_is_exceeded(world, throttle)
        violations += nothing_goes_ungranted(world)
        if throttle.relay is not None:
            violations += await _limits_cost_no_attempt(cast, throttle.relay)
    if not has_come_to_rest:
        violations.append(Violation("I1", "-", "the world never comes to rest"))
    await adapter.close()
    return Result(
        seed=world.seed,
        violations=tuple(violations),
        steps=cast.steps,
        ticks=world.tick,
        sends=len(world.ledger),
        crashes=world.crashes,
        unknown=len(world.became_unknown),
        fingerprint=world.fingerprint(),
        trace=tuple(world.lines()) if violations else (),
    )


async def _limits_cost_no_attempt(cast: Cast, relay: Relay) -> list[Violation]:
    messages: dict[str, Message] = {}
    for name in cast.names:
        found = await cast.store.messages.page(name, after_key="", limit=10_000, state=None)
        messages.update({it.key: it for it in found})
    return list(limits_cost_no_attempt(relay, messages))


async def _rage(cast: Cast, wanted: dict[str, people.Wanted]) -> list[asyncio.Task[None]]:
    """The storm, and the first moments of the calm. Returns the tasks that continue in the calm."""
    world, chance = cast.world, cast.world.chance
    seconds = chance.choice(world.shape.storm_seconds)
    sweep_seconds = max(chance.choice([1, 3, 10]), seconds / world.shape.sweeps_max)
    world.rates = storm(chance)
    world.log(f"storm of {seconds} s: {world.rates} {cast.policy}")
    queues = chance.choice(
        [
            (("send", "send"), ("send",), ("resume",)),
            (("send", "resume"), ("send", "resume")),
            (("send",), ("send", "resume"), ("resume",)),
        ]
    )
    founding = [asyncio.create_task(people.set_up(cast, name, wanted[name])) for name in cast.names]
    lasting = [asyncio.create_task(consumer(cast, it)) for it in queues]
    lasting.append(asyncio.create_task(people.readers(cast)))
    passing = [asyncio.create_task(sweeper(cast, sweep_seconds)) for _ in range(2)]
    passing.append(asyncio.create_task(people.operators(cast, wanted, seconds / 15)))
    schedules = {name: it.schedules for name, it in wanted.items()}
    passing.append(asyncio.create_task(timings.timekeeper(cast, schedules, seconds / 5)))
    await asyncio.sleep(seconds)
    world.log("calm")
    world.rates = CALM
    cast.is_calm = True
    await asyncio.gather(*founding, *passing)
    await _settle_minds(cast)
    return lasting


async def _settle_minds(cast: Cast) -> None:
    """Resumes most of the paused campaigns and resolves most of the unknown messages."""
    services, chance = cast.calm_services(), cast.world.chance
    for campaign in await services.store.campaigns.find(DEFAULT_WORKSPACE, cast.names):
        if campaign.status is CampaignStatus.PAUSED and chance.random() < 0.9:
            await people.resume(cast, campaign.campaign_id, people.Wanted())
    for _ in range(chance.randrange(6)):
        await people.resolve(cast, chance.choice(cast.names), people.Wanted())


def _judge_stray_tasks(world: World) -> None:
    """An error in a task that nothing awaited: a fault of the world, or a defect."""

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        problem = context.get("exception")
        if not isinstance(problem, Crash | ConnectionError):
            world.defect(f"in the background: {context.get('message')} {problem!r}")

    asyncio.get_running_loop().set_exception_handler(handle)


@contextmanager
def _small_pages() -> Iterator[None]:
    """So that a handful of contacts fills several pages."""
    small = (
        (import_contacts, "PAGE_ROWS", 3),
        (cancel_leads, "PAGE_LEADS", 4),
        (delete_campaign, "PAGE_LEADS", 4),
        (roll_counts, "RECORDS_MAX", 7),
        (running, "PAGE", 5),
        (sweep, "PAGE", 5),
        (message_log, "GROUP_MAX", 3),
    )
    before = [getattr(module, name) for module, name, _ in small]
    for module, name, size in small:
        setattr(module, name, size)
    try:
        yield
    finally:
        for (module, name, _), size in zip(small, before, strict=True):
            setattr(module, name, size)


@contextmanager
def _silence() -> Iterator[None]:
    """The services log every poisoned delivery."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(disabled)
