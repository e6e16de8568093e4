"""Guarantees of `Campaigns`."""

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import CampaignStatus, FlowVersion
from functions.service.jobs.records import JobState
from functions.service.reports.records import Counts
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW, at, campaign, job
from tests.adapters.store_contract.contract import batch_contract, contract

DRAFT = {
    "nodes": [{"id": "a", "type": "wait", "configuration": {"amount": 1.5, "on": True, "x": None}}],
    "layout": {"ünï": [1, [2, {"deep": "🎈"}]], "$odd": 1, "dotted.name": 2, "": 3},
}


@contract
async def test_inserted_campaign_comes_back_whole(store: Store) -> None:
    """Every field set to something that is not its default."""
    whole = campaign(
        "c1",
        name="Ünï 🎈",
        draft=DRAFT,
        updated_at=at(1),
        version=2,
        epoch=1_772_357_400,
        enrolled_seq=7,
        from_email="a@example.org",
        from_name="A",
        reply_to="r@example.org",
        lateness_max_seconds=60,
    )
    assert await store.campaigns.insert(whole)
    assert await store.campaigns.find(DEFAULT_WORKSPACE, ["c1"]) == [whole]


@contract
async def test_insert_of_a_taken_id_changes_nothing(store: Store) -> None:
    """The first one stays."""
    assert await store.campaigns.insert(campaign("c1"))
    assert not await store.campaigns.insert(campaign("c1", name="Other"))
    assert await store.campaigns.find(DEFAULT_WORKSPACE, ["c1"]) == [campaign("c1")]


@contract
async def test_find_leaves_out_missing_campaigns(store: Store) -> None:
    """Neither a gap nor an error; an id that is given twice is returned once."""
    for name in ("a", "b", "c"):
        await store.campaigns.insert(campaign(name))
    found = await store.campaigns.find(DEFAULT_WORKSPACE, ["c", "nobody", "a", "a"])
    assert sorted(it.campaign_id for it in found) == ["a", "c"]
    assert await store.campaigns.find(DEFAULT_WORKSPACE, []) == []


@contract
async def test_replace_wins_once_per_revision(store: Store) -> None:
    """Of two that read the same revision, the second loses and leaves no trace."""
    await store.campaigns.insert(campaign("c1"))
    first = campaign("c1", status=CampaignStatus.RUNNING, revision=1)
    assert await store.campaigns.replace(first)
    assert not await store.campaigns.replace(campaign("c1", name="Loser", revision=1))
    assert not await store.campaigns.replace(campaign("c1", name="Ahead", revision=3))
    assert not await store.campaigns.replace(campaign("missing", revision=1))
    assert await store.campaigns.find(DEFAULT_WORKSPACE, ["c1", "missing"]) == [first]


@contract
async def test_pages_go_from_new_to_old_and_miss_none(store: Store) -> None:
    """Campaigns made in the same millisecond are told apart by their id."""
    times = {"a": 3, "b": 1, "c": 1, "d": 1, "e": 2}
    for name, second in times.items():
        await store.campaigns.insert(campaign(name, created_at=at(second)))
    seen: list[str] = []
    after = None
    while page := await store.campaigns.page(DEFAULT_WORKSPACE, after=after, limit=2, status=None):
        assert len(page) <= 2
        seen += [it.campaign_id for it in page]
        after = (page[-1].created_at, page[-1].campaign_id)
    assert seen == ["a", "e", "d", "c", "b"]


@contract
async def test_pages_know_status_and_hide_what_is_being_deleted(store: Store) -> None:
    """The status is that of the latest replace."""
    for name in ("a", "b", "c"):
        await store.campaigns.insert(campaign(name))
    await store.campaigns.replace(campaign("a", status=CampaignStatus.DELETING, revision=1))
    await store.campaigns.replace(campaign("b", status=CampaignStatus.RUNNING, revision=1))

    async def names(status: CampaignStatus | None) -> list[str]:
        page = await store.campaigns.page(DEFAULT_WORKSPACE, after=None, limit=9, status=status)
        return [it.campaign_id for it in page]

    assert await names(None) == ["c", "b"]
    assert await names(CampaignStatus.RUNNING) == ["b"]
    assert await names(CampaignStatus.DRAFT) == ["c"]


