"""`emailbuilder backup`, `restore` and `held`: files, refusals, and what is printed."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from functions.adapters.sqlite import SqliteStore
from functions.service.campaigns.records import RestorationState
from local.cli import held as held_commands
from local.cli.main import app
from local.cli.output import console
from local.client import Client
from local.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a system, with an empty store; commands run beside it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EMAILBUILDER_HOME", str(folder))
    for name in ("STORE_URI", "TRACKING_KEYS", "SECRET_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert call("migrate").exit_code == 0
    return folder


def call(*arguments: str, content: bytes | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=content)


def restoration_of(path: Path) -> RestorationState | None:
    async def read() -> RestorationState | None:
        store = await SqliteStore.open(str(path))
        found = await store.restorations.find()
        await store.close()
        return found.state if found else None

    return asyncio.run(read())


def test_backup_is_whole_private_and_restores_into_an_empty_home(home: Path) -> None:
    """With its keys; the restored store is held."""
    keys = Home(home).tracking_keys()
    made = json.loads(call("backup", "b.backup", "--json").output)
    file = Path("b.backup")
    assert file.stat().st_mode & 0o777 == 0o600
    assert made["bytes"] == file.stat().st_size
    assert call("backup", "b.backup", "--verify").output.startswith("Whole: a sqlite store")
    home.rename(home.with_name("lost"))
    assert "The store is held" in call("restore", "b.backup").output
    assert restoration_of(home / "store.db") is RestorationState.HELD
    assert Home(home).tracking_keys() == keys
    assert (home / "store.db").stat().st_mode & 0o777 == 0o600
    left = [it for it in (*home.iterdir(), *home.parent.iterdir()) if ".emailbuilder" in it.name]
    assert left == []


def test_backup_by_streams(home: Path) -> None:
    """As out of a container and into it."""
    content = CliRunner().invoke(app, ["backup", "-"]).stdout_bytes
    home.rename(home.with_name("lost"))
    assert "The store is held" in call("restore", "-", content=content).output


def test_restore_replaces_nothing(home: Path) -> None:
    call("backup", "b.backup")
    refused = call("restore", "b.backup")
    assert refused.exit_code == 1
    assert "a restore replaces nothing" in refused.output
    assert restoration_of(home / "store.db") is None
    assert "is there already" in call("backup", "b.backup").output


def test_damaged_backup_leaves_nothing_behind(home: Path) -> None:
    call("backup", "b.backup")
    file = Path("b.backup")
    file.write_bytes(file.read_bytes()[:-40])
    home.rename(home.with_name("lost"))
    for arguments in (("backup", "b.backup", "--verify"), ("restore", "b.backup")):
        refused = call(*arguments)
        assert refused.exit_code == 1
        assert "The backup is damaged" in refused.output
    streamed = call("restore", "-", content=file.read_bytes())
    assert "The backup is damaged" in streamed.output
    assert not (home / "store.db").exists()


def test_backup_of_a_newer_version_is_refused(home: Path) -> None:
    call("backup", "old.backup")
    with closing(sqlite3.connect(home / "store.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    refused = call("backup", "b.backup")
    assert refused.exit_code == 1
    assert not Path("b.backup").exists()


def test_backup_without_a_store_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAILBUILDER_HOME", str(tmp_path / "nowhere"))
    refused = call("backup", str(tmp_path / "b.backup"))
    assert refused.exit_code == 1
    assert "There is no store to back up" in refused.output
    assert not (tmp_path / "b.backup").exists()


def test_backup_of_another_kind_of_store_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("backup", "b.backup")
    monkeypatch.setenv("STORE_URI", "mongodb://127.0.0.1:1/x")
    refused = call("restore", "b.backup")
    assert refused.exit_code == 1
    assert "a backup of a SQLite store" in refused.output


def test_keys_of_the_environment_are_named_and_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody but a person can change them."""
    monkeypatch.setenv("TRACKING_KEYS", "k1:old")
    call("backup", "b.backup")
    home.rename(home.with_name("lost"))
    monkeypatch.setenv("TRACKING_KEYS", "k2:new")
    done = call("restore", "b.backup", "--json")
    assert json.loads(done.output)["keys_to_set"] == ["TRACKING_KEYS"]
    assert call("restore", "b.backup", "--show-keys").output == "TRACKING_KEYS=k1:old\n"


HELD = {
    "state": "held",
    "is_held": True,
    "backup_at": "2027-03-01T03:00:00Z",
    "restored_at": "2027-03-01T09:00:00Z",
    "choice": None,
    "leads_skipped": 0,
}
LEAD = {
    "lead_id": "lead_c_1_1803891600",
    "campaign_id": "c",
    "campaign_name": "Welcome",
    "email": "ann@example.com",
    "status": "paused",
    "reason": "wait",
    "node_id": "w",
    "due_at": "2027-03-01T08:00:00Z",
    "emails": [{"node_id": "b", "subject": "Hello [2]"}],
    "choice": "send",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """The requests; a release takes two looks."""
    seen: list[tuple[str, object]] = []
    states = iter(["releasing", "over"])

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/restoration")
        seen.append((f"{request.method} {path}", json.loads(request.content or b"null")))
        if path == "/leads":
            return httpx.Response(200, json={"leads": [LEAD], "next_cursor": "abc"})
        if path == "/choices":
            return httpx.Response(204)
        if path == "/release":
            return httpx.Response(202, json={**HELD, "state": "releasing", "choice": "skip"})
        if len(seen) > 1:
            over = {"state": next(states), "choice": "skip", "leads_skipped": 2}
            return httpx.Response(200, json={**HELD, **over})
        return httpx.Response(200, json=HELD)

    client = Client("http://api.test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(held_commands, "connect", lambda url: client)
    monkeypatch.setattr(held_commands, "POLL_SECONDS", 0)
    monkeypatch.setattr(console(), "width", 200)
    return seen


def test_held_store_is_shown(asked: list[tuple[str, object]]) -> None:
    assert "The store is held: nothing is sent." in call("held", "show").output
    assert asked == [("GET ", None)]


def test_leads_in_doubt_are_listed(asked: list[tuple[str, object]]) -> None:
    """Brackets are not markup."""
    shown = call("held", "list").output
    for text in ("ann@example.com", "Hello [2]", "send", "--cursor abc"):
        assert text in shown
    assert json.loads(call("held", "list", "--json").output)["leads"] == [LEAD]


def test_choice_for_leads(asked: list[tuple[str, object]]) -> None:
    assert call("held", "choose", "skip", "a", "b").output == "Chosen for 2 leads.\n"
    call("held", "choose", "none", "a")
    assert asked == [
        ("POST /choices", {"lead_ids": ["a", "b"], "choice": "skip"}),
        ("POST /choices", {"lead_ids": ["a"], "choice": None}),
    ]


def test_release_waits_until_the_leads_are_through(asked: list[tuple[str, object]]) -> None:
    done = call("held", "release", "skip", "--yes")
    assert done.exit_code == 0
    assert "2 leads have messages that count as sent" in done.output
    assert asked[0] == ("POST /release", {"choice": "skip"})
