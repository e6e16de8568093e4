"""The store as one process sees it, and the record of what is written.

From the outside in: each process calls through its own `faulty_store`, where time passes and faults
happen; all share one `witnessed` store, which records what the invariants need; below it is the
real adapter.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from inspect import get_annotations
from typing import cast

from functions.service.execution.ports import Leads
from functions.service.execution.records import Commit
from functions.service.sending.ports import Messages
from functions.service.sending.records import Claim, MessageChange, MessageState
from functions.service.store import Store
from functions.service.tracking.ports import TrackingEventStore
from functions.service.tracking.records import StoredTrackingEvent
from harness.simulation.world import Process, World, as_nobody, current_process

Method = Callable[..., Awaitable[object]]

PORTS = tuple(name for part in Store.__mro__ for name in get_annotations(part))


class Around:
    """A port with code around each of its methods, except those that a subclass defines."""

    def __init__(self, inner: object) -> None:
        self.inner = inner

    def wrap(self, method: Method) -> Method:
        return method

    def __getattr__(self, name: str) -> Method:
        wrapped = self.wrap(cast(Method, getattr(self.inner, name)))
        setattr(self, name, wrapped)
        return wrapped


class Layer:
    """A store with the ports of another, each wrapped by `around`. Everything else belongs to the
    other store.
    """

    def __init__(self, inner: Store, around: Mapping[str, Callable[[object], object]]):
        self.inner = inner
        for port in PORTS:
            there = getattr(inner, port)
            setattr(self, port, around[port](there) if port in around else there)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


def layered(inner: Store, around: Mapping[str, Callable[[object], object]]) -> Store:
    return cast(Store, Layer(inner, around))


class _Breathing(Around):
    def __init__(self, inner: object, process: Process) -> None:
        super().__init__(inner)
        self._process = process

    def wrap(self, method: Method) -> Method:
        async def call(*given: object, **named: object) -> object:
            await self._process.breathe()
            answer = await method(*given, **named)
            await self._process.hear()
            return answer

        return call


class _FaultyStore(Layer):
    def __init__(self, inner: Store, process: Process) -> None:
        super().__init__(inner, dict.fromkeys(PORTS, lambda port: _Breathing(port, process)))
        self._process = process

    async def now(self) -> datetime:
        await self._process.thawed()
        return await self.inner.now()


def faulty_store(inner: Store, process: Process) -> Store:
    return cast(Store, _FaultyStore(inner, process))


class _WitnessedMessages(Around):
    def __init__(self, inner: object, world: World) -> None:
        super().__init__(inner)
        self._messages = cast(Messages, inner)
        self._world = world

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        began = self._world.tick
        try:
            applied = await self._messages.write(changes)
        except BaseException:
            with as_nobody():
                found = {it.key: it for it in await self._messages.find([c.key for c in changes])}
            # The writer does not know whether the write was done; we do.
            done = [
                it
                for it in changes
                if it.key in found
                and (found[it.key].state, found[it.key].changed_at) == (it.state, it.at)
            ]
            self._note(done, began)
            raise
        self._note([it for it in changes if it.key in applied], None)
        return applied

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        won = await self._messages.claim(claims)
        for claim in claims:
            if claim.message.key in won:
                self._world.log(f"{claim.message.state} {claim.message.key}")
        return won

    def _note(self, changes: Sequence[MessageChange], tick: int | None) -> None:
        """`tick`: when a write began that failed; its cause came after that."""
        world, who = self._world, current_process()
        for change in changes:
            world.log(f"{change.state} {change.key} {change.outcome_reason or ''}")
            if change.state is MessageState.SENDING:
                world.marks[change.key].append((world.tick if tick is None else tick, who))
                if who is not None:
                    if tick is None:
                        who.mark(change.key)
                    if who.is_frozen:
                        # It froze while the mark was on its way.
                        world.trouble("freeze", who)
                continue
            if change.state is MessageState.UNKNOWN:
                world.became_unknown[change.key] = world.tick
            for _, marker in world.marks[change.key]:
                if marker is not None:
                    marker.open_marks.discard(change.key)


class _WitnessedLeads(Around):
    def __init__(self, inner: object, world: World) -> None:
        super().__init__(inner)
        self._leads = cast(Leads, inner)
        self._world = world

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        try:
            won = await self._leads.commit(commits, token, at)
        except BaseException:
            self._note(commits, "perhaps ")
            raise
        self._note([it for it in commits if it.lead.lead_id in won], "")
        return won

    def _note(self, commits: Sequence[Commit], sureness: str) -> None:
        for commit in commits:
            lead = commit.lead
            kinds = ",".join(entry.kind for entry in commit.records[-1].entries)
            self._world.log(
                f"{sureness}committed {lead.lead_id}@{lead.revision} "
                f"{lead.state} at {lead.current_node} ({kinds})"
            )
            self._world.commits[lead.lead_id, lead.revision] = self._world.tick


class _WitnessedTrackingEvents(Around):
    def __init__(self, inner: object, world: World) -> None:
        super().__init__(inner)
        self._tracking_events = cast(TrackingEventStore, inner)
        self._world = world

    async def insert(self, tracking_events: Sequence[StoredTrackingEvent]) -> int:
        (it,) = tracking_events
        self._world.tracking_events.append(it)
        new = await self._tracking_events.insert(tracking_events)
        if not new:
            # Nothing is guaranteed for a second one of the same reader and minute.
            self._world.tracking_events.remove(it)
        else:
            event = it.tracking_event
            self._world.log(f"{event.kind} {it.lead_id} {event.node_id}/{event.visit}")
            self._world.stored_tracking_events[it.tracking_event_id] = (
                self._world.tick,
                self._world.now(),
            )
        return new


def witnessed(inner: Store, world: World) -> Store:
    return layered(
        inner,
        {
            "messages": lambda port: _WitnessedMessages(port, world),
            "leads": lambda port: _WitnessedLeads(port, world),
            "tracking_events": lambda port: _WitnessedTrackingEvents(port, world),
        },
    )
