"""Copies: by one call, and by reading a document and creating a campaign from it."""

from typing import Any

import httpx
import pytest

from harness.fakes.scenes import click_flow, email, flow, over_api
from harness.fakes.world import FakeWorld
from tests.flow.test_fixtures import MAILS, fixture

SETTINGS = {
    "from_email": "ada@example.com",
    "from_name": "Ada",
    "reply_to": "help@example.com",
    "lateness_max_seconds": 60,
}
KEPT = ("draft", *SETTINGS, "version")


@over_api
async def test_duplicate_is_a_draft_without_contacts(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Flow, layout and settings are the same; the original is unchanged."""
    drawn = {**click_flow(), "layout": {"nodes": {"a": {"x": 7}}}, "zone": "Europe/Berlin"}
    body = {"campaign_id": "x", "name": "Welcome", **drawn, **SETTINGS}
    contacts = [{"email": "ann@example.com"}]
    await client.post("/campaigns", json={**body, "contacts": contacts, "launch": True})
    await world.settle()
    made = await client.post("/campaigns/x/duplicate")
    assert made.status_code == 201, made.text
    read = (await client.get(made.headers["location"])).json()
    original = (await client.get("/campaigns/x")).json()
    assert {key: read[key] for key in KEPT} == {
        **{key: original[key] for key in KEPT},
        "version": 0,
    }
    assert (read["name"], read["status"]) == ("Welcome (copy)", "draft")
    assert read["campaign_id"] == made.json()["campaign_id"] != "x"
    refused = await client.post(f"/campaigns/{read['campaign_id']}/launch")
    assert refused.json()["code"] == "no_contacts"
    assert (original["status"], original["name"]) == ("running", "Welcome")


@over_api
async def test_copy_has_the_requested_name(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A long name is shortened to leave space for the suffix."""
    await client.post("/campaigns", json={"campaign_id": "x", "name": "n" * 200})
    named = await client.post("/campaigns/x/duplicate", json={"name": " Other "})
    assert named.json()["name"] == "Other"
    default = (await client.post("/campaigns/x/duplicate")).json()["name"]
    assert (len(default), default[-8:]) == (200, "n (copy)")
    empty = await client.post("/campaigns/x/duplicate", json={"name": ""})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "name")


@over_api
async def test_same_request_makes_one_copy(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """With an Idempotency-Key, a second click gets the copy of the first."""
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})
    key = {"idempotency-key": "once"}
    first = await client.post("/campaigns/x/duplicate", headers=key)
    again = await client.post("/campaigns/x/duplicate", headers=key)
    assert first.json() == again.json()
    assert len((await client.get("/campaigns")).json()["campaigns"]) == 2


@pytest.mark.parametrize("name", MAILS)
@over_api
async def test_exported_flow_makes_an_equal_campaign(
    client: httpx.AsyncClient, world: FakeWorld, name: str
) -> None:
    """POST accepts the draft of GET, for every flow with which the engine is tested."""
    first = await client.post("/campaigns", json={**fixture(name), "campaign_id": "x"})
    assert first.status_code == 201, first.text
    exported = (await client.get("/campaigns/x")).json()["draft"]
    document = {"campaign_id": "y", "strict": True, **exported}
    assert (await client.post("/campaigns", json=document)).status_code == 201
    assert (await client.get("/campaigns/y")).json()["draft"] == exported


FOREIGN: dict[str, tuple[dict[str, Any], list[tuple[str | None, str | None]]]] = {
    "of another tool": (
        {
            "nodes": [{"name": "Start", "type": "n8n-nodes-base.start", "parameters": {}}],
            "connections": {"Start": {"main": []}},
            "settings": {},
        },
        [(None, "connections"), (None, "settings")],
    ),
    "of nodes we lack": (
        flow([{"id": "sms-1", "type": "sendSms", "configuration": {}}]),
        [("sms-1", "type")],
    ),
    "broken in two places": (
        flow([email("a", subject="{{ oops")], "a>nowhere"),
        [("a", "configuration.subject"), (None, "connections[1].to_node")],
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
@over_api
async def test_foreign_document_is_refused_with_a_list(
    client: httpx.AsyncClient, world: FakeWorld, kind: str
) -> None:
    """A list of everything wrong with it, by place; no campaign is created."""
    document, places = FOREIGN[kind]
    answer = await client.post("/campaigns", json={**document, "strict": True})
    assert answer.status_code == 422
    told = [(it.get("node_id"), it.get("field")) for it in answer.json()["errors"]]
    assert sorted(told, key=str) == sorted(places, key=str)
    assert (await client.get("/campaigns")).json()["campaigns"] == []
