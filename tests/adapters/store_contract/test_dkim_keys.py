"""Promises of `DkimKeys`."""

from dataclasses import replace

from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.sending.records import DkimKey
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW
from tests.adapters.store_contract.contract import contract

HERE, THERE = DEFAULT_WORKSPACE, WorkspaceId("other")


def key(domain: str, selector: str, workspace_id: WorkspaceId = HERE) -> DkimKey:
    return DkimKey(
        workspace_id=workspace_id,
        domain=domain,
        selector=selector,
        algorithm="ed25519",
        sealed=f"sealed {workspace_id}",
        public_record="v=DKIM1; k=ed25519; p=AAAA",
        created_at=NOW,
        in_use=True,
    )


@contract
async def test_selector_is_taken_once_for_each_domain_of_a_workspace(store: Store) -> None:
    """The key that came first stays; another workspace may have the same domain."""
    first = key("a.example", "s1")
    assert await store.dkim_keys.add(first)
    assert not await store.dkim_keys.add(replace(first, sealed="other"))
    assert await store.dkim_keys.add(key("a.example", "s1", THERE))
    assert await store.dkim_keys.add(key("b.example", "s1"))
    assert await store.dkim_keys.of_domain(HERE, "a.example", 9) == [first]
    assert await store.dkim_keys.of_domain(THERE, "a.example", 9) == [key("a.example", "s1", THERE)]


@contract
async def test_keys_are_listed_in_order(store: Store) -> None:
    """By domain, then by selector, and at most as many as asked for."""
    for domain, selector in (("b.example", "s1"), ("a.example", "s2"), ("a.example", "s1")):
        await store.dkim_keys.add(key(domain, selector))
    await store.dkim_keys.add(key("a.example", "s0", THERE))
    ordered = [key("a.example", "s1"), key("a.example", "s2"), key("b.example", "s1")]
    assert await store.dkim_keys.all(HERE, 9) == ordered
    assert await store.dkim_keys.all(HERE, 2) == ordered[:2]
    assert await store.dkim_keys.of_domain(HERE, "a.example", 9) == ordered[:2]
    assert await store.dkim_keys.of_domain(HERE, "a.example", 1) == ordered[:1]
    assert await store.dkim_keys.of_domain(HERE, "c.example", 9) == []


@contract
async def test_change_of_a_key_wins_once(store: Store) -> None:
    """By its revision; a key that is gone is not written again."""
    first = key("a.example", "s1")
    await store.dkim_keys.add(first)
    second = replace(first, in_use=False, revision=2)
    assert await store.dkim_keys.save(second)
    assert not await store.dkim_keys.save(replace(first, sealed="late", revision=2))
    assert await store.dkim_keys.all(HERE, 9) == [second]
    assert not await store.dkim_keys.save(replace(key("c.example", "s1"), revision=2))
    assert await store.dkim_keys.all(HERE, 9) == [second]


@contract
async def test_removed_key_is_gone(store: Store) -> None:
    """Only that one, and only from its workspace."""
    for each in (key("a.example", "s1"), key("a.example", "s2"), key("a.example", "s1", THERE)):
        await store.dkim_keys.add(each)
    assert await store.dkim_keys.remove(HERE, "a.example", "s1")
    assert not await store.dkim_keys.remove(HERE, "a.example", "s1")
    assert await store.dkim_keys.all(HERE, 9) == [key("a.example", "s2")]
    assert len(await store.dkim_keys.all(THERE, 9)) == 1
