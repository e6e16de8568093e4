"""The live counts over HTTP."""

import httpx

from functions.service.campaigns.lifecycle import hold
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld
from tests.api.launched import launch


@over_api
async def test_live_tells_only_what_changed(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Applying every response to the last gives the same as a full read."""
    await launch(client, world)
    first = (await client.get("/campaigns/x/live")).json()
    assert (first["status"], first["pause_reason"]) == ("running", None)
    assert first["changed"]["leads"]["paused"] == 5
    quiet = (await client.get("/campaigns/x/live", params={"since": first["revision"]})).json()
    assert quiet["changed"]["leads"] == {}
    assert quiet["changed"]["nodes"] == {}
    await world.pass_time(30, step_seconds=5)
    later = (await client.get("/campaigns/x/live", params={"since": first["revision"]})).json()
    assert later["revision"] > first["revision"]
    assert later["changed"]["leads"]["paused"] == 0
    assert later["changed"]["leads"]["completed"] == 5
    assert "a" not in later["changed"]["nodes"], "nothing happened there any more"
    read = (await client.get("/campaigns/x")).json()["counts"]
    laid_over = {**first["changed"]["leads"], **later["changed"]["leads"]}
    assert {key: value for key, value in laid_over.items() if value} == read["leads"]
    assert read["nodes"]["asked"]["took"] == {"no": 5}
    assert read["nodes"]["w"]["entered"] == 5


@over_api
async def test_live_says_why_the_campaign_was_paused(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """As soon as it is, because the page may be open for hours."""
    await launch(client, world)
    assert await hold(world.made, "x", "too much came back")
    live = (await client.get("/campaigns/x/live")).json()
    assert (live["status"], live["pause_reason"]) == ("paused", "too much came back")
