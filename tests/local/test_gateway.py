"""The gateway in front of a toy application, with real sockets and the real Mangum."""

import asyncio
import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Query, Request, Response
from mangum import Mangum

from harness.patience import patience, until
from local.cloud.invoke import Event, LambdaContext
from local.gateway import THREADS, Gateway
from local.http_events import http_answer, http_event
from local.server import make_server

LIMIT_BYTES = 5000


def toy_app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def root() -> dict[str, str]:
        return {"at": "root"}

    @app.api_route("/echo/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
    async def echo(
        request: Request, rest: str, tag: Annotated[list[str] | None, Query()] = None
    ) -> dict[str, Any]:
        body = await request.body()
        return {
            "method": request.method,
            "rest": rest,
            "tag": tag,
            "query": request.url.query,
            "cookies": request.cookies,
            "headers": dict(request.headers),
            "body": base64.b64encode(body).decode(),
            "through": "function" if "aws.event" in request.scope else "server",
            "client": request.client.host if request.client else None,
        }

    @app.get("/cookies")
    def cookies(response: Response) -> None:
        response.set_cookie("a", "1")
        response.set_cookie("b", "2, with a comma")

    @app.get("/picture")
    def picture() -> Response:
        return Response(bytes(range(256)), media_type="image/gif")

    @app.get("/empty", status_code=204)
    def empty() -> None: ...

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/large")
    def large() -> Response:
        return Response(b"x" * (LIMIT_BYTES + 1), media_type="text/plain")

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(0.5)

    @app.post("/api/v1/campaigns/{campaign_id}/contacts")
    async def contacts(request: Request, campaign_id: str) -> dict[str, Any]:
        sizes = [len(chunk) async for chunk in request.stream()]
        through = "function" if "aws.event" in request.scope else "server"
        return {"bytes": sum(sizes), "largest": max(sizes), "through": through}

    return app


@contextlib.contextmanager
def served(
    app: Callable[..., Awaitable[None]],
) -> Iterator[httpx.Client]:
    listening = socket.create_server(("127.0.0.1", 0))
    server: uvicorn.Server = make_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience(20)) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(patience(10))
        listening.close()


def gateway(**limits: Any) -> Gateway:
    app = toy_app()
    return Gateway(Mangum(app, lifespan="off"), app, **limits)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with served(gateway(payload_bytes_max=LIMIT_BYTES, handler_seconds_max=patience(5))) as made:
        yield made


def echoed(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_root_and_greedy_route_reach_the_function(client: httpx.Client) -> None:
    """Every method and path goes to the one function."""
    assert client.get("/").json() == {"at": "root"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = echoed(client.request(method, "/echo/a/b"))
        assert (answer["method"], answer["rest"]) == (method, "a/b")
        assert answer["through"] == "function"


def test_paths_and_queries_survive(client: httpx.Client) -> None:
    """Encoded letters in the path, repeated and empty parameters in the query."""
    answer = echoed(client.get("/echo/gr%C3%BC%C3%9Fe%20an?tag=a%26b&tag=c&empty=&plus=a%2Bb"))
    assert answer["rest"] == "grüße an"
    assert answer["tag"] == ["a&b", "c"]
    assert answer["query"] == "tag=a%26b&tag=c&empty=&plus=a%2Bb"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"name": "Zo\xc3\xab"}'),
        ("application/json", b"\xff\xfe not utf-8"),
        ("text/csv; charset=utf-16", "e-mail\n".encode("utf-16")),
        ("application/octet-stream", bytes(range(256))),
        ("application/x-www-form-urlencoded", b"a=1&b=2"),
        ("application/json", b""),
    ],
)
def test_bodies_arrive_byte_for_byte(client: httpx.Client, content_type: str, body: bytes) -> None:
    """Whether sent as text or as base64."""
    answer = echoed(client.post("/echo/x", content=body, headers={"content-type": content_type}))
    assert base64.b64decode(answer["body"]) == body


def test_cookies_go_both_ways(client: httpx.Client) -> None:
    """Several in, several out, with commas in them."""
    answer = echoed(client.get("/echo/x", headers={"cookie": "a=1; b=two"}))
    assert answer["cookies"] == {"a": "1", "b": "two"}
    response = client.get("/cookies")
    assert [c.split(";")[0] for c in response.headers.get_list("set-cookie")] == [
        "a=1",
        'b="2\\054 with a comma"',
    ]
    client.cookies.clear()


