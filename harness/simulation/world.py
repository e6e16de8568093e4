"""Everything that one seed determines: randomness, the clock, the processes, and the log of what
happened.

A worker process is a `Process`: it may die at any write, freeze until its leases have expired, or
lose the store's answers. Nothing that a dead process still does reaches the world.
"""

import asyncio
import random  # noqa: TID251 (chance is what this is about)
import re
from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from functions.service.tracking.records import StoredTrackingEvent

Chance = random.Random

TRACE_LINES_MAX = 20_000

_PLACE = re.compile(r"\.[0-9a-f]+\.[0-9a-f]+@")
_BEGINNINGS = (
    datetime(2026, 3, 27, 8, 0, tzinfo=UTC),
    datetime(2026, 10, 23, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 31, 3, 0, tzinfo=UTC),
    datetime(2027, 2, 27, 23, 0, tzinfo=UTC),
)
"""Shortly before clocks change in Europe, in America, and before a year without 29 February."""


class Crash(BaseException):
    """The process is dead: no code can handle this error."""


class StoreAwayError(ConnectionError):
    """The store cannot be reached; nothing was done."""


class AnswerLostError(ConnectionError):
    """The answer was lost; the write may have been done."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a world may be."""

    campaigns_max: int = 3
    contacts_min: int = 3
    contacts_max: int = 12
    nodes_max: int = 12
    storm_seconds: tuple[float, ...] = (15, 40, 90, 300)
    sweeps_max: int = 25
    """The pause of each sweeper during the storm."""
    top_up_seconds: tuple[float, ...] = (0, 0.2, 5)
    patience_seconds: float = 1.0
    """The pause between two checks for work, in the calm."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Probabilities per opportunity; all 0 in the calm after the storm."""

    crash: float = 0.0
    answer_lost: float = 0.0
    store_away: float = 0.0
    freeze: float = 0.0
    latency_seconds: float = 0.0
    duplicate: float = 0.0
    drop: float = 0.0
    delay: float = 0.0
    dispatch_fails: float = 0.0
    mail_defer: float = 0.0
    mail_lost: float = 0.0
    mail_slow: float = 0.0
    mail_freeze: float = 0.0


CALM = Rates()


