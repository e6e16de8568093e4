"""`emailbuilder contact …`: its requests to the API, and what it says before a change."""

import json
from collections.abc import Callable

import httpx
import pytest
from click.testing import CliRunner, Result

from local.cli import contact as commands
from local.cli.main import app
from local.client import Client

MEANS = "It is on its [way]."
LISTED = {"seq": 7, "email": "Ann@example.com", "attributes": {"plan": "[free]"}, "revision": 3}
UNDER_WAY = {
    **LISTED,
    "lead": {"lead_id": "l", "status": "paused", "reason": "wait", "is_under_way": True},
    "change_means": MEANS,
    "deletion_means": MEANS,
}
WAITING = {**LISTED, "lead": None, "change_means": None, "deletion_means": None}

Call = Callable[..., Result]


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def contact() -> dict[str, object]:
    return dict(UNDER_WAY)


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, asked: list[httpx.Request], contact: dict[str, object]
) -> Call:
    """Runs a command, as on a terminal, against an API with one contact."""

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.url.path.endswith("/contacts"):
            return httpx.Response(200, json={"contacts": [LISTED], "next_after_seq": 7})
        return httpx.Response(200, json=contact)

    client = Client("http://test", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(commands, "connect", lambda url: client)
    monkeypatch.setattr(commands, "is_terminal", lambda: True)

    def run(*given: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, ["contact", *given], input=typed)

    return run


def test_list_pages_or_searches(call: Call, asked: list[httpx.Request]) -> None:
    """By number, or by the beginning of the address."""
    result = call("list", "c", "--after", "3")
    assert "Ann@example.com" in result.output
    assert "plan: [free]" in result.output
    assert "There are more: --after 7" in result.output
    assert dict(asked[0].url.params) == {"limit": "50", "after_seq": "3"}
    call("list", "c", "--email", "ann")
    assert dict(asked[1].url.params) == {"limit": "50", "email": "ann"}


def test_show_finds_the_contact_by_its_address(call: Call) -> None:
    """Spelled in any case; another one that only begins so is none."""
    result = call("show", "c", "ann@EXAMPLE.com")
    assert "no. 7, paused (wait)" in result.output
    result = call("show", "c", "ann@example.co")
    assert (result.exit_code, "is not a contact of c" in result.output) == (1, True)


def test_change_says_what_it_means_and_asks(call: Call, asked: list[httpx.Request]) -> None:
    """Only what was typed is sent, with the revision that was read."""
    given = ("change", "c", "ann@example.com", "--set", "plan=a=b", "--remove", "city")
    result = call(*given, typed="n\n")
    assert MEANS in result.output
    assert [it.method for it in asked] == ["GET", "GET"]
    result = call(*given, typed="y\n")
    assert result.exit_code == 0, result.output
    assert (asked[-1].method, asked[-1].url.path) == ("PATCH", "/api/v1/campaigns/c/contacts/7")
    assert json.loads(asked[-1].content) == {
        "revision": 3,
        "email": None,
        "attributes": {"city": None, "plan": "a=b"},
        "accepts": ["under_way"],
    }


def test_change_before_the_launch_asks_nothing(
    call: Call, asked: list[httpx.Request], contact: dict[str, object]
) -> None:
    """Nor does one that was accepted."""
    contact.update(WAITING)
    result = call("change", "c", "ann@example.com", "--email", "ann@example.org")
    assert result.exit_code == 0, result.output
    assert json.loads(asked[-1].content)["email"] == "ann@example.org"
    assert json.loads(asked[-1].content)["accepts"] == []
    result = call("change", "c", "ann@example.com", "--set", "plan")
    assert "write the attribute, = and the value" in result.output


def test_delete_says_what_it_means_and_asks(call: Call, asked: list[httpx.Request]) -> None:
    """Unless that was accepted."""
    result = call("delete", "c", "ann@example.com", typed="n\n")
    assert MEANS in result.output
    assert all(it.method == "GET" for it in asked)
    result = call("delete", "c", "ann@example.com", "--accept", "under_way")
    assert "was deleted" in result.output
    assert asked[-1].method == "DELETE"
    assert asked[-1].url.params.multi_items() == [("revision", "3"), ("accepts", "under_way")]
