"""Who sends too many requests is told so, and when to come back; readers of e-mails never are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from functions.access import ApiTokens
from functions.mail.compose import OPEN_PATH, UNSUBSCRIBE_PATH
from functions.mail.links import CLICK_PATH
from functions.mail.tokens import ClickToken, OpenToken, UnsubscribeToken
from functions.service.access.throttle import ProcessBuckets, Throttle
from functions.service.rates import Rate
from harness.fakes.client import api_client
from harness.fakes.scenes import email, flow
from harness.fakes.world import KEYRING, FakeWorld, fake_world

TOKEN, OTHER, WRONG = (f"ebk_{name * 8}_{name * 43}" for name in "abc")
TOKENS = ApiTokens.parse(f"{TOKEN}, {OTHER}")
OWN = {"X-EmailBuilder": "1"}

Test = Callable[[httpx.AsyncClient, FakeWorld], Awaitable[None]]


def tried(test: Test) -> Callable[[], None]:
    """With a rate of five requests a minute."""

    def run() -> None:
        async def story() -> None:
            async with fake_world() as world:
                throttle = Throttle(ProcessBuckets(), Rate(5, 60, 5))
                world.made = replace(world.made, throttle=throttle)
                async with api_client(world, tokens=TOKENS) as client:
                    await test(client, world)

        asyncio.run(story())

    run.__doc__ = test.__doc__
    return run


async def reads(client: httpx.AsyncClient, token: str, times: int = 1) -> list[int]:
    bearer = {"authorization": f"Bearer {token}"}
    return [(await client.get("/campaigns", headers=bearer)).status_code for _ in range(times)]


async def sign_in(client: httpx.AsyncClient, token: str = TOKEN) -> httpx.Response:
    return await client.post("/api/v1/session", json={"token": token}, headers=OWN)


def assert_refused(answer: httpx.Response) -> int:
    """In words, and with the seconds to wait, which are returned."""
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    seconds = int(answer.headers["retry-after"])
    assert document["code"] == "too_many_requests"
    assert document["detail"].endswith(f"Try again in {seconds} s.")
    assert TOKEN not in answer.text
    return seconds


@tried
async def test_requests_are_counted_by_token(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Whoever waits as long as it was told is admitted again."""
    assert await reads(client, TOKEN, 6) == [*[200] * 5, 429]
    assert await reads(client, OTHER) == [200]
    refused = await client.get("/campaigns", headers={"authorization": f"Bearer {TOKEN}"})
    world.clock.advance(assert_refused(refused))
    assert await reads(client, TOKEN, 2) == [200, 429]


@tried
async def test_browsers_of_one_token_do_not_slow_each_other(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    assert (await sign_in(client)).status_code == 204
    found = [(await client.get("/campaigns")).status_code for _ in range(6)]
    assert found == [*[200] * 5, 429]
    client.cookies.clear()
    assert (await sign_in(client)).status_code == 204
    assert (await client.get("/campaigns")).status_code == 200
    assert await reads(client, TOKEN) == [200]


@tried
async def test_wrong_tokens_are_counted_by_address(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """However many they are. Who has a right one is not affected."""
    found = []
    for n in range(60):
        found += await reads(client, f"{WRONG}{n}")
    assert found == [*[401] * 30, *[429] * 30]
    assert await reads(client, TOKEN) == [200]
    assert (await sign_in(client)).status_code == 204


@tried
async def test_sign_ins_are_counted_by_address_and_by_token(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A right token is not even looked at when there are too many."""
    found = [(await sign_in(client, f"{WRONG}{n}")).status_code for n in range(30)]
    assert found == [401] * 30
    world.clock.advance(assert_refused(await sign_in(client)))
    assert (await sign_in(client)).status_code == 204
    found = []
    for n in range(60):
        transport = httpx.ASGITransport(client._transport.app, client=(f"192.0.2.{n}", 1))  # type: ignore[attr-defined]
        async with httpx.AsyncClient(transport=transport, base_url=client.base_url) as other:
            found.append((await sign_in(other)).status_code)
    assert found == [*[204] * 59, 429]


@tried
async def test_readers_are_never_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A link still leads on, an unsubscription still acts, and each counts once."""
    ann = {"email": "ann@example.com"}
    document = flow([email("a")])
    body = {"name": "x", **document, "campaign_id": "x", "contacts": [ann], "launch": True}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert (await client.post("/campaigns", json=body, headers=bearer)).status_code == 201
    await world.settle()
    (stored,) = await world.store.leads.page("x", after_seq=0, limit=2)
    lead_id = stored.lead.lead_id
    click = ClickToken(lead_id, "a", 1, 1, "https://example.com/", "https://example.com/")
    paths = {
        OPEN_PATH + KEYRING.sign(OpenToken(lead_id, "a", 1, 1)): 200,
        CLICK_PATH + KEYRING.sign(click): 302,
    }
    for path, status in paths.items():
        assert {(await client.get(path)).status_code for _ in range(100)} == {status}
    leave = UNSUBSCRIBE_PATH + KEYRING.sign(UnsubscribeToken(lead_id, "x", ann["email"]))
    assert {(await client.post(leave)).status_code for _ in range(100)} == {200}
    found = await world.store.tracking_events.of_leads([lead_id])
    assert sorted(it.kind for it in found[lead_id]) == ["clicked", "opened", "unsubscribed"]
    await world.settle()
    (counts,) = await world.store.counts.find(["x"])
    kinds = ("opened", "clicked", "unsubscribed")
    assert [counts.values.get(f"total/a/{it}") for it in kinds] == [1, 1, 1]


@tried
async def test_tests_are_counted(client: httpx.AsyncClient, world: FakeWorld) -> None:
    world.made = replace(world.made, throttle=Throttle())
    bearer = {"authorization": f"Bearer {TOKEN}"}
    body = {"name": "x", **flow([email("a")]), "campaign_id": "x"}
    assert (await client.post("/campaigns", json=body, headers=bearer)).status_code == 201
    wanted = {"node_id": "a", "to": "ann@example.com"}
    for _ in range(30):
        sent = await client.post("/campaigns/x/test-send", json=wanted, headers=bearer)
        assert sent.status_code == 200, sent.text
    assert_refused(await client.post("/campaigns/x/test-send", json=wanted, headers=bearer))
    assert len(world.transport.sent) == 30


class Away(ProcessBuckets):
    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        raise ConnectionRefusedError


@pytest.mark.parametrize("token", [TOKEN, WRONG])
def test_throttle_that_is_away_stops_nobody(token: str) -> None:
    """What cannot be counted is answered as if nobody counted."""

    @tried
    async def story(client: httpx.AsyncClient, world: FakeWorld) -> None:
        world.made = replace(world.made, throttle=Throttle(Away(), Rate(1, 60, 1)))
        assert await reads(client, token, 3) == [200 if token == TOKEN else 401] * 3

    story()
