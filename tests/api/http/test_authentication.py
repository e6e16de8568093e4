"""Authentication: every route is tested, so that a new one requires a token by default."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.types import Message, Scope

from functions import wiring
from functions.access import NO_TOKENS, ApiTokens, new_api_token
from functions.api import handler as api_handler
from functions.api.app import create_app
from functions.api.http.authentication import ENCRYPTED_COOKIE
from functions.service.services import Services
from functions.settings_error import SettingsError
from harness.fakes.client import api_client
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld, fake_world

OPEN = {
    *(("GET", path) for path in ("/health/live", "/health/ready")),
    *(("GET", f"/t/{kind}/{{token}}") for kind in "ocu"),
    *(("HEAD", f"/t/{kind}/{{token}}") for kind in "ocu"),
    ("POST", "/t/u/{token}"),
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/feedback"),
    ("POST", "/api/v1/feedback/ses"),
}
"""Adding an open route also requires stating here that it reveals no secret."""

RIGHT, OTHER, WRONG = (
    f"ebk_{name}_{'x' * 42}{name[0]}" for name in ("AAAAaaaa", "Bbbb", "Cccccccc")
)
TOKENS = ApiTokens.parse(f"{RIGHT}, {OTHER}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def routes() -> Iterator[tuple[str, str, str]]:
    """Method, address and template of every route, in OpenAPI or not."""
    app = create_app(NoWorld(), lambda: NO_TOKENS)
    for route in iter_route_contexts(app.routes):
        assert route.path is not None
        for method in sorted(route.methods or ()):
            yield method, re.sub(r"{\w+(:\w+)?}", "x", route.path), route.path


class NoWorld:
    """For an app of which only the routes are read."""

    async def services(self) -> Services:
        raise AssertionError("nothing is asked")


LOCKED = [(method, address) for method, address, path in routes() if (method, path) not in OPEN]
NOWHERE = [
    (method, path)
    for method in METHODS
    for path in (
        *("/", "/nowhere", "/app/", "/docs", "/favicon.ico", "/api", "/api/v1", "/api/v1/nowhere"),
        *("/campaigns", "/campaigns/", "/campaigns/x", "/api/v1/campaigns/"),
        *(
            "/health",
            "/health/",
            "/health/live/",
            "/health/other",
            "/health/live/x",
            "/HEALTH/live",
        ),
        *("/t/o/", "/t/o/x/y", "/t/x/y", "//health/live", "/x/health/live", "/t/o/x%2F..%2Fy"),
        *("/api/v1/session/x", "/session"),
        *("/metrics/", "/api/v1/health/live", "/campaigns/health/live", "/campaigns/t/o/x"),
    )
]


def tried(
    requests: Callable[[httpx.AsyncClient], Awaitable[None]], tokens: ApiTokens = TOKENS
) -> None:
    async def run() -> None:
        async with fake_world() as world, api_client(world, tokens=tokens) as client:

            async def pass_time(_: httpx.Request) -> None:
                """So that no throttle refuses a wrong token."""
                world.clock.advance(2)

            client.event_hooks["request"] = [pass_time]
            await requests(client)

    asyncio.run(run())


def test_every_route_is_here() -> None:
    """The list of open routes names no missing route, and there are many others."""
    assert {(method, path) for method, _, path in routes()} >= OPEN
    assert len(LOCKED) > 25


@pytest.mark.parametrize(
    ("shown", "code", "challenge"),
    [
        ({}, "token_missing", 'Bearer realm="emailbuilder"'),
        (bearer(""), "token_missing", 'Bearer realm="emailbuilder"'),
        ({"authorization": f"Basic {RIGHT}"}, "token_missing", 'Bearer realm="emailbuilder"'),
        ({"authorization": RIGHT}, "token_missing", 'Bearer realm="emailbuilder"'),
        ({"cookie": f"token={RIGHT}"}, "token_missing", 'Bearer realm="emailbuilder"'),
        (bearer(WRONG), "token_wrong", 'Bearer realm="emailbuilder", error="invalid_token"'),
        (bearer(RIGHT[:-1]), "token_wrong", 'Bearer realm="emailbuilder", error="invalid_token"'),
        (bearer(RIGHT + "x"), "token_wrong", 'Bearer realm="emailbuilder", error="invalid_token"'),
        (bearer("gr\xfcn"), "token_wrong", 'Bearer realm="emailbuilder", error="invalid_token"'),
    ],
)
def test_without_a_valid_token_no_route_reveals_anything(
    shown: Mapping[str, str], code: str, challenge: str
) -> None:
    """Missing routes look like existing ones; the answer says how to authenticate (RFC 6750)."""

    async def requests(client: httpx.AsyncClient) -> None:
        given = {name.encode(): value.encode("latin-1") for name, value in shown.items()}
        bodies = set()
        for method, address in (*LOCKED, *NOWHERE):
            answer = await client.request(method, address, headers=given)
            assert answer.status_code == 401, f"{method} {address}"
            assert answer.headers["www-authenticate"] == challenge
            assert answer.headers["content-type"] == "application/problem+json"
            if method != "HEAD":
                bodies.add(answer.text)
                problem = answer.json()
        assert len(bodies) == 1
        assert (problem["code"], problem["title"]) == (code, "Unauthorized")

    tried(requests)


@pytest.mark.parametrize(
    "shown", [bearer(RIGHT), bearer(OTHER), {"authorization": f"bEARER   {RIGHT} "}]
)
def test_each_token_opens_every_route(shown: dict[str, str]) -> None:
    """Several tokens at once, so that one can replace another; the scheme in any letter case."""

    async def requests(client: httpx.AsyncClient) -> None:
        for method, address in LOCKED:
            answer = await client.request(method, address, headers=shown)
            assert answer.status_code != 401, f"{method} {address}"
        nowhere = await client.get("/nowhere", headers=shown)
        assert nowhere.json()["code"] == "no_such_address"

    tried(requests)


def test_open_routes_need_no_token_and_ignore_a_wrong_one() -> None:
    """A reader has no token, and a health probe with a wrong token is still answered."""

    async def requests(client: httpx.AsyncClient) -> None:
        for method, address, path in routes():
            if (method, path) in OPEN:
                for shown in ({}, bearer(WRONG)):
                    answer = await client.request(method, address, headers=shown)
                    assert answer.status_code != 401, f"{method} {address}"

    tried(requests)


def test_token_in_the_address_opens_nothing() -> None:
    """It would appear in histories and logs."""

    async def requests(client: httpx.AsyncClient) -> None:
        for name in ("token", "access_token", "api_token"):
            answer = await client.get("/campaigns", params={name: RIGHT})
            assert answer.json()["code"] == "token_missing"

    tried(requests)


def test_body_is_not_read_before_authentication() -> None:
    """Without a token, no body is read into memory."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    async def send(message: Message) -> None:
        sent.append(message)

    for path in ("/api/v1/campaigns", "/campaigns/x/contacts"):
        scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        asyncio.run(create_app(NoWorld(), lambda: TOKENS)(scope, receive, send))
        assert sent[0]["status"] == 401
        sent.clear()


