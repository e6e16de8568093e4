"""How many commands each method of the MongoDB store sends, listed line by line."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from functions.adapters.mongo import MongoStore
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.sending.records import Claim, MessageState
from functions.service.tracking.records import StoredTrackingEvent
from harness.servers.mongo import open_passing
from tests.adapters.store_contract.builders import (
    NOW,
    at,
    change,
    claimed,
    commit,
    committed,
    contact,
    enrolled,
    message,
    record,
    sending,
    tracking_event,
    waiting,
)

CLAIMED, SENDING = MessageState.CLAIMED, MessageState.SENDING


async def trips_of(work: Callable[[MongoStore], Awaitable[object]], heard: list[str]) -> list[str]:
    """What `work` adds to `heard`, on a store of its own."""
    store = await open_passing(round_trips=heard.append)
    try:
        heard.clear()
        await work(store)
        return list(heard)
    finally:
        await store.close()


def test_a_batch_of_a_hundred_leads_costs_one_round_trip_a_method() -> None:
    """Each line is a command to the server; a batch without losers costs one."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 100)
        ids = [lead.lead_id for lead in leads]
        await store.leads.find(ids)
        await store.leads.commit([commit(sending(lead), 20) for lead in leads], "t", NOW)
        await store.journal.insert([record(f"{one}@1", one) for one in ids])
        await store.leads.drained(dict.fromkeys(ids, 1))
        await store.leads.renew(ids, at(30))
        await store.leads.in_flight(NOW, 1000)
        await store.leads.oldest_due(["c1"])
        await store.leads.undrained(NOW, 100)
        await store.tracking_events.of_leads(ids)
        await store.suppressions.find([(DEFAULT_WORKSPACE, lead.email) for lead in leads])
        await store.leads.take_due("c1", at(30), 100, at(60), "taker")
        await store.leads.page("c1", after_seq=0, limit=100)

    assert asyncio.run(trips_of(work, heard)) == [
        "leads.enrol",
        "leads.find",
        "leads.commit",
        "journal.insert",
        "leads.drained",
        "leads.renew",
        "leads.in_flight",
        "leads.oldest_due",
        "leads.undrained",
        "tracking_events.of_leads",
        "suppressions.find",
        "leads.take_due",
        "leads.take_due",
        "leads.take_due",
        "leads.page",
    ]


def test_a_batch_of_a_hundred_messages_costs_one_round_trip_a_method() -> None:
    """New claims and takeovers of expired ones share one command."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        old = [message(n) for n in range(50)]
        await store.messages.claim([Claim(it, None) for it in old])
        heard.clear()
        ours = [message(n, token="t2") for n in range(100)]
        claims = [Claim(it, old[n] if n < 50 else None) for n, it in enumerate(ours)]
        keys = [it.key for it in ours]
        assert await store.messages.claim(claims) == set(keys)
        await store.messages.find(keys)
        marks = [change(key, SENDING, CLAIMED, token="t2") for key in keys]
        assert await store.messages.write(marks) == set(keys)
        await store.messages.renew(keys, "t2", at(40))
        await store.messages.turned_late(100)
        await store.messages.page("c1", after_key="", limit=100, state=None)

    assert asyncio.run(trips_of(work, heard)) == [
        "messages.claim",
        "messages.find",
        "messages.write",
        "messages.renew",
        "messages.turned_late",
        "messages.page",
    ]


def test_losers_cost_one_round_trip_more() -> None:
    """Of commits, claims and changes alike."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 3)
        await committed(store, [waiting(leads[0], 5)])
        old = [message(n) for n in range(3)]
        await claimed(store, old)
        theirs = replace(old[0], token="theirs")
        await store.messages.claim([Claim(theirs, old[0])])
        heard.clear()
        won = await store.leads.commit([commit(sending(lead)) for lead in leads], "late", NOW)
        assert won == {leads[1].lead_id, leads[2].lead_id}
        ours = [replace(it, token="ours") for it in old]
        new = message(9, token="ours")
        claims = [Claim(it, before) for it, before in zip(ours, old, strict=True)]
        won = await store.messages.claim([*claims, Claim(new, None), Claim(message(9), None)])
        assert won >= {ours[1].key, ours[2].key, new.key}
        assert ours[0].key not in won
        marks = [change(it.key, SENDING, CLAIMED, token="ours") for it in ours]
        assert await store.messages.write(marks) == {ours[1].key, ours[2].key}

    assert Counter(asyncio.run(trips_of(work, heard))) == {
        "leads.commit": 2,
        "messages.claim": 2,
        "messages.write": 2,
    }


