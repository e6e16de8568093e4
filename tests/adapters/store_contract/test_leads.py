"""Guarantees of `Leads` in progress: enrol, commit, drained, take_due, leases."""

import asyncio
from dataclasses import replace

from functions.flow.event import TRACKING_EVENT_STORED_WITHIN
from functions.flow.lead import LeadStatus, Reason
from functions.service.execution.records import Due, StoredLead
from functions.service.store import Store
from tests.adapters.store_contract.builders import (
    NOW,
    ODD,
    at,
    commit,
    committed,
    ended,
    enrolled,
    lead,
    record,
    sending,
    stepped,
    stored,
    waiting,
)
from tests.adapters.store_contract.contract import batch_contract, contract, large_batch


async def take(store: Store, now_s: float, *, limit: int = 99, token: str = "taker") -> list[int]:
    """The seqs taken for ten seconds."""
    taken = await store.leads.take_due("c1", at(now_s), limit, at(now_s + 10), token)
    return [it.lead.seq for it in taken]


@contract
async def test_enrolled_lead_comes_back_whole(store: Store) -> None:
    """Attribute values keep their value and their type."""
    odd = lead(1, email="Zoë👩🏽‍🚀@example.org", attributes=ODD)
    await store.leads.enrol([odd], NOW)
    (back,) = await store.leads.find([odd.lead_id])
    assert back == StoredLead(odd)
    assert {k: type(v) for k, v in back.lead.attributes.items()} == {
        k: type(v) for k, v in ODD.items()
    }


@batch_contract
async def test_enrol_again_leaves_leads_as_they_are(store: Store) -> None:
    """A page of an enrolment that comes twice adds only what was missing."""
    first, _ = await enrolled(store, 2)
    await committed(store, [waiting(first, 60)])
    await store.leads.enrol([lead(1), lead(2), lead(3)], at(30))
    found = await store.leads.find([lead(seq).lead_id for seq in (1, 2, 3)])
    assert sorted(it.lead.revision for it in found) == [0, 0, 1]
    # Neither the due times nor the revisions of the two existing leads change.
    assert await take(store, 0) == [2]
    await committed(store, [ended(waiting(first, 60))], "next")


@contract
async def test_find_leaves_out_missing_leads(store: Store) -> None:
    """Asked twice for one, it comes once."""
    one, two, _ = await enrolled(store, 3)
    found = await store.leads.find([two.lead_id, "nobody", one.lead_id, one.lead_id])
    assert sorted(it.lead.seq for it in found) == [1, 2]
    assert await store.leads.find([]) == []


@batch_contract
async def test_commit_replaces_the_lead_and_its_bookkeeping(store: Store) -> None:
    """Every field comes back, effects and records included."""
    (before,) = await enrolled(store, 1)
    after = sending(before)
    made = commit(after, 20)
    assert await store.leads.commit([made], "t1", NOW) == {before.lead_id}
    assert await store.leads.find([before.lead_id]) == [stored(made)]
    # The next one replaces both, to nothing here.
    assert await store.leads.commit([commit(ended(after), bare=True)], "t2", NOW)
    assert await store.leads.find([before.lead_id]) == [StoredLead(ended(after))]


@batch_contract
async def test_commit_wins_once_per_revision(store: Store) -> None:
    """Two batches with two tokens over the same leads: each lead has one winner."""
    one, two, three = await enrolled(store, 3)
    ours = [commit(waiting(one, 10)), commit(waiting(two, 10))]
    theirs = [commit(waiting(it, 99, "other")) for it in (two, three)]
    assert await store.leads.commit(ours, "ours", NOW) == {one.lead_id, two.lead_id}
    assert await store.leads.commit(theirs, "theirs", NOW) == {three.lead_id}
    (back,) = await store.leads.find([two.lead_id])
    assert back.lead == waiting(two, 10)
    assert await store.leads.commit([], "none", NOW) == frozenset()


@contract
async def test_commit_needs_the_very_revision_before(store: Store) -> None:
    """Neither one ahead, nor a lead that is not there."""
    (before,) = await enrolled(store, 1)
    ahead = commit(stepped(stepped(before)))
    missing = commit(stepped(lead(7)))
    assert await store.leads.commit([ahead, missing], "t", NOW) == frozenset()
    assert await store.leads.find([before.lead_id, lead(7).lead_id]) == [StoredLead(before)]


@batch_contract
async def test_concurrent_commits_have_one_winner_each(store: Store) -> None:
    """Many at once over one batch: every lead is won exactly once."""
    leads = await enrolled(store, 20)
    batches = [[commit(waiting(it, n)) for it in leads] for n in range(1, 6)]
    won = await asyncio.gather(
        *(store.leads.commit(batch, f"t{n}", NOW) for n, batch in enumerate(batches))
    )
    assert sorted(key for winners in won for key in winners) == sorted(it.lead_id for it in leads)


