"""A browser signs in, is served, and signs out; requests forged by another site have no effect."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from functions.access import NO_TOKENS, ApiTokens
from functions.api.http.request_limits import RequestLimits
from harness.fakes.client import api_client
from harness.fakes.world import fake_world

ADDRESS = "/api/v1/session"
PLAIN = "emailbuilder_session"
NAME = f"__Host-{PLAIN}"
"""The world of tests is under https."""
OWN = {"X-EmailBuilder": "1"}
TOKEN, WRONG = (f"ebk_{name}_{name * 5}-_" for name in ("AAAAaaaa", "Cccccccc"))
FOREIGN = "of/another+make~with.signs=="
TOKENS = ApiTokens.parse(f"{TOKEN}, {FOREIGN}")

Test = Callable[[httpx.AsyncClient], Awaitable[None]]


def tried(test: Test, tokens: ApiTokens = TOKENS) -> None:
    async def run() -> None:
        async with fake_world() as world, api_client(world, tokens=tokens) as client:
            await test(client)

    asyncio.run(run())


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    (written,) = answer.headers.get_list("set-cookie")
    (cookie,) = SimpleCookie(written).values()
    is_encrypted = answer.request.url.scheme == "https"
    assert cookie.key == (f"__Host-{PLAIN}" if is_encrypted else PLAIN)
    return cookie


async def sign_in(client: httpx.AsyncClient, token: str = TOKEN) -> httpx.Response:
    """The client keeps the cookie, as a browser does."""
    answer = await client.post(ADDRESS, json={"token": token}, headers=OWN)
    assert answer.status_code == 204, answer.text
    return answer


def test_signing_in_and_out() -> None:
    """With the cookie everything can be read and changed; afterwards nothing."""

    async def test(client: httpx.AsyncClient) -> None:
        assert (await client.get(ADDRESS)).status_code == 401
        await sign_in(client)
        signed_in = (await client.get(ADDRESS)).json()
        assert signed_in["token_name"] == TOKEN[:12]
        value = client.cookies.get(NAME)
        assert value is not None
        assert signed_in["session_id"] == sha256(value.encode()).hexdigest()
        assert (await client.get("/campaigns")).status_code == 200
        made = await client.post("/campaigns", json={"name": "x"}, headers=OWN)
        assert made.status_code == 201
        gone = await client.delete(ADDRESS, headers=OWN)
        assert gone.status_code == 204
        assert cookie_of(gone)["max-age"] == "0"
        assert (await client.get(ADDRESS)).json()["code"] == "token_missing"
        client.cookies.set(NAME, value)
        assert (await client.get(ADDRESS)).json()["code"] == "session_ended"

    tried(test)


def test_cookie_is_random_and_says_nothing_of_the_token() -> None:
    async def test(client: httpx.AsyncClient) -> None:
        values = {cookie_of(await sign_in(client)).value for _ in range(3)}
        assert len(values) == 3
        assert all(len(it) >= 43 and "ebk_" not in it for it in values)

    tried(test)


@pytest.mark.parametrize("token", [TOKEN, FOREIGN, f"  {TOKEN}\n"])
def test_any_token_that_opens_comes_through_the_cookie(token: str) -> None:
    """Whatever characters it contains, exactly as pasted."""

    async def test(client: httpx.AsyncClient) -> None:
        await sign_in(client, token)
        name = "unnamed" if token == FOREIGN else TOKEN[:12]
        assert (await client.get(ADDRESS)).json()["token_name"] == name

    tried(test)


@pytest.mark.parametrize(("scheme", "is_secure"), [("https", True), ("http", False)])
def test_cookie_is_for_this_browser_and_this_site_alone(scheme: str, is_secure: bool) -> None:
    """No script can read it, no other site can use it; over https it is never sent in the clear."""

    async def test(client: httpx.AsyncClient) -> None:
        client.base_url = httpx.URL(f"{scheme}://mail.example.com")
        for answer in (await sign_in(client), await client.delete(ADDRESS)):
            cookie = cookie_of(answer)
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
            assert bool(cookie["secure"]) is is_secure
            assert not cookie["domain"]
        assert cookie_of(await sign_in(client))["max-age"] == str(90 * 24 * 3600)

    tried(test)


def test_over_https_only_the_cookie_of_https_counts() -> None:
    """Its name keeps sites of the same domain, and the same site without HTTPS, from setting it."""

    async def test(client: httpx.AsyncClient) -> None:
        client.base_url = httpx.URL("https://mail.example.com")
        value = cookie_of(await sign_in(client)).value
        client.cookies.clear()
        client.cookies.set(PLAIN, value)
        assert (await client.get(ADDRESS)).json()["code"] == "token_missing"
        client.cookies.set(f"__Host-{PLAIN}", value)
        assert (await client.get(ADDRESS)).status_code == 200

    tried(test)


@pytest.mark.parametrize("given", [{}, {"X-EmailBuilder": ""}, {"X-EmailBuilder": "0"}])
def test_with_the_cookie_alone_nothing_is_changed(given: dict[str, str]) -> None:
    """The answer says what to send; with a token in the header, nothing else is required."""

    async def test(client: httpx.AsyncClient) -> None:
        await sign_in(client)
        for method in ("POST", "PUT", "PATCH", "DELETE", "SOMETHING"):
            refused = await client.request(method, "/campaigns/x", headers=given)
            assert (refused.status_code, refused.json()["code"]) == (403, "header_missing"), method
            assert "`X-EmailBuilder: 1`" in refused.json()["detail"]
        for method in ("GET", "HEAD", "OPTIONS"):
            assert (await client.request(method, "/campaigns/x", headers=given)).status_code != 403
        made = await client.post(
            "/campaigns", json={}, headers={"authorization": f"Bearer {TOKEN}"}
        )
        assert made.status_code == 201

    tried(test)


FORMS = [
    ("application/x-www-form-urlencoded", f"token={TOKEN}".encode()),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
    # A form with a single field that looks like a JSON document.
    ("text/plain", f'{{"token": "{TOKEN}", "x": "="}}'.encode()),
]


@pytest.mark.parametrize("is_signed_in", [True, False])
@pytest.mark.parametrize(("kind", "body"), FORMS)
def test_form_of_another_site_changes_nothing(kind: str, body: bytes, is_signed_in: bool) -> None:
    """Any page can send it from a browser that is signed in here; it does not sign a browser in
    either.
    """

    async def test(client: httpx.AsyncClient) -> None:
        if is_signed_in:
            await sign_in(client)
        before = client.cookies.get(NAME)
        headers = {"content-type": kind, "origin": "https://evil.example"}
        for path in ("/campaigns", "/campaigns/x/launch", "/campaigns/x/contacts", ADDRESS):
            refused = await client.post(path, content=body, headers=headers)
            assert refused.status_code in (401, 403, 415), path
            assert "set-cookie" not in refused.headers
        assert client.cookies.get(NAME) == before

    tried(test)


def test_no_other_site_signs_a_browser_in() -> None:
    """Not even with a JSON body and a valid token: it needs our header."""

    async def test(client: httpx.AsyncClient) -> None:
        refused = await client.post(ADDRESS, json={"token": TOKEN})
        assert (refused.status_code, refused.json()["code"]) == (403, "header_missing")
        assert "set-cookie" not in refused.headers
        asked = await client.options(
            ADDRESS,
            headers={
                "origin": "https://evil.example",
                "access-control-request-method": "POST",
                "access-control-request-headers": "x-emailbuilder",
            },
        )
        assert not [it for it in asked.headers if it.startswith("access-control")]

    tried(test)


def test_wrong_token_is_refused_and_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """By its visible part. A cookie of an earlier version, which held a token, is worth nothing."""
    caplog.set_level(logging.DEBUG)

    async def test(client: httpx.AsyncClient) -> None:
        refused = await client.post(ADDRESS, json={"token": WRONG}, headers=OWN)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_wrong")
        assert "set-cookie" not in refused.headers
        client.cookies.set(NAME, TOKEN)
        refused = await client.get("/campaigns")
        assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")

    tried(test)
    ours = [it.getMessage() for it in caplog.records if it.name.startswith("functions")]
    assert ours == [f"refused a wrong API token: {WRONG[:12]}, from 127.0.0.1"]
    assert WRONG[13:] not in caplog.text


def test_header_takes_precedence_over_the_cookie() -> None:
    """A cookie does not replace a wrong token in the header, but it replaces a missing one."""

    async def test(client: httpx.AsyncClient) -> None:
        await sign_in(client)
        wrong = await client.get("/campaigns", headers={"authorization": f"Bearer {WRONG}"})
        assert wrong.json()["code"] == "token_wrong"
        other = await client.get("/campaigns", headers={"authorization": "Basic eDp5"})
        assert other.status_code == 200

    tried(test)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "token"),
        ({"token": ""}, 422, "token"),
        ({"token": " "}, 422, "token"),
        ({"token": 7}, 422, "token"),
        ({"token": None}, 422, "token"),
        ({"token": "x" * 513}, 422, "token"),
        ({"token": "\ud800" * 24}, 422, "token"),
        ({"token": TOKEN, "remember": True}, 422, "remember"),
        ({"token": "x" * 5000}, 413, None),
    ],
)
def test_invalid_token_is_reported_with_its_field(
    body: dict[str, object], status: int, field: str | None
) -> None:
    """Its value is never repeated, and large bodies are refused without a token."""

    async def test(client: httpx.AsyncClient) -> None:
        kind = {"content-type": "application/json"}
        refused = await client.post(ADDRESS, content=json.dumps(body), headers=OWN | kind)
        assert refused.status_code == status, refused.text
        if field:
            assert refused.json()["errors"][0]["field"] == field
        assert "xxx" not in refused.text
        assert "contacts" not in refused.text

    tried(test)


def test_bound_is_the_sessions_own() -> None:
    """Other bodies keep their own limit."""

    async def run() -> None:
        limits = RequestLimits(session_bytes_max=100)
        async with fake_world() as world, api_client(world, limits) as client:
            made = await client.post("/campaigns", json={"name": "x" * 150})
            assert made.status_code == 201
            refused = await client.post(ADDRESS, json={"token": "x" * 150}, headers=OWN)
            assert refused.status_code == 413

    asyncio.run(run())


def test_server_without_tokens_says_so() -> None:
    """Signing in is not needed, and no cookie is set that could become wrong later."""

    async def test(client: httpx.AsyncClient) -> None:
        assert (await client.get(ADDRESS)).json() == {"token_name": None, "session_id": None}
        answer = await sign_in(client)
        assert "set-cookie" not in answer.headers
        client.cookies.set(NAME, WRONG)
        assert (await client.get(ADDRESS)).json() == {"token_name": None, "session_id": None}

    tried(test, NO_TOKENS)