def test_two_changes_of_one_message_go_one_after_the_other() -> None:
    """The order within an unordered bulk is the server's to choose."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        one, two = message(1), message(2)
        await claimed(store, [one, two])
        heard.clear()
        changes = [
            change(one.key, SENDING, CLAIMED),
            change(two.key, SENDING, CLAIMED),
            change(one.key, MessageState.SENT, SENDING),
        ]
        assert await store.messages.write(changes) == {one.key, two.key}
        found = {it.key: it.state for it in await store.messages.find([one.key, two.key])}
        assert found == {one.key: MessageState.SENT, two.key: SENDING}

    assert asyncio.run(trips_of(work, heard)) == [
        "messages.write",
        "messages.write",
        "messages.find",
    ]


def test_a_page_longer_than_the_drivers_first_batch_is_one_round_trip() -> None:
    """By default the server stops after 101 documents and waits for another request."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        await store.contacts.add([contact(seq) for seq in range(1, 301)])
        assert (
            len(await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=300)) == 300
        )
        assert (
            len(await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=250)) == 250
        )
        keys = [contact(seq).email_key for seq in range(1, 301)]
        assert len(await store.contacts.existing(DEFAULT_WORKSPACE, "c1", keys)) == 300
        changed = [contact(seq, revision=2) for seq in range(1, 301)]
        assert await store.contacts.change(changed) == 300
        await store.tracking_events.insert([tracking_event(n, f"l{n}") for n in range(150)])
        assert len(await store.tracking_events.of_leads([f"l{n}" for n in range(150)])) == 150

    assert Counter(asyncio.run(trips_of(work, heard))) == {
        "contacts.add": 1,
        "contacts.page": 2,
        "contacts.existing": 1,
        "contacts.change": 1,
        "tracking_events.insert": 1,
        "tracking_events.of_leads": 1,
    }


def test_nothing_asked_is_no_round_trip() -> None:
    """Neither for an empty batch nor for a limit of 0, which to the server would mean all."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        await enrolled(store, 2)
        heard.clear()
        assert await store.leads.find([]) == []
        assert await store.leads.commit([], "t", NOW) == frozenset()
        assert await store.messages.claim([]) == frozenset()
        assert await store.messages.write([]) == frozenset()
        await store.journal.insert([])
        await store.tracking_events.settle({})
        await store.leads.renew([], NOW)
        assert await store.leads.take_due("c1", at(9), 0, at(19), "t") == []
        assert await store.leads.page("c1", after_seq=0, limit=0) == []
        assert await store.leads.in_flight(NOW, 0) == 0
        assert await store.leads.oldest_due([]) is None
        assert await store.journal.unrolled_campaigns(0) == []

    assert asyncio.run(trips_of(work, heard)) == []


def test_a_batch_of_a_thousand_suppressions_costs_one_round_trip() -> None:
    """As an import adds them; a page and a removal cost one each, too."""
    heard: list[str] = []
    batch = [
        Suppression(
            workspace_id=DEFAULT_WORKSPACE,
            email_key=f"reader{n}@example.org",
            reason=SuppressionReason.IMPORTED,
            at=NOW,
        )
        for n in range(1000)
    ]

    async def work(store: MongoStore) -> None:
        assert await store.suppressions.add(batch) == 1000
        page = await store.suppressions.page(
            DEFAULT_WORKSPACE, prefix="reader99", after_key="", limit=9
        )
        assert len(page) == 9
        assert await store.suppressions.remove(DEFAULT_WORKSPACE, "reader1@example.org")

    assert asyncio.run(trips_of(work, heard)) == [
        "suppressions.add",
        "suppressions.page",
        "suppressions.remove",
    ]


def test_tracking_events_beyond_the_bound_stay_at_the_server() -> None:
    """A robot that follows every link does not slow down other batches: only what is needed is
    sent.
    """
    heard: list[str] = []
    many: list[StoredTrackingEvent] = [tracking_event(n, "l1", at_s=n) for n in range(700)]

    async def work(store: MongoStore) -> None:
        await store.tracking_events.insert(list(reversed(many)))
        found = await store.tracking_events.of_leads(["l1", "l2"])
        assert found == {"l1": [it.tracking_event for it in many[:500]]}

    assert asyncio.run(trips_of(work, heard)) == [
        "tracking_events.insert",
        "tracking_events.of_leads",
    ]
