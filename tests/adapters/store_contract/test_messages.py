"""Guarantees of `Messages`."""

import asyncio
from dataclasses import replace

from functions.service.sending.records import Claim, Message, MessageState
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, at, change, claimed, message
from tests.adapters.store_contract.contract import batch_contract, contract, large_batch

CLAIMED, SENDING, SENT = MessageState.CLAIMED, MessageState.SENDING, MessageState.SENT
DEFERRED, UNKNOWN = MessageState.DEFERRED, MessageState.UNKNOWN


async def one(store: Store, key: str) -> Message:
    (found,) = await store.messages.find([key])
    return found


@contract
async def test_message_comes_back_whole(store: Store) -> None:
    """Every field set to something that is not its default."""
    whole = message(
        1,
        UNKNOWN,
        delivery_attempts=2,
        retry_at=at(9),
        outcome_reason="250 ok ✉\n",
        resolution="send_again",
    )
    whole = replace(whole, first_attempt_at=at(-5), changed_at=at(1))
    await claimed(store, [whole, message(2)])
    assert await one(store, whole.key) == whole
    assert await one(store, message(2).key) == message(2)
    assert await store.messages.find(["nobody"]) == []
    assert await store.messages.find([]) == []


@batch_contract
async def test_first_insert_wins_the_claim(store: Store) -> None:
    """Two batches with two tokens: each message has one owner."""
    ours = [Claim(message(n, token="ours"), None) for n in (1, 2)]
    theirs = [Claim(message(n, token="theirs"), None) for n in (2, 3)]
    assert await store.messages.claim(ours) == {message(1).key, message(2).key}
    assert await store.messages.claim(theirs) == {message(3).key}
    assert (await one(store, message(2).key)).token == "ours"
    assert await store.messages.claim([]) == frozenset()


@batch_contract
async def test_concurrent_claims_have_one_winner_each(store: Store) -> None:
    """Many at once over the same messages."""
    batches = [[Claim(message(n, token=f"t{k}"), None) for n in range(20)] for k in range(5)]
    won = await asyncio.gather(*(store.messages.claim(batch) for batch in batches))
    assert sorted(key for keys in won for key in keys) == sorted(message(n).key for n in range(20))


@batch_contract
async def test_takeover_needs_the_state_and_token_that_were_read(store: Store) -> None:
    """Of two that saw the same old claim one wins; a claim that moved on is not taken."""
    await claimed(store, [message(1), message(2), message(3)])
    await store.messages.write([change(message(2).key, SENDING, CLAIMED)])
    taking = [
        Claim(message(n, token="new", lease_until=at(99), delivery_attempts=1), message(n))
        for n in (1, 2)
    ]
    stranger = Claim(message(3, token="new"), message(3, token="not its token"))
    missing = Claim(message(4, token="new"), message(4))
    assert await store.messages.claim([*taking, stranger, missing]) == {message(1).key}
    assert await one(store, message(1).key) == taking[0].message
    assert (await one(store, message(2).key)).token == "t1"
    late = Claim(message(1, token="late"), message(1))
    assert await store.messages.claim([late]) == frozenset()
    assert await store.messages.find([message(4).key]) == []


@contract
async def test_deferred_message_is_claimed_again(store: Store) -> None:
    """From whatever state was read; what the claim leaves out is gone."""
    waiting = message(1, DEFERRED, retry_at=at(4), outcome_reason="451 later")
    await claimed(store, [waiting])
    again = replace(waiting, state=CLAIMED, token="t2", retry_at=None, lease_until=at(30))
    assert await store.messages.claim([Claim(again, waiting)]) == {again.key}
    assert await one(store, again.key) == again


@batch_contract
async def test_change_applies_from_the_states_named(store: Store) -> None:
    """Each alone: the others of the batch are not held up."""
    await claimed(store, [message(1), message(2, SENT), message(3, UNKNOWN)])
    changes = [change(message(n).key, SENDING, CLAIMED, UNKNOWN) for n in (1, 2, 3, 4)]
    assert await store.messages.write(changes) == {message(1).key, message(3).key}
    assert [(await one(store, message(n).key)).state for n in (1, 2, 3)] == [SENDING, SENT, SENDING]
    assert await store.messages.write([]) == frozenset()


@contract
async def test_change_with_a_token_needs_the_claim(store: Store) -> None:
    """The claim of a presumed-dead worker was taken over, so its change does not apply."""
    await claimed(store, [message(1, SENDING)])
    key = message(1).key
    assert not await store.messages.write([change(key, SENT, SENDING, token="zombie")])
    assert await store.messages.write([change(key, SENT, SENDING, token="t1")]) == {key}
    assert not await store.messages.write([change(key, SENT, SENDING, token="t1")])


