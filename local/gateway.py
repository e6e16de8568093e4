"""The HTTP API on one machine: HTTP in, API Gateway events to the deployed handler, HTTP out.

`Gateway` is an ASGI application. It turns a request into an event of payload format 2.0, calls the
handler that template.yaml names, and turns its response back into HTTP. It applies the limits of a
deployed HTTP API, so that what works here works there. There is one deliberate difference: contact
files above the limit are streamed directly to the application; in the cloud they cannot be uploaded
this way.
"""

import asyncio
import functools
import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions.api.http.defect_log import DefectLog
from local.cloud.invoke import Event, Handler, LambdaContext
from local.http_events import HOP_BY_HOP, Headers, Scope, http_answer, http_event

_defects = DefectLog(logging.getLogger(__name__))

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

THREADS = 4
"""Requests that are handled side by side. Each thread has its own connections to the store."""
PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
"""The largest request and response of a Lambda call; binary bodies count in their base64 form."""
HANDLER_SECONDS_MAX = 30.0
"""The longest time that an HTTP API waits for its function."""
DRAIN_SECONDS_MAX = 20.0
"""How long the rest of a refused body is read, so that clients that read the response only after
sending everything learn the reason.
"""

UPLOAD_ROUTE = re.compile(r"^(/api/v1)?/campaigns/[^/]+/contacts/?$")


class BodyTooLargeError(Exception):
    """The request body is larger than the HTTP API accepts."""


class ClientGoneError(Exception):
    """The client disconnected while it was sending."""


class Gateway:
    """An HTTP API with greedy routes to one function.

    `app` is the application behind the handler; it receives the large uploads directly. Both must
    work from any event loop: uploads run on the server's loop, the handler on one of its `threads`.
    Each thread keeps one loop and handles one request at a time, as each instance of a function
    does, so requests are handled side by side, each thread with a store client of its own.
    """

    def __init__(
        self,
        handler: Handler,
        app: AsgiApp,
        *,
        threads: int = THREADS,
        payload_bytes_max: int = PAYLOAD_BYTES_MAX,
        handler_seconds_max: float = HANDLER_SECONDS_MAX,
    ) -> None:
        self._handler = handler
        self._app = app
        self._payload_bytes_max = payload_bytes_max
        self._handler_seconds_max = handler_seconds_max
        self._loops: list[asyncio.AbstractEventLoop] = []
        self._threads = ThreadPoolExecutor(
            threads, thread_name_prefix="function", initializer=self._give_thread_a_loop
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    def close(self, finish: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call it after the server has stopped. The threads end; then it runs `finish` on the loop
        of each, because the resources opened there belong to it.
        """
        self._threads.shutdown()
        # In a thread of its own, because the caller may have a loop that is running.
        with ThreadPoolExecutor(1) as last:
            for loop in self._loops:
                last.submit(_finish_loop, loop, finish).result()

    def _give_thread_a_loop(self) -> None:
        # Mangum runs the application on the loop of the calling thread.
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loops.append(loop)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = _content_length(scope)
        # Without a length it may be large: only the application can take it as a stream.
        if _is_upload(scope) and (length is None or length > self._payload_bytes_max):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read_body(receive, length, self._payload_bytes_max)
            event = http_event(scope, body)
            if len(event.get("body", "")) > self._payload_bytes_max:
                raise BodyTooLargeError
        except ClientGoneError:
            return
        except BodyTooLargeError:
            await self._refuse_body(scope, receive, send)
            return
        status, headers, content = await self._call(event)
        await _respond(send, scope["method"], status, headers, content)

    async def _call(self, event: Event) -> tuple[int, Headers, bytes]:
        """The handler's response, or the response of an HTTP API if there is none."""
        call = functools.partial(self._handler, event, _context(self._handler_seconds_max))
        running = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            answer = await asyncio.wait_for(asyncio.shield(running), self._handler_seconds_max)
        except TimeoutError:
            # As in the cloud: the caller gets an error, but the function is not interrupted.
            return _problem(503, "timeout", "The request took longer than 30 seconds.")
        except Exception as problem:
            _defects.write("the API function failed", problem)
            return _problem(500, "internal_error", "The function failed; its log says why.")
        status, headers, content = http_answer(answer)
        if len(content) > self._payload_bytes_max:
            message = f"The answer is larger than {_in_units(self._payload_bytes_max)}."
            return _problem(502, "answer_too_large", message)
        return status, headers, content

    async def _refuse_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _in_units(self._payload_bytes_max)
        status, headers, content = _problem(
            413,
            "body_too_large",
            f"A request may hold up to {limit}, and binary content three quarters of that; this "
            "one is larger. Bring large contact files with POST "
            "/api/v1/campaigns/{campaign_id}/contacts.",
        )
        awaits_permission = b"100-continue" in _header(scope, b"expect").lower()
        headers += [(b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content, "more_body": True})
        if not awaits_permission:
            await _drain(receive)
        await send({"type": "http.response.body", "body": b""})


def _finish_loop(
    loop: asyncio.AbstractEventLoop, finish: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    loop.run_until_complete(finish())
    loop.close()


async def _lifespan(receive: Receive, send: Send) -> None:
    # A function has no lifespan either: it creates what it needs at the first request.
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _is_upload(scope: Scope) -> bool:
    return scope["method"] == "POST" and UPLOAD_ROUTE.match(scope["path"]) is not None


def _header(scope: Scope, name: bytes) -> bytes:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return next((value for key, value in headers if key.lower() == name), b"")


def _content_length(scope: Scope) -> int | None:
    """None if the body is chunked and its length is not known."""
    if b"chunked" in _header(scope, b"transfer-encoding").lower():
        return None
    return int(_header(scope, b"content-length") or b"0")


async def _read_body(receive: Receive, length: int | None, bytes_max: int) -> bytes:
    if length is not None and length > bytes_max:
        raise BodyTooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return bytes(body)


async def _drain(receive: Receive) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while time.monotonic() < deadline:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _context(seconds_max: float) -> LambdaContext:
    return LambdaContext(
        function_name="ApiFunction",
        invoked_function_arn="arn:aws:lambda:local:function:ApiFunction",
        memory_limit_in_mb=512,
        aws_request_id=secrets.token_hex(16),
        deadline=time.monotonic() + seconds_max,
    )


def _problem(status: int, code: str, message: str) -> tuple[int, Headers, bytes]:
    """An RFC 9457 problem, for a request that never reached the application."""
    titles = {413: "Too large", 500: "Failed", 502: "Bad answer", 503: "Too slow"}
    document = {
        "type": "about:blank",
        "title": titles[status],
        "status": status,
        "code": code,
        "detail": message,
    }
    content = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(content)).encode()),
    ]
    return status, headers, content


def _in_units(size_bytes: int) -> str:
    megabytes = size_bytes / (1024 * 1024)
    return f"{megabytes:g} MB" if megabytes >= 1 else f"{size_bytes} bytes"


async def _respond(send: Send, method: str, status: int, headers: Headers, body: bytes) -> None:
    kept = [(name, value) for name, value in headers if name.decode() not in HOP_BY_HOP]
    if method == "HEAD":
        # The length is that of the body of a GET; the handler's response contains it.
        body = b""
    elif status not in (204, 304):
        kept = [(name, value) for name, value in kept if name != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})