@over_api
async def test_without_configured_tokens_every_route_is_open(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """For a server that only this machine can reach; sending a token does no harm."""
    assert (await client.get("/campaigns", headers=bearer(WRONG))).status_code == 200


def test_logs_hold_no_token(caplog: pytest.LogCaptureFixture) -> None:
    """Valid or not, of our format or another: only the visible part is logged."""
    caplog.set_level(logging.DEBUG)
    right, wrong, foreign = new_api_token(), new_api_token(), "canary-of-another-make-0123456789"
    broken = wrong.replace("_", "-")

    async def requests(client: httpx.AsyncClient) -> None:
        for token in (right, wrong, foreign, broken):
            for method, address in (("GET", "/campaigns"), ("POST", "/campaigns"), ("GET", "/x")):
                await client.request(method, address, headers=bearer(token))
        await client.get(f"/{wrong}", headers=bearer(wrong))

    tried(requests, ApiTokens.parse(right))
    ours = [it.getMessage() for it in caplog.records if it.name.startswith("functions")]
    assert len(ours) == 10
    assert f"refused a wrong API token: {wrong[:12]}, from 127.0.0.1" in ours
    assert "refused a wrong API token: unnamed, from 127.0.0.1" in ours
    for secret in (right[12:], wrong[13:], foreign, broken):
        assert not [it for it in ours if secret in it]


def test_openapi_says_which_routes_need_a_token() -> None:
    """A bearer token or a session's cookie everywhere, except on the open routes."""
    document = create_app(NoWorld(), lambda: NO_TOKENS).openapi()
    schemes = document["components"]["securitySchemes"]
    bearer_scheme, cookie_scheme = schemes.values()
    assert (bearer_scheme["type"], bearer_scheme["scheme"]) == ("http", "bearer")
    assert (cookie_scheme["in"], cookie_scheme["name"]) == ("cookie", ENCRYPTED_COOKIE)
    assert document["security"] == [{name: []} for name in schemes]
    unlocked = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") == []
    }
    assert unlocked == {it for it in OPEN if not it[1].startswith("/t/")}


def test_deployed_api_does_not_stand_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else protects it, so without a configured token it refuses every request."""
    monkeypatch.setenv("API_TOKENS", "")
    for name in ("STORE_URI", "SENDER", "PUBLIC_URL", "TRACKING_KEYS"):
        monkeypatch.setenv(name, "x")
    for name in ("SEND_QUEUE_URL", "RESUME_QUEUE_URL"):
        monkeypatch.setenv(name, "x")
    for name in ("SEND_DEAD_LETTERS_URL", "RESUME_DEAD_LETTERS_URL"):
        monkeypatch.setenv(name, "x")
    api_handler.use(None)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(api_handler.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/campaigns", headers=bearer(RIGHT))

    with pytest.raises(SettingsError, match="API_TOKENS is not set"):
        wiring.api_tokens()
    assert asyncio.run(ask()).status_code >= 500
