"""`emailbuilder lead …`: what is asked of the API, and what people and programs are shown."""

import json
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
    ("words", "path", "body"),
    [
        (("skip-wait", "c", "l"), "skip-wait", {"revision": 7, "words": ""}),
        (
            ("move", "c", "l", "email-2", "--words", "by phone"),
            "move",
            {"revision": 7, "words": "by phone", "node_id": "email-2"},
        ),
        (
            ("move", "c", "l", "email-2", "--reason", "by phone"),
            "move",
            {"revision": 7, "words": "by phone", "node_id": "email-2"},
        ),
        (("retry", "c", "l"), "retry", {"revision": 7, "words": ""}),
        (("remove", "c", "l"), "remove", {"words": ""}),
    ],
)
def test_verbs_act_on_the_lead_as_it_is(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    """They say which revision they mean; then they show where the lead is, or its document."""
    asked: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append((request.url.path, json.loads(request.content)))
        return httpx.Response(200, json=LEAD)

    client = Client("http://api.test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    shown = CliRunner().invoke(app, ["lead", *words])
    assert shown.exit_code == 0, shown.output
    assert "ann@example.com" in shown.output
    assert "at w until" in shown.output
    written = CliRunner().invoke(app, ["lead", *words, "--json"])
    assert json.loads(written.output) == LEAD
    assert asked == [(f"/api/v1/campaigns/c/leads/l/{path}", body)] * 2
