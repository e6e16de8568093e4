"""`emailbuilder campaign import`: options are the policy, and a preview shows what is asked."""

import json
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import campaign as commands
from local.cli.main import app
from local.client import PREVIEW_BYTES_MAX, Client

REPORT = {
    "accepted": 1,
    "changed": 2,
    "same": 3,
    "duplicate": 0,
    "rejected": 0,
    "problems": [],
    "notes": [{"code": "title", "line": 1, "count": 2, "message": "Titles were left out."}],
}
JOB = {"job_id": "j", "state": "done", "done": 1, "total": 1, "report": REPORT}
PREVIEW = {
    "counts": {"good": 1, "duplicate": 0, "existing": 5, "changed": 2, "same": 3, "invalid": 0},
    "policy": {"known": "update", "sheet": None},
    "changes": [
        {"line": 7, "email": "noor@example.com",
         "values": [{"name": "plan", "before": None, "after": "[pro]"}]},
    ],
    "is_part": True,
    "encoding": "cp1250",
    "delimiter": ";",
    "columns": [
        {"name": "due", "type": "date", "samples": ["03/04/2027"], "filled": 3, "number": 2,
         "header": "Due [x]", "unreadable": 1, "unreadable_line": 4},
    ],
    "notes": [],
    "problems": [],
    "questions": [
        {"field": "date_order", "column": "due", "message": "Say which.",
         "choices": [{"value": "dmy", "label": "3 April"}, {"value": "mdy", "label": "4 March"}]},
    ],
}  # fmt: skip


def run(
    monkeypatch: pytest.MonkeyPatch, file: Path, *options: str
) -> tuple[Result, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return httpx.Response(200, json=PREVIEW if "preview" in request.url.path else JOB)

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    return CliRunner().invoke(app, ["campaign", "import", "c", str(file), *options]), asked


def test_options_become_the_parameters_of_the_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And nothing is sent that was not said."""
    file = tmp_path / "people.csv"
    file.write_text("email\nnoor@example.com\n")
    result, asked = run(
        monkeypatch, file, "--encoding", "cp1250", "--header-line", "0",
        "--date-order", "due:dmy", "--date-order", "since:mdy",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert dict(asked[0].url.params.multi_items()) == {
        "encoding": "cp1250", "header_line": "0", "date_order": "since:mdy",
    }  # fmt: skip
    assert asked[0].url.params.get_list("date_order") == ["due:dmy", "since:mdy"]
    assert "line 1: Titles were left out. (2 in all)" in result.output
    _, asked = run(monkeypatch, file)
    assert str(asked[0].url.query, "ascii") == ""


def test_a_workbook_is_sent_whole_and_as_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it is called; its sheet is an option, and is named in the preview."""
    file = tmp_path / "people.csv"
    file.write_bytes(b"PK\x03\x04" + b"x" * PREVIEW_BYTES_MAX)
    result, asked = run(monkeypatch, file, "--sheet", "Old people")
    assert result.exit_code == 0, result.output
    assert dict(asked[0].url.params) == {"sheet": "Old people"}
    assert asked[0].headers["content-type"] == "application/octet-stream"
    monkeypatch.setitem(PREVIEW, "policy", {"known": "keep", "sheet": "Old [x]"})
    result, asked = run(monkeypatch, file, "--preview")
    assert asked[0].url.params["part"] == "false"
    assert asked[0].content == file.read_bytes()
    assert asked[0].headers["content-type"] == "application/octet-stream"
    assert "Sheet Old [x]." in " ".join(result.output.split())
    file.write_bytes(b"email\n")
    _, asked = run(monkeypatch, file)
    assert asked[0].headers["content-type"] == "text/csv"


def test_update_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the result says what it did; without it, that known contacts stayed as they are."""
    file = tmp_path / "people.csv"
    file.write_text("email\nnoor@example.com\n")
    result, asked = run(monkeypatch, file, "--update")
    assert dict(asked[0].url.params) == {"known": "update"}
    assert "1 new, 2 updated, 3 known and the same." in result.output
    result, _ = run(monkeypatch, file)
    assert "2 known with other values, left as they are, 3 known" in " ".join(result.output.split())


def test_preview_sends_the_beginning_and_shows_what_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the option that answers it."""
    file = tmp_path / "people.csv"
    file.write_bytes(b"x" * (PREVIEW_BYTES_MAX + 1))
    result, asked = run(monkeypatch, file, "--preview")
    assert result.exit_code == 0, result.output
    assert len(asked) == 1
    assert asked[0].url.params["part"] == "true"
    assert len(asked[0].content) == PREVIEW_BYTES_MAX
    assert "Due [x]" in result.output
    assert "date (1 not, line 4)" in result.output
    assert "--date-order due:dmy" in result.output
    assert "1 new, 2 known with other values, 3 known and the same" in result.output
    assert "plan: – → [pro]" in result.output
    result, _ = run(monkeypatch, file, "--preview", "--json")
    assert json.loads(result.output) == PREVIEW
