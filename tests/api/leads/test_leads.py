"""Leads over HTTP: lists, one with its timeline, and interventions."""

import re
from email import message_from_bytes
from email.policy import SMTP

import httpx

from functions.flow.outcome import Outcome, Rejected
from functions.mail.compose import OPEN_PATH
from functions.mail.envelope import Envelope
from functions.mail.links import CLICK_PATH
from functions.mail.reports import Complaint
from functions.mail.return_path import ReturnPath, read_return_path
from functions.service.tracking.record_return import record_return
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import KEYRING, FakeWorld
from tests.api.launched import launch


@over_api
async def test_leads_are_listed_by_place(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Pages without gaps, a jump to any place, and the three filters."""
    await launch(client, world)
    first = (await client.get("/campaigns/x/leads", params={"limit": 2})).json()
    assert ([it["seq"] for it in first["leads"]], first["next_after_seq"]) == ([1, 2], 2)
    last = (await client.get("/campaigns/x/leads", params={"after_seq": 3, "limit": 2})).json()
    assert ([it["seq"] for it in last["leads"]], last["next_after_seq"]) == ([4, 5], None)
    for query, wanted in (
        ({"email": "P3"}, [4]),
        ({"status": "paused"}, [1, 2, 3, 4, 5]),
        ({"status": "failed"}, []),
        ({"node": "w"}, [1, 2, 3, 4, 5]),
        ({"node": "b"}, []),
    ):
        page = (await client.get("/campaigns/x/leads", params=query)).json()
        assert [it["seq"] for it in page["leads"]] == wanted, query


@over_api
async def test_lead_says_what_comes_next(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """And what a paused campaign means for it."""
    await launch(client, world)
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    address = f"/campaigns/x/leads/{lead['lead_id']}"
    read = (await client.get(address)).json()
    assert read["next"] == "Next: looks for a click in *Subject of a* on Mon 1 Mar, 09:00:05 UTC."
    assert read["completed_tasks"] == ["start", "a"]
    assert [it["state"] for it in read["messages"]] == ["sent"]
    await client.post("/campaigns/x/pause")
    assert "paused" in (await client.get(address)).json()["next"]


@over_api
async def test_message_says_what_came_back_of_it(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Beside its state: it was sent all the same."""
    await launch(client, world)
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    address = f"/campaigns/x/leads/{lead['lead_id']}"
    read = (await client.get(address)).json()
    (message,) = read["messages"]
    assert (message["state"], message["returned"], read["suppressed"]) == ("sent", None, None)
    (campaign,) = await world.store.campaigns.find_anywhere(["x"])
    path = ReturnPath(KEYRING, "bounces.example.com", campaign.created_at)
    made = path.address(lead["lead_id"], message["key"])
    token = read_return_path(KEYRING, "bounces.example.com", made)
    await record_return(world.made, token, Complaint("abuse"))
    (message,) = (await client.get(address)).json()["messages"]
    assert (message["state"], message["returned"]) == ("sent", "complained")
    read = (await client.get(address)).json()
    assert (read["suppressed"]["reason"], read["suppressed"]["source"]) == ("complaint", "abuse")
    listed = (await client.get("/campaigns/x/messages")).json()["messages"]
    assert {it["lead_id"]: it["returned"] for it in listed} == {
        **dict.fromkeys((it["lead_id"] for it in listed), None),
        lead["lead_id"]: "complained",
    }
    contacts = (await client.get("/campaigns/x/contacts")).json()["contacts"]
    assert [it["suppressed"] for it in contacts] == ["complaint", None, None, None, None]
    counts = (await client.get("/campaigns/x")).json()["counts"]
    assert counts["nodes"]["a"]["complained"] == 1


@over_api
async def test_removed_lead_gets_no_more(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Its timeline says by whom; removing it again changes nothing; other leads go on."""
    await launch(client, world)
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    address = f"/campaigns/x/leads/{lead['lead_id']}"
    removed = await client.post(f"{address}/remove", json={"words": "asked by phone"})
    assert (removed.json()["status"], removed.json()["reason"]) == ("completed", "removed")
    again = await client.post(f"{address}/remove")
    assert again.json() == removed.json()
    await world.pass_time(30, step_seconds=5)
    assert len(world.transport.to("p0@example.com")) == 1
    assert len(world.transport.sent) == 9
    last = (await client.get(address)).json()["timeline"][-1]
    assert last["words"] == "Removed from the campaign: asked by phone"


@over_api
async def test_lead_is_moved_on_by_hand(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Its wait is skipped and it is moved, each with the revision seen; the timeline shows both."""
    await launch(client, world)
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    address = f"/campaigns/x/leads/{lead['lead_id']}"
    seen = {"revision": lead["revision"]}
    skipped = await client.post(f"{address}/skip-wait", json={**seen, "words": "by phone"})
    assert (skipped.status_code, skipped.json()["current_node"]) == (200, "asked")
    again = await client.post(f"{address}/skip-wait", json=seen)
    assert (again.status_code, again.json()["code"]) == (409, "changed_meanwhile")
    seen = {"revision": skipped.json()["revision"]}
    refused = await client.post(f"{address}/move", json={**seen, "node_id": "nowhere"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "node_id")
    moved = await client.post(f"{address}/move", json={**seen, "node_id": "b"})
    assert (moved.json()["status"], moved.json()["current_node"]) == ("running", "b")
    refused = await client.post(f"{address}/retry", json={"revision": moved.json()["revision"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_failed")
    blind = await client.post(f"{address}/retry", json={})
    assert (blind.status_code, blind.json()["errors"][0]["field"]) == (422, "revision")
    await world.settle()
    sentences = [it["words"] for it in (await client.get(address)).json()["timeline"]]
    assert [it for it in sentences if it.startswith("A person")] == [
        "A person ended the wait, which would have lasted until Mon 1 Mar, 09:00:05 UTC: by phone",
        "A person moved it to *Subject of b*",
    ]


@over_api
async def test_failed_lead_is_tried_again(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """The campaign, which had completed, runs again until the lead has ended."""
    take = world.transport.script

    async def refuse(envelope: Envelope) -> Outcome:
        return Rejected(550, "no such user")

    world.transport.script = refuse
    await launch(client, world, flow([email("a")]))
    world.transport.script = take
    assert (await client.get("/campaigns/x")).json()["status"] == "completed"
    (lead, *_) = (await client.get("/campaigns/x/leads")).json()["leads"]
    address = f"/campaigns/x/leads/{lead['lead_id']}"
    tried = await client.post(f"{address}/retry", json={"revision": lead["revision"]})
    assert (tried.status_code, tried.json()["status"]) == (200, "running")
    assert (await client.get("/campaigns/x")).json()["status"] == "running"
    await world.settle()
    read = (await client.get(address)).json()
    assert (read["status"], [it["state"] for it in read["messages"]]) == (
        "completed",
        ["rejected", "sent"],
    )
    assert (await client.get("/campaigns/x")).json()["status"] == "completed"


@over_api
async def test_status_may_be_repeated(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Leads in any of them, each once, however often one is named."""
    await launch(client, world)

    async def listed(*statuses: str) -> int:
        answer = await client.get("/campaigns/x/leads", params={"status": statuses})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["leads"])

    assert await listed("paused") == 5
    assert await listed("running", "completed") == 0
    assert await listed(*["paused", "running"] * 400) == 5


@over_api
async def test_every_count_of_a_node_can_be_opened(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Waiting, sent, failed, opened, clicked: as many leads in the list as the count says."""
    take = world.transport.script

    async def script(envelope: Envelope) -> Outcome:
        is_gone = envelope.rcpt_to == "p4@example.com"
        return Rejected(550, "no such user") if is_gone else await take(envelope)

    world.transport.script = script
    await launch(client, world)
    for number, path in ((0, OPEN_PATH), (1, OPEN_PATH), (1, CLICK_PATH)):
        (envelope,) = world.transport.to(f"p{number}@example.com")
        html = message_from_bytes(envelope.content, policy=SMTP).get_body(("html",))
        assert html is not None
        (address,) = re.findall(rf'{path}[^"]+', html.get_content())
        await client.get(address)
        await client.get(address)
    counts = (await client.get("/campaigns/x")).json()["counts"]["nodes"]
    live = (await client.get("/campaigns/x/live")).json()["changed"]["nodes"]
    for node, count, query in (
        ("w", "waiting", {"status": "paused"}),
        ("a", "failed", {"status": "failed"}),
        ("a", "sent", {"metric": "sent"}),
        ("a", "opened", {"metric": "opened"}),
        ("a", "clicked", {"metric": "clicked"}),
    ):
        page = (await client.get("/campaigns/x/leads", params={"node": node, **query})).json()
        assert len(page["leads"]) == counts[node][count] == live[node][count] > 0, (node, count)
    pages, after = [], ""
    while True:
        query = {"node": "a", "metric": "sent", "limit": "3", "after": after}
        page = (await client.get("/campaigns/x/leads", params=query)).json()
        pages.append([it["seq"] for it in page["leads"]])
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert pages == [[1, 2, 3], [4]]
    for query, field in (
        ({"metric": "sent"}, "node"),
        ({"metric": "sent", "node": "a", "status": "paused"}, "metric"),
    ):
        refused = await client.get("/campaigns/x/leads", params=query)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
