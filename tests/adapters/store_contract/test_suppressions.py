"""Guarantees of `Suppressions`, `SuppressionRemovals` and `FullMailboxes`."""

from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.records import (
    FullMailbox,
    Suppression,
    SuppressionReason,
    SuppressionRemoval,
)
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, at
from tests.adapters.store_contract.contract import batch_contract, contract, large_batch

THERE = WorkspaceId("other")


def suppression(
    email_key: str,
    reason: SuppressionReason = SuppressionReason.IMPORTED,
    workspace_id: WorkspaceId = DEFAULT_WORKSPACE,
) -> Suppression:
    return Suppression(
        workspace_id=workspace_id,
        email_key=email_key,
        reason=reason,
        at=NOW,
        campaign_id="c1",
        source="550 5.1.1 Zoë?",
    )


def removal(removal_id: str, workspace_id: WorkspaceId = DEFAULT_WORKSPACE) -> SuppressionRemoval:
    return SuppressionRemoval(
        workspace_id=workspace_id,
        removal_id=removal_id,
        email_key="a@example.org",
        at=at(1),
        reason="She asked for it.",
        was=SuppressionReason.COMPLAINT,
        since=NOW,
    )


async def keys(store: Store, prefix: str = "", after_key: str = "", limit: int = 9) -> list[str]:
    page = await store.suppressions.page(
        DEFAULT_WORKSPACE, prefix=prefix, after_key=after_key, limit=limit
    )
    return [it.email_key for it in page]


@batch_contract
async def test_first_suppression_stays(store: Store) -> None:
    """An unsubscription is not turned into a bounce later. The others of the batch are added."""
    first = suppression("zoë@example.org", SuppressionReason.UNSUBSCRIBED)
    assert await store.suppressions.add([first]) == 1
    later = suppression("zoë@example.org", SuppressionReason.HARD_BOUNCE)
    other = suppression("b@example.org", SuppressionReason.COMPLAINT)
    assert await store.suppressions.add([later, other]) == 1
    asked = ["b@example.org", "c@example.org", "zoë@example.org"]
    found = await store.suppressions.find([(DEFAULT_WORKSPACE, it) for it in asked])
    assert sorted(found, key=lambda it: it.email_key) == [other, first]
    assert await store.suppressions.find([]) == []
    assert await store.suppressions.add([]) == 0


@contract
async def test_suppressions_page_by_address(store: Store) -> None:
    """Each once, whatever the page; only those that begin with the prefix; whole records."""
    there = suppression("ann@example.org", workspace_id=THERE)
    names = ["bob", "ann", "anna", "an", "zoë", "ann.b", "_x"]
    await store.suppressions.add([suppression(f"{it}@example.org") for it in names] + [there])
    everyone = ["_x", "an", "ann.b", "ann", "anna", "bob", "zoë"]
    assert await keys(store) == [f"{it}@example.org" for it in everyone]
    assert await keys(store, limit=2) == ["_x@example.org", "an@example.org"]
    assert await keys(store, after_key="anna@example.org") == ["bob@example.org", "zoë@example.org"]
    assert await keys(store, prefix="ann") == [
        f"{it}@example.org" for it in ("ann.b", "ann", "anna")
    ]
    assert await keys(store, prefix="ann", after_key="ann@example.org") == ["anna@example.org"]
    assert await keys(store, prefix="ann@") == ["ann@example.org"]
    assert await keys(store, prefix="annb") == []
    assert await keys(store, prefix="ann", after_key="bob") == []
    (only,) = await store.suppressions.page(THERE, prefix="", after_key="", limit=9)
    assert only == there


@contract
async def test_suppression_is_replaced_in_its_workspace(store: Store) -> None:
    """Or inserted."""
    here = suppression("a@example.org", SuppressionReason.UNSUBSCRIBED)
    there = suppression("a@example.org", workspace_id=THERE)
    await store.suppressions.add([here, there])
    stronger = suppression("a@example.org", SuppressionReason.COMPLAINT)
    new = suppression("b@example.org")
    for it in (stronger, new):
        await store.suppressions.put(it)
    assert await store.suppressions.find([(THERE, "a@example.org")]) == [there]
    page = await store.suppressions.page(DEFAULT_WORKSPACE, prefix="", after_key="", limit=9)
    assert page == [stronger, new]


@contract
async def test_removed_suppression_is_gone(store: Store) -> None:
    """In its workspace only; afterwards the address can be suppressed again."""
    here, there = suppression("a@example.org"), suppression("a@example.org", workspace_id=THERE)
    await store.suppressions.add([here, there, suppression("b@example.org")])
    assert await store.suppressions.remove(DEFAULT_WORKSPACE, "a@example.org")
    assert not await store.suppressions.remove(DEFAULT_WORKSPACE, "a@example.org")
    asked = [(it, "a@example.org") for it in (DEFAULT_WORKSPACE, THERE)]
    assert await store.suppressions.find(asked) == [there]
    assert await keys(store) == ["b@example.org"]
    again = suppression("a@example.org", SuppressionReason.COMPLAINT)
    assert await store.suppressions.add([again]) == 1
    assert await store.suppressions.find(asked[:1]) == [again]


@contract
async def test_many_suppressions_in_one_batch(store: Store) -> None:
    """As an import adds them."""
    count = large_batch(store)
    batch = [suppression(f"reader{it}@example.org") for it in range(count)]
    assert await store.suppressions.add(batch) == count
    assert await store.suppressions.add(batch) == 0
    assert len(await keys(store, limit=count + 1)) == count


@contract
async def test_removals_page_from_the_latest(store: Store) -> None:
    """Whole, and only those of the workspace."""
    there = removal("0000000000009-a", THERE)
    for it in ("0000000000002-a", "0000000000010-a", "0000000000002-b"):
        await store.suppression_removals.add(removal(it))
    await store.suppression_removals.add(there)
    removals = store.suppression_removals
    first = await removals.page(DEFAULT_WORKSPACE, before_id=None, limit=2)
    assert first == [removal("0000000000010-a"), removal("0000000000002-b")]
    rest = await removals.page(DEFAULT_WORKSPACE, before_id=first[-1].removal_id, limit=9)
    assert rest == [removal("0000000000002-a")]
    assert await removals.page(THERE, before_id=None, limit=9) == [there]


@contract
async def test_full_mailboxes_are_counted_by_address(store: Store) -> None:
    """Each message once, in its workspace, until it is forgotten."""

    async def add(
        message_key: str,
        at_s: float,
        email_key: str = "a@example.org",
        workspace_id: WorkspaceId = DEFAULT_WORKSPACE,
    ) -> None:
        await store.full_mailboxes.add(
            FullMailbox(
                workspace_id=workspace_id,
                email_key=email_key,
                message_key=message_key,
                at=at(at_s),
            )
        )

    async def count(email_key: str = "a@example.org", limit: int = 9) -> int:
        return await store.full_mailboxes.count(DEFAULT_WORKSPACE, email_key, limit)

    for key, at_s in (("m1", 1), ("m2", 2), ("m3", 3), ("m2", 9)):
        await add(key, at_s)
    await add("m4", 1, email_key="b@example.org")
    await add("m1", 1, workspace_id=THERE)
    assert await count() == 3
    assert await count(limit=2) == 2
    await store.full_mailboxes.forget(DEFAULT_WORKSPACE, "a@example.org", at(3))
    assert await count() == 1
    assert await count("b@example.org") == 1
    assert await store.full_mailboxes.count(THERE, "a@example.org", 9) == 1
