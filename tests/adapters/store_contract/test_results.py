"""Promises of `ResultsStore`."""

from dataclasses import replace

from functions.service.reports.records import EmailResults, LinkClicks
from functions.service.store import Store
from tests.adapters.store_contract.contract import batch_contract, contract

FIRST = EmailResults(
    campaign_id="c1",
    node_id="mail",
    revision=1,
    counted=7,
    by_hour={"2027-03-01T09": (3, 0, 0, 1, 0, 0)},
    by_day={"2027-03-01": (3, 0, 0, 1, 0, 0)},
    links=(LinkClicks("https://example.com/a.b?$=1", 2),),
    other_links=1,
)
OTHER = replace(FIRST, node_id="b")


@contract
async def test_results_come_back_whole(store: Store) -> None:
    """By campaign in the order of ids, and by e-mail; those of others are left out."""
    assert await store.results.add([FIRST, OTHER, replace(FIRST, campaign_id="c2")]) == 3
    assert await store.results.of_campaign("c1", 9) == [OTHER, FIRST]
    assert await store.results.of_campaign("c1", 1) == [OTHER]
    assert await store.results.find("c1", ["mail", "nobody"]) == [FIRST]
    assert await store.results.find("c1", []) == []


@batch_contract
async def test_results_win_once_per_revision(store: Store) -> None:
    """The first needs an absent one, each later one its predecessor; each for itself."""
    assert await store.results.add([FIRST]) == 1
    assert await store.results.add([FIRST, OTHER]) == 1
    second = replace(FIRST, revision=2, counted=8)
    assert await store.results.change([second, replace(OTHER, revision=3)]) == 1
    assert await store.results.change([second]) == 0
    assert await store.results.of_campaign("c1", 9) == [OTHER, second]


@contract
async def test_results_are_deleted_with_their_campaign(store: Store) -> None:
    """Alone, or with everything else."""
    others = replace(FIRST, campaign_id="c2")
    await store.results.add([FIRST, OTHER, others])
    await store.results.delete("c1")
    assert await store.results.of_campaign("c1", 9) == []
    assert await store.results.of_campaign("c2", 9) == [others]
    await store.campaigns.delete("c2")
    assert await store.results.of_campaign("c2", 9) == []