def test_headers_are_joined_and_the_caller_is_named(client: httpx.Client) -> None:
    """Repeated headers by commas; the address reaches the application."""
    answer = echoed(client.get("/echo/x", headers=[("x-a", "1"), ("x-a", "2"), ("X-B", "three")]))
    assert answer["headers"]["x-a"] == "1,2"
    assert answer["headers"]["x-b"] == "three"
    assert answer["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert answer["client"] == "127.0.0.1"


def test_binary_answers_arrive_byte_for_byte(client: httpx.Client) -> None:
    """The open pixel is one."""
    response = client.get("/picture")
    assert response.content == bytes(range(256))
    assert response.headers["content-type"] == "image/gif"


def test_head_is_answered_with_the_headers_alone(client: httpx.Client) -> None:
    """It reaches the application as HEAD: a tracked link must distinguish it from a click."""
    response = client.head("/echo/x")
    assert response.status_code == 200
    assert response.content == b""
    assert int(response.headers["content-length"]) > 0
    assert client.head("/picture").status_code == 405


def test_an_empty_answer_has_no_body(client: httpx.Client) -> None:
    """204 carries neither body nor length; the connection stays usable."""
    response = client.get("/empty")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_in_words(client: httpx.Client, chunked: bool) -> None:
    """Even without a declared length, and with a simple client."""
    pieces = iter([b"x" * 100_000] * 50)
    content = pieces if chunked else b"x" * 5_000_000
    response = client.post("/echo/x", content=content, headers={"content-type": "text/plain"})
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 413
    assert problem["code"] == "body_too_large"
    assert "up to 5000 bytes" in problem["detail"]
    assert client.get("/").status_code == 200


def test_a_client_that_reads_only_after_sending_learns_why(client: httpx.Client) -> None:
    """The rest of the body is read and discarded; otherwise the client would see a broken
    connection.
    """
    host, port = client.base_url.host, client.base_url.port
    plain = HTTPConnection(host, port, timeout=patience(20))
    plain.request("POST", "/echo/x", body=b"x" * 30_000_000)
    response = plain.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["code"] == "body_too_large"
    plain.close()


def test_a_refused_body_is_not_asked_for(client: httpx.Client) -> None:
    """A client that waits for "100 Continue" sends nothing."""
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port or 0), timeout=patience(10)) as raw:
        raw.sendall(
            b"POST /echo/x HTTP/1.1\r\nhost: local\r\nexpect: 100-continue\r\n"
            b"content-length: 2000000000\r\n\r\n"
        )
        began = time.monotonic()
        received = b""
        while chunk := raw.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in received
    assert time.monotonic() - began < patience(5)


def test_a_body_at_the_limit_passes(client: httpx.Client) -> None:
    """The limit itself is allowed."""
    headers = {"content-type": "text/plain"}
    assert client.post("/length", content=b"x" * LIMIT_BYTES, headers=headers).json() == LIMIT_BYTES


def test_binary_counts_as_the_base64_it_travels_in(client: httpx.Client) -> None:
    """Four bytes for three, as in the cloud."""
    response = client.post("/echo/x", content=b"x" * (LIMIT_BYTES - 10))
    assert response.status_code == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_large_uploads_stream_to_the_application(client: httpx.Client, chunked: bool) -> None:
    """They are never in memory completely."""
    content: bytes | Iterator[bytes] = iter([b"x" * 50_000] * 100) if chunked else b"x" * 5_000_000
    answer = echoed(client.post("/api/v1/campaigns/c1/contacts", content=content))
    assert answer["through"] == "server"
    assert answer["bytes"] == 5_000_000
    assert answer["largest"] < 1_000_000


def test_small_uploads_go_through_the_function(client: httpx.Client) -> None:
    """As they do in the cloud."""
    answer = echoed(client.post("/api/v1/campaigns/c1/contacts", content=b"x" * 100))
    assert (answer["through"], answer["bytes"]) == ("function", 100)


def test_an_answer_over_the_limit_is_reported(client: httpx.Client) -> None:
    """It would fail in the cloud, so it fails here."""
    response = client.get("/large")
    assert response.status_code == 502
    assert response.json()["code"] == "answer_too_large"


def test_a_function_that_is_too_slow_is_reported_and_the_next_call_works() -> None:
    """503 after the limit, as an HTTP API does."""
    with served(gateway(handler_seconds_max=0.1)) as client:
        response = client.get("/slow")
        assert response.status_code == 503
        assert response.json()["code"] == "timeout"
        until(lambda: client.get("/").status_code == 200)


