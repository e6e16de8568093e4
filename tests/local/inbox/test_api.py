"""The inbox as JSON: lists, one message, its raw bytes, deleting; alone and mounted."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from local.inbox.api import inbox_api
from local.inbox.ledger import Ledger, Received
from local.inbox.reading import Link, page_of

AT_MS = 1_767_225_600_123

PAGE = b"""From: sender@example.com\r
To: ann@example.org\r
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Hello Ann\r
--b\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>Gr=C3=BC=C3=9Fe <a href=3D"http://127.0.0.1/c/1?x=3D1&amp;y=3D2">Take <b>the</b> tour</a>\r
<a name=3D"x">no link</a> <a href=3D"https://example.com/"><img src=3D"a.png" alt=3D"Logo"></a>\r
<img src=3D"http://127.0.0.1/o/1"></p>\r
--b--\r
"""


def kept(tmp_path: Path, *messages: Received) -> Ledger:
    ledger = Ledger(tmp_path / "inbox.db")
    ledger.create()
    connection = ledger.connect()
    for message in messages:
        ledger.append(connection, [message])
    connection.close()
    return ledger


def plain(i: int, to: str = "ann@example.org", raw: bytes | None = None) -> Received:
    written = raw if raw is not None else f"Subject: S{i}\r\n\r\nBody {i}\r\n".encode()
    return Received(AT_MS + i, "sender@example.com", (to,), f"<{i}@x>", f"S{i}", written)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    recipients = ("ann@example.org", "Bob@example.org")
    ledger = kept(tmp_path, *(plain(i, recipients[i % 2]) for i in range(5)))
    return TestClient(inbox_api(ledger))


def test_lists_newest_first_page_by_page(client: TestClient) -> None:
    first = client.get("/messages", params={"limit": 2}).json()
    assert [m["subject"] for m in first["messages"]] == ["S4", "S3"]
    assert first["total"] == 5
    assert first["messages"][0]["received_at"] == "2026-01-01T00:00:00.127000Z"
    second = client.get("/messages", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [m["subject"] for m in second["messages"]] == ["S2", "S1"]
    last = client.get("/messages", params={"limit": 2, "cursor": second["next_cursor"]}).json()
    assert [m["subject"] for m in last["messages"]] == ["S0"]
    assert last["next_cursor"] is None


def test_lists_one_recipient_whatever_the_case(client: TestClient) -> None:
    page = client.get("/messages", params={"recipient": "BOB@example.org", "limit": 1}).json()
    assert [m["subject"] for m in page["messages"]] == ["S3"]
    rest = client.get(
        "/messages", params={"recipient": "bob@example.org", "cursor": page["next_cursor"]}
    ).json()
    assert [m["subject"] for m in rest["messages"]] == ["S1"]
    none = client.get("/messages", params={"recipient": "carl@example.org"}).json()
    assert none["messages"] == []


def test_lists_one_recipient_however_the_domain_is_spelled(tmp_path: Path) -> None:
    """As people write it, although mail is addressed in ASCII."""
    client = TestClient(inbox_api(kept(tmp_path, plain(0, "ann@xn--strae-oqa.de"))))
    for recipient in ("Ann@Straße.de", "ann@xn--strae-oqa.de"):
        page = client.get("/messages", params={"recipient": recipient}).json()
        assert [m["subject"] for m in page["messages"]] == ["S0"]


def test_reads_one_message_whole(tmp_path: Path) -> None:
    client = TestClient(inbox_api(kept(tmp_path, plain(0, raw=PAGE))))
    message = client.get("/messages/1").json()
    assert {"name": "Subject", "value": "Grüße"} in message["headers"]
    assert message["text"].strip() == "Hello Ann"
    assert "Grüße" in message["html"]
    assert message["links"] == [
        {"url": "http://127.0.0.1/c/1?x=1&y=2", "text": "Take the tour"},
        {"url": "https://example.com/", "text": "Logo"},
    ]
    assert message["raw"] == PAGE.decode()
    assert message["raw_truncated"] is False
    raw = client.get("/messages/1/raw")
    assert raw.content == PAGE
    assert raw.headers["content-type"] == "message/rfc822"
    assert raw.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\ncaf\xe9\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"To: <<<\r\nFrom: =?utf-8?q?=FF?=\r\nDate: never\r\nMessage-ID: [x\r\n\r\n",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n",
        b"Content-Type: text/html\r\n\r\n<a href='x'><a href=\"y\">open\r\n<img",
    ],
)
def test_broken_messages_are_shown_as_far_as_they_go(tmp_path: Path, raw: bytes) -> None:
    client = TestClient(inbox_api(kept(tmp_path, plain(0, raw=raw))))
    assert client.get("/messages/1").status_code == 200


def test_links_that_are_not_closed_end_where_the_next_begins() -> None:
    page = page_of("<a href='x'>one<a href=\"y\">two <img src=p alt=''>\r\n three")
    assert page.links == (Link("x", "one"), Link("y", "two three"))
    assert page.images == ("p",)


def test_a_large_raw_text_is_cut_in_json_and_whole_as_bytes(tmp_path: Path) -> None:
    raw = b"Subject: x\r\n\r\n" + b"y" * 300_000
    client = TestClient(inbox_api(kept(tmp_path, plain(0, raw=raw))))
    message = client.get("/messages/1").json()
    assert message["raw_truncated"] is True
    assert len(message["raw"]) == 256 * 1024
    assert client.get("/messages/1/raw").content == raw


def test_deletes_all(client: TestClient) -> None:
    assert client.delete("/messages").json() == {"deleted": 5}
    assert client.get("/messages").json() == {"messages": [], "next_cursor": None, "total": 0}
    assert client.get("/messages/1").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages/99", 404),
        ("/messages/0", 404),
        ("/messages/-1/raw", 404),
        ("/messages/99999999999999999999", 404),
        ("/messages/abc", 422),
        ("/messages?limit=0", 422),
        ("/messages?limit=201", 422),
        ("/messages?cursor=abc", 422),
        ("/messages?cursor=-1", 422),
    ],
)
def test_wrong_requests_get_an_explanation(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_missing_inbox_is_reported(tmp_path: Path) -> None:
    client = TestClient(inbox_api(Ledger(tmp_path / "none.db")))
    answer = client.get("/messages")
    assert answer.status_code == 503
    assert "inbox file" in answer.json()["detail"]


def test_it_can_be_mounted(tmp_path: Path) -> None:
    gateway = FastAPI()
    gateway.mount("/inbox/api", inbox_api(kept(tmp_path, plain(0))))
    page = TestClient(gateway).get("/inbox/api/messages").json()
    assert [m["subject"] for m in page["messages"]] == ["S0"]
