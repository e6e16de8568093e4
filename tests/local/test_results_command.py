"""`emailbuilder campaign results` prints a table, JSON or CSV."""

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import results as commands
from local.cli.main import app
from local.client import Client


def rate(count: int, of: int) -> dict[str, object]:
    return {
        "count": count,
        "of": of,
        "rate": count / of if of else None,
        "low": 0.1,
        "high": 0.6,
    }


def rates(count: int, of: int) -> dict[str, object]:
    return {it: rate(count, of) for it in ("opened", "clicked", "unsubscribed")}


NUMBERS = {"sent": 9, "bounced": 1, "complained": 0, "failed": 2}
VERDICT = {"better": "b", "runner_up": "a", "low": 0.021, "high": 0.084}
FOUND = {
    "emails": [
        {
            "name": "Hello [Ann]",
            "is_in_flow": True,
            **NUMBERS,
            "rates": rates(2, 8),
            "links": [{"link": "https://x.example", "leads": 2}],
        },
        {"name": "Old", "is_in_flow": False, **NUMBERS, "rates": rates(0, 0), "links": []},
    ],
    "splits": [
        {
            "name": "half",
            "branches": [
                {"port": it, "name": it, "sent": 8, "rates": rates(2, 8)} for it in ("a", "b")
            ],
            "verdicts": {"opened": VERDICT, "clicked": None, "unsubscribed": None},
        }
    ],
}


def run(monkeypatch: pytest.MonkeyPatch, *options: str) -> Result:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(".csv"):
            return httpx.Response(200, text="kind,id\r\nemail,mail\r\n")
        return httpx.Response(200, json=FOUND)

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner().invoke(app, ["campaign", "results", "c", *options])


def test_table_has_e_mails_links_and_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    """With rates, and – where there is nothing to divide by."""
    text = " ".join(run(monkeypatch).output.split())
    assert "Hello [Ann] 9 1 0 2 (25.0%) 2 (25.0%) 2 (25.0%) 2" in text
    assert "https://x.example 2" in text
    assert "Old (no longer in the flow) 9 1 0 – – – 2" in text
    assert "a 8 2 (25.0%) 10.0%–60.0%" in text
    assert "opened: b is better than a by 2.1 to 8.4 percentage points" in text
    assert "clicked: not yet decided" in text


def test_json_and_csv_are_printed_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not both at once."""
    assert run(monkeypatch, "--json").output.startswith('{\n  "emails"')
    assert run(monkeypatch, "--csv").stdout == "kind,id\nemail,mail\n"
    both = run(monkeypatch, "--json", "--csv")
    assert both.exit_code == 1
    assert "Choose --json or --csv" in both.output