def test_a_function_that_raises_is_a_500() -> None:
    """The gateway keeps running."""

    def broken(event: Event, context: LambdaContext) -> object:
        raise RuntimeError("our own fault")

    with served(Gateway(broken, toy_app())) as client:
        for _ in range(2):
            response = client.get("/")
            assert response.status_code == 500
            assert response.json()["code"] == "internal_error"
            assert "our own fault" not in response.text


def test_calls_of_one_thread_share_one_loop() -> None:
    """Clients that belong to a loop stay usable from call to call."""
    app = FastAPI()
    loops: set[int] = set()

    @app.get("/")
    async def root() -> None:
        loops.add(id(asyncio.get_running_loop()))

    with served(Gateway(Mangum(app, lifespan="off"), app, threads=1)) as client:
        assert [client.get("/").status_code for _ in range(5)] == [200] * 5
    assert len(loops) == 1


def test_requests_are_handled_side_by_side() -> None:
    """As many as there are threads are in the function at the same time."""
    app = FastAPI()
    all_there = threading.Barrier(THREADS, timeout=patience(10))

    @app.get("/")
    async def root() -> None:
        all_there.wait()

    with (
        served(Gateway(Mangum(app, lifespan="off"), app)) as client,
        ThreadPoolExecutor(THREADS) as callers,
    ):
        answers = list(callers.map(lambda _: client.get("/").status_code, range(THREADS)))
    assert answers == [200] * THREADS


def test_each_loop_is_finished_once_and_by_itself() -> None:
    """What was opened on a loop is closed on it, although no thread runs it any more."""
    app = FastAPI()
    used: list[asyncio.AbstractEventLoop] = []
    finished: list[asyncio.AbstractEventLoop] = []
    all_there = threading.Barrier(2, timeout=patience(10))

    @app.get("/")
    async def root() -> None:
        used.append(asyncio.get_running_loop())
        all_there.wait()

    async def finish() -> None:
        finished.append(asyncio.get_running_loop())

    made = Gateway(Mangum(app, lifespan="off"), app, threads=2)
    with served(made) as client, ThreadPoolExecutor(2) as callers:
        list(callers.map(lambda _: client.get("/"), range(2)))
    made.close(finish)
    assert set(finished) == set(used)
    assert len(finished) == 2
    assert all(it.is_closed() for it in finished)


def test_the_application_itself_can_be_served_for_debugging() -> None:
    """With the same paths, without events."""
    with served(toy_app()) as client:
        assert echoed(client.get("/echo/x"))["through"] == "server"


def test_event_has_the_fields_of_payload_format_2() -> None:
    """Names and types as in the vendor's description."""
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/a b",
        "query_string": b"x=1&x=2&y=%20",
        "headers": [
            (b"Host", b"example.com"),
            (b"Cookie", b"a=1; b=2"),
            (b"Cookie", b"c=3"),
            (b"Content-Type", b"application/json"),
            (b"Connection", b"keep-alive"),
            (b"X-Forwarded-For", b"203.0.113.9"),
            (b"User-Agent", b"test"),
        ],
        "client": ("192.0.2.7", 4711),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
        "http_version": "1.1",
    }
    event = http_event(scope, b"{}")
    context = event.pop("requestContext")
    assert event == {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": "/a b",
        "rawQueryString": "x=1&x=2&y=%20",
        "cookies": ["a=1", "b=2", "c=3"],
        "headers": {
            "host": "example.com",
            "content-type": "application/json",
            "user-agent": "test",
            "x-forwarded-for": "203.0.113.9, 192.0.2.7",
            "x-forwarded-proto": "http",
            "x-forwarded-port": "8000",
        },
        "queryStringParameters": {"x": "1,2", "y": " "},
        "pathParameters": {"proxy": "a b"},
        "body": "{}",
        "isBase64Encoded": False,
    }
    assert context["stage"] == "$default"
    assert context["http"] == {
        "method": "PUT",
        "path": "/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.7",
        "userAgent": "test",
    }
    assert abs(context["timeEpoch"] - time.time() * 1000) < 60_000


@pytest.mark.parametrize("answer", [None, {}, "text", {"body": "x"}])
def test_invalid_answer_raises(answer: object) -> None:
    """The gateway turns it into a 500."""
    with pytest.raises(ValueError, match="payload format"):
        http_answer(answer)
