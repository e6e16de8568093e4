"""`emailbuilder campaign publish` and `move-leads`: what they show, ask and send."""

import json
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import campaign as commands
from local.cli import publish as publishing
from local.cli.main import app
from local.client import Client

IMPACT = {
    "leads": 7,
    "can_move": 4,
    "sending": 1,
    "steps": [
        {"node_id": "w", "version": 1, "leads": 3, "gone": 3},
        {"node_id": "a", "version": 1, "leads": 4, "gone": 0},
    ],
}
REPORT = {"moved": 5, "ended": 1, "undecided": 1, "waiting": 0}
JOB = {"job_id": "j", "state": "done", "done": 7, "total": 7, "report": REPORT}

Asked = list[tuple[str, Any]]


def run(
    monkeypatch: pytest.MonkeyPatch, *command: str, typed: str | None = None
) -> tuple[Result, Asked]:
    """`typed`: what the person at the terminal types; None: there is no terminal."""
    asked: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        verb = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            asked.append((verb, json.loads(request.content or b"null")))
        found = {"move-impact": IMPACT, "publish": {"version": 2, "move_job": JOB}}
        return httpx.Response(200, json=found.get(verb, JOB))

    client = Client("http://test", transport=httpx.MockTransport(answer))
    for module in (commands, publishing):
        monkeypatch.setattr(module, "connect", lambda url: client)
    monkeypatch.setattr(publishing, "is_terminal", lambda: typed is not None)
    return CliRunner().invoke(app, ["campaign", *command], input=typed), asked


def test_publish_keeps_leads_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it always did, without a question."""
    result, asked = run(monkeypatch, "publish", "c")
    assert (result.output, asked) == ("Published.\n", [("publish", None)])


def test_publish_with_a_move_shows_what_it_does_and_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step that is gone with what was chosen for it; the default is no."""
    options = ("publish", "c", "--move", "--send", "w=b", "--waits", "anew")
    result, asked = run(monkeypatch, *options, typed="y\n")
    assert asked == [("publish", {"move": {"steps": {"w": "b"}, "waits": "anew"}})]
    text = " ".join(result.output.split())
    assert "7 leads on their way, 4 can go on where they are." in text
    assert "they go to b" in text
    assert "Published version 2. 5 leads moved, 1 ended." in text
    assert "1 stay until somebody has decided about their message." in text
    refused, nothing = run(monkeypatch, *options, typed="\n")
    assert (refused.exit_code, nothing) == (1, [])


def test_leads_are_moved_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a script with --yes; without it there is nobody to ask."""
    result, asked = run(monkeypatch, "move-leads", "c", "--end", "w", "--yes", "--json")
    assert asked == [("move-leads", {"steps": {"w": None}, "waits": "keep"})]
    assert json.loads(result.output)["move_job"]["report"] == REPORT
    result, asked = run(monkeypatch, "move-leads", "c")
    assert (result.exit_code, asked) == (1, [])
    assert "Say --yes to move the leads." in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("move-leads", "c", "--send", "w"), "is not STEP=TARGET"),
        (("move-leads", "c", "--send", "w=b", "--end", "w"), "w is named twice"),
        (("publish", "c", "--end", "w"), "add --move"),
    ],
)
def test_choices_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    """Before anything is asked of the API."""
    result, asked = run(monkeypatch, *options)
    assert (result.exit_code, asked) == (1, [])
    assert message in result.output
