"""Create, list, read, change: the responses, and what is stored."""

from base64 import urlsafe_b64encode

import httpx

from harness.fakes.scenes import click_flow, email, flow, over_api
from harness.fakes.world import FakeWorld

VALID = flow([email("a")])
CONTACTS = [{"email": "ann@example.com", "first_name": "Ann"}, {"email": "bob@example.com"}]


@over_api
async def test_create_needs_nothing_but_a_name(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """An empty draft with a start, to be drawn in the browser."""
    created = await client.post("/api/v1/campaigns", json={"name": " Welcome "})
    assert created.status_code == 201
    body = created.json()
    assert (body["name"], body["status"], body["import_job"]) == ("Welcome", "draft", None)
    read = await client.get(created.headers["location"])
    assert read.json()["draft"]["nodes"] == [{"id": "start", "type": "start"}]
    assert read.headers["etag"] == created.headers["etag"] == '"0"'


@over_api
async def test_bare_address_is_an_alias(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """With and without prefix, with and without a slash at the end: one set of routes."""
    await client.post("/campaigns/", json={"campaign_id": "x", "name": "X"})
    for address in ("/campaigns/x", "/campaigns/x/", "/api/v1/campaigns/x", "/api/v1/campaigns/x/"):
        assert (await client.get(address)).status_code == 200, address
    assert (await client.get("/campaignsx")).status_code == 404


@over_api
async def test_taken_id_is_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """The contacts of the second request are not stored."""
    await client.post("/campaigns", json={"campaign_id": "x", "name": "First"})
    again = await client.post(
        "/campaigns", json={"campaign_id": "x", "name": "Second", "contacts": CONTACTS}
    )
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert (await client.get("/campaigns/x")).json()["name"] == "First"


@over_api
async def test_launch_in_the_same_call_needs_a_valid_flow(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Findings come back by node and field, and there is no campaign."""
    broken = flow([{"id": "w", "type": "wait", "configuration": {"mode": "duration", "amount": 0}}])
    answer = await client.post(
        "/campaigns", json={**broken, "contacts": CONTACTS, "launch": True, "campaign_id": "x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "flow_invalid")
    fields = {(it["node_id"], it["field"]) for it in answer.json()["errors"]}
    assert ("w", "configuration.amount") in fields
    assert (await client.get("/campaigns/x")).status_code == 404
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []


@over_api
async def test_launch_in_the_same_call_needs_somebody(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A list without any address counts as empty."""
    for contacts in (None, [], [{"email": "nobody"}]):
        body = {**VALID, "launch": True, "contacts": contacts}
        answer = await client.post("/campaigns", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "no_contacts")
    assert (await client.get("/campaigns")).json()["campaigns"] == []


@over_api
async def test_launch_in_the_same_call_enrols_everybody(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Import and launch are in the same millisecond; the launch still comes second."""
    created = await client.post("/campaigns", json={**VALID, "contacts": CONTACTS, "launch": True})
    await world.settle()
    job = (await client.get(f"/api/v1/jobs/{created.json()['launch_job']['job_id']}")).json()
    assert (job["state"], job["report"]) == ("done", {"enrolled": 2, "version": 1})
    assert len(world.transport.sent) == 2


@over_api
async def test_list_pages_newest_first(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Every campaign once, by cursor, even if several have the same time; filtered by status."""
    for number in range(7):
        await client.post("/campaigns", json={"campaign_id": f"c{number}", "name": f"{number}"})
        if number % 3:
            world.clock.advance(1)
    await client.post("/campaigns/c3/cancel")
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/campaigns", params=query)).json()
        seen += [it["campaign_id"] for it in page["campaigns"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]
    cancelled = (await client.get("/campaigns", params={"status": "cancelled"})).json()
    assert [it["campaign_id"] for it in cancelled["campaigns"]] == ["c3"]


@over_api
async def test_foreign_cursor_is_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A cursor is opaque; an invented one is the caller's error, not a defect."""
    edge = urlsafe_b64encode(b"9999-12-31T23:59:59-12:00|x").decode()
    for cursor in ("x", "////", "MjAyNw", "MjAyNy0wMS0wMXxh", edge):
        answer = await client.get("/campaigns", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), cursor


@over_api
async def test_settings_change_alone(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Omitted settings stay, null resets a setting, and a name is required."""
    await client.post(
        "/campaigns", json={"campaign_id": "x", "name": "X", "from_email": "me@Example.com"}
    )
    changed = await client.patch("/campaigns/x", json={"name": "Y", "lateness_max_seconds": 60})
    assert changed.json()["from_email"] == "me@example.com"
    assert (changed.json()["name"], changed.json()["lateness_max_seconds"]) == ("Y", 60)
    changed = await client.patch("/campaigns/x", json={"from_email": None})
    assert changed.json()["from_email"] is None
    refused = await client.patch("/campaigns/x", json={"name": None})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")
    same = await client.patch("/campaigns/x", json={"name": "Y"})
    assert same.headers["etag"] == changed.headers["etag"], "changing nothing is no change"


@over_api
async def test_change_based_on_an_old_version_is_refused(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """If-Match with an old ETag: 412, and nothing is written; without the header it wins."""
    created = await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})
    seen = created.headers["etag"]
    first = await client.put("/campaigns/x/flow", json=VALID, headers={"if-match": seen})
    assert first.status_code == 200
    for etag in (seen, f"W/{seen}", "nonsense"):
        late = await client.put("/campaigns/x/flow", json=click_flow(), headers={"if-match": etag})
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
        late = await client.patch("/campaigns/x", json={"name": "Z"}, headers={"if-match": etag})
        assert late.status_code == 412
    read = (await client.get("/campaigns/x")).json()
    assert (len(read["draft"]["nodes"]), read["name"]) == (2, "X")
    assert (await client.put("/campaigns/x/flow", json=click_flow())).status_code == 200
    any_tag = await client.patch("/campaigns/x", json={"name": "Z"}, headers={"if-match": "*"})
    assert any_tag.status_code == 200


@over_api
async def test_draft_may_be_broken_but_not_be_published(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Saving says what is wrong; publishing refuses with the same findings."""
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})
    broken = {"nodes": [{"id": "start", "type": "start"}, {"id": "odd", "type": "teleport"}]}
    saved = await client.put("/campaigns/x/flow", json=broken)
    assert saved.status_code == 200
    (finding,) = [it for it in saved.json()["findings"] if it["severity"] == "error"]
    assert (finding["code"], finding["node_id"], finding["field"]) == (
        "unknown_type",
        "odd",
        "type",
    )
    assert (await client.post("/campaigns/x/validate")).json()["valid"] is False
    refused = await client.post("/campaigns/x/publish")
    assert (refused.status_code, refused.json()["errors"][0]["node_id"]) == (422, "odd")
    await client.put("/campaigns/x/flow", json=VALID)
    published = await client.post("/campaigns/x/publish")
    assert (published.status_code, published.json()["version"]) == (200, 1)
    assert (await client.post("/campaigns/x/publish")).json()["version"] == 1


@over_api
async def test_a_draft_says_whether_new_leads_walk_it(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """They do not until it is published, and again after a change; the published flow can be read,
    too.
    """
    await client.post("/campaigns", json={"campaign_id": "x", **flow([email("a")])})
    assert not (await client.get("/campaigns/x")).json()["is_published"]
    assert (await client.post("/campaigns/x/publish")).json()["is_published"]
    assert (await client.get("/campaigns/x")).json()["is_published"]
    changed = await client.put("/campaigns/x/flow", json=flow([email("b")]))
    assert not changed.json()["is_published"]
    version = (await client.get("/campaigns/x/versions/1")).json()
    assert [it["id"] for it in version["flow"]["nodes"]] == ["start", "a"]
    back = await client.put("/campaigns/x/flow", json=flow([email("a")]))
    assert back.json()["is_published"]
    assert (await client.get("/campaigns/x/versions/2")).status_code == 404


@over_api
async def test_validate_stores_nothing(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A body in any spelling is checked as for publishing."""
    valid = await client.post("/api/v1/validate", json=VALID)
    assert valid.json()["valid"] is True
    old = {"nodes": [{"id": "m", "type": "email"}], "workflow": {"start_node": "m"}}
    judged = (await client.post("/api/v1/validate", json=old)).json()
    assert [it["code"] for it in judged["findings"] if it["severity"] == "error"] == [
        "bad_configuration"
    ]
    empty = (await client.post("/api/v1/validate", json={})).json()
    assert empty["valid"] is False
    assert (await client.get("/campaigns")).json()["campaigns"] == []


@over_api
async def test_canvas_keys_come_back(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Keys that only the canvas knows are kept as layout, through saving and reading."""
    node = {**email("a"), "position": {"x": 1.5, "y": -2}, "data": {"label": "Hello"}}
    document = {**flow([email("a")]), "viewport": {"zoom": 0.8}}
    document["nodes"] = [{"id": "start", "type": "start"}, node]
    await client.post("/campaigns", json={"campaign_id": "x", **document, "description": "Note"})
    layout = (await client.get("/campaigns/x")).json()["draft"]["layout"]
    assert layout["viewport"] == {"zoom": 0.8}
    assert layout["nodes"]["a"] == {"position": {"x": 1.5, "y": -2}, "data": {"label": "Hello"}}
    assert layout["description"] == "Note"
