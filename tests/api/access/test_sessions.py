"""Signed-in browsers are listed and signed out; sessions end by themselves and with their token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from functions.access import ApiTokens, new_api_token
from functions.api.app import create_app
from functions.service.access import sessions
from functions.service.access.ports import SessionsAwayError
from functions.service.access.records import Session
from harness.fakes.client import HOSTS
from harness.fakes.world import PUBLIC_URL, FakeWorld, fake_world

OWN = {"X-EmailBuilder": "1"}
FIRST, SECOND = new_api_token(), new_api_token()
DAY = 86_400.0


class Served:
    """The API of a world, whose valid tokens can change."""

    def __init__(self, world: FakeWorld) -> None:
        self.world = world
        self.tokens = ApiTokens.parse(f"{FIRST},{SECOND}")
        self._app = create_app(world, lambda: self.tokens, hosts=lambda: HOSTS)

    @asynccontextmanager
    async def browser(
        self, token: str = FIRST, user_agent: str = "Firefox", address: str = "192.0.2.1"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Signed in with the token."""
        transport = httpx.ASGITransport(self._app, client=(address, 5000))
        headers = {"user-agent": user_agent, **OWN}
        async with httpx.AsyncClient(
            transport=transport, base_url=PUBLIC_URL, headers=headers
        ) as client:
            answer = await client.post("/api/v1/session", json={"token": token})
            assert answer.status_code == 204, answer.text
            yield client


def served(test: Callable[[Served], Awaitable[None]]) -> None:
    async def run() -> None:
        async with fake_world() as world:
            await test(Served(world))

    asyncio.run(run())


async def listed(client: httpx.AsyncClient) -> list[dict[str, object]]:
    answer = await client.get("/api/v1/sessions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["sessions"]
    return found


async def is_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/campaigns")).status_code == 200


def test_list_says_who_is_signed_in_from_where() -> None:
    """The latest comes first, and one's own is marked."""

    async def test(served: Served) -> None:
        async with served.browser(FIRST, "Firefox", "192.0.2.1") as one:
            served.world.clock.advance(61)
            async with served.browser(SECOND, "Safari", "192.0.2.2") as two:
                found = await listed(two)
                assert [
                    (it["token_name"], it["user_agent"], it["address"], it["is_current"])
                    for it in found
                ] == [
                    (SECOND[:12], "Safari", "192.0.2.2", True),
                    (FIRST[:12], "Firefox", "192.0.2.1", False),
                ]
                served.world.clock.advance(1)
                assert [it["is_current"] for it in await listed(one)] == [True, False]

    served(test)


def test_revoked_browser_is_out_at_once() -> None:
    async def test(served: Served) -> None:
        async with served.browser() as one, served.browser() as two:
            (other,) = (it for it in await listed(one) if not it["is_current"])
            path = f"/api/v1/sessions/{other['session_id']}"
            assert (await one.delete(path)).status_code == 204
            refused = await two.get("/campaigns")
            assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
            again = await one.delete(path)
            assert (again.status_code, again.json()["code"]) == (404, "not_found")
            assert await is_in(one)

    served(test)


def test_all_others_are_revoked_together() -> None:
    """With an API token instead of a session, all are."""

    async def test(served: Served) -> None:
        async with (
            served.browser() as one,
            served.browser() as two,
            served.browser(SECOND) as three,
        ):
            answer = await one.post("/api/v1/sessions/revoke-others")
            assert answer.json() == {"revoked": 2}
            assert [await is_in(it) for it in (one, two, three)] == [True, False, False]
            with_token = {"authorization": f"Bearer {FIRST}"}
            answer = await three.post("/api/v1/sessions/revoke-others", headers=with_token)
            assert answer.json() == {"revoked": 1}
            assert not await is_in(one)

    served(test)


def test_revoking_a_token_ends_its_sessions_at_once() -> None:
    """For good: they do not come back with the token."""

    async def test(served: Served) -> None:
        async with served.browser(FIRST) as one, served.browser(SECOND) as two:
            both, served.tokens = served.tokens, ApiTokens.parse(SECOND)
            assert not await is_in(one)
            assert [it["token_name"] for it in await listed(two)] == [SECOND[:12]]
            served.tokens = both
            assert not await is_in(one)

    served(test)


def test_session_ends_after_two_weeks_without_use() -> None:
    """A request in between makes it last; its time is stored once a minute."""

    async def test(served: Served) -> None:
        async with served.browser() as one:
            for _ in range(3):
                served.world.clock.advance(13 * DAY)
                assert await is_in(one)
            (own,) = await listed(one)
            served.world.clock.advance(59)
            assert await listed(one) == [own]
            served.world.clock.advance(14 * DAY)
            assert not await is_in(one)

    served(test)


def test_session_ends_after_ninety_days_whatever_its_use() -> None:
    async def test(served: Served) -> None:
        async with served.browser() as one:
            for _ in range(8):
                served.world.clock.advance(11 * DAY)
                assert await is_in(one)
            served.world.clock.advance(2 * DAY)
            assert not await is_in(one)
            assert (
                await served.world.store.sessions.latest(served.world.made.workspace_id, 10) == []
            )

    served(test)


def test_signing_in_again_ends_the_session_before() -> None:
    async def test(served: Served) -> None:
        async with served.browser() as one:
            (before,) = await listed(one)
            await one.post("/api/v1/session", json={"token": SECOND})
            (after,) = await listed(one)
            assert before["session_id"] != after["session_id"]

    served(test)


def test_number_of_sessions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was unused for the longest time ends first."""
    monkeypatch.setattr(sessions, "SESSIONS_MAX", 2)

    async def test(served: Served) -> None:
        async with served.browser() as one:
            served.world.clock.advance(61)
            async with served.browser() as two:
                served.world.clock.advance(61)
                assert await is_in(one)
                async with served.browser() as three:
                    assert [await is_in(it) for it in (one, two, three)] == [True, False, True]

    served(test)


def test_long_user_agent_is_shortened() -> None:
    async def test(served: Served) -> None:
        async with served.browser(user_agent="x" * 5_000) as one:
            (own,) = await listed(one)
            assert own["user_agent"] == "x" * 300

    served(test)


def test_sessions_that_cannot_be_read_are_no_reason_to_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer says that it is unknown; API tokens work meanwhile."""

    async def away(_: str) -> Session | None:
        raise SessionsAwayError("ConnectionError")

    async def test(served: Served) -> None:
        async with served.browser() as one:
            monkeypatch.setattr(served.world.store.sessions, "find", away)
            refused = await one.get("/campaigns")
            assert (refused.status_code, refused.json()["code"]) == (503, "sessions_away")
            assert refused.headers["retry-after"] == "5"
            with_token = {"authorization": f"Bearer {FIRST}"}
            assert (await one.get("/campaigns", headers=with_token)).status_code == 200

    served(test)
