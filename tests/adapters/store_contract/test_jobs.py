"""Promises of `Jobs`, `IdempotencyRecords` and the store itself."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.jobs.records import JobKind, JobState
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, at, campaign, idempotency_record, job
from tests.adapters.store_contract.contract import batch_contract, contract


async def take(store: Store, now_s: float, token: str, limit: int = 9) -> list[str]:
    """The ids taken for ten seconds."""
    return [
        it.job_id for it in await store.jobs.take_anywhere(at(now_s), at(now_s + 10), token, limit)
    ]


@contract
async def test_job_comes_back_whole(store: Store) -> None:
    """An id that is taken stays with the first."""
    whole = job(
        "j1",
        kind=JobKind.ENROL,
        state=JobState.FAILED,
        cursor=4,
        until=9,
        report={"rejected": [{"line": 3, "why": "Zoë 🎈"}], "accepted": 2},
        lease_until=at(5),
        token="t",
        updated_at=at(1),
    )
    assert await store.jobs.insert(whole)
    assert not await store.jobs.insert(job("j1"))
    assert await store.jobs.find(DEFAULT_WORKSPACE, "j1") == whole
    assert await store.jobs.find(DEFAULT_WORKSPACE, "nobody") is None


@batch_contract
async def test_take_leases_the_oldest_waiting_job_of_each_campaign(store: Store) -> None:
    """The second of a campaign waits until the first is done, however free it is."""
    await store.jobs.insert(job("a2", "a", created_at=at(2)))
    await store.jobs.insert(job("a1", "a", created_at=at(1)))
    await store.jobs.insert(job("a0", "a", state=JobState.DONE))
    await store.jobs.insert(job("b1", "b", created_at=at(3)))
    (first, second) = await store.jobs.take_anywhere(at(5), at(15), "t1", 9)
    assert first == job("a1", "a", created_at=at(1), token="t1", lease_until=at(15))
    assert second.job_id == "b1"
    assert await store.jobs.find(DEFAULT_WORKSPACE, "a1") == first
    assert await take(store, 6, "t2") == []
    assert await store.jobs.save(replace(first, state=JobState.DONE))
    assert await take(store, 7, "t3") == ["a2"]


@contract
async def test_jobs_of_the_same_instant_go_by_id(store: Store) -> None:
    """Creation times alone do not order them."""
    for job_id in ("k2", "k1", "k3"):
        await store.jobs.insert(job(job_id))
    assert await take(store, 1, "t") == ["k1"]


@contract
async def test_job_whose_lease_is_over_is_taken_again(store: Store) -> None:
    """Its former holder can no longer save it."""
    await store.jobs.insert(job("j1"))
    (mine,) = await store.jobs.take_anywhere(NOW, at(10), "mine", 9)
    assert await take(store, 9.999, "early") == []
    (theirs,) = await store.jobs.take_anywhere(at(10), at(20), "theirs", 9)
    assert not await store.jobs.save(replace(mine, cursor=99))
    assert await store.jobs.save(replace(theirs, cursor=1))
    found = await store.jobs.find(DEFAULT_WORKSPACE, "j1")
    assert found is not None
    assert (found.cursor, found.token) == (1, "theirs")


@contract
async def test_saved_job_may_give_its_lease_back(store: Store) -> None:
    """Progress is kept, and the next taker gets it at once."""
    await store.jobs.insert(job("j1"))
    (mine,) = await store.jobs.take_anywhere(NOW, at(10), "mine", 9)
    assert await store.jobs.save(replace(mine, cursor=2, lease_until=None, report={"n": 1}))
    (again,) = await store.jobs.take_anywhere(at(1), at(11), "again", 9)
    assert again == replace(mine, cursor=2, report={"n": 1}, lease_until=at(11), token="again")
    assert not await store.jobs.save(job("nobody", token="again"))


@contract
async def test_job_never_taken_is_saved_without_a_token(store: Store) -> None:
    """A missing token is compared like any other."""
    await store.jobs.insert(job("j1"))
    assert not await store.jobs.save(job("j1", token="t"))
    assert await store.jobs.save(job("j1", state=JobState.DONE))
    assert await take(store, 1, "t") == []


@contract
async def test_take_keeps_to_the_limit_and_the_age(store: Store) -> None:
    """The oldest of all campaigns first."""
    for name, second in (("a", 3), ("b", 1), ("c", 2)):
        await store.jobs.insert(job(name, name, created_at=at(second)))
    assert await take(store, 9, "t1", limit=2) == ["b", "c"]
    assert await take(store, 9, "t2", limit=2) == ["a"]


@batch_contract
async def test_two_takers_never_share_a_job(store: Store) -> None:
    """Several at once: together they get each, none twice."""
    for n in range(12):
        await store.jobs.insert(job(f"j{n}", f"c{n}"))
    takes = await asyncio.gather(*(take(store, 0, f"t{n}", limit=4) for n in range(4)))
    rest = await take(store, 0, "last", limit=12)
    seen = [job_id for taken in takes for job_id in taken] + rest
    assert sorted(seen) == sorted(f"j{n}" for n in range(12))


@contract
async def test_jobs_of_a_campaign_go_from_new_to_old(store: Store) -> None:
    """With the lease they have now."""
    for name, second in (("a", 1), ("b", 3), ("c", 2)):
        await store.jobs.insert(job(name, created_at=at(second)))
    await store.jobs.insert(job("x", "c2"))
    await take(store, 5, "t")
    page = await store.jobs.page(DEFAULT_WORKSPACE, "c1", 9)
    assert [it.job_id for it in page] == ["b", "c", "a"]
    assert [it.token for it in page] == [None, None, "t"]
    assert len(await store.jobs.page(DEFAULT_WORKSPACE, "c1", 2)) == 2


@contract
async def test_idempotency_key_is_reserved_once(store: Store) -> None:
    """The second asker sees the reservation, and later the answer."""
    reserved = idempotency_record("k")
    assert await store.idempotency_records.reserve(reserved) is None
    assert (
        await store.idempotency_records.reserve(
            idempotency_record("k", fingerprint="other", at=at(1))
        )
        == reserved
    )
    given = idempotency_record("k", status=201, body='{"id": "Zoë 🎈"}')
    await store.idempotency_records.save(given)
    assert await store.idempotency_records.reserve(idempotency_record("k")) == given


@contract
async def test_concurrent_reservations_have_one_winner(store: Store) -> None:
    """The double click that the key is for."""
    asked = [idempotency_record("k", fingerprint=f"f{n}") for n in range(6)]
    found = await asyncio.gather(*(store.idempotency_records.reserve(it) for it in asked))
    (winner,) = (it for it, other in zip(asked, found, strict=True) if other is None)
    assert [it for it in found if it is not None] == [winner] * 5


@contract
async def test_released_reservation_is_free_again(store: Store) -> None:
    """An answer that was given stays given."""
    await store.idempotency_records.reserve(idempotency_record("k"))
    await store.idempotency_records.release(DEFAULT_WORKSPACE, "k")
    assert (
        await store.idempotency_records.reserve(idempotency_record("k", fingerprint="next")) is None
    )
    await store.idempotency_records.save(idempotency_record("k", status=202))
    await store.idempotency_records.release(DEFAULT_WORKSPACE, "k")
    assert await store.idempotency_records.reserve(idempotency_record("k")) == idempotency_record(
        "k", status=202
    )
    await store.idempotency_records.release(DEFAULT_WORKSPACE, "nobody")


@batch_contract
async def test_old_idempotency_records_expire_in_pages(store: Store) -> None:
    """Reservations that were never answered too."""
    for n in range(4):
        await store.idempotency_records.reserve(idempotency_record(f"k{n}", at=at(n)))
    await store.idempotency_records.save(idempotency_record("k1", at=at(1), status=200))
    assert await store.idempotency_records.expire_anywhere(at(2.5), 2) == 2
    assert await store.idempotency_records.expire_anywhere(at(2.5), 2) == 1
    assert await store.idempotency_records.expire_anywhere(at(2.5), 2) == 0
    assert await store.idempotency_records.reserve(idempotency_record("k3")) == idempotency_record(
        "k3", at=at(3)
    )
    assert await store.idempotency_records.reserve(idempotency_record("k1")) is None


@contract
async def test_clock_gives_whole_milliseconds_in_utc(store: Store) -> None:
    """And is near this machine's, where both run on it."""
    told = await store.now()
    assert told.utcoffset() == timedelta(0)
    assert told.microsecond % 1000 == 0
    here = datetime.now(UTC)  # noqa: TID251 (compared with the store's)
    assert abs(here - told) < timedelta(seconds=5)


@contract
async def test_ping_answers(store: Store) -> None:
    """A working store raises nothing."""
    await store.ping()
    await store.ping()


@contract
async def test_migrating_again_does_nothing(store: Store) -> None:
    """And loses nothing."""
    await store.campaigns.insert(campaign("c1"))
    assert await store.migrate() == []
    assert await store.unmigrated() == []
    assert await store.campaigns.find(DEFAULT_WORKSPACE, ["c1"]) == [campaign("c1")]
