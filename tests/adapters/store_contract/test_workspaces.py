"""Two workspaces in one store see nothing of each other."""

from dataclasses import replace
from datetime import timedelta

from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.campaigns.records import CampaignStatus
from functions.service.reports.records import Counts
from functions.service.sending.records import SendingAccountState
from functions.service.store import Store
from tests.adapters.store_contract.builders import (
    NOW,
    at,
    campaign,
    contact,
    idempotency_record,
    job,
    upload,
)
from tests.adapters.store_contract.contract import contract

HERE, THERE = DEFAULT_WORKSPACE, WorkspaceId("other")
BOTH = (HERE, THERE)


@contract
async def test_campaigns_are_found_in_their_own_workspace_only(store: Store) -> None:
    """By id, by page, by status and by number."""
    for name, workspace_id in (("a", HERE), ("b", THERE), ("c", THERE)):
        running = campaign(name, workspace_id=workspace_id, status=CampaignStatus.RUNNING)
        assert await store.campaigns.insert(running)

    async def names(workspace_id: WorkspaceId) -> list[list[str]]:
        campaigns = store.campaigns
        status = CampaignStatus.RUNNING
        found = [
            await campaigns.find(workspace_id, ["a", "b", "c"]),
            await campaigns.page(workspace_id, after=None, limit=9, status=None),
            await campaigns.page(workspace_id, after=None, limit=9, status=status),
            await campaigns.with_status(workspace_id, status, after_id="", limit=9),
        ]
        return [sorted(it.campaign_id for it in page) for page in found]

    assert await names(HERE) == [["a"]] * 4
    assert await names(THERE) == [["b", "c"]] * 4
    assert await store.campaigns.tally(HERE) == {CampaignStatus.RUNNING: 1}
    assert await store.campaigns.tally(THERE) == {CampaignStatus.RUNNING: 2}
    assert await store.campaigns.tally(WorkspaceId("empty")) == {}


@contract
async def test_workers_find_campaigns_of_all_workspaces(store: Store) -> None:
    """With the workspace they belong to. An id is taken in all of them."""
    for name, workspace_id in (("a", HERE), ("b", THERE)):
        await store.campaigns.insert(campaign(name, workspace_id=workspace_id))
    found = await store.campaigns.find_anywhere(["a", "b"])
    assert {it.campaign_id: it.workspace_id for it in found} == {"a": HERE, "b": THERE}
    drafts = await store.campaigns.with_status_anywhere(CampaignStatus.DRAFT, after_id="", limit=9)
    assert [it.campaign_id for it in drafts] == ["a", "b"]
    assert not await store.campaigns.insert(campaign("a", workspace_id=THERE))


@contract
async def test_campaigns_are_found_by_their_time_of_creation(store: Store) -> None:
    """In all workspaces, to the millisecond, and not while they are being deleted."""
    one = timedelta(milliseconds=1)
    for name, workspace_id, created_at, status in (
        ("b", THERE, NOW, CampaignStatus.RUNNING),
        ("a", HERE, NOW, CampaignStatus.DRAFT),
        ("c", HERE, NOW, CampaignStatus.CANCELLED),
        ("gone", HERE, NOW, CampaignStatus.DELETING),
        ("before", HERE, NOW - one, CampaignStatus.RUNNING),
        ("after", HERE, NOW + one, CampaignStatus.RUNNING),
    ):
        made = replace(campaign(name, workspace_id=workspace_id), status=status)
        await store.campaigns.insert(replace(made, created_at=created_at))
    found = await store.campaigns.created_at_anywhere(NOW, 2)
    assert [(it.campaign_id, it.workspace_id) for it in found] == [("a", HERE), ("b", THERE)]
    found = await store.campaigns.created_at_anywhere(NOW, 9)
    assert [it.campaign_id for it in found] == ["a", "b", "c"]


@contract
async def test_contacts_are_seen_from_their_own_workspace_only(store: Store) -> None:
    """Even with the campaign's id."""
    await store.contacts.add([contact(1, "c1"), contact(1, "c2", workspace_id=THERE)])
    keys = [contact(1).email_key]
    for workspace_id, own, other in ((HERE, "c1", "c2"), (THERE, "c2", "c1")):
        contacts = store.contacts
        assert len(await contacts.page(workspace_id, own, after_seq=0, limit=9)) == 1
        assert len(await contacts.existing(workspace_id, own, keys)) == 1
        assert await contacts.last_seq(workspace_id, own) == 1
        assert await contacts.total(workspace_id, own) == 1
        assert await contacts.find(workspace_id, own, 1) is not None
        assert len(await contacts.beginning(workspace_id, own, "reader", 9)) == 1
        assert await contacts.page(workspace_id, other, after_seq=0, limit=9) == []
        assert await contacts.existing(workspace_id, other, keys) == []
        assert await contacts.last_seq(workspace_id, other) == 0
        assert await contacts.total(workspace_id, other) == 0
        assert await contacts.find(workspace_id, other, 1) is None
        assert await contacts.beginning(workspace_id, other, "reader", 9) == []
        assert await contacts.delete_page(workspace_id, other, 9) == 0
    assert await store.contacts.delete_page(THERE, "c2", 9) == 1


