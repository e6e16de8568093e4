"""The whole system in one process: it runs, stops cleanly, and continues after a restart."""

import json
import os
import pty
import stat
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from functions.access import new_api_token
from harness.patience import until
from local.api_error import ApiError
from local.cli.main import app
from local.cli.output import token_for
from local.cli.settings import CliSettings
from local.client import Client, node_count, status_count
from local.home import Home
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


def settings(home: Path) -> LocalSettings:
    return LocalSettings(home=home, port=0, smtp_port=0)


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text("email,first_name\nann@example.com,Ann\nbob@example.com,Bob\nno address,X\n")
    return path


def test_restarted_system_goes_on_where_it_was(tmp_path: Path, contacts: Path) -> None:
    """It is stopped during the wait; after the restart it sends the second e-mails but not the
    first ones again, and leaves nothing running.
    """
    home = tmp_path / "home"
    with System(settings(home)) as system:
        client = Client(system.url, token=system.token)
        client.create({**FLOW, "campaign_id": "two-mails"})
        job = client.finished(client.upload_contacts("two-mails", contacts)["job_id"])
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
    """Create, validate, import, launch, inspect; for people and for programs."""
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps(FLOW))
    home = tmp_path / "home"
    with System(settings(home)) as system:

        def call(*arguments: str, exit_code: int = 0) -> str:
            given = {"EMAILBUILDER_HOME": str(home)}
            result = CliRunner().invoke(app, [*arguments, "--url", system.url], env=given)
            assert result.exit_code == exit_code, (arguments, result.output, result.exception)
            return result.output

        created = json.loads(call("campaign", "create", str(flow), "--json"))
        name = created["campaign_id"]
        assert "can be published" in call("campaign", "validate", str(flow))
        imported = call("campaign", "import", name, str(contacts))
        assert "2 new, 1 invalid." in imported
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


def test_whole_system_asks_for_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """API, inbox and uploads; readers' links stay open; no secret is logged."""
    wrong = new_api_token()
    rows = tmp_path / "rows.csv"
    rows.write_bytes(b"email\n" + b"ann@example.com\n" * 1_000_000)
    with System(settings(tmp_path / "home")) as system, httpx.Client(base_url=system.url) as http:
        bearer = {"Authorization": f"Bearer {system.token}"}
        for path in ("/campaigns", "/metrics", "/inbox/api/messages", "/inbox/api/x", "/apps", "/"):
            for shown in ({}, {"Authorization": f"Bearer {wrong}"}):
                refused = http.get(path, headers=shown)
                assert refused.status_code == 401, path
                assert refused.headers["www-authenticate"].startswith("Bearer realm=")
            assert http.get(path, headers=bearer).status_code in (200, 404), path
        assert http.delete("/inbox/api/messages").status_code == 401
        assert http.get("/health/ready").status_code == 200
        for method, path in (
            *(("GET", it) for it in ("/health/ready", "/campaigns", "/inbox/api/x", "/nowhere")),
            *(("GET", "/app"), ("POST", "/app"), ("GET", "/app/"), ("GET", "/t/c/x")),
        ):
            kept = http.request(method, path).headers
            assert kept["x-content-type-options"] == "nosniff", path
            assert "default-src" in kept["content-security-policy"], path
            assert kept["cache-control"].split(",")[0] in ("no-store", "no-cache"), path
        assert http.get("/t/c/x").status_code == 404
        # More than the gateway accepts: the client gets the error although it is still sending.
        for token in (None, wrong):
            with pytest.raises(ApiError, match="EMAILBUILDER_TOKEN") as caught:
                Client(system.url, token=token).upload_contacts("x", rows)
            assert caught.value.problem["status"] == 401
        logged = caplog.text
        assert wrong[:12] in logged
        assert wrong[13:] not in logged
        assert system.token[13:] not in logged


def test_browser_opens_the_printed_link_and_works(tmp_path: Path) -> None:
    """The page needs no token; with the cookie it reads API and inbox through the gateway, and with
    the header it can also change things.
    """
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("<h1>The interface</h1>")
    given = settings(tmp_path / "home").model_copy(update={"frontend": out})
    own = {"X-EmailBuilder": "1"}
    with System(given) as system, httpx.Client(base_url=system.url) as http:
        page = http.get("/", headers={"accept": "text/html"}, follow_redirects=True)
        assert (str(page.url), page.text) == (f"{system.url}/app", "<h1>The interface</h1>")
        session = "/api/v1/session"
        assert http.post(session, json={"token": system.token}).status_code == 403
        begun = http.post(session, json={"token": system.token}, headers=own)
        assert begun.status_code == 204
        assert "Secure" not in begun.headers["set-cookie"]
        assert http.get(session).json()["token_name"] == system.token[:12]
        assert http.post("/campaigns", json={}).status_code == 403
        assert http.post("/campaigns", json={}, headers=own).status_code == 201
        assert http.get("/inbox/api/messages").json()["total"] == 0
        assert http.delete("/inbox/api/messages").json()["code"] == "header_missing"
        assert http.delete("/inbox/api/messages", headers=own).json() == {"deleted": 0}
        assert http.delete(session, headers=own).status_code == 204
        assert http.get("/inbox/api/messages").status_code == 401


