"""`emailbuilder lead …`: its requests to the API, and its output for people and programs."""

import json
import time
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from local.cli import lead as commands
from local.cli.main import app
from local.client import Client

LEAD = {
    "email": "ann@example.com",
    "status": "paused",
    "reason": "wait",
    "revision": 7,
    "current_node": "w",
    "wait_until": "2027-03-01T09:00:00Z",
}


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (("skip-wait", "c", "l"), "skip-wait", {"revision": 7, "reason": ""}),
        (
            ("move", "c", "l", "email-2", "--words", "by phone"),
            "move",
            {"revision": 7, "reason": "by phone", "node_id": "email-2"},
        ),
        (
            ("move", "c", "l", "email-2", "--reason", "by phone"),
            "move",
            {"revision": 7, "reason": "by phone", "node_id": "email-2"},
        ),
        (("retry", "c", "l"), "retry", {"revision": 7, "reason": ""}),
        (("remove", "c", "l"), "remove", {"reason": ""}),
    ],
)
def test_verbs_act_on_the_lead_as_it_is(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    """They send the lead's revision, then show where the lead is, or its document."""
    asked: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append((request.url.path, json.loads(request.content)))
        return httpx.Response(200, json=LEAD)

    client = Client("http://api.test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    shown = CliRunner().invoke(app, ["lead", *arguments])
    assert shown.exit_code == 0, shown.output
    assert "ann@example.com" in shown.output
    assert "at w until" in shown.output
    written = CliRunner().invoke(app, ["lead", *arguments, "--json"])
    assert json.loads(written.output) == LEAD
    assert asked == [(f"/api/v1/campaigns/c/leads/l/{path}", body)] * 2


def test_timeline_is_shown_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """From codes, with instants in this machine's zone; brackets are not markup."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    node = {"node_id": "a", "type": "sendEmail", "title": "Hi [bold]"}
    wait = {"node_id": "w", "type": "wait", "title": None}
    until = "2027-03-01T09:00:00Z"
    story = {
        **LEAD,
        "enrolled_at": "2027-02-01T09:00:00Z",
        "timeline": [
            {"at": "2027-02-01T09:00:00Z", "code": "sent", "parameters": {"node": node}},
        ],
        "next_step": {"code": "waits", "parameters": {"node": wait, "until": until}},
    }
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=story))
    client = Client("http://api.test", transport=transport)
    monkeypatch.setattr(commands, "connect", lambda url: client)
    shown = CliRunner().invoke(app, ["lead", "show", "c", "l"])
    monkeypatch.undo()
    time.tzset()
    assert shown.exit_code == 0, shown.output
    assert "Mon 01 Feb 2027, 10:00:00  Sent *Hi [bold]*" in shown.output
    assert "Next: the end on Mon 1 Mar, 10:00 CET." in shown.output
