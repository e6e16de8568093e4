"""What is found before a launch, over HTTP, and how it is accepted."""

from typing import Any

import httpx
import pytest

from functions.service.campaigns import check_before_launch
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld

PEOPLE = [
    {"email": "ann@example.com", "company": "Acme"},
    {"email": "bob@example.com", "company": ""},
    {"email": "cy@example.com"},
]
BODY = "<p>Hello</p>\n<p>{{ contact.company }}, {{ first_name }}</p>"


def campaign(body: str = BODY) -> dict[str, Any]:
    nodes: list[dict[str, object]] = [email("mail", "Hi", body), {"id": "end", "type": "end"}]
    return {"campaign_id": "x", "name": "X", **flow(nodes, "mail>end")}


async def filled(client: httpx.AsyncClient, world: FakeWorld, body: str = BODY) -> None:
    await client.post("/campaigns", json=campaign(body))
    await client.post("/campaigns/x/contacts", json=PEOPLE)
    await world.settle()


@over_api
async def test_validating_a_campaign_looks_at_its_contacts(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Each finding with its place, down to the line."""
    await filled(client, world)
    report = (await client.post("/campaigns/x/validate")).json()
    assert report["valid"] is True
    places = [(it["code"], it["node_id"], it["field"], it["line"]) for it in report["findings"]]
    assert places == [
        ("unknown_tag", "mail", "configuration.body", 2),
        ("hole", "mail", "configuration.body", 2),
    ]
    assert report["findings"][1]["message"].startswith("2 of 3 contacts have no company")


@over_api
async def test_texts_are_proofread(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Subject and body, with the line; so saving a draft shows it at once."""
    drawn = campaign('<p>Dear [[name]]</p>\n<p><a href="/cart">Cart</a></p>')
    drawn["nodes"][1]["configuration"]["subject"] = "Hi *|FNAME|*"
    found = (await client.post("/campaigns", json=drawn)).json()["findings"]
    assert [(it["code"], it["field"], it["line"]) for it in found] == [
        ("foreign_placeholder", "configuration.subject", 1),
        ("foreign_placeholder", "configuration.body", 1),
        ("dead_link", "configuration.body", 2),
    ]
    assert all(it["severity"] == "warning" for it in found)


@over_api
async def test_validating_a_document_looks_at_its_texts(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Without contacts there are no counts."""
    document = {key: it for key, it in campaign().items() if key in ("nodes", "connections")}
    report = (await client.post("/api/v1/validate", json=document)).json()
    assert [it["code"] for it in report["findings"]] == ["unknown_tag"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 202),
        ({}, 202),
        ({"accepts": []}, 409),
        ({"accepts": ["hole"]}, 409),
        ({"accepts": ["hole", "unknown_tag", "past_date"]}, 202),
    ],
)
@over_api
async def test_launch_names_the_warnings_that_it_accepts(
    client: httpx.AsyncClient, world: FakeWorld, body: dict[str, Any] | None, status: int
) -> None:
    """With any other warning nothing is sent. A request that names none accepts all."""
    await filled(client, world)
    answer = await client.post("/campaigns/x/launch", json=body)
    assert answer.status_code == status
    await world.settle()
    assert len(world.transport.sent) == (3 if status == 202 else 0)
    if status == 409:
        problem = answer.json()
        assert problem["code"] == "not_accepted"
        assert {it["code"] for it in problem["errors"]} == {"hole", "unknown_tag"} - set(
            body["accepts"] if body else ()
        )
        draft = (await client.get("/campaigns/x")).json()
        assert (draft["status"], draft["version"]) == ("draft", 0)


@over_api
async def test_launch_without_warnings_needs_nothing_accepted(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """An empty list, as the interface sends it."""
    await filled(client, world, "<p>Hello {{ contact.company | default: 'there' }}</p>")
    answer = await client.post("/campaigns/x/launch", json={"accepts": []})
    assert answer.status_code == 202


@over_api
async def test_counts_are_of_the_first_contacts_if_there_are_too_many(
    client: httpx.AsyncClient, world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding says so; pages are read until the bound."""
    monkeypatch.setattr(check_before_launch, "PAGE_CONTACTS", 1)
    monkeypatch.setattr(check_before_launch, "CONTACTS_MAX", 2)
    await filled(client, world, "{{ contact.company }}")
    (found,) = (await client.post("/campaigns/x/validate")).json()["findings"]
    assert found["message"].startswith("1 of the first 2 contacts has no company")
