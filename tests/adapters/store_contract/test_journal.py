"""Promises of `Hits`, `Journal` and `CountsStore`."""

import asyncio
from dataclasses import replace

from functions.mail.bounce_kinds import BounceKind
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.reports.records import Counts
from functions.service.reports.returned_mail import ReturnedMail, SentGroup
from functions.service.store import Store
from functions.service.tracking.ports import TRACKING_EVENTS_PER_LEAD_MAX
from tests.adapters.store_contract.builders import at, record, tracking_event
from tests.adapters.store_contract.contract import batch_contract, contract, large_batch


@contract
async def test_tracking_event_comes_back_whole(store: Store) -> None:
    """Insertion is idempotent by id: the first stays."""
    first = replace(
        tracking_event(1, "l1", at_s=3, look_s=5), sent_at=at(2), bounce=BounceKind.HARD
    )
    await store.tracking_events.insert([first])
    await store.tracking_events.insert(
        [replace(first, user_agent="Other"), tracking_event(2, "l1", look_s=6)]
    )
    assert await store.tracking_events.unsettled(at(9), 9) == [
        first,
        tracking_event(2, "l1", look_s=6),
    ]
    await store.tracking_events.insert([])


@contract
async def test_tracking_events_of_leads_go_from_old_to_new(store: Store) -> None:
    """By the time of the hit, not of its arrival here; settled or not."""
    tracking_events = [
        tracking_event(1, "l1", at_s=3),
        tracking_event(2, "l1", at_s=1, look_s=1),
        tracking_event(3, "l2"),
        tracking_event(4, "l3"),
    ]
    await store.tracking_events.insert(tracking_events)
    found = await store.tracking_events.of_leads(["l1", "l2", "nobody"])
    assert {lead_id: seen for lead_id, seen in found.items() if seen} == {
        "l1": [tracking_events[1].tracking_event, tracking_events[0].tracking_event],
        "l2": [tracking_events[2].tracking_event],
    }
    assert await store.tracking_events.of_leads([]) == {}


@contract
async def test_of_too_many_tracking_events_the_earliest_count(store: Store) -> None:
    """A scanner that clicks forever cannot push out the reader's first click."""
    many = [
        tracking_event(n, "l1", at_s=1000 - n) for n in range(TRACKING_EVENTS_PER_LEAD_MAX + 20)
    ]
    await store.tracking_events.insert([*many, tracking_event(9999, "l2")])
    found = await store.tracking_events.of_leads(["l1", "l2"])
    assert [it.at for it in found["l1"]] == sorted(it.tracking_event.at for it in many)[
        :TRACKING_EVENTS_PER_LEAD_MAX
    ]
    assert len(found["l2"]) == 1


@batch_contract
async def test_unsettled_tracking_events_come_earliest_first(store: Store) -> None:
    """At or before the time; settling moves or ends it."""
    await store.tracking_events.insert(
        [tracking_event(n, "l1", look_s=s) for n, s in ((1, 3), (2, 1), (3, 2), (4, None))]
    )

    async def looked(now_s: float, limit: int = 9) -> list[str]:
        return [
            it.tracking_event_id for it in await store.tracking_events.unsettled(at(now_s), limit)
        ]

    assert await looked(2) == ["hit2", "hit3"]
    assert await looked(9, 1) == ["hit2"]
    await store.tracking_events.settle({"hit2": None, "hit1": at(0), "nobody": at(0)})
    assert await looked(9) == ["hit1", "hit3"]
    (first,) = await store.tracking_events.unsettled(at(0), 9)
    assert first.look_at == at(0)
    await store.tracking_events.settle({})


@batch_contract
async def test_journal_record_is_written_once(store: Store) -> None:
    """A record that exists is left as it is; the others of the batch are written."""
    first = record("k1", "l1")
    await store.journal.insert([first])
    await store.journal.insert([replace(first, at=at(9)), record("k2", "l1", at_s=1)])
    assert await store.journal.of_lead("l1", 9) == [first, record("k2", "l1", at_s=1)]
    await store.journal.insert([])


@batch_contract
async def test_inserting_again_does_not_count_again(store: Store) -> None:
    """A record marked as counted stays so when its insertion is repeated."""
    await store.journal.insert([record("k1", "l1")])
    await store.journal.mark_rolled(["k1"])
    await store.journal.insert([record("k1", "l1")])
    assert await store.journal.unrolled("c1", 9) == []


@contract
async def test_journal_of_a_lead_goes_by_time_revision_key(store: Store) -> None:
    """Up to the limit, of that lead alone."""
    made = [
        record("a", "l1", at_s=2),
        replace(record("d", "l1", at_s=1), revision=2),
        replace(record("b", "l1", at_s=1), revision=10),
        record("c", "l1", at_s=1),
        record("e", "l2"),
        replace(record("bb", "l1", at_s=1), revision=10),
    ]
    await store.journal.insert(made)
    found = await store.journal.of_lead("l1", 9)
    assert [it.key for it in found] == ["c", "d", "b", "bb", "a"]
    assert [it.key for it in await store.journal.of_lead("l1", 2)] == ["c", "d"]


