"""The faults, one kind per scenario, each on a seeded schedule.

A scenario is a generator: it injects a fault, yields how many seconds to let pass, and goes on. In
all of them the mail server misbehaves. Scenarios that kill the store use the MongoDB stand-in.
"""

import random  # noqa: TID251 (chance is what this is about)
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace

from bench.faults import crash_points
from bench.faults.lines import Fault
from bench.faults.proxy import ROUGH
from bench.faults.recovery import BROKER_UP, BROKER_WIPED
from bench.faults.stack import TIMES, VHOST, CeleryProcess, Stack
from bench.faults.unknowns import PROXY, STORE_DOWN, STORE_UP
from harness.patience import patience

POINT_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.1
ANSWER_LOST = f"{PROXY}: answer lost"
Pauses = Iterator[float]


@dataclass(frozen=True, slots=True)
class Doses:
    random_kills: int = 100
    crash_points: tuple[str, ...] = crash_points.POINTS
    broker_wipes: int = 5
    redis_flushes: int = 3
    store_kills_seconds: float = 180.0
    store_lives_seconds: tuple[float, float] = (5.0, 20.0)
    stops: int = 3


SMALL = Doses(
    random_kills=6,
    crash_points=(
        "after mark",
        "after send",
        "before commit a step that rests",
        "after commit a step that sends",
        "after journal",
        "after take due",
    ),
    broker_wipes=1,
    redis_flushes=1,
    store_kills_seconds=15.0,
    store_lives_seconds=(3.0, 6.0),
    stops=1,
)


@dataclass
class Bench:
    """What a scenario works with. `done` describes its progress for people."""

    stack: Stack
    chance: random.Random
    doses: Doses
    done: str = ""
    unreached: set[str] = field(default_factory=set)
    """Planned faults that did not happen: crash points that no worker reached in time."""
    reached: set[str] = field(default_factory=set)

    def victim(self) -> Generator[float, None, CeleryProcess]:
        """A worker that takes jobs; waits until there is one."""
        while not (ready := self.stack.ready()):
            yield LOOK_SECONDS
        return self.chance.choice(ready)


def random_kills(bench: Bench) -> Pauses:
    for number in range(1, bench.doses.random_kills + 1):
        victim = yield from bench.victim()
        # Gives it time to start working.
        yield bench.chance.uniform(0.2, 3.0)
        bench.stack.kill(victim)
        bench.done = f"{number} of {bench.doses.random_kills} kills"


def points(bench: Bench) -> Pauses:
    """Every named point, in an order given by the seed; points that were not reached are repeated
    at the end.
    """
    order = list(bench.doses.crash_points)
    bench.chance.shuffle(order)
    for point in order:
        yield from _reach(bench, point)
    for point in sorted(bench.unreached):
        yield from _reach(bench, point)


def _reach(bench: Bench, point: str) -> Pauses:
    folder = bench.stack.folder
    yield from bench.victim()
    crash_points.arm(folder, point)
    waited = 0.0
    while crash_points.is_armed(folder) and waited < patience(POINT_SECONDS_MAX):
        yield LOOK_SECONDS
        waited += LOOK_SECONDS
    if crash_points.is_armed(folder):
        crash_points.disarm(folder)
        bench.unreached.add(point)
    else:
        bench.unreached.discard(point)
        bench.reached.add(point)
    bench.done = f"{len(bench.reached)} of {len(bench.doses.crash_points)} points"
    yield bench.chance.uniform(0.2, 1.0)


def broker_wipes(bench: Bench) -> Pauses:
    """In turn: every queue purged, the virtual host deleted, the broker killed and its disk wiped.
    After each there is time to recover undisturbed; after the last, the rest of the run.
    """
    total = bench.doses.broker_wipes
    for number in range(1, total + 1):
        yield bench.chance.uniform(2.0, 4.0)
        yield from _WIPES[(number - 1) % len(_WIPES)](bench.stack)
        bench.stack.note(BROKER_UP)
        bench.done = f"{number} of {total} wipes"
        yield TIMES.recovery_max if number < total else 0


