"""Guarantees of `Leads` for people: pages, recount, deletion."""

from functions.flow.lead import ON_THEIR_WAY, Lead, LeadStatus, Reason
from functions.service.sending.records import MessageState
from functions.service.store import Store
from tests.adapters.store_contract.builders import (
    NOW,
    at,
    claimed,
    committed,
    ended,
    enrolled,
    lead,
    message,
    record,
    sending,
    stepped,
    tracking_event,
    waiting,
)
from tests.adapters.store_contract.contract import batch_contract, contract


async def mixed(store: Store) -> list[Lead]:
    """Twelve leads: seq % 4 = 0 pending, 1 waiting, 2 sending, 3 completed."""
    leads = await enrolled(store, 12)
    await enrolled(store, 3, "c2")
    moves = {1: lambda it: waiting(it, 60), 2: sending, 3: ended}
    await committed(store, [moves[it.seq % 4](it) for it in leads if it.seq % 4])
    return leads


@contract
async def test_pages_go_by_seq(store: Store) -> None:
    """As numbers, strictly after the cursor, whole."""
    leads = await enrolled(store, 12)
    await enrolled(store, 3, "c2")
    assert [it.lead for it in await store.leads.page("c1", after_seq=0, limit=99)] == leads
    page = await store.leads.page("c1", after_seq=8, limit=3)
    assert [it.lead.seq for it in page] == [9, 10, 11]
    assert await store.leads.page("c1", after_seq=12, limit=3) == []


@contract
async def test_pages_by_status_and_node(store: Store) -> None:
    """Each filter alone and both together, with cursor and limit."""
    await mixed(store)
    paused, running, done = LeadStatus.PAUSED, LeadStatus.RUNNING, LeadStatus.COMPLETED

    async def seqs(
        status: LeadStatus | None, node_id: str | None, after_seq: int = 0, limit: int = 99
    ) -> list[int]:
        statuses = () if status is None else (status,)
        page = await store.leads.page(
            "c1", after_seq=after_seq, limit=limit, statuses=statuses, node_id=node_id
        )
        return [it.lead.seq for it in page]

    assert await seqs(paused, None) == [1, 5, 9]
    assert await seqs(LeadStatus.PENDING, None, 4, 1) == [8]
    assert await seqs(None, "end") == [3, 7, 11]
    assert await seqs(None, "email", 2, 1) == [6]
    assert await seqs(running, "email") == [2, 6, 10]
    assert await seqs(running, "end") == []
    assert await seqs(done, "end", 3) == [7, 11]
    assert await seqs(LeadStatus.FAILED, None) == []


@contract
async def test_page_of_a_node_mixes_statuses_by_seq(store: Store) -> None:
    """One node may hold leads in every status."""
    leads = await enrolled(store, 6)
    at_node = {
        1: lambda it: ended(it, "n"),
        2: lambda it: waiting(it, 60, "n"),
        3: lambda it: sending(it, "n"),
        4: lambda it: waiting(it, 60, "elsewhere"),
        5: lambda it: stepped(
            it, status=LeadStatus.FAILED, reason=Reason.REJECTED, current_node="n"
        ),
        6: lambda it: ended(it, "n"),
    }
    await committed(store, [at_node[it.seq](it) for it in leads])
    page = await store.leads.page("c1", after_seq=1, limit=3, node_id="n")
    assert [it.lead.seq for it in page] == [2, 3, 5]
    page = await store.leads.page("c1", after_seq=0, limit=9, statuses=ON_THEIR_WAY, node_id="n")
    assert [it.lead.seq for it in page] == [2, 3]


@contract
async def test_pages_of_several_statuses(store: Store) -> None:
    """Pending, running and paused in one list, by seq; with an address too."""
    leads = await mixed(store)
    failed = stepped(leads[3], status=LeadStatus.FAILED, reason=Reason.POISON)
    await committed(store, [failed])

    async def seqs(after_seq: int, limit: int, prefix: str | None = None) -> list[int]:
        page = await store.leads.page(
            "c1", after_seq=after_seq, limit=limit, statuses=ON_THEIR_WAY, email_prefix=prefix
        )
        return [it.lead.seq for it in page]

    assert await seqs(0, 4) == [1, 2, 5, 6]
    assert await seqs(6, 99) == [8, 9, 10, 12]
    assert await seqs(6, 99, failed.email[:2]) == [8, 9, 10, 12]


