"""Idempotency-Key: the same request twice is one piece of work and two equal answers."""

from dataclasses import replace

import httpx

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.jobs.records import IdempotencyRecord
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld

KEY = {"Idempotency-Key": "order-17"}
BODY = {"name": "X", **flow([email("a")]), "contacts": [{"email": "ann@example.com"}]}


@over_api
async def test_same_request_is_answered_from_memory(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The alias counts as the same address; the replay is marked as one."""
    first = await client.post("/campaigns", json=BODY, headers=KEY)
    again = await client.post("/api/v1/campaigns", json=BODY, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert len((await client.get("/campaigns")).json()["campaigns"]) == 1
    await world.settle()
    campaign_id = first.json()["campaign_id"]
    assert await world.store.contacts.last_seq(DEFAULT_WORKSPACE, campaign_id) == 1


@over_api
async def test_other_request_with_the_key_is_refused(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Another body, or another address: 422 and nothing done."""
    await client.post("/campaigns", json={**BODY, "campaign_id": "x"}, headers=KEY)
    other = await client.post("/campaigns", json={**BODY, "name": "Y"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    launch = await client.post("/campaigns/x/launch", headers=KEY)
    assert (launch.status_code, launch.json()["code"]) == (422, "key_reused")
    assert len((await client.get("/campaigns")).json()["campaigns"]) == 1


@over_api
async def test_key_in_use_is_a_conflict(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """While the first is not answered, the second conflicts; a dead first request is given up."""
    await client.post("/campaigns", json=BODY, headers=KEY)
    answer = await world.store.idempotency_records.reserve(await _probe(world))
    assert answer is not None
    await world.store.idempotency_records.save(replace(answer, status=0, body=""))
    blocked = await client.post("/campaigns", json=BODY, headers=KEY)
    assert (blocked.status_code, blocked.json()["code"]) == (409, "still_running")
    world.clock.advance(600)
    taken_over = await client.post("/campaigns", json=BODY, headers=KEY)
    assert taken_over.status_code == 201
    listed = (await client.get("/campaigns")).json()["campaigns"]
    assert len(listed) == 1, "the work that died had created it already"


async def _probe(world: FakeWorld) -> IdempotencyRecord:
    return IdempotencyRecord(
        workspace_id=DEFAULT_WORKSPACE,
        key=KEY["Idempotency-Key"],
        fingerprint="probe",
        at=await world.store.now(),
    )


@over_api
async def test_failed_work_gives_the_key_back(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A refused request may be corrected and sent again with the same key."""
    refused = await client.post("/campaigns", json={**BODY, "campaign_id": "a b"}, headers=KEY)
    assert refused.status_code == 422
    no_flow = {"name": "X", "launch": True}
    refused = await client.post("/campaigns", json=no_flow, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_flow")
    assert (await client.post("/campaigns", json=BODY, headers=KEY)).status_code == 201


@over_api
async def test_launch_replays(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """The job of the first launch is returned as it was then, whatever its progress by now."""
    await client.post("/campaigns", json={**BODY, "campaign_id": "x"})
    first = await client.post("/campaigns/x/launch", headers=KEY)
    assert first.status_code == 202
    await world.settle()
    again = await client.post("/campaigns/x/launch", headers=KEY)
    assert (again.status_code, again.json()) == (202, first.json())
    unkeyed = await client.post("/campaigns/x/launch")
    assert unkeyed.json()["job"]["job_id"] == first.json()["job"]["job_id"]
    assert unkeyed.json()["job"]["state"] == "done"
    assert len(world.transport.sent) == 1
