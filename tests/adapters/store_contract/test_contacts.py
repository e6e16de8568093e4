"""Guarantees of `Contacts` and `Uploads`."""

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, ODD, at, contact, upload
from tests.adapters.store_contract.contract import batch_contract, contract, large_batch


@contract
async def test_contact_comes_back_whole(store: Store) -> None:
    """Attribute values keep their value and their type."""
    odd = contact(
        1, email="Zoë👩🏽‍🚀@example.org", email_key="zoë👩🏽‍🚀@example.org", attributes=ODD
    )
    await store.contacts.add([odd])
    (back,) = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9)
    assert back == odd
    assert {k: type(v) for k, v in back.attributes.items()} == {k: type(v) for k, v in ODD.items()}


@batch_contract
async def test_contacts_that_exist_are_left_out(store: Store) -> None:
    """By address or by seq; the others of the batch are still added."""
    assert await store.contacts.add([contact(1), contact(2)]) == 2
    same_email = contact(3, email_key="reader1@example.org")
    same_seq = contact(2, email_key="other@example.org")
    assert await store.contacts.add([same_email, same_seq, contact(4)]) == 1
    assert await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9) == [
        contact(i) for i in (1, 2, 4)
    ]
    # The same address may be in another campaign's audience.
    await store.contacts.add([contact(1, "c2")])
    assert await store.contacts.page(DEFAULT_WORKSPACE, "c2", after_seq=0, limit=9) == [
        contact(1, "c2")
    ]


@contract
async def test_existing_knows_the_campaign(store: Store) -> None:
    """Unknown keys are left out."""
    await store.contacts.add([contact(1), contact(2), contact(3, "c2")])
    keys = ["reader2@example.org", "reader3@example.org", "nobody@example.org"]
    assert await store.contacts.existing(DEFAULT_WORKSPACE, "c1", keys) == [contact(2)]
    assert await store.contacts.existing(DEFAULT_WORKSPACE, "c1", []) == []


@contract
async def test_last_seq(store: Store) -> None:
    """Of that campaign alone."""
    assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 0
    await store.contacts.add([contact(2), contact(11), contact(9), contact(40, "c2")])
    assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 11


@contract
async def test_contact_pages_go_by_seq(store: Store) -> None:
    """As numbers, strictly after the cursor."""
    await store.contacts.add([contact(seq) for seq in (10, 9, 2, 100, 1)])
    first = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=1, limit=2)
    rest = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=first[-1].seq, limit=9)
    assert [it.seq for it in first + rest] == [2, 9, 10, 100]


@batch_contract
async def test_contact_changes_from_revision_to_revision(store: Store) -> None:
    """Each of a batch by itself; a stale one, and one with a known address, leave no trace."""
    await store.contacts.add([contact(seq) for seq in range(1, 5)])
    fresh = contact(1, attributes={"plan": "pro", "n": 1}, revision=2, source="import-2", line=7)
    moved = contact(2, email="New@example.org", email_key="new@example.org", revision=2)
    stale = contact(3, attributes={"plan": "pro"}, revision=3)
    taken = contact(4, email_key="reader3@example.org", revision=2)
    assert await store.contacts.change([fresh, moved, stale, taken, contact(9, revision=2)]) == 2
    assert await store.contacts.change([fresh]) == 0
    page = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9)
    assert page == [fresh, moved, contact(3), contact(4)]
    asked = ["reader1@example.org", "reader2@example.org", "new@example.org"]
    found = await store.contacts.existing(DEFAULT_WORKSPACE, "c1", asked)
    assert sorted(found, key=lambda it: it.seq) == [fresh, moved]
    assert await store.contacts.change([]) == 0


@batch_contract
async def test_deleted_contact_leaves_its_number(store: Store) -> None:
    """And nothing else: its address may come again, with another number."""
    await store.contacts.add([contact(seq) for seq in range(1, 6)])
    assert not await store.contacts.delete(contact(5, revision=2))
    for seq in (2, 3, 5):
        assert await store.contacts.delete(contact(seq))
    assert not await store.contacts.delete(contact(5))
    assert await store.contacts.find(DEFAULT_WORKSPACE, "c1", 5) is None
    assert await store.contacts.find(DEFAULT_WORKSPACE, "c1", 4) == contact(4)
    assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 5
    assert await store.contacts.total(DEFAULT_WORKSPACE, "c1") == 2
    assert await store.contacts.existing(DEFAULT_WORKSPACE, "c1", ["reader5@example.org"]) == []
    again = contact(6, email_key="reader5@example.org")
    assert await store.contacts.add([contact(5), again]) == 1
    for limit in (1, 2, 9):
        page = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=limit)
        assert page == [contact(1), contact(4), again][:limit]
    assert await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=6, limit=9) == []
    assert await store.contacts.delete_page(DEFAULT_WORKSPACE, "c1", 9) == 6


