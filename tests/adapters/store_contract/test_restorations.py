"""Guarantees of `Restorations`."""

from dataclasses import replace
from datetime import timedelta

from functions.service.campaigns.records import (
    Choice,
    LeadChoice,
    Restoration,
    RestorationState,
)
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW
from tests.adapters.store_contract.contract import contract

FIRST = Restoration(backup_at=NOW, restored_at=NOW + timedelta(hours=9))


@contract
async def test_restoration_comes_back_whole(store: Store) -> None:
    """There is one: the latest."""
    assert await store.restorations.find() is None
    await store.restorations.begin(FIRST)
    assert await store.restorations.find() == FIRST
    later = replace(FIRST, backup_at=NOW + timedelta(days=1))
    await store.restorations.begin(later)
    assert await store.restorations.find() == later


@contract
async def test_restoration_is_saved_by_its_revision(store: Store) -> None:
    """So that two people cannot both decide."""
    await store.restorations.begin(FIRST)
    decided = replace(
        FIRST,
        state=RestorationState.RELEASING,
        choice=Choice.SKIP,
        campaign_id="c",
        after_seq=7,
        leads_skipped=3,
        revision=2,
    )
    assert await store.restorations.save(decided)
    assert not await store.restorations.save(replace(decided, choice=Choice.SEND))
    assert await store.restorations.find() == decided


@contract
async def test_choice_for_a_lead_replaces_the_one_before(store: Store) -> None:
    """And a new restoration forgets all of them."""
    await store.restorations.begin(FIRST)
    await store.restorations.choose(["a", "b"], [LeadChoice(it, Choice.SKIP) for it in "ab"])
    await store.restorations.choose(["b"], [LeadChoice("b", Choice.SEND)])
    found = await store.restorations.choices(["a", "b", "c"])
    assert found == {"a": Choice.SKIP, "b": Choice.SEND}
    await store.restorations.choose(["a"], [])
    assert await store.restorations.choices(["a", "b"]) == {"b": Choice.SEND}
    assert await store.restorations.choices([]) == {}
    await store.restorations.begin(FIRST)
    assert await store.restorations.choices(["a", "b"]) == {}
