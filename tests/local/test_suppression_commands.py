"""`emailbuilder suppressions …`: its requests to the API, and what it prints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import suppressions as commands
from local.cli.main import app
from local.cli.output import console
from local.client import Client

ANN = {
    "email": "ann@example.com",
    "reason": "by_hand",
    "source": "[by] phone",
    "campaign_id": None,
    "at": "2027-03-01T09:00:00Z",
}
REMOVAL = {
    "email": "ann@example.com",
    "at": "2027-03-02T09:00:00Z",
    "reason": "wants it [again]",
    "was": "hard_bounce",
    "since": "2027-03-01T09:00:00Z",
}
REPORT = {
    "added": 2,
    "known": 1,
    "rejected": 1,
    "problems": [{"line": 3, "code": "address_invalid", "message": "No [@].", "raw": "x"}],
}
EXPORT = "email,reason\r\nann@example.com,by_hand\r\n"

ANSWERS: dict[str, object] = {
    "GET ": {"suppressions": [ANN], "next_after": "ann@example.com"},
    "POST ": ANN,
    "POST /import": REPORT,
    "POST /remove": REMOVAL,
    "GET /removals": {"removals": [REMOVAL], "next_before": None},
}

Call = Callable[..., Result]


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, asked: list[httpx.Request]) -> Call:
    """Runs a command against an API that gives the answers above."""

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        path = request.url.path.removeprefix("/api/v1/suppressions")
        if path == "/export.csv":
            return httpx.Response(200, text=EXPORT)
        return httpx.Response(200, json=ANSWERS[f"{request.method} {path}"])

    client = Client("http://api.test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    monkeypatch.setattr(console(), "width", 200)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(app, ["suppressions", *arguments])
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    return run


def body(request: httpx.Request) -> Any:
    return json.loads(request.content)


def test_list_shows_where_each_address_came_from(call: Call, asked: list[httpx.Request]) -> None:
    """Brackets are not markup. It says how to go on."""
    shown = call("list", "--search", "ann", "--limit", "1").output
    assert "ann@example.com" in shown
    assert "by hand" in shown
    assert "[by] phone" in shown
    assert "--after ann@example.com" in shown
    assert dict(asked[0].url.params) == {"search": "ann", "after": "", "limit": "1"}
    assert json.loads(call("list", "--json").output) == ANSWERS["GET "]
    assert "wants it [again]" in call("removals").output


def test_address_is_added_and_removed_with_a_reason(call: Call, asked: list[httpx.Request]) -> None:
    """Without a reason nothing is removed."""
    assert "is suppressed (by hand)" in call("add", "ann@example.com", "--source", "phone").output
    assert body(asked[-1]) == {"email": "ann@example.com", "source": "phone"}
    assert "may be sent mail again" in call("remove", "ann@example.com", "--reason", "asked").output
    assert body(asked[-1]) == {"email": "ann@example.com", "reason": "asked"}
    refused = CliRunner().invoke(app, ["suppressions", "remove", "ann@example.com"])
    assert refused.exit_code == 2
    assert len(asked) == 2


def test_list_is_imported_and_exported(
    call: Call, asked: list[httpx.Request], tmp_path: Path
) -> None:
    """The file's name is the source. The export goes to a file or to standard output."""
    given = tmp_path / "old list.csv"
    given.write_text("email\nann@example.com\n")
    shown = call("import", str(given)).output
    assert "2 added, 1 known, 1 rejected." in shown
    assert "line 3: No [@]." in shown
    assert asked[-1].url.params["source"] == "old list.csv"
    assert asked[-1].content == given.read_bytes()
    assert call("export").output.replace("\r", "") == EXPORT.replace("\r", "")
    target = tmp_path / "out.csv"
    assert "Written to" in call("export", str(target)).output
    assert target.read_bytes().decode() == EXPORT