def storm(chance: Chance) -> Rates:
    return Rates(
        crash=chance.choice([0, 0.001, 0.004, 0.015]),
        answer_lost=chance.choice([0, 0.001, 0.004, 0.015]),
        store_away=chance.choice([0, 0, 0.001]),
        freeze=chance.choice([0, 0, 0.001, 0.004]),
        latency_seconds=chance.choice([0, 0.003, 0.05, 0.5]),
        duplicate=chance.choice([0, 0.2]),
        drop=chance.choice([0, 0.1]),
        delay=chance.choice([0, 0.3]),
        dispatch_fails=chance.choice([0, 0.02]),
        mail_defer=chance.choice([0, 0.1, 0.4]),
        mail_lost=chance.choice([0, 0.02, 0.1]),
        mail_slow=chance.choice([0, 0.05]),
        mail_freeze=chance.choice([0, 0, 0.05]),
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line of the mail server's ledger, written before the server answers."""

    tick: int
    message_id: str
    recipient: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """The limiter let a message go. `at`: by the caller's clock; `is_stale`: the clock was set back
    since.
    """

    tick: int
    key: str
    domain: str
    at: datetime
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault that may make a message's outcome unknown. `process` None: it affected all."""

    tick: int
    kind: str
    process: "Process | None"
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """A request was acknowledged as done. For `resume`: it was requested."""

    tick: int
    kind: str
    name: str


_current: ContextVar["Process | None"] = ContextVar("process", default=None)


@dataclass(eq=False, slots=True)
class Process:
    """One life of a worker. `open_marks`: messages that it has marked but not settled yet, at most
    one for each of its `connections_max`."""

    world: "World"
    name: str
    is_immune: bool = False
    is_dead: bool = False
    frozen_until: float = 0.0
    died: asyncio.Event = field(default_factory=asyncio.Event)
    connections_max: int = 0
    open_marks: set[str] = field(default_factory=set)

    def enter(self) -> None:
        """From here on, this task and its children run as this process."""
        _current.set(self)

    def check_alive(self) -> None:
        if self.is_dead:
            raise Crash

    def mark(self, key: str) -> None:
        self.open_marks.add(key)
        if len(self.open_marks) > self.connections_max:
            marks = f"{len(self.open_marks)} marks over {self.connections_max} connections"
            self.world.defect(f"{self.name} has {marks}: {sorted(self.open_marks)}", "I7")

    def die(self, message: str) -> None:
        self.is_dead = True
        self.died.set()
        self.world.crashes += 1
        self.world.trouble("crash", self)
        self.world.log(f"CRASH {message}")

    def freeze(self, seconds: float) -> None:
        self.frozen_until = asyncio.get_running_loop().time() + seconds
        self.world.trouble("freeze", self)
        self.world.log(f"frozen for {seconds:.0f} s")

    @property
    def is_frozen(self) -> bool:
        return self.frozen_until > asyncio.get_running_loop().time()

    async def thawed(self) -> None:
        """Returns once the process runs again. Raises Crash if it is dead."""
        loop = asyncio.get_running_loop()
        # It may be frozen again meanwhile.
        while (rest := self.frozen_until - loop.time()) > 0 and not self.is_dead:  # noqa: ASYNC110
            await asyncio.sleep(rest)
        self.check_alive()

    def miss(self, kind: str) -> None:
        """A call of the store has failed: its batch may end, and leave its marks behind."""
        self.world.trouble(kind, self)
        self.open_marks.clear()

    async def breathe(self) -> None:
        """Runs before each call of the store: time passes, and faults happen."""
        world = self.world
        if self.is_immune:
            return
        if world.rates.latency_seconds:
            await asyncio.sleep(world.chance.random() * world.rates.latency_seconds)
        if world.happens(world.rates.freeze):
            self.freeze(world.chance.uniform(3, 90))
        await self.thawed()
        now = asyncio.get_running_loop().time()
        if now < world.store_away_until:
            self.miss("store away")
            raise StoreAwayError
        if world.happens(world.rates.store_away):
            seconds = world.chance.uniform(0.1, 5)
            world.store_away_until = now + seconds
            world.trouble("store away", None)
            world.log(f"the store is away for {seconds:.1f} s")
            self.open_marks.clear()
            raise StoreAwayError

    async def hear(self) -> None:
        """Runs after each call of the store: its answer is on the way, and others may be faster."""
        world = self.world
        if world.rates.latency_seconds and not self.is_immune and world.chance.random() < 0.3:
            await asyncio.sleep(world.chance.random() * world.rates.latency_seconds)
            self.check_alive()


@dataclass
class World:
    """`tick` orders what happened; `lines` describe it for people."""

    seed: int
    shape: Shape = field(default_factory=Shape)
    rates: Rates = CALM
    tick: int = 0
    crashes: int = 0
    offset: timedelta = timedelta()
    has_leapt: bool = False
    store_away_until: float = 0.0
    ledger: list[Accepted] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    mail: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the ledger has grown."""
    troubles: list[Trouble] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    defects: list[tuple[str, str]] = field(default_factory=list)
    """Defects that no fault explains, by invariant: an unexpected error, too many marks."""
    marks: dict[str, list[tuple[int, Process | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By send key: which process marked the message `sending`, and when."""
    became_unknown: dict[str, int] = field(default_factory=dict)
    commits: dict[tuple[str, int], int] = field(default_factory=dict)
    """By (lead, revision): when it was committed, at the latest."""
    tracking_events: list[StoredTrackingEvent] = field(default_factory=list)
    """All that were passed to the store, whether or not the answer arrived."""
    stored_tracking_events: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    """By tracking event: when its insertion was answered, by tick and by the store's clock."""
    steps_back: list[int] = field(default_factory=list)
    """When the clock was set back."""
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    """The branch each lead took at each split."""
    peaks: list[tuple[int, datetime]] = field(default_factory=list)
    """What the clock showed before it was set back, by tick."""
    may_switch: bool = True
    """Whether, in some worlds, nodes of grown flows are switched off."""
    may_move: bool = True
    """Whether, in some worlds, publishing moves leads to the new version."""
    may_schedule: bool = True
    """Whether, in some worlds, campaigns start at a time, and end by hand or at a date."""

    def __post_init__(self) -> None:
        self.chance = Chance(self.seed)
        # A separate generator, so that worlds without switches run as they did before switches
        # existed.
        self._switches = Chance(f"switches of {self.seed}")
        self._off_share = 0.25 if self._switches.random() < 0.3 and self.may_switch else 0.0
        self.moves = Chance(f"moves of {self.seed}")
        """Likewise: worlds in which nobody moves run as they did before leads could be moved."""
        self.move_share = 0.7 if self.moves.random() < 0.5 and self.may_move else 0.0
        self.timing_chance = Chance(f"timings of {self.seed}")
        self.has_timings = self.timing_chance.random() < 0.4 and self.may_schedule
        self.began = self.chance.choice(_BEGINNINGS) + timedelta(
            seconds=self.chance.randrange(3 * 86_400)
        )
        self._lines: list[tuple[int, datetime, str, str]] = []

    def is_off(self) -> bool:
        """Whether the next node that could be switched off is switched off."""
        return self._switches.random() < self._off_share

    def now(self) -> datetime:
        """The store's clock."""
        return self.began + self.offset + timedelta(seconds=asyncio.get_running_loop().time())

    def log(self, message: str) -> None:
        self.tick += 1
        if len(self._lines) < TRACE_LINES_MAX:
            who = _current.get()
            self._lines.append((self.tick, self.now(), who.name if who else "-", message))

    def lines(self) -> list[str]:
        return [
            f"{tick:6} {at:%m-%d %H:%M:%S.%f} {who:10} {message}"
            for tick, at, who, message in self._lines
        ]

    def fingerprint(self) -> str:
        return sha256(repr(self._lines).encode()).hexdigest()[:16]

    def happens(self, rate: float) -> bool:
        return rate > 0 and self.chance.random() < rate

    def trouble(self, kind: str, process: Process | None, message_id: str | None = None) -> None:
        self.troubles.append(Trouble(self.tick + 1, kind, process, message_id))

    def ack(self, kind: str, name: str) -> None:
        self.log(f"{kind} {name}")
        self.acks.append(Ack(self.tick, kind, name))

    def defect(self, message: str, invariant: str = "defect") -> None:
        self.log(f"DEFECT {message}")
        self.defects.append((invariant, message))

    def jump(self, by: timedelta) -> None:
        """Sets the store's clock forward or back."""
        if by < timedelta():
            self.peaks.append((self.tick, self.now()))
        self.trouble("clock set", None)
        self.log(f"the clock is set by {by}")
        self.offset += by
        self.has_leapt |= by > timedelta(hours=5)
        if by < timedelta():
            self.steps_back.append(self.tick)

    def latest(self, tick: int, at: datetime) -> datetime:
        """The latest time that the clock had shown by this tick, when it showed `at`."""
        return max([at, *(shown for set_back, shown in self.peaks if set_back <= tick)])

    def on_write(self, step: str) -> None:
        """The store's hook, called before and after every driver write."""
        who = _current.get()
        if who is None or who.is_immune:
            return
        who.check_alive()
        if self.happens(self.rates.crash):
            who.die(step)
            raise Crash
        if step.startswith("after:") and self.happens(self.rates.answer_lost):
            who.miss("answer lost")
            self.log(f"answer lost {step}")
            raise AnswerLostError(step)


def current_process() -> Process | None:
    return _current.get()


class as_nobody:  # noqa: N801 (reads as a statement)
    """The world itself reads the store, without faults."""

    def __enter__(self) -> None:
        self._token = _current.set(None)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def message_id_of(key: str) -> str:
    """Derived from the send key as functions.mail does, for senders at example.com."""
    return f"<{sha256(key.encode()).hexdigest()[:32]}@example.com>"


def as_of_key(message_id: str) -> str:
    """A Message-ID without what it says about campaign and contact."""
    return _PLACE.sub("@", message_id)
