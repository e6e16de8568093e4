"""Lifecycle, leads, messages and the live view, over HTTP."""

import re
from email import message_from_bytes
from email.policy import SMTP

import httpx
import pytest

from functions.flow.outcome import Outcome, Rejected, Unknown
from functions.mail.compose import OPEN_PATH
from functions.mail.envelope import Envelope
from functions.mail.links import CLICK_PATH
from harness.fakes.scenes import click_flow, email, flow, over_api, wait
from harness.fakes.world import FakeWorld

PEOPLE = [{"email": f"p{number}@example.com"} for number in range(5)]


async def launch(
    client: httpx.AsyncClient, world: FakeWorld, document: dict[str, object] | None = None
) -> None:
    body = {**(document or click_flow()), "contacts": PEOPLE, "launch": True}
    created = await client.post("/campaigns", json={"campaign_id": "x", **body})
    assert created.status_code == 201
    await world.settle()


@over_api
async def test_campaign_lives_its_life(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Launch, pause, resume, cancel, archive, delete: each answers the state it made."""
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
    assert await world.store.contacts.last_seq("x") == 0


@over_api
async def test_cancel_ends_every_lead(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """By a job; the answer already holds for what is sent."""
    await launch(client, world, flow([email("a"), wait("w", 60), email("b")], "a>w", "w>b"))
    answer = await client.post("/campaigns/x/cancel")
    assert (answer.status_code, answer.json()["campaign"]["status"]) == (202, "cancelled")
    await world.pass_time(120, step_seconds=30)
    assert len(world.transport.sent) == 5
    leads = (await client.get("/campaigns/x/leads")).json()["leads"]
    assert {(it["status"], it["reason"]) for it in leads} == {("completed", "cancelled")}


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
async def test_removed_lead_gets_no_more(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Its timeline says by whom; removing it again changes nothing; the others go on."""
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
async def test_lead_is_steered_by_hand(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Its wait is skipped, it is moved, each as of the revision seen; the timeline tells it all."""
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
    words = [it["words"] for it in (await client.get(address)).json()["timeline"]]
    assert [it for it in words if it.startswith("A person")] == [
        "A person ended the wait, which would have lasted until Mon 1 Mar, 09:00:05 UTC: by phone",
        "A person moved it to *Subject of b*",
    ]


@over_api
async def test_failed_lead_is_tried_again(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """And the campaign, which had completed, runs until it is through."""
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


@pytest.mark.parametrize(("resolution", "mails"), [("send_again", 1), ("treat_as_sent", 0)])
@over_api
async def test_unknown_message_waits_for_a_person(
    client: httpx.AsyncClient, world: FakeWorld, resolution: str, mails: int
) -> None:
    """It is listed, decided once, and the lead goes on as decided."""
    take = world.transport.script

    async def vanish(envelope: Envelope) -> Outcome:
        return Unknown("the connection broke after the message")

    world.transport.script = vanish
    await launch(client, world, flow([email("a")]))
    world.transport.script = take
    page = (await client.get("/campaigns/x/messages", params={"state": "unknown"})).json()
    assert (len(page["messages"]), page["next_after"]) == (5, None)
    (message, *_) = page["messages"]
    address = f"/campaigns/x/messages/{message['key']}/resolve"
    refused = await client.post(address, json={"resolution": "forget"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "resolution")
    resolved = await client.post(address, json={"resolution": resolution})
    assert resolved.status_code == 200
    again = await client.post(address, json={"resolution": "send_again"})
    assert again.status_code == 409
    await world.settle()
    assert len(world.transport.sent) == mails
    lead = (await client.get(f"/campaigns/x/leads/{message['lead_id']}")).json()
    assert (lead["status"], lead["reason"]) == ("completed", "no_connection")


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
async def test_messages_page_by_key(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Each once, whatever the page."""
    await launch(client, world)
    seen: list[str] = []
    after = ""
    for _ in range(5):
        query = {"limit": "2", "after": after, "state": "sent"}
        page = (await client.get("/campaigns/x/messages", params=query)).json()
        seen += [it["key"] for it in page["messages"]]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert len(seen) == len(set(seen)) == 5


@over_api
async def test_live_tells_only_what_changed(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Laying every answer over the last gives what a full read gives."""
    await launch(client, world)
    first = (await client.get("/campaigns/x/live")).json()
    assert first["status"] == "running"
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
        ("a", "sent", {"behind": "sent"}),
        ("a", "opened", {"behind": "opened"}),
        ("a", "clicked", {"behind": "clicked"}),
    ):
        page = (await client.get("/campaigns/x/leads", params={"node": node, **query})).json()
        assert len(page["leads"]) == counts[node][count] == live[node][count] > 0, (node, count)
    pages, after = [], ""
    while True:
        query = {"node": "a", "behind": "sent", "limit": "3", "after": after}
        page = (await client.get("/campaigns/x/leads", params=query)).json()
        pages.append([it["seq"] for it in page["leads"]])
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert pages == [[1, 2, 3], [4]]
    for query, field in (
        ({"behind": "sent"}, "node"),
        ({"behind": "sent", "node": "a", "status": "paused"}, "behind"),
    ):
        refused = await client.get("/campaigns/x/leads", params=query)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
