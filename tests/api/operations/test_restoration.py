"""A restored store over HTTP: what is refused while it is held, who is listed, and the decision."""

from dataclasses import replace
from datetime import timedelta

import httpx

from functions.flow.lead import LeadStatus, State
from functions.service.campaigns.hold_restored import hold_restored
from functions.service.campaigns.records import CampaignStatus
from functions.service.campaigns.restoration import HELD_REASON
from functions.service.execution.records import Commit
from functions.service.operations.probes import held_probe
from functions.service.sending.records import Claim, MessageState
from harness.fakes.scenes import ANN, click_flow, launched, only_lead, over_api
from harness.fakes.world import FakeWorld

ADDRESS = "/api/v1/restoration"


async def held(world: FakeWorld, hours: float = 1) -> None:
    """Ann's lead waits after its first e-mail; the store is that of a backup made now, restored
    some time later."""
    await launched(world, click_flow(wait_seconds=600))
    backup_at = await world.store.now()
    world.clock.advance(hours * 3600)
    await hold_restored(world.store, backup_at)


@over_api
async def test_store_that_was_never_restored_says_so(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    read = (await client.get(ADDRESS)).json()
    assert (read["state"], read["is_held"], read["backup_at"]) == ("none", False, None)
    assert (await client.get(f"{ADDRESS}/leads")).json()["leads"] == []
    for answer in (
        await client.post(f"{ADDRESS}/release", json={"choice": "skip"}),
        await client.post(f"{ADDRESS}/choices", json={"lead_ids": ["x"], "choice": None}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "not_held")


@over_api
async def test_held_store_says_so_everywhere_and_sends_nothing(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Although the lead is long overdue."""
    await held(world)
    sent = len(world.transport.sent)
    await world.pass_time(5)
    assert len(world.transport.sent) == sent
    read = (await client.get(ADDRESS)).json()
    assert (read["state"], read["is_held"]) == ("held", True)
    assert read["backup_at"] == "2027-03-01T09:00:00Z"
    assert (await client.get("/health/ready")).json()["is_held"] is True
    campaign = (await client.get("/api/v1/campaigns/c")).json()
    assert (campaign["status"], campaign["pause_reason"]) == ("paused", HELD_REASON)
    (check,) = (await held_probe(world.store)()).checks
    assert "is held: nothing is sent" in check.message


@over_api
async def test_what_would_send_is_refused_with_the_way_out(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Imports, pauses and cancellations are not: they send nothing."""
    await held(world)
    lead = await only_lead(world)
    at = f"/api/v1/campaigns/c/leads/{lead.lead_id}"
    revision = {"revision": lead.revision}
    refused = [
        await client.post("/api/v1/campaigns/c/launch"),
        await client.post("/api/v1/campaigns/c/resume"),
        await client.post(f"{at}/skip-wait", json=revision),
        await client.post(f"{at}/retry", json=revision),
        await client.post(f"{at}/move", json={**revision, "node_id": "b"}),
        await client.post("/api/v1/campaigns/c/failed-leads/retry"),
        await client.post(
            "/api/v1/campaigns/c/test-send", json={"node_id": "a", "to": "me@example.com"}
        ),
    ]
    codes = [(it.request.url.path, it.status_code, it.json().get("code")) for it in refused]
    assert [it for it in codes if it[1:] != (409, "held")] == []
    rows = [{"email": "bob@example.com"}]
    imported = await client.post("/api/v1/campaigns/c/contacts", json=rows)
    assert imported.status_code == 202
    await world.settle()
    job = (await client.get(f"/api/v1/jobs/{imported.json()['job_id']}")).json()
    assert job["state"] == "waiting"
    assert (await client.post("/api/v1/campaigns/c/cancel")).status_code == 202


@over_api
async def test_leads_in_doubt_are_listed_with_what_they_may_have_been_sent(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Both branches: nobody knows whether Ann clicked."""
    await held(world)
    page = (await client.get(f"{ADDRESS}/leads")).json()
    (listed,) = page["leads"]
    assert (listed["email"], listed["reason"]) == (ANN, "wait")
    assert listed["choice"] is None
    assert {it["node_id"] for it in listed["emails"]} == {"b", "c"}
    assert page["next_cursor"] is None
    one = (await client.get(f"{ADDRESS}/leads", params={"limit": 1})).json()
    rest = (
        await client.get(f"{ADDRESS}/leads", params={"cursor": one["next_cursor"], "limit": 1})
    ).json()
    assert (len(one["leads"]), rest) == (1, {"leads": [], "next_cursor": None})
    bad = await client.get(f"{ADDRESS}/leads", params={"cursor": "x"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_cursor")


@over_api
async def test_lead_that_was_not_due_is_not_listed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its e-mails cannot have left."""
    await held(world, hours=0.1)
    assert (await client.get(f"{ADDRESS}/leads")).json()["leads"] == []


@over_api
async def test_skipped_lead_goes_on_without_the_emails_in_doubt(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its timeline says why."""
    await held(world)
    sent = len(world.transport.sent)
    for _ in range(2):
        done = await client.post(f"{ADDRESS}/release", json={"choice": "skip"})
        assert done.status_code == 202
    other = await client.post(f"{ADDRESS}/release", json={"choice": "send"})
    assert (other.status_code, other.json()["code"]) == (409, "decided_already")
    await world.pass_time(20)
    read = (await client.get(ADDRESS)).json()
    assert (read["state"], read["choice"], read["leads_skipped"]) == ("over", "skip", 1)
    lead = await only_lead(world)
    assert lead.state is State.COMPLETED
    assert len(world.transport.sent) == sent
    story = (await client.get(f"/api/v1/campaigns/c/leads/{lead.lead_id}")).json()["timeline"]
    assert [it["code"] for it in story if it["code"] in ("restored", "presumed")] == [
        "restored",
        "presumed",
    ]


@over_api
async def test_choice_for_one_lead_counts_more_than_that_for_all(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    await held(world)
    lead = await only_lead(world)
    chosen = {"lead_ids": [lead.lead_id], "choice": "send"}
    assert (await client.post(f"{ADDRESS}/choices", json=chosen)).status_code == 204
    (listed,) = (await client.get(f"{ADDRESS}/leads")).json()["leads"]
    assert listed["choice"] == "send"
    unknown = await client.post(f"{ADDRESS}/choices", json={**chosen, "lead_ids": ["nobody"]})
    assert unknown.status_code == 404
    sent = len(world.transport.sent)
    await client.post(f"{ADDRESS}/release", json={"choice": "skip"})
    await world.pass_time(20)
    assert len(world.transport.sent) == sent + 1
    assert (await client.get(ADDRESS)).json()["leads_skipped"] == 0


@over_api
async def test_message_that_was_under_way_is_closed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A worker had marked it at the backup. If it is sent again is not left to the lease."""
    await launched(world, click_flow())
    lead = await only_lead(world)
    (message,) = await world.store.messages.of_lead(lead.lead_id, 9)
    assert message.state is MessageState.SENT
    # As it was a moment before: its lead waits for it, and it has no outcome.
    now = await world.store.now()
    before = replace(message, state=MessageState.SENDING, token="of-a-dead-worker")
    await world.store.messages.claim([Claim(before, message)])
    sending = replace(
        lead,
        status=LeadStatus.RUNNING,
        reason=None,
        current_node="a",
        wait_until=None,
        revision=lead.revision + 1,
    )
    await world.store.leads.commit([Commit(sending, now, (), ())], "t", now)
    world.clock.advance(timedelta(hours=1).total_seconds())
    await hold_restored(world.store, now)
    sent = len(world.transport.sent)
    await client.post(f"{ADDRESS}/release", json={"choice": "skip"})
    await world.pass_time(3)
    (closed,) = await world.store.messages.find([message.key])
    assert closed.state is MessageState.SUPPRESSED
    assert "restore" in closed.outcome_reason
    assert (await only_lead(world)).state is State.WAITING
    assert len(world.transport.sent) == sent
    (campaign,) = await world.store.campaigns.find_anywhere(["c"])
    assert campaign.status is CampaignStatus.RUNNING