@batch_contract
async def test_drained_empties_only_the_revision_given(store: Store) -> None:
    """A drain that comes late does not lose the effects of the next commit."""
    one, two = await enrolled(store, 2)
    first = [commit(sending(one), 20), commit(sending(two), 20)]
    await store.leads.commit(first, "t1", NOW)
    later = commit(waiting(sending(two), 60))
    await store.leads.commit([later], "t2", at(1))
    await store.leads.drained({one.lead_id: 1, two.lead_id: 1, "nobody": 1})
    found = {it.lead.seq: it for it in await store.leads.find([one.lead_id, two.lead_id])}
    assert found[1] == StoredLead(sending(one), at(20))
    assert found[2] == stored(later)
    assert [it.lead.seq for it in await store.leads.undrained(at(9), 9)] == [2]
    await store.leads.drained({two.lead_id: 2})
    assert await store.leads.undrained(at(9), 9) == []
    await store.leads.drained({})


@contract
async def test_undrained_come_oldest_first(store: Store) -> None:
    """Those committed at or before the time, up to the limit; of all campaigns."""
    leads = await enrolled(store, 3) + await enrolled(store, 1, "c2")
    for it, second in zip(leads, (3, 1, 2, 4), strict=True):
        await store.leads.commit([commit(sending(it), 20)], f"t{second}", at(second))
    assert [it.lead.seq for it in await store.leads.undrained(at(2), 9)] == [2, 3]
    everyone = await store.leads.undrained(at(4), 9)
    assert [it.lead.campaign_id for it in everyone] == ["c1", "c1", "c1", "c2"]
    assert [it.lead.seq for it in await store.leads.undrained(at(4), 1)] == [2]
    assert everyone[0] == stored(commit(sending(leads[1]), 20))


@contract
async def test_commit_that_owes_nothing_is_drained(store: Store) -> None:
    """Without effects and records there is nothing to repair."""
    (before,) = await enrolled(store, 1)
    await committed(store, [waiting(before, 60)])
    assert await store.leads.undrained(at(99), 9) == []


@batch_contract
async def test_take_due_leases_the_most_overdue_first(store: Store) -> None:
    """At or before the time, not after it; each once until the lease is over."""
    leads = await enrolled(store, 4)
    await committed(
        store, [waiting(it, s) for it, s in zip(leads, (31, 10, 20, 20.001), strict=True)]
    )
    assert await take(store, 9) == []
    assert await take(store, 20, limit=1, token="a") == [2]
    assert await take(store, 20, token="b") == [3]
    assert await take(store, 20, token="c") == []
    assert await take(store, 35, token="d") == [4, 2, 3, 1]


@contract
async def test_taken_lead_carries_its_lease(store: Store) -> None:
    """The lease is its due time too; the walk itself is untouched."""
    (before,) = await enrolled(store, 1)
    after = commit(waiting(before, 10))
    await store.leads.commit([after], "t", NOW)
    (taken,) = await store.leads.take_due("c1", at(10), 9, at(40), "a")
    assert taken == StoredLead(after.lead, at(40), after.outbox, after.records)
    assert await store.leads.find([before.lead_id]) == [taken]
    assert await store.leads.oldest_due(["c1"]) == Due("c1", at(40))
    assert await take(store, 39.999) == []
    assert await take(store, 40, token="b") == [1]


@batch_contract
async def test_two_takers_never_share_a_lead(store: Store) -> None:
    """Several at once: together they get every due lead, none twice."""
    await enrolled(store, 60)
    takes = await asyncio.gather(*(take(store, 0, limit=20, token=f"t{n}") for n in range(5)))
    again = await take(store, 0, limit=60, token="last")
    seen = [seq for taken in takes for seq in taken] + again
    assert sorted(seen) == list(range(1, 61))


@contract
async def test_take_due_knows_the_campaign(store: Store) -> None:
    """The other campaign's leads stay due."""
    await enrolled(store, 1)
    await enrolled(store, 2, "c2")
    assert await take(store, 0) == [1]
    assert len(await store.leads.take_due("c2", NOW, 9, at(10), "b")) == 2


@contract
async def test_ended_and_parked_leads_are_never_due(store: Store) -> None:
    """A lead with neither a lease nor a due time of its own is left alone for good."""
    done, parked, deferred = await enrolled(store, 3)
    unknown = stepped(parked, status=LeadStatus.PAUSED, reason=Reason.UNKNOWN, current_node="email")
    later = {"status": LeadStatus.PAUSED, "reason": Reason.DEFERRED, "wait_until": at(5)}
    await committed(store, [ended(done), unknown, stepped(deferred, **later)])
    assert await take(store, 1_000_000) == [3]