@batch_contract
async def test_unrolled_records_until_marked(store: Store) -> None:
    """With those of no lead; each campaign for itself."""
    await store.journal.insert(
        [record(f"k{n}", "l1") for n in range(4)]
        + [record("enrolled", None)]
        + [record(f"{name}k", "l9", campaign_id=name) for name in ("c0", "c2", "c3")]
    )
    assert sorted(await store.journal.unrolled_campaigns(9)) == ["c0", "c1", "c2", "c3"]
    assert len(await store.journal.unrolled_campaigns(2)) == 2
    assert len(await store.journal.unrolled("c1", 2)) == 2
    found = await store.journal.unrolled("c1", 9)
    assert sorted(it.key for it in found) == ["enrolled", "k0", "k1", "k2", "k3"]
    assert record("k0", "l1") in found
    await store.journal.mark_rolled(["enrolled", "k0", "k1", "k2", "nobody"])
    assert [it.key for it in await store.journal.unrolled("c1", 9)] == ["k3"]
    await store.journal.mark_rolled(["k3", "c0k"])
    await store.journal.mark_rolled([])
    assert sorted(await store.journal.unrolled_campaigns(9)) == ["c2", "c3"]
    assert await store.journal.unrolled("c1", 9) == []


@contract
async def test_many_records_in_one_batch(store: Store) -> None:
    """Written, counted and marked together."""
    records = [record(f"k{n}", f"l{n}") for n in range(large_batch(store))]
    await store.journal.insert(records)
    await store.journal.insert(records)
    found = await store.journal.unrolled("c1", 5000)
    assert sorted(it.key for it in found) == sorted(it.key for it in records)
    await store.journal.mark_rolled([it.key for it in records])
    assert await store.journal.unrolled_campaigns(9) == []


@contract
async def test_counts_come_back_whole(store: Store) -> None:
    """Campaigns never counted are left out."""
    counts = Counts(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="c1",
        revision=1,
        values={"at/a/waiting": 5, "late/50": -1},
        changed={"at/a/waiting": 1},
        applied=("lead_1@1", "k"),
        sent_by_hour={"2027-03-01T09": 3},
        sent_by_day={"2027-03-01": 3},
        last_outcome_hour="2027-03-01T09",
        returned=ReturnedMail(
            since=at(1), groups=(SentGroup(at(2), at(3), 200, 1, 2), SentGroup(at(4), at(4), 1))
        ),
    )
    assert await store.counts.save(counts)
    assert await store.counts.find(["c1", "c2"]) == [counts]
    assert await store.counts.find([]) == []


@contract
async def test_counts_win_once_per_revision(store: Store) -> None:
    """The first needs an absent one, each later one its predecessor."""
    assert not await store.counts.save(
        Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c1", revision=2, values={"x": 9})
    )
    assert await store.counts.save(
        Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c1", revision=1, values={"x": 1})
    )
    assert not await store.counts.save(
        Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c1", revision=1, values={"x": 9})
    )
    assert await store.counts.save(
        Counts(
            workspace_id=DEFAULT_WORKSPACE,
            campaign_id="c1",
            revision=2,
            values={"x": 2},
            changed={"x": 2},
            applied=("k",),
        )
    )
    assert not await store.counts.save(
        Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c1", revision=2, values={"x": 9})
    )
    assert not await store.counts.save(
        Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c1", revision=4, values={"x": 9})
    )
    assert await store.counts.find(["c1"]) == [
        Counts(
            workspace_id=DEFAULT_WORKSPACE,
            campaign_id="c1",
            revision=2,
            values={"x": 2},
            changed={"x": 2},
            applied=("k",),
        )
    ]


@contract
async def test_concurrent_roll_ups_have_one_winner(store: Store) -> None:
    """For the very first revision too, where the document is still absent."""
    for revision in (1, 2):
        won = await asyncio.gather(
            *(
                store.counts.save(
                    Counts(
                        workspace_id=DEFAULT_WORKSPACE,
                        campaign_id="c1",
                        revision=revision,
                        values={"x": n},
                    )
                )
                for n in range(5)
            )
        )
        assert sorted(won) == [False] * 4 + [True]


@contract
async def test_campaigns_with_a_recent_outcome(store: Store) -> None:
    """Latest first, the hour itself included; those whose mail never had one are left out."""
    for name, hour in (
        ("never", ""),
        ("old", "2027-02-28T23"),
        ("now", "2027-03-01T09"),
        ("then", "2027-03-01T00"),
    ):
        counts = Counts(
            workspace_id=DEFAULT_WORKSPACE,
            campaign_id=name,
            revision=1,
            values={"x": 1},
            sent_by_hour={hour: 2},
            last_outcome_hour=hour,
        )
        assert await store.counts.save(counts)
    found = await store.counts.outcome_since(DEFAULT_WORKSPACE, "2027-03-01T00", 9)
    assert [it.campaign_id for it in found] == ["now", "then"]
    assert found[0].sent_by_hour == {"2027-03-01T09": 2}
    first = await store.counts.outcome_since(DEFAULT_WORKSPACE, "2027-02-28T00", 1)
    assert [it.campaign_id for it in first] == ["now"]
    assert await store.counts.outcome_since(DEFAULT_WORKSPACE, "2027-03-01T10", 9) == []
