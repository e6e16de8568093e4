"""Promises of `Messages.leads_sent` and `Journal.leads_tracked`: each lead once, in pages by id."""

from functions.flow.event import TrackingEventKind
from functions.flow.journal import Entry, EntryKind, JournalRecord
from functions.service.sending.records import Claim, Message, MessageChange, MessageState
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, at, message
from tests.adapters.store_contract.contract import contract


def opened(
    n: int, visit: int = 1, *, node_id: str = "email", what: str = "opened"
) -> JournalRecord:
    lead_id = f"lead_c1_{n}_1"
    entry = Entry(EntryKind.TRACKING_EVENT, node_id, {"what": what, "at": NOW.isoformat()})
    key = f"{lead_id}/{node_id}/{visit}/{what}"
    return JournalRecord(key, "c1", lead_id, 0, NOW, (entry,), {f"total/{node_id}/{what}": 1})


async def claimed(store: Store, *messages: Message) -> None:
    await store.messages.claim([Claim(it, None) for it in messages])


@contract
async def test_leads_that_were_sent_a_nodes_email(store: Store) -> None:
    """Only sent ones, of that node and campaign; one that had it twice is there once."""
    sent = MessageState.SENT
    again = message(1, sent, key="lead_c1_1_1/email/2/1", visit=2)
    elsewhere = message(4, sent, key="lead_c1_4_1/other/1/1", node_id="other")
    foreign = message(5, sent, key="lead_c2_5_1/email/1/1", campaign_id="c2", lead_id="lead_c2_5_1")
    await claimed(store, message(1, sent), again, message(2, sent), message(3), elsewhere, foreign)
    ids = ["lead_c1_1_1", "lead_c1_2_1"]
    assert await store.messages.leads_sent("c1", "email", after_id="", limit=9) == ids
    assert await store.messages.leads_sent("c1", "email", after_id="", limit=1) == ids[:1]
    assert await store.messages.leads_sent("c1", "email", after_id=ids[0], limit=9) == ids[1:]
    assert await store.messages.leads_sent("c1", "none", after_id="", limit=9) == []
    await store.messages.write(
        [
            MessageChange(
                key=message(3).key,
                token=None,
                from_states=frozenset({MessageState.CLAIMED}),
                state=MessageState.SENT,
                at=at(1),
            )
        ]
    )
    third = await store.messages.leads_sent("c1", "email", after_id=ids[1], limit=9)
    assert third == ["lead_c1_3_1"]


@contract
async def test_leads_whose_reader_opened_or_clicked(store: Store) -> None:
    """By kind and node; ten visits of one lead fill no page."""
    visits = [opened(1, visit) for visit in range(1, 11)]
    await store.journal.insert(
        [*visits, opened(2), opened(3, what="clicked"), opened(4, node_id="other"), opened(5)]
    )

    async def leads(kind: TrackingEventKind, after_id: str = "", limit: int = 9) -> list[str]:
        return await store.journal.leads_tracked(
            "c1", "email", kind, after_id=after_id, limit=limit
        )

    ids = ["lead_c1_1_1", "lead_c1_2_1", "lead_c1_5_1"]
    assert await leads(TrackingEventKind.OPENED) == ids
    assert await leads(TrackingEventKind.OPENED, limit=2) == ids[:2]
    assert await leads(TrackingEventKind.OPENED, ids[1]) == ids[2:]
    assert await leads(TrackingEventKind.CLICKED) == ["lead_c1_3_1"]
    assert await leads(TrackingEventKind.UNSUBSCRIBED) == []
