"""HTTP/1.1 with deadlines: a client that is slow, or silent, does not keep a connection for long.

Without them, a few hundred connections that send a byte a minute would cost a client nothing and
hold memory and file descriptors here. A client that misses a deadline gets a 408, if it can still
be answered.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from functions.api.http.safe_headers import SAFE_HEADERS

HEAD_SECONDS_MAX = 10.0
"""From the connection, or from the first byte of a later request, to the end of the headers."""
BODY_LOOK_SECONDS = 20.0
BODY_BYTES_PER_SECOND_MIN = 1000
"""On average between two looks, unless it is we who do not read."""
READ_SECONDS_MAX = 60.0
"""How long a client may take none of an answer that is waiting for it."""


class TimedHttp(H11Protocol):
    """uvicorn closes connections that are idle between requests; this adds the other deadlines."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None
        self._body: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None
        self._received_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self.loop.call_later(HEAD_SECONDS_MAX, self._end_head)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._body, self._answer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, piece: bytes) -> None:
        self._received_bytes += len(piece)
        super().data_received(piece)
        if self._head is None and self.conn.their_state is h11.IDLE:
            self._head = self.loop.call_later(HEAD_SECONDS_MAX, self._end_head)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The next request may have arrived already.
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer = self.loop.call_later(READ_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        if self._answer is not None:
            self._answer.cancel()
        super().resume_writing()

    def _watch(self) -> None:
        """Lift the deadline of a head that is complete, and set that of a body that is not."""
        if self._head is not None and self.conn.their_state is not h11.IDLE:
            self._head.cancel()
            self._head = None
        if self._body is None and self.conn.their_state is h11.SEND_BODY:
            self._look_later()

    def _look_later(self) -> None:
        self._received_bytes = 0
        self._body = self.loop.call_later(BODY_LOOK_SECONDS, self._look_at_body)

    def _look_at_body(self) -> None:
        self._body = None
        if self.conn.their_state is not h11.SEND_BODY:
            return
        least = BODY_LOOK_SECONDS * BODY_BYTES_PER_SECOND_MIN
        if self.flow.read_paused or self._received_bytes >= least:
            self._look_later()
            return
        self._refuse(408, "too_slow", "The body of the request came too slowly: send it again.")

    def _end_head(self) -> None:
        if self.conn.trailing_data[0]:
            self._refuse(408, "too_slow", "The headers of the request came too slowly.")
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "malformed_request", "The request is not valid HTTP/1.1: correct it.")

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer with a problem (RFC 9457), unless there has been an answer, and close."""
        if self.transport.is_closing():
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for part in _problem(status, code, message):
                self.transport.write(self.conn.send(part) or b"")
        if self.cycle is not None and not self.cycle.response_complete:
            # The application is told, and what it still sends goes nowhere.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _problem(status: int, code: str, message: str) -> tuple[h11.Event, ...]:
    title = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status}
    body = json.dumps({**problem, "detail": message, "code": code}).encode()
    headers = [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(body))),
        ("connection", "close"),
        *SAFE_HEADERS.items(),
    ]
    answer = h11.Response(status_code=status, headers=headers, reason=title)
    return answer, h11.Data(data=body), h11.EndOfMessage()
