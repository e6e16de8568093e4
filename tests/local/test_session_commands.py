"""`emailbuilder sessions …`: its requests to the API, and what it prints."""

import json

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import sessions as commands
from local.cli.main import app
from local.cli.output import console
from local.client import Client

ANN = {
    "session_id": "aab" + "0" * 61,
    "token_name": "ebk_Ab3dE6gH",
    "created_at": "2027-03-01T09:00:00Z",
    "last_seen_at": "2027-03-02T09:00:00Z",
    "ends_at": "2027-03-16T09:00:00Z",
    "user_agent": "Firefox [140]",
    "address": "192.0.2.1",
    "is_current": False,
}
BOB = ANN | {"session_id": "aac" + "0" * 61, "address": "192.0.2.2"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests; the API has two sessions."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path.removeprefix('/api/v1')}")
        if request.method == "GET":
            return httpx.Response(200, json={"sessions": [ANN, BOB]})
        if request.method == "DELETE":
            return httpx.Response(204)
        return httpx.Response(200, json={"revoked": 2})

    client = Client("http://api.test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    monkeypatch.setattr(console(), "width", 200)
    return seen


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sessions", *arguments])


def test_list_shows_browsers(asked: list[str]) -> None:
    """Brackets are not markup."""
    shown = call("list").output
    assert "aab000000000" in shown
    assert "Firefox [140]" in shown
    assert "192.0.2.2" in shown
    assert json.loads(call("list", "--json").output) == {"sessions": [ANN, BOB]}


def test_one_is_revoked_by_the_beginning_of_its_id(asked: list[str]) -> None:
    assert "Signed out 1 browser." in call("revoke", "aac").output
    assert asked[-1] == f"DELETE /sessions/{BOB['session_id']}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["aa"], "several sessions begin with aa"),
        (["x"], "no session begins with x"),
        ([], "Name one session, or give --all"),
        (["aac", "--all"], "Name one session, or give --all"),
    ],
)
def test_nothing_is_revoked_by_guessing(
    asked: list[str], arguments: list[str], message: str
) -> None:
    done = call("revoke", *arguments)
    assert done.exit_code == 1
    assert message in done.stderr
    assert not [it for it in asked if not it.startswith("GET")]


def test_all_are_revoked_together(asked: list[str]) -> None:
    assert json.loads(call("revoke", "--all", "--json").output) == {"revoked": 2}
    assert asked == ["POST /sessions/revoke-others"]
