"""The lifecycle of a campaign, over HTTP."""

import httpx

from functions.service.access.records import DEFAULT_WORKSPACE
from harness.fakes.scenes import click_flow, email, flow, over_api, wait
from harness.fakes.world import FakeWorld
from tests.api.launched import PEOPLE, launch


@over_api
async def test_campaign_goes_through_its_lifecycle(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Launch, pause, resume, cancel, archive, delete: each returns the new state."""
    await client.post("/campaigns", json={"campaign_id": "x", **click_flow()})
    refused = await client.post("/campaigns/x/launch")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_contacts")
    await client.post("/campaigns/x/contacts", json=PEOPLE)
    launched = await client.post("/campaigns/x/launch")
    assert (launched.status_code, launched.json()["job"]["kind"]) == (202, "enrol")
    await world.settle()
    assert len(world.transport.sent) == 5
    assert (await client.post("/campaigns/x/pause")).json()["status"] == "paused"
    await world.pass_time(60, step_seconds=10)
    assert len(world.transport.sent) == 5
    refused = await client.delete("/campaigns/x")
    assert (refused.status_code, refused.json()["code"]) == (409, "active")
    assert (await client.post("/campaigns/x/resume")).json()["status"] == "running"
    await world.settle()
    assert len(world.transport.sent) == 10
    assert (await client.get("/campaigns/x")).json()["status"] == "completed"
    refused = await client.post("/campaigns/x/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "ended")
    assert (await client.post("/campaigns/x/archive")).json()["status"] == "archived"
    deleted = await client.delete("/campaigns/x")
    assert (deleted.status_code, deleted.json()["kind"]) == (202, "delete")
    assert (await client.get("/campaigns/x")).status_code == 404
    await world.settle()
    job = (await client.get(f"/api/v1/jobs/{deleted.json()['job_id']}")).json()
    assert job["state"] == "done"
    assert await world.store.contacts.last_seq(DEFAULT_WORKSPACE, "x") == 0


@over_api
async def test_cancel_ends_every_lead(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Through a job; nothing more is sent once the request is answered."""
    await launch(client, world, flow([email("a"), wait("w", 60), email("b")], "a>w", "w>b"))
    answer = await client.post("/campaigns/x/cancel")
    assert (answer.status_code, answer.json()["campaign"]["status"]) == (202, "cancelled")
    await world.pass_time(120, step_seconds=30)
    assert len(world.transport.sent) == 5
    leads = (await client.get("/campaigns/x/leads")).json()["leads"]
    assert {(it["status"], it["reason"]) for it in leads} == {("completed", "cancelled")}
