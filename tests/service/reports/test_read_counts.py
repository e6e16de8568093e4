"""Counts are read as they are now, and no record is counted twice or left out."""

from collections.abc import Sequence
from dataclasses import replace

from functions.flow.journal import JournalRecord, total_key
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.reports import read_counts as reading
from functions.service.reports.read_counts import read_counts
from functions.service.reports.records import Counts
from functions.service.reports.roll_counts import roll_counts
from functions.service.store import Store
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import email, flow, in_world, launched
from harness.fakes.world import FakeWorld
from harness.simulation.faulty_store import Around, layered

OPENED = total_key("opened", "mail")


def opened(number: int) -> JournalRecord:
    return JournalRecord(
        key=f"record-{number}",
        campaign_id="c",
        lead_id="lead",
        revision=number,
        at=BEGINNING,
        entries=(),
        delta={OPENED: 1},
    )


async def stored(world: FakeWorld) -> Counts:
    found = await world.store.counts.find(["c"])
    return found[0] if found else Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c")


@in_world
async def test_pending_records_are_added_and_nothing_is_written(world: FakeWorld) -> None:
    """They count as changed after the stored revision, so that the next look has them again."""
    await launched(world, flow([email("mail")]))
    await world.settle()
    before = await stored(world)
    await world.store.journal.insert([opened(1), opened(2)])
    read = await read_counts(world.made, "c")
    assert (read.values[OPENED], read.revision) == (2, before.revision)
    assert read.changed[OPENED] > before.revision
    assert {key: it for key, it in read.values.items() if key != OPENED} == before.values
    assert await stored(world) == before
    await roll_counts(world.made, "c")
    rolled, again = await stored(world), await read_counts(world.made, "c")
    assert (again.values, again.changed, again.revision) == (
        rolled.values,
        rolled.changed,
        rolled.revision,
    )
    assert again.values == read.values


@in_world
async def test_records_of_a_roll_up_that_died_are_counted_once(world: FakeWorld) -> None:
    """It saved the counts and marked no record."""
    await launched(world, flow([email("mail")]))
    await world.settle()
    await world.store.journal.insert([opened(1)])
    await roll_counts(world.made, "c")
    counts = await stored(world)
    await world.store.journal.insert([opened(2)])
    applied = replace(counts, revision=counts.revision + 1, applied=("record-2",))
    assert await world.store.counts.save(applied)
    assert (await read_counts(world.made, "c")).values[OPENED] == 1


class _RolledMeanwhile(Around):
    """A roll-up happens between reading the counts and reading the records."""

    def __init__(self, inner: object, world: FakeWorld, times: int) -> None:
        super().__init__(inner)
        self._world = world
        self._times = times

    async def unrolled(self, campaign_id: str, limit: int) -> Sequence[JournalRecord]:
        if self._times:
            self._times -= 1
            await self._world.store.journal.insert([opened(10 + self._times)])
            await roll_counts(self._world.made, "c")
        return await self._world.store.journal.unrolled(campaign_id, limit)


def rolled_meanwhile(world: FakeWorld, times: int) -> Store:
    return layered(world.store, {"journal": lambda port: _RolledMeanwhile(port, world, times)})


@in_world
async def test_a_roll_up_in_between_is_noticed(world: FakeWorld) -> None:
    """The records then belong to other counts: both are read again, a bounded number of times."""
    await launched(world, flow([email("mail")]))
    await world.settle()
    services = replace(world.made, store=rolled_meanwhile(world, 1))
    await world.store.journal.insert([opened(1)])
    assert (await read_counts(services, "c")).values[OPENED] == 2
    endless = replace(world.made, store=rolled_meanwhile(world, 99))
    assert (await read_counts(endless, "c")).values[OPENED] == 2 + reading.ATTEMPTS_MAX
