"""Every route with an id answers 404 if the object does not exist or belongs to another campaign.

The routes come from OpenAPI, so a new one is tested from the day it is written.
"""

import re

import httpx

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.api.http.context import workspace_of
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.access.sessions import start_session
from functions.service.sending.dkim_keys import create_dkim_key
from harness.fakes.client import HOSTS
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.signing import able_to_sign
from harness.fakes.world import PUBLIC_URL, FakeWorld

BODIES: dict[str, object] = {
    "change_settings": {"name": "Y"},
    "replace_flow": flow([email("a")]),
    "import_contacts": [{"email": "eve@example.com"}],
    "preview_import": [{"email": "eve@example.com"}],
    "resolve_message": {"resolution": "send_again"},
    "remove": {},
    "skip_lead_wait": {"revision": 1},
    "move": {"revision": 1, "node_id": "a"},
    "retry": {"revision": 1},
    "change_contact": {"revision": 1},
    "preview": {"node_id": "a"},
    "send_test_email": {"node_id": "a", "to": "eve@example.com"},
}
"""What the routes need in their bodies, by operation."""

OWN = {
    *("campaign_id", "job_id", "lead_id", "key", "dead_letter_id", "version"),
    *("domain", "selector", "session_id", "seq"),
}


NUMBERS = ("version", "seq")
"""The same in every campaign."""

QUERIES = {"delete_contact": {"revision": "1"}}
"""What the routes need in their queries, by operation."""


async def campaign(client: httpx.AsyncClient, world: FakeWorld, name: str) -> dict[str, str]:
    """A launched campaign; its ids by the names they have in paths."""
    body = {**flow([email("a")]), "contacts": [{"email": f"{name}@example.com"}], "launch": True}
    created = await client.post("/campaigns", json={"campaign_id": name, **body})
    assert created.status_code == 201
    await world.settle()
    (lead,) = (await client.get(f"/campaigns/{name}/leads")).json()["leads"]
    (message,) = (await client.get(f"/campaigns/{name}/messages")).json()["messages"]
    job_id = created.json()["import_job"]["job_id"]
    made = await create_dkim_key(world.made, f"{name}.example", "ed25519")
    session_id = f"session-{name}"
    await start_session(
        world.made,
        session_id=session_id,
        token_name="ebk_Ab3dE6gH",
        token_digest="d" * 64,
        user_agent="",
        address="",
    )
    return {
        "session_id": session_id,
        "domain": made.domain,
        "selector": made.selector,
        "campaign_id": name,
        "job_id": job_id,
        "lead_id": lead["lead_id"],
        "key": message["key"],
        "version": "1",
        "seq": "1",
    }


async def state(world: FakeWorld) -> object:
    """What a request with a foreign id must not change."""
    campaigns = await world.store.campaigns.page(
        DEFAULT_WORKSPACE, after=None, limit=10, status=None
    )
    leads = [await world.store.leads.page(it, after_seq=0, limit=10) for it in ("mine", "yours")]
    messages = [
        await world.store.messages.page(it, after_key="", limit=10, state=None)
        for it in ("mine", "yours")
    ]
    keys = await world.store.dkim_keys.all(DEFAULT_WORKSPACE, 9)
    return campaigns, leads, messages, keys, await world.store.sessions.latest(DEFAULT_WORKSPACE, 9)


@over_api
async def test_every_route_refuses_every_foreign_id(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """One id of the path at a time: unknown, then another campaign's if it has an owner."""
    able_to_sign(world)
    mine = await campaign(client, world, "mine")
    yours = await campaign(client, world, "yours")
    before = await state(world)
    tried = 0
    for path, operations in create_app(world, lambda: NO_TOKENS).openapi()["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        assert set(names) <= OWN, f"{path}: say in this test what its ids are"
        for method, operation in operations.items():
            for name in names:
                foreign = ["9"] if name in NUMBERS else ["nobody_1_1"]
                if "campaign_id" in names and name not in ("campaign_id", *NUMBERS):
                    foreign.append(yours[name])
                for value in foreign:
                    address = path.format(**{**mine, name: value})
                    body = BODIES.get(operation["operationId"])
                    query = QUERIES.get(operation["operationId"])
                    answer = await client.request(method, address, json=body, params=query)
                    assert answer.status_code == 404, f"{method} {address}: {answer.text}"
                    assert answer.json()["code"] == "not_found"
                    tried += 1
    assert tried > 25
    assert await state(world) == before


@over_api
async def test_another_workspace_sees_nothing_of_this_one(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """With correct ids, every route answers 404, and lists are empty."""
    able_to_sign(world)
    mine = await campaign(client, world, "mine")
    before = await state(world)
    app = create_app(world, lambda: NO_TOKENS, hosts=lambda: HOSTS)
    app.dependency_overrides[workspace_of] = lambda: WorkspaceId("other")
    transport = httpx.ASGITransport(app)
    tried = 0
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as stranger:
        for path, operations in app.openapi()["paths"].items():
            if "{" not in path or "{dead_letter_id}" in path:
                continue  # Dead letters are the operator's.
            for method, operation in operations.items():
                body = BODIES.get(operation["operationId"])
                query = QUERIES.get(operation["operationId"])
                address = path.format(**mine)
                answer = await stranger.request(method, address, json=body, params=query)
                assert answer.status_code == 404, f"{method} {path}: {answer.text}"
                assert answer.json()["code"] == "not_found"
                tried += 1
        assert (await stranger.get("/campaigns")).json()["campaigns"] == []
        assert (await stranger.get("/api/v1/dkim-keys")).json() == {"keys": []}
        seen = (await stranger.get("/api/v1/overview")).json()
    assert tried > 20
    assert (seen["campaigns"], seen["sent_today"], seen["troubled"]) == ({}, 0, [])
    assert await state(world) == before