@contract
async def test_watching_lead_is_due_when_all_tracking_events_until_its_deadline_are_stored(
    store: Store,
) -> None:
    """A little after the deadline, which stays the lead's own `wait_until`."""
    (lead,) = await enrolled(store, 1)
    await committed(store, [replace(waiting(lead, 60), reason=Reason.CONDITION)])
    seconds = TRACKING_EVENT_STORED_WITHIN.total_seconds()
    assert await take(store, 60 + seconds - 0.001) == []
    assert await take(store, 60 + seconds) == [1]


@contract
async def test_lease_of_a_commit_comes_before_its_wait(store: Store) -> None:
    """While a job is in flight the lease is the due time, whatever the lead waits for."""
    sent, near = await enrolled(store, 2)
    await store.leads.commit([commit(sending(sent), 20), commit(waiting(near, 2), 32)], "t", NOW)
    assert await take(store, 19.999) == []
    assert await take(store, 20) == [1]
    assert await take(store, 29.999) == []
    assert await take(store, 32, token="b") == [1, 2]


@batch_contract
async def test_renew_moves_held_leases_only(store: Store) -> None:
    """The due time goes along; a lead without a lease keeps its own time."""
    held, free = await enrolled(store, 2)
    await store.leads.commit([commit(sending(held), 20)], "t", NOW)
    await store.leads.renew([held.lead_id, free.lead_id, "nobody"], at(50))
    found = {
        it.lead.seq: it.lease_until for it in await store.leads.find([held.lead_id, free.lead_id])
    }
    assert found == {1: at(50), 2: None}
    assert await take(store, 49, token="a") == [2]
    assert await take(store, 50, token="b") == [1]
    await store.leads.renew([], at(60))


@contract
async def test_in_flight_counts_live_leases_up_to_the_limit(store: Store) -> None:
    """Over all campaigns; a lease that is over does not count, nor one given back."""
    leads = await enrolled(store, 4) + await enrolled(store, 1, "c2")
    lease_seconds = (10, 20, 30, 40, 50)
    commits = [commit(sending(it), s) for it, s in zip(leads, lease_seconds, strict=True)]
    await store.leads.commit(commits, "t", NOW)
    assert await store.leads.in_flight(NOW, 99) == 5
    assert await store.leads.in_flight(NOW, 3) == 3
    assert await store.leads.in_flight(at(20), 99) == 3
    await committed(store, [waiting(commits[4].lead, 60)], "t2")
    assert await store.leads.in_flight(at(20), 99) == 2
    assert len(await store.leads.take_due("c1", at(10), 1, at(70), "a")) == 1
    assert await store.leads.in_flight(at(20), 99) == 3


@contract
async def test_oldest_due_of_some_campaigns(store: Store) -> None:
    """None if no lead is due, even if leads of other campaigns are."""
    one, two = await enrolled(store, 2)
    (other,) = await enrolled(store, 1, "c2")
    await committed(store, [waiting(one, 30), waiting(two, 20), waiting(other, 10)])
    assert await store.leads.oldest_due(["c1"]) == Due("c1", at(20))
    assert await store.leads.oldest_due(["c1", "c2", "c3"]) == Due("c2", at(10))
    assert await store.leads.oldest_due(["c3"]) is None
    assert await store.leads.oldest_due([]) is None


@contract
async def test_many_leads_in_one_batch(store: Store) -> None:
    """Enrolled, found, committed with losers, drained, taken and renewed."""
    count = large_batch(store)
    leads = await enrolled(store, count)
    ids = [it.lead_id for it in leads]
    assert len(await store.leads.find([*ids, *[f"nobody{n}" for n in range(count)]])) == count
    await committed(store, [waiting(leads[0], 5)], "early")
    won = await store.leads.commit([commit(sending(it), 20) for it in leads], "late", NOW)
    assert won == set(ids[1:])
    await store.leads.drained(dict.fromkeys(ids, 1))
    assert await store.leads.undrained(at(99), 9) == []
    await store.leads.renew(ids, at(30))
    assert len(await store.leads.take_due("c1", at(30), 5000, at(60), "t")) == count


@batch_contract
async def test_records_of_several_commits_travel_in_order(store: Store) -> None:
    """What an earlier commit still owes stays before what the next one adds."""
    (before,) = await enrolled(store, 1)
    records = tuple(record(f"k{n}", before.lead_id) for n in (3, 1, 2))
    made = commit(sending(before), 20)
    owing = type(made)(made.lead, made.lease_until, made.outbox * 2, records)
    await store.leads.commit([owing], "t", NOW)
    assert await store.leads.find([before.lead_id]) == [stored(owing)]
