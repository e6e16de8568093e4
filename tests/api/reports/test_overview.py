"""The first page: what is sent, due, failing and waiting, by the counts."""

from dataclasses import replace
from typing import Any

import httpx

from functions.flow.outcome import Deferred, Outcome, Rejected, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations.records import DeadLetter
from functions.service.rates import Rate
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits
from harness.fakes.scenes import click_flow, email, flow, over_api, wait
from harness.fakes.world import FakeWorld

DAY = 86_400


async def overview(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await client.get("/api/v1/overview", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def launched(
    client: httpx.AsyncClient, world: FakeWorld, name: str, drawn: dict[str, object], people: int
) -> None:
    contacts = [{"email": f"p{number}@example.com"} for number in range(people)]
    body = {"campaign_id": name, "name": name.title(), **drawn, "contacts": contacts}
    assert (await client.post("/campaigns", json={**body, "launch": True})).status_code == 201
    await world.settle()


@over_api
async def test_empty_workspace_is_reported_as_such(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Zeros and nothing, not errors."""
    assert await overview(client) == {
        "at": "2027-03-01T09:00:00Z",
        "campaigns": {},
        "sent_today": 0,
        "sent_by_hour": [0] * 24,
        "next_due": None,
        "overdue_seconds": 0.0,
        "troubled": [],
        "breaker": None,
        "dead_letters": None,
        "is_whole": True,
    }


@over_api
async def test_sends_are_shown_by_hour_and_campaigns_by_status(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Also those of a campaign that has completed since; a day later they are gone."""
    await launched(client, world, "done", flow([email("a")]), 3)
    await launched(client, world, "goes", flow([email("a"), wait("w", 2 * DAY)], "a>w"), 2)
    await client.post("/campaigns", json={"name": "Draft"})
    world.clock.advance(3600)
    await launched(client, world, "more", flow([email("a"), wait("w", 9 * DAY)], "a>w"), 1)
    found = await overview(client)
    assert found["campaigns"] == {"completed": 1, "running": 2, "draft": 1}
    assert found["sent_by_hour"][-3:] == [0, 5, 1]
    assert found["sent_today"] == 6
    assert found["next_due"] == {
        "campaign_id": "goes",
        "name": "Goes",
        "at": "2027-03-03T09:00:00Z",
    }
    assert found["overdue_seconds"] == 0
    world.clock.advance(2 * DAY)
    found = await overview(client)
    assert (found["sent_by_hour"], found["sent_today"]) == ([0] * 24, 0)
    assert found["overdue_seconds"] == 3600


@over_api
async def test_list_has_a_sparkline_of_each_campaign(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """14 days, today last, by the same counters."""
    await launched(client, world, "x", click_flow(wait_seconds=DAY, within_seconds=3 * DAY), 2)
    await world.pass_time(4 * DAY, step_seconds=DAY / 2)
    await client.post("/campaigns", json={"campaign_id": "empty", "name": "Empty"})
    rows = (await client.get("/campaigns")).json()["campaigns"]
    sends = {it["campaign_id"]: it["sends_by_day"] for it in rows}
    assert sends["empty"] == [0] * 14
    assert sends["x"] == [*[0] * 9, 2, 0, 0, 2, 0]


@over_api
async def test_troubled_campaigns_say_why(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Those that wait for a person come first; a completed one is among them, one without trouble
    is not.
    """
    answers: dict[str, Outcome] = {
        "p0@example.com": Rejected(550, "no such user"),
        "p1@example.com": Unknown("gone"),
        "p2@example.com": Deferred(451, "later"),
    }

    async def script(envelope: Envelope) -> Outcome:
        return answers.get(envelope.rcpt_to, await take(envelope))

    take, world.transport.script = world.transport.script, script
    waiting = flow([email("a"), wait("w", DAY)], "a>w")
    await launched(client, world, "fails", waiting, 1)
    await launched(client, world, "unsure", waiting, 3)
    world.transport.script = take
    await launched(client, world, "fine", waiting, 3)
    troubled = (await overview(client))["troubled"]
    told = [(it["campaign_id"], it["failed"], it["unknown"], it["deferred"]) for it in troubled]
    assert told == [("unsure", 1, 1, 1), ("fails", 1, 0, 0)]
    assert (await client.get("/campaigns/fails")).json()["status"] == "completed"


@over_api
async def test_breaker_and_dead_letters_are_reported(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Dead letters only if requested; null if the broker is down."""
    limits = Limits(own=Rate(10, 1, burst=10))
    world.made = replace(
        world.made, limiter=Limiter(DEFAULT_WORKSPACE, "here", limits, world.store.sending_accounts)
    )
    dead_letter = DeadLetter(
        dead_letter_id="l", source=None, reason="rejected", at=None, size_bytes=2
    )
    world.dead_letters.lying = [(dead_letter, b"{}")]
    found = await overview(client)
    assert (found["breaker"]["state"], found["dead_letters"]) == ("closed", None)
    assert (await overview(client, dead_letters="true"))["dead_letters"] == 1
    world.dead_letters.is_away = True
    assert (await overview(client, dead_letters="true"))["dead_letters"] is None