@contract
async def test_with_status_goes_by_id(store: Store) -> None:
    """Deleting ones too: the sweep must find them."""
    for name in ("b", "a", "d", "c"):
        await store.campaigns.insert(campaign(name, status=CampaignStatus.DELETING))
    await store.campaigns.insert(campaign("bb"))
    first = await store.campaigns.with_status(
        DEFAULT_WORKSPACE, CampaignStatus.DELETING, after_id="", limit=2
    )
    assert [it.campaign_id for it in first] == ["a", "b"]
    rest = await store.campaigns.with_status(
        DEFAULT_WORKSPACE, CampaignStatus.DELETING, after_id="b", limit=9
    )
    assert [it.campaign_id for it in rest] == ["c", "d"]


@contract
async def test_tally_by_status(store: Store) -> None:
    """Campaigns being deleted are hidden, and unused statuses are left out."""
    assert await store.campaigns.tally(DEFAULT_WORKSPACE) == {}
    for name, status in (
        ("a", CampaignStatus.DRAFT),
        ("b", CampaignStatus.RUNNING),
        ("c", CampaignStatus.RUNNING),
        ("d", CampaignStatus.DELETING),
    ):
        await store.campaigns.insert(campaign(name, status=status))
    assert await store.campaigns.tally(DEFAULT_WORKSPACE) == {
        CampaignStatus.DRAFT: 1,
        CampaignStatus.RUNNING: 2,
    }


@contract
async def test_flow_version_is_written_once(store: Store) -> None:
    """A second one of that number is refused; missing ones are None."""
    version = FlowVersion("c1", 1, DRAFT, NOW, reply_to="r@example.org")
    assert await store.campaigns.add_version(version)
    assert not await store.campaigns.add_version(FlowVersion("c1", 1, {}, at(1)))
    assert await store.campaigns.add_version(FlowVersion("c1", 2, {}, at(1)))
    assert await store.campaigns.version("c1", 1) == version
    assert await store.campaigns.version("c1", 3) is None
    assert await store.campaigns.version("c2", 1) is None


@batch_contract
async def test_delete_takes_the_campaign_and_what_hangs_on_it(store: Store) -> None:
    """Waiting jobs stay (the deleting one runs), and other campaigns stay."""
    for name in ("c1", "c2"):
        await store.campaigns.insert(campaign(name))
        await store.campaigns.add_version(FlowVersion(name, 1, {}, NOW))
        await store.counts.save(
            Counts(
                workspace_id=DEFAULT_WORKSPACE,
                campaign_id=name,
                revision=1,
                values={"leads/paused": 1},
            )
        )
        await store.jobs.insert(job(f"{name}-done", name, state=JobState.DONE))
        await store.jobs.insert(job(f"{name}-failed", name, state=JobState.FAILED))
        await store.jobs.insert(job(f"{name}-waiting", name))
    await store.campaigns.delete("c1")
    assert [
        it.campaign_id for it in await store.campaigns.find(DEFAULT_WORKSPACE, ["c1", "c2"])
    ] == ["c2"]
    assert await store.campaigns.version("c1", 1) is None
    assert await store.campaigns.version("c2", 1) is not None
    assert [it.campaign_id for it in await store.counts.find(["c1", "c2"])] == ["c2"]
    assert [it.job_id for it in await store.jobs.page(DEFAULT_WORKSPACE, "c1", 9)] == ["c1-waiting"]
    assert len(await store.jobs.page(DEFAULT_WORKSPACE, "c2", 9)) == 3
    await store.campaigns.delete("c1")
