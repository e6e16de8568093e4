"""Publishing while leads are on their way, over HTTP."""

import httpx

from harness.fakes.scenes import email, flow, over_api, wait
from harness.fakes.world import FakeWorld
from tests.api.launched import launch

FIRST = flow([email("a"), wait("w", 3600)], "a>w")
WITHOUT_WAIT = flow([email("a"), email("c")], "a>c")


async def draw(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    assert (await client.put("/campaigns/x/flow", json=document)).status_code == 200


@over_api
async def test_impact_comes_before_the_choice(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Per step, how many leads stand there, and for how many it is gone."""
    await launch(client, world, FIRST)
    await draw(client, WITHOUT_WAIT)
    impact = (await client.get("/campaigns/x/move-impact")).json()
    assert (impact["version"], impact["leads"], impact["can_move"]) == (None, 5, 0)
    assert impact["steps"] == [{"node_id": "w", "version": 1, "leads": 5, "gone": 5}]
    await draw(client, FIRST)
    same = (await client.get("/campaigns/x/move-impact")).json()
    assert (same["version"], same["leads"]) == (1, 0), "the draft is published already"


@over_api
async def test_leads_move_when_published_and_the_story_tells_so(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The same request moves once; the lead's page names steps of both versions."""
    await launch(client, world, FIRST)
    await draw(client, WITHOUT_WAIT)
    body = {"move": {"steps": {"w": "c"}}}
    key = {"idempotency-key": "p1"}
    published = (await client.post("/campaigns/x/publish", json=body, headers=key)).json()
    again = (await client.post("/campaigns/x/publish", json=body, headers=key)).json()
    assert published["version"] == 2
    assert published["move_job"]["job_id"] == again["move_job"]["job_id"]
    await world.settle()
    job = (await client.get(f"/campaigns/x/jobs/{published['move_job']['job_id']}")).json()
    assert (job["state"], job["report"]["moved"], job["report"]["waiting"]) == ("done", 5, 0)
    assert "waiting_ids" not in job["report"]
    lead = (await client.get("/campaigns/x/leads", params={"limit": 1})).json()["leads"][0]
    story = (await client.get(f"/campaigns/x/leads/{lead['lead_id']}")).json()
    assert story["flow_version"] == 2
    (moved,) = [it for it in story["timeline"] if it["code"] == "moved_to_version"]
    assert moved["words"] == (
        "Moved to version 2 of the flow, to *Subject of c* (it was in version 1)"
    )
    assert moved["parameters"]["node"] == {"node_id": "w", "type": "wait", "title": None}


@over_api
async def test_leads_that_were_kept_can_be_moved_later(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The live view tells the versions apart until then."""
    await launch(client, world, FIRST)
    await draw(client, flow([email("a"), wait("w", 60)], "a>w"))
    published = (await client.post("/campaigns/x/publish")).json()
    assert published["move_job"] is None
    live = (await client.get("/campaigns/x/live", params={"version": 1})).json()
    assert live["versions"] == [{"version": 1, "leads": 5, "nodes": {"w": {"waiting": 5}}}]
    assert live["older_leads"] == 0
    impact = (await client.get("/campaigns/x/move-impact", params={"of": "published"})).json()
    assert (impact["version"], impact["can_move"]) == (2, 5)
    assert (await client.post("/campaigns/x/move-leads")).status_code == 202
    await world.settle()
    live = (await client.get("/campaigns/x/live")).json()
    assert live["versions"] == [{"version": 2, "leads": 5, "nodes": None}]


@over_api
async def test_choice_that_cannot_be_is_refused_by_name(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """And nothing is published."""
    await launch(client, world, FIRST)
    await draw(client, WITHOUT_WAIT)
    refused = await client.post("/campaigns/x/publish", json={"move": {"steps": {"w": "z"}}})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "move.steps.w"
    unknown = await client.post("/campaigns/x/publish", json={"move": {"waits": "never"}})
    assert unknown.status_code == 422
    assert (await client.get("/campaigns/x")).json()["version"] == 1