@contract
async def test_pages_by_email(store: Store) -> None:
    """The beginning of the address, whatever the case; nothing in it is a pattern."""
    emails = ["Anna@x.org", "ANNE@x.org", "bob@x.org", "an_x@x.org", "an%x@x.org", "éa@x.org"]
    emails += ["anna+1@x.org", "a.*@x.org", "zoe@xn--strae-oqa.de"]
    await store.leads.enrol([lead(n, email=it) for n, it in enumerate(emails, 1)], NOW)
    await store.leads.enrol([lead(1, "c2", email="anna@x.org")], NOW)
    await committed(store, [ended(lead(7, email="anna+1@x.org"))])

    async def seqs(prefix: str, after_seq: int = 0, status: LeadStatus | None = None) -> list[int]:
        statuses = () if status is None else (status,)
        page = await store.leads.page(
            "c1", after_seq=after_seq, limit=3, email_prefix=prefix, statuses=statuses
        )
        return [it.lead.seq for it in page]

    assert await seqs("an") == [1, 2, 4]
    assert await seqs("an", 4) == [5, 7]
    assert await seqs("aNn") == [1, 2, 7]
    assert await seqs("ann", 0, LeadStatus.COMPLETED) == [7]
    assert await seqs("an_") == [4]
    assert await seqs("an%") == [5]
    assert await seqs("a.*") == [8]
    assert await seqs("É") == [6]
    assert await seqs("anna@x.org") == [1]
    assert await seqs("Zoe@Straße.de") == await seqs("zoe@xn--s") == [9]
    assert await seqs("nna") == []


@contract
async def test_recount_equals_what_the_leads_say(store: Store) -> None:
    """Statuses, places, and accepted messages; of that campaign alone."""
    await mixed(store)
    sent = MessageState.SENT
    await claimed(store, [message(1, sent), message(2, sent), message(3, MessageState.UNKNOWN)])
    await claimed(store, [message(4, sent, campaign_id="c2"), message(5, sent, node_id="late")])
    assert await store.leads.recount("c1") == {
        "leads/pending": 3,
        "leads/paused": 3,
        "leads/running": 3,
        "leads/completed": 3,
        "at/wait/waiting": 3,
        "at/email/sending": 3,
        "at/end/completed": 3,
        "in/1/pending/": 3,
        "in/1/waiting/wait": 3,
        "in/1/sending/email": 3,
        "total/email/sent": 2,
        "total/late/sent": 1,
    }
    assert await store.leads.recount("nobody") == {}


@batch_contract
async def test_leads_are_deleted_with_all_that_is_theirs(store: Store) -> None:
    """In pages, journal, messages and hits included; others keep theirs."""
    leads = await enrolled(store, 5)
    await enrolled(store, 1, "c2")
    everyone = [*leads, lead(1, "c2")]
    await store.journal.insert([record(it.lead_id, it.lead_id) for it in everyone])
    await store.tracking_events.insert(
        [tracking_event(n, it.lead_id, look_s=0) for n, it in enumerate(everyone)],
    )
    await claimed(store, [message(it.seq) for it in leads])
    await claimed(store, [message(9, lead_id="lead_c2_1_1", campaign_id="c2")])
    assert await store.leads.delete_page("c1", 3) == 3
    assert len(await store.leads.page("c1", after_seq=0, limit=99)) == 2
    assert await store.leads.delete_page("c1", 3) == 2
    assert await store.leads.delete_page("c1", 3) == 0
    for it in leads:
        assert await store.journal.of_lead(it.lead_id, 9) == []
        assert await store.messages.of_lead(it.lead_id, 9) == []
    assert [it.lead_id for it in await store.tracking_events.unsettled(at(9), 99)] == [
        "lead_c2_1_1"
    ]
    assert len(await store.journal.of_lead("lead_c2_1_1", 9)) == 1
    assert len(await store.messages.of_lead("lead_c2_1_1", 9)) == 1
    assert len(await store.leads.page("c2", after_seq=0, limit=9)) == 1


@batch_contract
async def test_last_page_of_a_deletion_takes_the_records_of_no_lead(store: Store) -> None:
    """Nothing else would: they belong to the campaign's leads as a whole."""
    await enrolled(store, 3)
    await store.journal.insert([record("enrol-1", None), record("enrol-2", None, campaign_id="c2")])
    await store.leads.delete_page("c1", 3)
    await store.leads.delete_page("c1", 3)
    assert await store.journal.unrolled_campaigns(9) == ["c2"]
