"""One seeded run: campaigns are made and launched, the storm rages, the calm drains, and all is
checked.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from functions.adapters.sqlite import SqliteStore
from functions.flow.event import Hit, HitKind
from functions.flow.lead import State
from functions.mail.tokens import Keyring
from functions.service import campaigns
from functions.service.contact_rows import Row
from functions.service.deliver import deliver_resumes, deliver_sends
from functions.service.errors import CallerError
from functions.service.import_contacts import Upload
from functions.service.ports import Store
from functions.service.record_hit import Reader, settle_hits, store_hit, suppress
from functions.service.records import CampaignStatus, MessageState
from functions.service.resolve_unknown import Resolution, resolve_unknown
from functions.service.roll_counts import roll_counts
from functions.service.services import Policy, Services
from functions.service.sweep import sweep
from tests.simulation import flows
from tests.simulation.invariants import Violation, check
from tests.simulation.world import (
    CALM,
    Crash,
    Incarnation,
    Rates,
    SimBroker,
    SimTransport,
    World,
    message_id_of,
)

STORM_SECONDS = 90.0
ROUNDS_MAX = 400
POLICY = Policy(
    public_url="https://sim.example.com",
    from_email="sim@example.com",
    lead_lease_seconds=30,
    send_lease_seconds=12,
    window_jobs_max=8,
)
KEYRING = Keyring.parse("k1:a secret for simulations")
OPENED = [HitKind.CLICKED, HitKind.CLICKED, HitKind.OPENED]


@dataclass(frozen=True, slots=True)
class Result:
    seed: int
    violations: list[Violation]
    sends: int
    crashes: int
    ticks: int
    trace: list[str]


@dataclass
class Play:
    """The cast of one run. `adapt` lets a mutation put its own store between."""

    world: World
    store: Store
    broker: SimBroker
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hits: list[asyncio.Task[None]] = field(default_factory=list)
    lives: int = 0
    tokens: int = 0
    busy: int = 0

    def services(self) -> Services:
        return Services(
            store=self.store,
            dispatcher=self.broker,
            transport=SimTransport(self.world),
            keyring=KEYRING,
            policy=POLICY,
            new_token=self._token,
        )

    def _token(self) -> str:
        self.tokens += 1
        return hashlib.sha256(f"{self.world.seed}/{self.tokens}".encode()).hexdigest()[:26]

    def born(self, role: str) -> Incarnation:
        self.lives += 1
        return Incarnation(f"{role}{self.lives}")


def recording(store: Store, world: World) -> Store:
    """The store, with every `sending` mark written down by the world."""
    messages = store.messages
    inner = messages.write

    async def write(changes):  # type: ignore[no-untyped-def]
        try:
            applied = await inner(changes)
        except BaseException:
            # The marks may be there although nobody heard so.
            world.saw_marks(changes, frozenset(it.key for it in changes))
            raise
        world.saw_marks(changes, applied)
        return applied

    messages.write = write  # type: ignore[method-assign]
    return store


async def play(
    seed: int,
    open_store: Callable[[World], Awaitable[Store]],
    adapt: Callable[[Store, World], Store] = lambda store, _: store,
) -> Result:
    world = World(seed)
    store = adapt(recording(await open_store(world), world), world)
    cast = Play(world, store, SimBroker(world))
    names = await _prepare(cast)
    chance = world.chance
    world.rates = Rates(
        crash=chance.choice([0, 0.002, 0.01]),
        answer_lost=chance.choice([0, 0.002, 0.01]),
        duplicate=0.2,
        drop=0.1,
        delay=0.3,
        reject=0.03,
        defer=0.1,
        lose_answer=0.03,
        stall=chance.choice([0, 0.02]),
    )
    actors = [
        *(asyncio.create_task(_worker(cast, queue)) for queue in ("send", "send", "resume")),
        *(asyncio.create_task(_sweeper(cast)) for _ in range(2)),
        asyncio.create_task(_readers(cast)),
        asyncio.create_task(_people(cast, names)),
    ]
    await asyncio.sleep(STORM_SECONDS)
    world.log("calm")
    world.rates = CALM
    await _drain(cast, names)
    cast.stop.set()
    for actor in actors:
        actor.cancel()
    await asyncio.gather(*actors, return_exceptions=True)
    services = cast.services()
    while await roll_counts(services):
        pass
    violations = await check(world, store, names)
    await store.close()
    return Result(seed, violations, len(world.ledger), world.crashes, world.tick, world.trace)


async def open_sqlite(world: World) -> Store:
    store = await SqliteStore.open(
        ":memory:", per_document=True, inline=True, on_write=world.on_write, clock=world.now
    )
    await store.migrate()
    return store


async def _prepare(cast: Play) -> list[str]:
    world, chance = cast.world, cast.world.chance
    services = cast.services()
    names = []
    for number in range(chance.randrange(1, 3)):
        name = f"c{number}"
        kind = chance.choice(["demo", "loop", "grown", "grown"])
        document = {"demo": flows.demo, "loop": flows.loop}.get(kind, lambda: flows.grown(chance))()
        await campaigns.create_campaign(services, name=name, campaign_id=name, flow=document)
        upload = Upload(services, name)
        rows = [
            Row(
                line + 2,
                f"p{line}@{name}.example.org",
                {"plan": chance.choice(["pro", "free"]), "renewal": "2026-03-30"},
            )
            for line in range(chance.randrange(3, 9))
        ]
        await upload.add([*rows, rows[0]])
        await upload.finish()
        await campaigns.launch(services, name)
        names.append(name)
    world.log(f"launched {names}")
    return names


async def _life(cast: Play, role: str, act: Callable[[Services], Awaitable[None]]) -> None:
    """Lives of one process, one after the other: each acts until it crashes."""
    while not cast.stop.is_set():
        who = cast.born(role)

        async def live(who: Incarnation = who) -> None:
            cast.world.become(who)
            services = cast.services()
            while not cast.stop.is_set():
                await act(services)

        try:
            await asyncio.create_task(live())
        except Crash:
            who.is_dead = who.is_troubled = True
        await asyncio.sleep(cast.world.chance.uniform(0.5, 20))


async def _worker(cast: Play, queue: str) -> None:
    deliver = deliver_sends if queue == "send" else deliver_resumes

    async def act(services: Services) -> None:
        batch = cast.broker.take(queue, cast.world.chance.randrange(1, 6))
        if not batch:
            await asyncio.sleep(cast.world.chance.uniform(0.05, 0.5))
            return
        cast.busy += 1
        try:
            failed = await deliver(services, batch)
            ids = {it.delivery_id for it in batch if it.delivery_id not in failed}
            cast.broker.done(queue, ids)
        except* ConnectionError:
            await asyncio.sleep(0.1)
        finally:
            cast.busy -= 1

    await _life(cast, f"{queue}-", act)


async def _sweeper(cast: Play) -> None:
    async def act(services: Services) -> None:
        try:
            await sweep(services)
        except* ConnectionError:
            pass
        await asyncio.sleep(1)

    await _life(cast, "sweep-", act)


async def _readers(cast: Play) -> None:
    """People open and click what arrived, some at once, some twice, some never."""
    world, seen = cast.world, 0

    async def act(services: Services) -> None:
        nonlocal seen
        fresh, seen = world.ledger[seen:], len(world.ledger)
        for accepted in fresh:
            if world.chance.random() < 0.5:
                cast.hits.append(asyncio.create_task(_hit(cast, services, accepted.message_id)))
        await asyncio.sleep(0.2)

    await _life(cast, "reader-", act)


async def _hit(cast: Play, services: Services, message_id: str) -> None:
    world = cast.world
    await asyncio.sleep(world.chance.choice([0.0, 0.1, 4.9, 5.0, 9.0, 30.0]))
    key = await _key_of(cast, message_id)
    if key is None:
        return
    lead_id, node_id, visit, attempt = key
    try:
        for _ in range(world.chance.choice([1, 1, 2])):
            world.alive()
            at = await services.store.now()
            hit = Hit(world.chance.choice(OPENED), node_id, visit, at, "https://example.com/x")
            campaign_id = lead_id.split("_")[1]
            stored = await store_hit(
                services, campaign_id, lead_id, attempt, hit, Reader("sim", "192.0.2.1")
            )
            world.log(f"hit {hit.kind} {lead_id} {node_id}/{visit}")
            await settle_hits(services, [stored])
    except (ConnectionError, Crash):
        return


async def _key_of(cast: Play, message_id: str) -> tuple[str, str, int, int] | None:
    for name in ("c0", "c1"):
        found = await cast.store.messages.page(name, after_key="", limit=1000, state=None)
        for it in found:
            if message_id_of(it.key) == message_id:
                return it.lead_id, it.node_id, it.visit, it.attempt
    return None


async def _people(cast: Play, names: list[str]) -> None:
    """Operators and contacts who do what they do at the worst time."""
    world, chance = cast.world, cast.world.chance

    async def act(services: Services) -> None:
        await asyncio.sleep(chance.uniform(0.5, 10))
        name = chance.choice(names)
        deed = chance.choice(
            ["pause", "resume", "resume", "unsubscribe", "resolve", "resolve", "jump", "wipe"]
            + ["garbage", "unfenced", "publish"]
            + (["cancel"] if chance.random() < 0.2 else [])
        )
        try:
            await _do(cast, services, deed, name)
        except (CallerError, ConnectionError) as refused:
            world.log(f"{deed} {name} refused: {refused}")

    await _life(cast, "people-", act)


async def _do(cast: Play, services: Services, deed: str, name: str) -> None:
    world, chance = cast.world, cast.world.chance
    match deed:
        case "pause":
            await campaigns.pause(services, name)
            world.ack("pause", name)
        case "resume":
            world.ack("resume", name)
            await campaigns.resume(services, name)
        case "cancel":
            await campaigns.cancel(services, name)
            world.ack("cancel", name)
        case "unsubscribe":
            address = f"p{chance.randrange(0, 8)}@{name}.example.org"
            await suppress(services, address, "unsubscribed", name)
            world.ack("unsubscribe", address)
        case "resolve":
            await _resolve(services, name, chance.choice(list(Resolution)))
        case "jump":
            seconds = chance.choice([-2, 1, 30, 300, 7200])
            world.log(f"clock jumps {seconds} s")
            world.offset += timedelta(seconds=seconds)
        case "wipe":
            world.log("broker wiped")
            cast.broker.wipe()
        case "garbage":
            cast.broker.put_garbage(chance.choice(["send", "resume"]), "{not a job")
        case "unfenced":
            await _unfenced(cast, name)
        case "publish":
            await campaigns.replace_draft(services, name, flows.demo(), None)
            await campaigns.publish(services, name)


async def _resolve(services: Services, name: str, resolution: Resolution) -> None:
    unknown = await services.store.messages.page(
        name, after_key="", limit=50, state=MessageState.UNKNOWN
    )
    for message in unknown:
        leads = await services.store.leads.find([message.lead_id])
        if leads and leads[0].lead.state is State.UNKNOWN and message.resolution is None:
            await resolve_unknown(services, name, message.key, resolution)
            return


async def _unfenced(cast: Play, name: str) -> None:
    """A job of an older sender: it names the lead only, and comes when it likes."""
    leads = await cast.store.leads.page(name, after_seq=0, limit=100)
    if leads:
        lead = cast.world.chance.choice(leads).lead
        body = {"lead_id": lead.lead_id, "campaign_id": name}
        cast.broker.put_garbage("resume", json.dumps(body))


async def _drain(cast: Play, names: list[str]) -> None:
    """No more faults. Paused campaigns go on; time jumps to whatever is due next, until rest."""
    world, services = cast.world, cast.services()
    for name in names:
        found = await services.store.campaigns.find([name])
        if found and found[0].status is CampaignStatus.PAUSED:
            world.ack("resume", name)
            await campaigns.resume(services, name)
    quiet = 0
    for _ in range(ROUNDS_MAX):
        await asyncio.sleep(15)
        for name in names:
            found = await services.store.campaigns.find([name])
            if found and found[0].status is CampaignStatus.PAUSED:
                world.ack("resume", name)
                await campaigns.resume(services, name)
        if not cast.broker.is_empty() or cast.busy:
            quiet = 0
            continue
        due = await services.store.leads.oldest_due(names)
        now = world.now()
        if due is None:
            quiet += 1
            if quiet >= 3:
                return
        else:
            quiet = 0
            if due > now:
                world.offset += due - now
