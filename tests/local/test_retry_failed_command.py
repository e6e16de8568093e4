"""`emailbuilder campaign retry-failed`: it counts first, asks, and names only what was chosen."""

import json
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import retry_failed as command
from local.cli.main import app
from local.client import Client

DENIED = "554 5.7.1 …: Relay access denied"
FULL = "552 4.2.2 mailbox … full"


def group(node: str, answer: str, leads: int, suppressed: int = 0) -> dict[str, object]:
    return {
        "node_id": node,
        "reason": "rejected",
        "answer": answer,
        "leads": leads,
        "can_retry": leads - suppressed,
        "obstacles": {"suppressed": suppressed} if suppressed else {},
    }


NONE = {"leads": 0, "can_retry": 0, "obstacles": {}}
PARTS = {
    "0": {"groups": [group("a", DENIED, 3, 1)], "others": NONE, "next_after_seq": 7},
    "7": {
        "groups": [group("a", FULL, 5), group("a", DENIED, 1)],
        "others": NONE,
        "next_after_seq": None,
    },
}
JOB = {"job_id": "j", "state": "done", "done": 9, "total": 9, "report": {"retried": 8}}

Asked = list[Any]


def run(
    monkeypatch: pytest.MonkeyPatch, *options: str, typed: str | None = None
) -> tuple[Result, Asked]:
    """`typed`: what the person at the terminal types; None: there is no terminal."""
    asked: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append(json.loads(request.content))
        if request.url.path.endswith("/failed-leads"):
            return httpx.Response(200, json=PARTS[request.url.params["after_seq"]])
        return httpx.Response(200, json=JOB)

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(command, "connect", lambda url: client)
    monkeypatch.setattr(command, "is_terminal", lambda: typed is not None)
    arguments = ["campaign", "retry-failed", "c", *options]
    return CliRunner().invoke(app, arguments, input=typed), asked


def test_dry_run_adds_up_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run(monkeypatch, "--dry-run", "--json")
    groups = json.loads(result.output)["groups"]
    assert [(it["answer"], it["leads"], it["can_retry"]) for it in groups] == [
        (FULL, 5, 5),
        (DENIED, 4, 3),
    ]
    assert asked == []
    table, _ = run(monkeypatch, "--dry-run")
    assert "1 suppressed" in table.output
    assert "8 of them can be retried." in table.output


@pytest.mark.parametrize(("typed", "is_retried"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_person_is_asked_with_the_number(
    monkeypatch: pytest.MonkeyPatch, typed: str, is_retried: bool
) -> None:
    """The default is no."""
    result, asked = run(monkeypatch, typed=typed)
    assert "Retry 8 leads?" in result.output
    assert asked == ([{"groups": [], "reason": ""}] if is_retried else [])
    assert ("8 leads are retried" in result.output) is is_retried


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        (("--node", "a"), [{"node_id": "a"}]),
        (("--reason", "rejected"), [{"reason": "rejected"}]),
        (("--answer", "554"), [{"node_id": "a", "reason": "rejected", "answer": DENIED}]),
    ],
)
def test_options_choose_groups(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], groups: object
) -> None:
    result, asked = run(monkeypatch, *options, "--why", "repaired", "--yes")
    assert (result.exit_code, asked) == (0, [{"groups": groups, "reason": "repaired"}])


def test_nobody_to_ask_retries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run(monkeypatch)
    assert (result.exit_code, asked) == (1, [])
    assert "--yes" in result.output


def test_answer_that_nobody_got_retries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run(monkeypatch, "--answer", "421", "--yes")
    assert (result.exit_code, asked) == (0, [])
    assert "No failed leads match." in result.output
