"""`emailbuilder campaign launch` asks before it launches with warnings; `test` sends a test."""

import json
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import campaign as commands
from local.cli.main import app
from local.client import Client

HOLE = {
    "severity": "warning",
    "code": "hole",
    "node_id": "mail",
    "field": "configuration.body",
    "line": 2,
    "message": "2 of 3 contacts have no [company].",
}
JOB = {"job_id": "j", "state": "done", "done": 1, "total": 1, "report": {"enrolled": 3}}

Asked = list[tuple[str, Any]]


def run(
    monkeypatch: pytest.MonkeyPatch, *options: str, typed: str | None, found: list[object]
) -> tuple[Result, Asked]:
    """`typed`: what the person at the terminal types; None: there is no terminal."""
    asked: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        verb = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            asked.append((verb, json.loads(request.content or b"null")))
        return httpx.Response(
            200, json={"findings": found, "campaign": {}, "job": JOB} if verb != "j" else JOB
        )

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    monkeypatch.setattr(commands, "is_terminal", lambda: typed is not None)
    return CliRunner().invoke(app, ["campaign", "launch", "c", *options], input=typed), asked


def test_launch_without_warnings_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run(monkeypatch, typed="", found=[])
    assert (result.exit_code, asked) == (0, [("validate", None), ("launch", {"accepts": []})])
    assert "Launched to 3 contacts." in result.output


@pytest.mark.parametrize(("typed", "is_launched"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_person_accepts_the_warnings(
    monkeypatch: pytest.MonkeyPatch, typed: str, is_launched: bool
) -> None:
    """After seeing each with its place; the default is no."""
    result, asked = run(monkeypatch, typed=typed, found=[HOLE])
    text = " ".join(result.output.split())
    assert "hole mail configuration.body line 2 2 of 3 contacts have no [company]." in text
    launched = [("launch", {"accepts": ["hole"]})] if is_launched else []
    assert asked[1:] == launched
    assert (result.exit_code == 0) is is_launched


@pytest.mark.parametrize(
    ("options", "typed", "body"),
    [
        (("--accept", "hole"), "", {"accepts": ["hole"]}),
        (("--accept", "hole"), None, {"accepts": ["hole"]}),
        (("--accept-all",), "", {}),
        ((), None, {"accepts": []}),
        (("--json",), "", {"accepts": []}),
    ],
)
def test_options_accept_warnings(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], typed: str | None, body: object
) -> None:
    """Without a person to ask, the API refuses warnings that no option accepts."""
    result, asked = run(monkeypatch, *options, typed=typed, found=[HOLE])
    assert (result.exit_code, asked[-1]) == (0, ("launch", body))


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (("--at", "2027-01-05T09:00+01:00"), {"at": "2027-01-05T09:00+01:00"}),
        (("--ends", "by-hand"), {"ends": "by_hand"}),
        (
            ("--ends", "2027-02-01T18:00+01:00"),
            {"ends": "at_date", "ends_at": "2027-02-01T18:00+01:00"},
        ),
    ],
)
def test_options_say_when_it_starts_and_ends(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], body: object
) -> None:
    """As the API takes it, which checks the times."""
    _, asked = run(monkeypatch, "--accept-all", *options, typed=None, found=[])
    assert asked == [("launch", body)]


def test_status_says_that_a_campaign_started_late() -> None:
    """And until when it waits for contacts; what is usual is left out."""
    usual = {"status": "running", "launch_at": None, "launched_at": None}
    usual |= {"ends": "when_through", "ends_at": None}
    assert list(commands._timing_lines(usual)) == []
    late = {**usual, "launch_at": "2027-01-05T09:00:00Z", "launched_at": "2027-01-05T10:00:00Z"}
    (line,) = commands._timing_lines(late)
    assert line.startswith("It started late, on Tue 05 Jan 2027")
    on_time = {**late, "launched_at": "2027-01-05T09:00:30Z", "ends": "by_hand"}
    assert list(commands._timing_lines(on_time)) == ["It waits for contacts until you end it."]


@pytest.mark.parametrize(
    ("options", "outcome", "body", "said"),
    [
        ((), "sent", {"node_id": "mail"}, "Sent to team@example.com."),
        (("--to", "me@example.com"), "sent", {"node_id": "mail", "to": "me@example.com"}, "Sent"),
        ((), "rejected", {"node_id": "mail"}, "Not sent (rejected): 550 no"),
    ],
)
def test_test_goes_to_the_workspaces_address_or_another(
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    outcome: str,
    body: object,
    said: str,
) -> None:
    """The API knows the workspace's; a test that was not sent is an error."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path.endswith("/campaigns/c/test-send")
        assert json.loads(request.content) == body
        tried = {"outcome": outcome, "message": "550 no", "to": "team@example.com"}
        return httpx.Response(200, json=tried)

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    result = CliRunner().invoke(app, ["campaign", "test", "c", "mail", *options])
    assert said in result.output
    assert (result.exit_code == 0) is (outcome == "sent")