@contract
async def test_change_leaves_what_is_none(store: Store) -> None:
    """And sets what is given, empty words and zero included."""
    before = message(
        1, outcome_reason="old", delivery_attempts=2, retry_at=at(1), resolution="send_again"
    )
    await claimed(store, [before])
    await store.messages.write([change(before.key, SENDING, CLAIMED)])
    assert await one(store, before.key) == replace(before, state=SENDING, changed_at=at(5))
    full = change(
        before.key,
        UNKNOWN,
        SENDING,
        at=at(6),
        lease_until=at(7),
        retry_at=at(8),
        outcome_reason="",
        delivery_attempts=0,
        resolution="treat_as_sent",
    )
    await store.messages.write([full])
    assert await one(store, before.key) == replace(
        before,
        state=UNKNOWN,
        changed_at=at(6),
        lease_until=at(7),
        retry_at=at(8),
        outcome_reason="",
        delivery_attempts=0,
        resolution="treat_as_sent",
    )


@batch_contract
async def test_changes_of_one_batch_apply_in_order(store: Store) -> None:
    """A mark and its outcome may travel together."""
    await claimed(store, [message(1)])
    key = message(1).key
    both = [change(key, SENDING, CLAIMED), change(key, SENT, SENDING)]
    assert await store.messages.write(both) == {key}
    assert (await one(store, key)).state is SENT


@batch_contract
async def test_renew_moves_live_claims_only(store: Store) -> None:
    """Claimed and sending ones of that token."""
    states = (CLAIMED, SENDING, SENT, UNKNOWN)
    mine = [message(n, state) for n, state in enumerate(states)]
    other = message(9, SENDING, token="other")
    await claimed(store, [*mine, other])
    await store.messages.renew([it.key for it in (*mine, other)], "t1", at(60))
    leases = [(await one(store, it.key)).lease_until for it in (*mine, other)]
    assert leases == [at(60), at(60), at(20), at(20), at(20)]
    await store.messages.renew([], "t1", at(60))


@batch_contract
async def test_drop_takes_messages_of_that_claim_only(store: Store) -> None:
    """Whatever their state; another's claim stays."""
    mine = [message(1), message(2, SENT), message(3)]
    other = message(9, token="other")
    await claimed(store, [*mine, other])
    await store.messages.drop([it.key for it in (*mine[:2], other)], "t1")
    left = await store.messages.find([it.key for it in (*mine, other)])
    assert {it.key for it in left} == {mine[2].key, other.key}
    await store.messages.drop([], "t1")


@contract
async def test_messages_of_a_lead_go_by_first_try(store: Store) -> None:
    """Then by key; of that lead alone, up to the limit."""
    mine = [
        message(1, key=f"k{n}", first_attempt_at=at(second))
        for n, second in ((1, 5), (2, 1), (4, 3), (3, 3))
    ]
    await claimed(store, [*mine, message(2)])
    found = await store.messages.of_lead("lead_c1_1_1", 9)
    assert [it.key for it in found] == ["k2", "k3", "k4", "k1"]
    assert [it.key for it in await store.messages.of_lead("lead_c1_1_1", 1)] == ["k2"]


@contract
async def test_messages_that_turned_late_come_oldest_first(store: Store) -> None:
    """Sent ones with a `retry_at`, whichever way they came to it."""
    made = [
        message(1, SENT, retry_at=at(2), changed_at=at(2)),
        message(2, SENT, retry_at=at(3), changed_at=at(3)),
        message(3, DEFERRED, retry_at=at(1)),
        message(4, SENT),
        message(5, UNKNOWN),
    ]
    await claimed(store, made)
    late = change(message(5).key, SENT, UNKNOWN, at=at(1), retry_at=at(1))
    await store.messages.write([late])
    found = await store.messages.turned_late(9)
    assert [it.key for it in found] == [message(n).key for n in (5, 1, 2)]
    assert [it.key for it in await store.messages.turned_late(1)] == [message(5).key]


@contract
async def test_message_pages_go_by_key(store: Store) -> None:
    """All states mixed, or one; strictly after the cursor, of that campaign alone."""
    states = {"a": SENT, "b": UNKNOWN, "c": SENT, "d": CLAIMED, "e": UNKNOWN}
    await claimed(store, [message(1, state, key=key) for key, state in states.items()])
    await claimed(store, [message(1, SENT, key="bb", campaign_id="c2")])

    async def keys(after_key: str, limit: int, state: MessageState | None) -> str:
        page = await store.messages.page("c1", after_key=after_key, limit=limit, state=state)
        return "".join(it.key for it in page)

    assert await keys("", 2, None) == "ab"
    assert await keys("b", 9, None) == "cde"
    assert await keys("", 9, UNKNOWN) == "be"
    assert await keys("b", 9, UNKNOWN) == "e"
    assert await keys("", 1, SENT) == "a"


@contract
async def test_many_messages_in_one_batch(store: Store) -> None:
    """Claimed with losers, found, changed, renewed."""
    await claimed(store, [message(0, token="first")])
    messages = [message(n) for n in range(large_batch(store))]
    keys = [it.key for it in messages]
    assert await store.messages.claim([Claim(it, None) for it in messages]) == set(keys[1:])
    assert len(await store.messages.find(keys)) == len(keys)
    await store.messages.renew(keys, "t1", at(30))
    changes = [change(key, SENDING, CLAIMED, token="t1", at=NOW) for key in keys]
    assert await store.messages.write(changes) == set(keys[1:])
