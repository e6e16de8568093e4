"""The whole system in one process: it runs, stops cleanly, and goes on."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from local.cli.main import app
from local.client import ApiError, Client, node_count, status_count
from local.settings import LocalSettings
from local.system import System

FLOW: dict[str, Any] = {
    "name": "Two mails",
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "one",
            "type": "sendEmail",
            "configuration": {"subject": "One, {{contact.first_name}}", "body": "1"},
        },
        {
            "id": "pause",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": 4, "unit": "seconds"},
        },
        {"id": "two", "type": "sendEmail", "configuration": {"subject": "Two", "body": "2"}},
    ],
    "connections": [
        {"from_node": "start", "to_node": "one"},
        {"from_node": "one", "to_node": "pause"},
        {"from_node": "pause", "to_node": "two"},
    ],
}


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def settings(home: Path) -> LocalSettings:
    return LocalSettings(home=home, port=0, smtp_port=0)


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text("email,first_name\nann@example.com,Ann\nbob@example.com,Bob\nno address,X\n")
    return path


def test_restarted_system_goes_on_where_it_was(tmp_path: Path, contacts: Path) -> None:
    """Stopped during the wait; the second e-mails come from the second life, the first ones
    are not sent again, and nothing is left running."""
    home = tmp_path / "home"
    with System(settings(home)) as system:
        client = Client(system.url, token=system.token)
        client.create({**FLOW, "campaign_id": "two-mails"})
        job = client.finished(client.upload_csv("two-mails", contacts)["job_id"])
        assert (job["report"]["accepted"], job["report"]["rejected"]) == (2, 1)
        client.launch("two-mails")
        until(lambda: status_count(client.campaign("two-mails"), "paused") == 2)
    assert not {it.name for it in threading.enumerate()} & {"gateway", "services-loop"}
    with System(settings(home)) as system:
        client = Client(system.url, token=system.token)
        until(lambda: bool(client.campaign("two-mails")["status"] == "completed"))
        campaign = client.campaign("two-mails")
        assert [node_count(campaign, node, "sent") for node in ("one", "two")] == [2, 2]
        subjects = sorted(it.subject for it in system.inbox.messages())
        assert subjects == ["One, Ann", "One, Bob", "Two", "Two"]


def test_command_line_walks_a_campaign_through(tmp_path: Path, contacts: Path) -> None:
    """Create, validate, import, launch, look; for people and for programs."""
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps(FLOW))
    home = tmp_path / "home"
    with System(settings(home)) as system:

        def call(*words: str, exit_code: int = 0) -> str:
            given = {"EMAILBUILDER_HOME": str(home)}
            result = CliRunner().invoke(app, [*words, "--url", system.url], env=given)
            assert result.exit_code == exit_code, (words, result.output, result.exception)
            return result.output

        created = json.loads(call("campaign", "create", str(flow), "--json"))
        name = created["campaign_id"]
        assert "can be published" in call("campaign", "validate", str(flow))
        imported = call("campaign", "import", name, str(contacts))
        assert "2 accepted, 0 duplicate, 1 rejected" in imported
        assert "line 4" in imported
        assert "Launched to 2 contacts" in call("campaign", "launch", name)
        assert "Paused" in call("campaign", "pause", name)
        assert "Running again" in call("campaign", "resume", name)
        assert "Two mails" in call("campaign", "list")
        assert "one" in call("campaign", "status", name)
        leads = json.loads(call("campaign", "leads", name, "--json"))["leads"]
        assert [it["email"] for it in leads] == ["ann@example.com", "bob@example.com"]
        until(lambda: "Sent *One, Ann*" in call("lead", "show", name, leads[0]["lead_id"]))
        assert "store" in call("doctor")


def test_broken_flow_is_named_with_exit_code_1(tmp_path: Path) -> None:
    """And a system that is not there is a sentence, not a stack trace."""
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps({"nodes": [{"id": "x", "type": "nothing"}], "connections": []}))
    with System(settings(tmp_path / "home")) as system:
        words = ["campaign", "validate", str(flow), "--url", system.url]
        result = CliRunner().invoke(app, words, env={"EMAILBUILDER_TOKEN": system.token})
        assert result.exit_code == 1
        assert "type must be one of" in result.output
    with pytest.raises(ApiError, match="Nothing answers"):
        Client("http://127.0.0.1:9").ready()
