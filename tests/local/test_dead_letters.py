"""Dead letters from the command line, through gateway, handler and emulated queue."""

import json
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from local.cli.main import app
from local.cli.output import console
from local.client import Client
from local.cloud.moto_aws import MotoAws
from local.settings import LocalSettings
from local.system import System

GONE = json.dumps({"lead_id": "[red]gone", "campaign_id": "c", "node_id": "n"})


def queues() -> set[str]:
    found = MotoAws().session.client("sqs").list_queues().get("QueueUrls", [])
    return {it for it in found if "-SendDeadLetters-" in it}


def test_command_line_lists_shows_requeues_and_drops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For people and for programs; all of them only after a confirmation."""
    monkeypatch.setattr(console(), "width", 200)
    home = tmp_path / "home"
    before = queues()
    with System(LocalSettings(home=home, port=0, smtp_port=0)) as system:
        (queue_url,) = queues() - before
        sqs = MotoAws().session.client("sqs")

        def call(*arguments: str, exit_code: int = 0, said: str = "") -> str:
            given = {"EMAILBUILDER_HOME": str(home)}
            result = CliRunner().invoke(
                app, ["dead-letters", *arguments, "--url", system.url], env=given, input=said
            )
            assert result.exit_code == exit_code, (arguments, result.output, result.exception)
            # The message that `main` would print.
            return result.output or str(result.exception)

        assert "No dead letters" in call("list")
        for body in (GONE, "[bold]not json", GONE):
            sqs.send_message(QueueUrl=queue_url, MessageBody=body)
        page = json.loads(call("list", "--json"))
        assert page["total"] == 3
        garbage, *jobs = sorted(page["dead_letters"], key=lambda it: it["kind"] or "")
        assert (garbage["kind"], jobs[0]["lead_id"]) == (None, "[red]gone")
        table = call("list")
        assert table.count("[red]gone") == 2
        assert "3 in all" in table
        assert "--cursor" in call("list", "--limit", "2")
        assert "[bold]not json" in call("show", garbage["dead_letter_id"])
        assert "[red]gone" in call("show", jobs[0]["dead_letter_id"])
        assert "no dead letter nobody." in call("show", "nobody", exit_code=1)
        assert "1 dropped, 2 left" in call("drop", garbage["dead_letter_id"])
        done = json.loads(
            call("requeue", jobs[0]["dead_letter_id"], "nobody", "--json", exit_code=1)
        )
        assert done == {"requeued": 1, "left": 1, "missing": ["nobody"], "stuck": []}
        assert "Name the dead letters" in call("drop", exit_code=1)
        assert "Name the dead letters" in call("drop", "x", "--all", exit_code=1)
        assert "all 1 dead letters" in call("drop", "--all", said="n\n", exit_code=1)
        assert json.loads(call("list", "--json"))["total"] == 1
        assert "1 dropped, 0 left" in call("drop", "--all", said="y\n")
        assert "0 requeued, 0 left" in call("requeue", "--all", "--yes")


@pytest.mark.parametrize(
    ("answers", "calls", "printed"),
    [
        ([(1000, 700), (700, 0)], 2, "1700 requeued, 0 left"),
        # 1000 of the second call's died again meanwhile.
        ([(1000, 1000), (1000, 1000), (1000, 1000)], 2, "2000 requeued, 1000 left"),
        ([(5, 3), (0, 3)], 2, "5 requeued, 3 left"),
    ],
)
def test_all_are_cleared_in_repeated_calls(
    monkeypatch: pytest.MonkeyPatch,
    answers: list[tuple[int, int]],
    calls: int,
    printed: str,
) -> None:
    """A call is bounded; letters that arrive meanwhile do not keep it busy for ever."""
    asked: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        requeued, left = answers[len(asked) - 1]
        said = {"requeued": requeued, "left": left, "missing": [], "stuck": []}
        return httpx.Response(200, json=said)

    client = Client("http://x", transport=httpx.MockTransport(answer))
    monkeypatch.setattr("local.cli.dead_letters.connect", lambda url: client)
    result = CliRunner().invoke(app, ["dead-letters", "requeue", "--all", "--yes"])
    assert printed in result.output
    assert asked == [{"all": True}] * calls