@contract
async def test_deleted_contact_may_come_back(store: Store) -> None:
    """By the revision that follows, unless somebody has its address now."""
    await store.contacts.add([contact(1), contact(2)])
    await store.contacts.delete(contact(1))
    await store.contacts.delete(contact(2))
    await store.contacts.add([contact(3, email_key="reader2@example.org")])
    back = contact(1, revision=3)
    assert await store.contacts.change([back, contact(2, revision=3)]) == 1
    assert await store.contacts.find(DEFAULT_WORKSPACE, "c1", 1) == back


@contract
async def test_contacts_are_found_by_the_beginning_of_their_address(store: Store) -> None:
    """By address, the first few; no deleted ones."""
    names = ["bob", "ann", "anna", "!", "an"]
    contacts = [contact(n, email_key=f"{it}@example.org") for n, it in enumerate(names, 1)]
    await store.contacts.add([*contacts, contact(9), contact(1, "c2", email_key="ann@c2.org")])
    await store.contacts.delete(contact(9))

    async def found(prefix: str, limit: int = 9) -> list[str]:
        page = await store.contacts.beginning(DEFAULT_WORKSPACE, "c1", prefix, limit)
        return [it.email_key.removesuffix("@example.org") for it in page]

    assert await found("an") == ["an", "ann", "anna"]
    assert await found("an", 2) == ["an", "ann"]
    assert await found("ann@") == ["ann"]
    assert await found("") == ["!", "an", "ann", "anna", "bob"]
    assert await found(" ") == []
    assert await found("zoe") == []


@batch_contract
async def test_contacts_are_deleted_in_pages(store: Store) -> None:
    """A page below the limit is the last; the other campaign keeps its own."""
    await store.contacts.add([contact(seq) for seq in range(1, 6)] + [contact(1, "c2")])
    assert await store.contacts.delete_page(DEFAULT_WORKSPACE, "c1", 3) == 3
    assert await store.contacts.delete_page(DEFAULT_WORKSPACE, "c1", 3) == 2
    assert await store.contacts.delete_page(DEFAULT_WORKSPACE, "c1", 3) == 0
    assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c2") == 1


@contract
async def test_many_contacts_in_one_batch(store: Store) -> None:
    """Beyond the 999 variables that a statement of older SQLite versions takes."""
    count = large_batch(store)
    await store.contacts.add([contact(seq) for seq in range(1, count + 1)])
    found = await store.contacts.existing(
        DEFAULT_WORKSPACE, "c1", [f"reader{seq}@example.org" for seq in range(1, count + 100)]
    )
    assert sorted(it.seq for it in found) == list(range(1, count + 1))


@contract
async def test_upload_page_comes_back(store: Store) -> None:
    """Any JSON value is a row; a page written again replaces the old one."""
    rows: list[object] = [["a@example.org", {"name": "Zoë 🎈", "n": 1.5}], None, 7, "x", True]
    await store.uploads.add(upload("u1", 0, [1]))
    await store.uploads.add(upload("u1", 0, rows))
    await store.uploads.add(upload("u1", 1, []))
    assert await store.uploads.read(DEFAULT_WORKSPACE, "u1", 0) == rows
    assert await store.uploads.read(DEFAULT_WORKSPACE, "u1", 1) == []
    assert await store.uploads.read(DEFAULT_WORKSPACE, "u1", 2) is None
    assert await store.uploads.read(DEFAULT_WORKSPACE, "u2", 0) is None


@batch_contract
async def test_dropped_upload_is_gone(store: Store) -> None:
    """All its pages, and no others."""
    for number in range(3):
        await store.uploads.add(upload("u1", number, [number]))
    await store.uploads.add(upload("u2", 0, ["kept"]))
    await store.uploads.drop(DEFAULT_WORKSPACE, "u1")
    assert [await store.uploads.read(DEFAULT_WORKSPACE, "u1", number) for number in range(3)] == [
        None
    ] * 3
    assert await store.uploads.read(DEFAULT_WORKSPACE, "u2", 0) == ["kept"]
    await store.uploads.drop(DEFAULT_WORKSPACE, "u1")


@contract
async def test_upload_is_abandoned_when_its_youngest_page_is_old(store: Store) -> None:
    """One fresh page keeps it."""
    await store.uploads.add(upload("old", 0, [], at(-100)))
    await store.uploads.add(upload("old", 1, [], at(-50)))
    await store.uploads.add(upload("fresh", 0, [], at(-100)))
    await store.uploads.add(upload("fresh", 1, [], at(0.001)))
    assert await store.uploads.abandoned_anywhere(NOW, 9) == [(DEFAULT_WORKSPACE, "old")]
    both = sorted(await store.uploads.abandoned_anywhere(at(1), 9))
    assert both == [(DEFAULT_WORKSPACE, "fresh"), (DEFAULT_WORKSPACE, "old")]
    assert len(await store.uploads.abandoned_anywhere(at(1), 1)) == 1
