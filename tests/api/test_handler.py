"""The API function: events of API Gateway (payload format 2.0) and its responses."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from functions.access import NO_TOKENS, ApiTokens, new_api_token
from functions.api import handler as api_handler
from functions.api.viewer import SITE_HEADER
from functions.runtime import Composition
from functions.service.services import Services
from harness.fakes.client import HOSTS
from harness.fakes.world import FakeWorld, open_world
from local.cloud.invoke import LambdaContext

Event = dict[str, Any]


def event(method: str, path: str, body: bytes = b"", **headers: str) -> Event:
    """As an HTTP API sends it: text as text, all else as base64."""
    return {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "mail.example.com", **headers},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "Mail 1.0",
            },
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


CONTEXT = LambdaContext("api", "arn:aws:lambda:local:function:api", 512, "request", 1e9)


class Worlds:
    """A composition root that counts its worlds: one for each event loop."""

    def __init__(self) -> None:
        self.made: list[FakeWorld] = []
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def compose(self) -> Services:
        world = await open_world()
        self.made.append(world)
        self.loops.append(asyncio.get_running_loop())
        return world.made


@pytest.fixture
def worlds() -> Iterator[Worlds]:
    given = Worlds()
    api_handler.use(Composition(given.compose), NO_TOKENS, HOSTS)
    yield given
    api_handler.use(None)


def call(request: Event) -> tuple[int, dict[str, str], Any]:
    answer: Event = api_handler.handler(request, CONTEXT)
    body = answer["body"]
    if answer["isBase64Encoded"]:
        body = base64.b64decode(body)
    return answer["statusCode"], answer["headers"], body


def test_requests_share_one_loop_and_its_clients(worlds: Worlds) -> None:
    """Warm calls reuse what the first one made: no connection for each request."""
    body = json.dumps({"campaign_id": "x", "name": "X"}).encode()
    kind = {"content-type": "application/json"}
    status, headers, _ = call(event("POST", "/campaigns", body, **kind))
    assert (status, headers["location"]) == (201, "/api/v1/campaigns/x")
    status, _, text = call(event("GET", "/api/v1/campaigns/x"))
    assert (status, json.loads(text)["name"]) == (200, "X")
    assert len(worlds.made) == 1


def test_works_from_any_thread(worlds: Worlds) -> None:
    """A thread that never had a loop gets one and keeps it, with services of its own."""
    answers: list[int] = []

    def run() -> None:
        answers.extend(call(event("GET", "/campaigns"))[0] for _ in range(2))

    for _ in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert answers == [200] * 4
    assert len(worlds.made) == 2
    assert len({id(loop) for loop in worlds.loops}) == 2


def test_works_after_another_loop_was_run_and_closed(worlds: Worlds) -> None:
    """`asyncio.run` takes the thread's loop away; the next event makes one."""
    asyncio.run(asyncio.sleep(0))
    assert call(event("GET", "/campaigns"))[0] == 200


def test_problem_travels_as_text_and_pixel_as_bytes(worlds: Worlds) -> None:
    """Text stays readable in logs."""
    status, headers, text = call(event("GET", "/campaigns/none"))
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(text)["code"] == "not_found"
    status, headers, picture = call(event("GET", "/t/o/none"))
    assert (status, headers["content-type"], picture[:6]) == (404, "image/gif", b"GIF89a")


def test_contact_file_comes_through(worlds: Worlds) -> None:
    """Binary content, up to the limit of an HTTP API."""
    body = json.dumps({"campaign_id": "x", "name": "X"}).encode()
    call(event("POST", "/campaigns", body, **{"content-type": "application/json"}))
    file = "email,name\nzoë@example.com,x\nann@example.com,Zoë\n".encode("utf-16")
    upload = event("POST", "/campaigns/x/contacts", file, **{"content-type": "text/csv"})
    status, _, text = call(upload)
    assert (status, json.loads(text)["kind"]) == (202, "import")


def test_viewer_behind_cloudfront_is_known(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """By the last address that CloudFront adds, if it shows the site's key."""
    tokens = ApiTokens.parse(new_api_token())
    api_handler.use(Composition(worlds.compose), tokens, HOSTS, site_key="the-key-of-the-site")
    through = {"x-forwarded-for": "203.0.113.1, 198.51.100.4, 192.0.2.7"}
    wrong = {"authorization": f"Bearer {new_api_token()}"}
    for key, seen in (("the-key-of-the-site", "198.51.100.4"), ("another", "192.0.2.7")):
        headers = {**through, **wrong, SITE_HEADER: key}
        assert call(event("GET", "/campaigns", b"", **headers))[0] == 401
        assert f"from {seen}" in caplog.messages[-1]


def test_session_goes_both_ways(worlds: Worlds) -> None:
    """API Gateway passes cookies separately from the headers, in both directions."""
    token = new_api_token()
    api_handler.use(Composition(worlds.compose), ApiTokens.parse(token), HOSTS)
    kind = {"content-type": "application/json", "x-emailbuilder": "1"}
    body = json.dumps({"token": token}).encode()
    answer: Event = api_handler.handler(event("POST", "/api/v1/session", body, **kind), CONTEXT)
    assert (answer["statusCode"], "set-cookie" in answer["headers"]) == (204, False)
    (written,) = answer["cookies"]
    assert isinstance(answer["cookies"], list)
    assert "; Secure" in written
    came = {"cookies": ["other=1", written.partition(";")[0]]}
    assert call(event("GET", "/campaigns"))[0] == 401
    assert call(event("GET", "/campaigns") | came)[0] == 200
    made = event("POST", "/campaigns", b"{}", **{"content-type": "application/json"}) | came
    assert call(made)[0] == 403
    assert call(event("POST", "/campaigns", b"{}", **kind) | came)[0] == 201