@contract
async def test_address_is_suppressed_in_one_workspace(store: Store) -> None:
    """One read asks for addresses of several workspaces at once."""
    here = Suppression(
        workspace_id=HERE, email_key="a@example.org", reason=SuppressionReason.HARD_BOUNCE, at=NOW
    )
    there = replace(here, workspace_id=THERE, reason=SuppressionReason.COMPLAINT, at=at(1))
    asked = [(workspace_id, "a@example.org") for workspace_id in BOTH]
    await store.suppressions.add([here])
    assert await store.suppressions.find(asked) == [here]
    await store.suppressions.add([there])
    found = await store.suppressions.find(asked)
    assert sorted(found, key=lambda it: it.at) == [here, there]
    assert await store.suppressions.find(asked[1:]) == [there]


@contract
async def test_jobs_are_seen_from_their_own_workspace_only(store: Store) -> None:
    """Workers take those of all workspaces."""
    await store.jobs.insert(job("j1", "c1"))
    await store.jobs.insert(job("j2", "c2", workspace_id=THERE))
    assert await store.jobs.find(HERE, "j2") is None
    assert await store.jobs.find(THERE, "j2") == job("j2", "c2", workspace_id=THERE)
    assert await store.jobs.page(HERE, "c2", 9) == []
    assert len(await store.jobs.page(THERE, "c2", 9)) == 1
    taken = await store.jobs.take_anywhere(NOW, at(10), "t", 9)
    assert sorted((it.workspace_id, it.job_id) for it in taken) == [(HERE, "j1"), (THERE, "j2")]


@contract
async def test_uploads_are_read_in_their_own_workspace_only(store: Store) -> None:
    """The sweep finds what was abandoned in all."""
    await store.uploads.add(upload("u1", 0, ["here"]))
    await store.uploads.add(replace(upload("u2", 0, ["there"]), workspace_id=THERE))
    assert await store.uploads.read(HERE, "u2", 0) is None
    await store.uploads.drop(HERE, "u2")
    assert await store.uploads.read(THERE, "u2", 0) == ["there"]
    abandoned = await store.uploads.abandoned_anywhere(at(1), 9)
    assert sorted(abandoned) == [(HERE, "u1"), (THERE, "u2")]


@contract
async def test_idempotency_keys_are_a_workspaces_own(store: Store) -> None:
    """Two workspaces may use the same key."""
    here, there = (
        idempotency_record("k"),
        idempotency_record("k", workspace_id=THERE, fingerprint="other"),
    )
    assert await store.idempotency_records.reserve(here) is None
    assert await store.idempotency_records.reserve(there) is None
    assert (
        await store.idempotency_records.reserve(idempotency_record("k", fingerprint="new")) == here
    )
    await store.idempotency_records.release(HERE, "k")
    assert (
        await store.idempotency_records.reserve(idempotency_record("k", workspace_id=THERE))
        == there
    )
    assert await store.idempotency_records.expire_anywhere(at(1), 9) == 1


@contract
async def test_counts_of_campaigns_are_listed_by_workspace(store: Store) -> None:
    """Those whose mail had an outcome lately."""
    for name, workspace_id in (("a", HERE), ("b", THERE)):
        counts = Counts(workspace_id=workspace_id, campaign_id=name, revision=1)
        await store.counts.save(replace(counts, last_outcome_hour="2027-03-01T09"))
    for name, workspace_id in (("a", HERE), ("b", THERE)):
        found = await store.counts.outcome_since(workspace_id, "2027-03-01T08", 9)
        assert [it.campaign_id for it in found] == [name]


@contract
async def test_sending_accounts_are_a_workspaces_own(store: Store) -> None:
    """Two workspaces that use the same mail server have separate buckets."""
    for revision, workspace_id in ((1, HERE), (1, THERE), (2, THERE)):
        state = SendingAccountState(workspace_id=workspace_id, account="a", revision=revision)
        assert await store.sending_accounts.save(state)
    for revision, workspace_id in ((1, HERE), (2, THERE)):
        found = await store.sending_accounts.find(workspace_id, "a")
        assert found is not None
        assert found.revision == revision