def _purge(stack: Stack) -> Pauses:
    stack.note(BROKER_WIPED, message="queues purged")
    for queue in stack.depths():
        stack.rabbit.purge(VHOST, queue)
    yield 0


def _delete_vhost(stack: Stack) -> Pauses:
    stack.note(BROKER_WIPED, message="virtual host deleted")
    stack.rabbit.delete_vhost(VHOST)
    yield 0.5
    stack.rabbit.add_vhost(VHOST)


def _wipe_disk(stack: Stack) -> Pauses:
    stack.note(BROKER_WIPED, message="killed, disk wiped")
    stack.rabbit.kill()
    shutil.rmtree(stack.rabbit.folder / "mnesia", ignore_errors=True)
    yield 1.0
    stack.rabbit.start()
    stack.rabbit.add_vhost(VHOST)


_WIPES: tuple[Callable[[Stack], Pauses], ...] = (_purge, _delete_vhost, _wipe_disk)


def redis_flushes(bench: Bench) -> Pauses:
    """Redis flushed; the last time, killed, down for a while and back empty."""
    total = bench.doses.redis_flushes
    for number in range(1, total + 1):
        yield bench.chance.uniform(2.0, 4.0)
        if number == total:
            bench.stack.note("redis killed")
            bench.stack.redis.kill()
            yield 3.0
            bench.stack.redis.start()
            bench.stack.note("redis up")
        else:
            bench.stack.flush_redis()
        bench.done = f"{number} of {total} flushes"
        yield 2.0


def store_kills(bench: Bench) -> Pauses:
    """The stand-in killed at intervals and down for up to 5 s; meanwhile the proxy disturbs its
    connections.
    """
    mongo, proxy = bench.stack.mongo, bench.stack.proxy
    assert mongo is not None
    assert proxy is not None
    proxy.weather = ROUGH
    passed, kills = 0.0, 0
    while passed < bench.doses.store_kills_seconds:
        alive = bench.chance.uniform(*bench.doses.store_lives_seconds)
        yield alive
        bench.stack.note(STORE_DOWN)
        mongo.kill()
        down = bench.chance.choice([0.0, bench.chance.uniform(0, 5)])
        yield down
        mongo.start()
        bench.stack.note(STORE_UP)
        passed, kills = passed + alive + down, kills + 1
        bench.done = f"{kills} kills of the store"
    if not any(it.kind == ANSWER_LOST for it in Fault.read(bench.stack.folder)):
        bench.unreached.add(ANSWER_LOST)


def stops(bench: Bench) -> Pauses:
    """A worker is suspended until its leases have expired, then continues."""
    for number in range(1, bench.doses.stops + 1):
        yield bench.chance.uniform(1.0, 3.0)
        stopped = yield from bench.victim()
        bench.stack.stop(stopped)
        yield TIMES.lead_lease + bench.chance.uniform(1.0, 3.0)
        bench.stack.go_on(stopped)
        bench.done = f"{number} of {bench.doses.stops} stops"
        yield 2.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """`title`: the fault, as the table names it."""

    name: str
    title: str
    run: Callable[[Bench], Pauses]
    store: str = "mongodb"


def mixed(bench: Bench) -> Pauses:
    """A little of each fault that needs no MongoDB, one after the other."""
    for part in (random_kills, points, redis_flushes, broker_wipes):
        yield from part(bench)


def nothing(bench: Bench) -> Pauses:
    """No fault besides the mail server's misbehaviour and lost or repeated jobs."""
    yield 8.0


def kills_and_points(bench: Bench) -> Pauses:
    yield from random_kills(bench)
    yield from points(bench)


MIXED_DOSES = replace(SMALL, random_kills=2, crash_points=SMALL.crash_points[:5])
MIXED = Scenario("mixed", "a little of everything", mixed, store="sqlite")

SCENARIOS = (
    Scenario("kills", "workers killed at random", random_kills),
    Scenario("points", "workers killed at named points", points),
    Scenario("wipes", "broker wiped", broker_wipes),
    Scenario("flushes", "Redis flushed, killed", redis_flushes),
    Scenario("store", "store killed, its answers lost", store_kills),
    Scenario("stops", "workers suspended past their leases", stops),
)
