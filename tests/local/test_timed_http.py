"""Slow and silent clients lose their connection, others are not disturbed."""

import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from harness.patience import patience
from local import timed_http
from local.server import make_server

SHORT_SECONDS = 0.2
LONG_SECONDS = 3600.0
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
OPEN_BODY = HEAD + b"Content-Length: 40\r\n\r\n{"
CHUNKED = b"POST /refused HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"


class App:
    """Answers with the number of bytes that it read, and notes clients that went away."""

    def __init__(self) -> None:
        self.lost = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        count, more = 0, scope["path"] != "/refused"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.lost.set()
                return
            count, more = count + len(message["body"]), message["more_body"]
        body = b"x" * 50_000_000 if scope["path"] == "/large" else str(count).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Served:
    def __init__(self, app: App, address: tuple[str, int]) -> None:
        self.app = app
        self._address = address

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self._address)
        connection.settimeout(patience(10))
        return connection

    def said(self, sent: bytes) -> bytes:
        """All that comes back until the server closes the connection."""
        with self.connect() as connection:
            connection.sendall(sent)
            return read_to_end(connection)


def read_to_end(connection: socket.socket) -> bytes:
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Every deadline is out of reach; a test shortens the one it is about."""
    for name in ("HEAD_SECONDS_MAX", "BODY_LOOK_SECONDS", "READ_SECONDS_MAX"):
        monkeypatch.setattr(timed_http, name, LONG_SECONDS)
    app = App()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(app, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield Served(app, listening.getsockname())
        server.should_exit = True
        thread.join(patience(10))


def test_slow_head_is_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of a connection, and a later one."""
    monkeypatch.setattr(timed_http, "HEAD_SECONDS_MAX", SHORT_SECONDS)
    assert served.said(HEAD + b"X-A: ").startswith(b"HTTP/1.1 408 ")
    with served.connect() as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"POST")
        later = read_to_end(connection)
    assert b"HTTP/1.1 408 " in later
    assert b"application/problem+json" in later


def test_connection_without_a_request_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word, because nothing was asked."""
    monkeypatch.setattr(timed_http, "HEAD_SECONDS_MAX", SHORT_SECONDS)
    assert served.said(b"") == b""


def test_slow_body_is_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the application learns that the client is gone."""
    monkeypatch.setattr(timed_http, "BODY_LOOK_SECONDS", SHORT_SECONDS)
    assert served.said(OPEN_BODY).startswith(b"HTTP/1.1 408 ")
    assert served.app.lost.wait(patience(10))


def test_slow_body_after_its_answer_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no second answer."""
    monkeypatch.setattr(timed_http, "BODY_LOOK_SECONDS", SHORT_SECONDS)
    answer = served.said(OPEN_BODY.replace(b"POST /", b"POST /refused"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_steady_body_is_left_in_peace(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes in all: at each look enough has come since the last."""
    monkeypatch.setattr(timed_http, "BODY_LOOK_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(timed_http, "BODY_BYTES_PER_SECOND_MIN", 1)
    looks: list[bool] = []
    look = timed_http.TimedHttp._look_at_body

    def counted(protocol: timed_http.TimedHttp) -> None:
        looks.append(True)
        look(protocol)

    monkeypatch.setattr(timed_http.TimedHttp, "_look_at_body", counted)
    sent = 0
    with served.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while len(looks) < 3:
            connection.sendall(b"2\r\nab\r\n")
            sent += 2
        connection.sendall(b"0\r\n\r\n")
        answer = connection.recv(65_536)
        while not answer.endswith(str(sent).encode()):
            answer += connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_client_that_does_not_read_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer is not kept for ever."""
    monkeypatch.setattr(timed_http, "READ_SECONDS_MAX", SHORT_SECONDS)
    closed = threading.Event()
    lose = timed_http.TimedHttp.connection_lost

    def lost(protocol: timed_http.TimedHttp, problem: Exception | None) -> None:
        lose(protocol, problem)
        closed.set()

    monkeypatch.setattr(timed_http.TimedHttp, "connection_lost", lost)
    with served.connect() as connection:
        connection.sendall(b"POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert closed.wait(patience(10))


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
    ],
)
def test_what_is_not_http_gets_a_problem(
    served: Served, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """One answer, and no traceback."""
    answer = served.said(sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 4") == 1
    assert b"application/problem+json" in answer
    assert not [it for it in caplog.records if it.exc_info]


def test_broken_body_after_its_answer_makes_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer has been given, so the connection is only closed."""
    with served.connect() as connection:
        connection.sendall(CHUNKED)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"zz\r\n")
        assert read_to_end(connection) in (b"", b"0")
    assert not [it for it in caplog.records if it.exc_info]
