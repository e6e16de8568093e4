"""Failed leads over HTTP: counted by group, then retried together."""

import httpx
import pytest

from functions.flow.outcome import Outcome, Rejected
from functions.mail.envelope import Envelope
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld
from tests.api.launched import launch

KEY = {"idempotency-key": "retry-1"}


async def failed(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Five leads, which the relay refused with the same words; now it takes everything."""
    take = world.transport.script

    async def refuse(envelope: Envelope) -> Outcome:
        return Rejected(554, f"5.7.1 <{envelope.rcpt_to}>: Relay access denied")

    world.transport.script = refuse
    await launch(client, world, flow([email("a")]))
    world.transport.script = take
    world.clock.advance(1)


@over_api
async def test_failed_leads_are_counted_then_retried(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The group that the count names is the one that the retry takes."""
    await failed(client, world)
    counted = (await client.get("/campaigns/x/failed-leads")).json()
    group = {"node_id": "a", "reason": "rejected", "answer": "554 5.7.1 …: Relay access denied"}
    assert counted == {
        "groups": [{**group, "leads": 5, "can_retry": 5, "obstacles": {}}],
        "others": {"leads": 0, "can_retry": 0, "obstacles": {}},
        "next_after_seq": None,
    }
    started = await client.post(
        "/campaigns/x/failed-leads/retry", json={"groups": [group], "reason": "relay repaired"}
    )
    assert (started.status_code, started.json()["kind"]) == (202, "retry")
    await world.settle()
    job = (await client.get(f"/campaigns/x/jobs/{started.json()['job_id']}")).json()
    assert (job["state"], job["done"], job["total"], job["unit"]) == ("done", 5, 5, "leads")
    assert job["report"]["retried"] == 5
    assert (await client.get("/campaigns/x/failed-leads")).json()["groups"] == []
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    read = (await client.get(f"/campaigns/x/leads/{lead['lead_id']}")).json()
    assert (
        "A person retried *Subject of a* together with other failed leads (message 2, a retry "
        "of message 1): relay repaired" in [it["words"] for it in read["timeline"]]
    )


@over_api
async def test_same_request_starts_one_job(client: httpx.AsyncClient, world: FakeWorld) -> None:
    await failed(client, world)
    first = await client.post("/campaigns/x/failed-leads/retry", headers=KEY)
    again = await client.post("/campaigns/x/failed-leads/retry", headers=KEY)
    assert first.json() == again.json()
    jobs = (await client.get("/campaigns/x/jobs")).json()["jobs"]
    assert [it["kind"] for it in jobs].count("retry") == 1
    other = {"groups": [{"node_id": "a"}]}
    refused = await client.post("/campaigns/x/failed-leads/retry", headers=KEY, json=other)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"groups": [{"reason": "unknown_reason"}]}, "groups[0].reason"),
        ({"groups": [{"node": "a"}]}, "groups[0].node"),
        ({"groups": [{}] * 201}, "groups"),
        ({"groups": [{"answer": "x" * 161}]}, "groups[0].answer"),
    ],
)
@over_api
async def test_bad_choice_is_named(
    client: httpx.AsyncClient, world: FakeWorld, body: object, field: str
) -> None:
    await failed(client, world)
    refused = await client.post("/campaigns/x/failed-leads/retry", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


@over_api
async def test_cancelled_campaign_refuses(client: httpx.AsyncClient, world: FakeWorld) -> None:
    await failed(client, world)
    await client.post("/campaigns/x/archive")
    refused = await client.post("/campaigns/x/failed-leads/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "ended")