def test_running_system_says_how_it_is(tmp_path: Path) -> None:
    """Its queues by name, its last sweep, and that the inbox is gone once it has stopped."""
    with System(settings(tmp_path / "home")) as system:
        bearer = {"Authorization": f"Bearer {system.token}"}
        with httpx.Client(base_url=system.url, headers=bearer) as http:

            def look() -> Any:
                return http.get("/api/v1/system").json()

            until(lambda: look()["swept"] is not None)
            told = look()
            states = {it["name"]: it["state"] for it in told["checks"]}
            names = ("store", "broker", "dead letters", "mail", "sender", "sweep", "functions")
            assert states == dict.fromkeys(names, "ok")
            assert [it["holds_dead_letters"] for it in told["queues"]] == [False, False, True, True]
            assert (told["dead_letters"], told["workers"]) == (0, None)
            assert told["links"] == {"rabbitmq": None, "metrics": f"{system.url}/metrics"}
            assert http.get(told["links"]["metrics"]).status_code == 200
            system.inbox.stop()
            failed = [it for it in look()["checks"] if it["state"] != "ok"]
            assert [it["name"] for it in failed] == ["mail"]
            assert "leads wait" in failed[0]["remedy"]


def test_command_line_shows_the_kept_token_to_this_machine_only(tmp_path: Path) -> None:
    """Another machine gets only the token given for it."""
    kept = Home(tmp_path).api_token()
    for given, url, shown in (
        ({}, "http://127.0.0.1:8000", kept),
        ({}, None, kept),
        ({}, "http://localhost:8000", kept),
        ({}, "https://mail.example.com", None),
        ({}, "http://127.0.0.1.example.com", None),
        ({"EMAILBUILDER_TOKEN": "x" * 24}, "https://mail.example.com", "x" * 24),
        ({"EMAILBUILDER_TOKEN": "x" * 24}, "http://127.0.0.1:8000", "x" * 24),
    ):
        settings = CliSettings.read({"EMAILBUILDER_HOME": str(tmp_path), **given})
        assert token_for(url or "http://127.0.0.1:8000", settings) == shown, url
    nothing = CliSettings.read({"EMAILBUILDER_HOME": str(tmp_path / "none")})
    assert token_for("http://127.0.0.1:8000", nothing) is None
    assert not nothing.home.folder.exists()


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "log"])
def test_what_is_printed_at_the_start_can_be_pasted(is_terminal: bool, tmp_path: Path) -> None:
    """The token comes once, in the link, and only for a person to see: nothing else keeps it. The
    `curl` line works in a shell."""
    home = tmp_path / "of Ann"
    given = {"EMAILBUILDER_HOME": str(home), "PORT": "0", "SMTP_PORT": "0", "COLUMNS": "40"}
    start = [sys.executable, "-m", "local.cli", "up"]
    seen, said = pty.openpty() if is_terminal else os.pipe()
    with subprocess.Popen(start, env=given, stdout=said) as up, os.fdopen(seen) as output:
        os.close(said)
        try:
            shown = [line.rstrip("\n") for line in islice(output, 4)]
            lines = dict(line.split(None, 1) for line in shown)
            assert next(iter(lines)) == "Open"
            page, _, fragment = lines["Open"].partition("#")
            token = Home(home).api_token()
            assert fragment == (f"token={token}" if is_terminal else "")
            assert "\n".join(shown).count(token) == is_terminal
            assert httpx.get(page).status_code in (200, 503)
            assert Path(lines["Token"].removeprefix("in ")).read_text().strip() == token
            command, _, arguments = lines["Try"].partition(" ")
            in_shell = ["sh", "-c", f"printf '%s\\n' {arguments}"]
            option, header, address = subprocess.check_output(in_shell, text=True).splitlines()
            assert (command, option) == ("curl", "-H")
            name, _, value = header.partition(": ")
            asked = httpx.get(address, headers={name: value})
            assert asked.json()["campaigns"] == []
        finally:
            up.terminate()
    modes = {it.name: stat.S_IMODE(it.stat().st_mode) for it in home.iterdir()}
    assert {"store.db", "inbox.db", "api_token"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_folder_of_an_older_version_is_closed_to_others(tmp_path: Path) -> None:
    """Its files too; what a link points to elsewhere stays as it is."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    elsewhere.chmod(0o644)
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "store.db").write_text("")
    (home / "store.db").chmod(0o644)
    (home / "linked").symlink_to(elsewhere)
    Home(home).make()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "store.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


def test_broken_flow_is_named_with_exit_code_1(tmp_path: Path) -> None:
    """And an unreachable system is reported in a sentence, not a stack trace."""
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps({"nodes": [{"id": "x", "type": "nothing"}], "connections": []}))
    with System(settings(tmp_path / "home")) as system:
        arguments = ["campaign", "validate", str(flow), "--url", system.url]
        result = CliRunner().invoke(app, arguments, env={"EMAILBUILDER_TOKEN": system.token})
        assert result.exit_code == 1
        assert "type must be one of" in result.output
    with pytest.raises(ApiError, match="Nothing answers"):
        Client("http://127.0.0.1:9").ready()
