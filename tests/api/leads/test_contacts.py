"""One contact: read, changed, deleted; what that means for its lead is said before."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Contact
from functions.service.schedule.run_jobs import run_jobs
from harness.fakes.scenes import email, flow, over_api, wait
from harness.fakes.world import FakeWorld

CONTACTS = "/api/v1/campaigns/x/contacts"
ANN = {"email": "ann@example.com", "first_name": "Anna-Lenna", "plan": "free"}
BOB = {"email": "bob@example.com", "first_name": "Bob"}
ACCEPTED = {"accepts": "under_way"}

DRAWN = flow([wait("w", 60), email("mail", subject="Hi {{ contact.first_name }}")], "w>mail")


async def audience(
    client: httpx.AsyncClient, world: FakeWorld, *contacts: dict[str, str], launch: bool = False
) -> None:
    body = {"campaign_id": "x", "name": "X", **DRAWN}
    given = list(contacts or (ANN, BOB))
    await client.post("/campaigns", json={**body, "contacts": given, "launch": launch})
    await world.settle()


async def read(client: httpx.AsyncClient, seq: int = 1) -> dict[str, Any]:
    answer = await client.get(f"{CONTACTS}/{seq}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change(client: httpx.AsyncClient, seq: int = 1, **body: object) -> httpx.Response:
    return await client.patch(f"{CONTACTS}/{seq}", json={"revision": 1, **body})


async def delete(client: httpx.AsyncClient, seq: int = 1, **query: str) -> httpx.Response:
    return await client.delete(f"{CONTACTS}/{seq}", params={"revision": "1", **query})


async def addresses(client: httpx.AsyncClient) -> dict[int, str]:
    page = (await client.get(CONTACTS)).json()
    found = {it["seq"]: it["email"] for it in page["contacts"]}
    assert page["total"] == len(found)
    return found


@over_api
async def test_contact_is_changed_before_it_enters(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Attributes are given, replaced and removed; others stay; the next mail has them."""
    await audience(client, world)
    assert await read(client) == {
        "seq": 1,
        "email": "ann@example.com",
        "attributes": {"first_name": "Anna-Lenna", "plan": "free"},
        "suppressed": None,
        "revision": 1,
        "lead": None,
        "change_means": None,
        "deletion_means": None,
    }
    given = {"First Name": "Ann", "city": "Bonn", "plan": None}
    answer = await change(client, attributes=given, email="ann@EXAMPLE.org")
    assert answer.status_code == 200, answer.text
    assert answer.json()["attributes"] == {"first_name": "Ann", "city": "Bonn"}
    assert (answer.json()["email"], answer.json()["revision"]) == ("ann@example.org", 2)
    assert await read(client) == answer.json()
    await client.post("/campaigns/x/launch")
    await world.pass_time(120, step_seconds=30)
    assert [it.subject for it in world.transport.to("ann@example.org")] == ["Hi Ann"]


@over_api
async def test_change_of_nothing_writes_nothing(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """So it may be repeated, and needs no acceptance."""
    await audience(client, world, launch=True)
    same = await change(client, attributes={"plan": "free", "gone": None}, email=ANN["email"])
    assert (same.status_code, same.json()["revision"]) == (200, 1)


@over_api
async def test_stale_change_is_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Of two people, the second reloads; so does one who deletes."""
    await audience(client, world)
    assert (await change(client, attributes={"plan": "pro"})).status_code == 200
    for answer in (await change(client, attributes={"plan": "x"}), await delete(client)):
        assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert (await read(client))["attributes"]["plan"] == "pro"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"email": "nobody"}, "email", None),
        ({"attributes": {"email": "x"}}, "attributes", "attribute_name"),
        ({"attributes": {"a.b": "x"}}, "attributes", "attribute_name"),
        ({"attributes": {"a": "x" * 20_000}}, "attributes", "attributes_too_large"),
        ({"attributes": {"a": [1]}}, None, None),
        ({"name": "x"}, "name", None),
        ({"revision": 0}, "revision", None),
    ],
)
@over_api
async def test_what_cannot_be_stored_is_refused(
    client: httpx.AsyncClient,
    world: FakeWorld,
    body: dict[str, object],
    field: str | None,
    code: str | None,
) -> None:
    """Naming the field; the contact stays as it is."""
    await audience(client, world)
    answer = await change(client, 1, **body)
    assert answer.status_code == 422, answer.text
    fields = [it["field"] for it in answer.json()["errors"]]
    assert field is None or fields == [field]
    assert code is None or answer.json()["code"] == code
    assert (await read(client))["revision"] == 1


@over_api
async def test_address_belongs_to_one_contact(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """However it is spelled."""
    await audience(client, world)
    answer = await change(client, email="BOB@example.com")
    assert (answer.status_code, answer.json()["code"]) == (409, "address_taken")
    assert answer.json()["errors"][0]["field"] == "email"
    assert (await change(client, email="ANN@example.com")).json()["email"] == "ANN@example.com"


@over_api
async def test_change_of_a_contact_under_way_is_accepted_first(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its mail has the values with which it entered, as the answer said before."""
    await audience(client, world, launch=True)
    found = await read(client)
    assert found["lead"] == {
        "lead_id": found["lead"]["lead_id"],
        "status": "paused",
        "reason": "wait",
        "is_under_way": True,
    }
    refused = await change(client, attributes={"first_name": "Ann"})
    assert (refused.status_code, refused.json()["code"]) == (409, "under_way")
    assert refused.json()["detail"].startswith(found["change_means"])
    assert "go on with the values with which it entered" in found["change_means"]
    assert (await read(client))["revision"] == 1
    answer = await change(client, attributes={"first_name": "Ann"}, accepts=["under_way"])
    assert answer.status_code == 200
    assert answer.json()["attributes"]["first_name"] == "Ann"
    await world.pass_time(120, step_seconds=30)
    assert [it.subject for it in world.transport.to(ANN["email"])] == ["Hi Anna-Lenna"]
    after = await read(client)
    assert (after["lead"]["is_under_way"], after["change_means"]) == (False, None)
    over = await change(client, attributes={"plan": "pro"}, revision=2)
    assert over.status_code == 200


@over_api
async def test_lead_keeps_its_address(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """So the contact does, too; only its spelling may change."""
    await audience(client, world, launch=True)
    other = await change(client, email="ann@example.org", accepts=["under_way"])
    assert (other.status_code, other.json()["code"]) == (409, "has_entered")
    assert "import the other address" in other.json()["detail"]


@over_api
async def test_contact_is_deleted_before_it_enters(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It gets no mail; its number is not given again; its address may come back."""
    await audience(client, world)
    body = {"email": BOB["email"], "source": "by phone"}
    await client.post("/api/v1/suppressions", json=body)
    assert (await delete(client, 2)).status_code == 204
    for answer in (await delete(client, 2), await client.get(f"{CONTACTS}/2")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await addresses(client) == {1: "ann@example.com"}
    assert len((await client.get("/api/v1/suppressions")).json()["suppressions"]) == 1
    await client.post(CONTACTS, json=[{"email": "carl@example.com"}])
    await world.settle()
    assert await addresses(client) == {1: "ann@example.com", 3: "carl@example.com"}
    await client.post("/campaigns/x/launch")
    await world.pass_time(120, step_seconds=30)
    assert {it.rcpt_to for it in world.transport.sent} == {"ann@example.com", "carl@example.com"}
    leads = (await client.get("/campaigns/x/leads")).json()["leads"]
    assert [it["seq"] for it in leads] == [1, 3]


@over_api
async def test_campaign_whose_contacts_are_all_deleted_has_nobody(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It is not launched."""
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X", **DRAWN})
    await client.post(CONTACTS, json=[ANN])
    await world.settle()
    world.clock.advance(1)
    await delete(client)
    assert (await client.get(CONTACTS)).json() == {
        "contacts": [],
        "total": 0,
        "next_after_seq": None,
    }
    launched = await client.post("/campaigns/x/launch")
    assert (launched.status_code, launched.json()["code"]) == (409, "no_contacts")


@over_api
async def test_deletion_of_a_contact_under_way_is_accepted_first(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Then its lead ends, and its history stays."""
    await audience(client, world, launch=True)
    found = await read(client)
    refused = await delete(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "under_way")
    assert refused.json()["detail"].startswith(found["deletion_means"])
    assert await addresses(client) == {1: "ann@example.com", 2: "bob@example.com"}
    assert (await delete(client, 1, **ACCEPTED)).status_code == 204
    await world.pass_time(120, step_seconds=30)
    assert {it.rcpt_to for it in world.transport.sent} == {"bob@example.com"}
    lead = (await client.get(f"/campaigns/x/leads/{found['lead']['lead_id']}")).json()
    assert (lead["status"], lead["reason"]) == ("completed", "removed")
    assert any("the contact was deleted" in it["words"] for it in lead["timeline"])


@over_api
async def test_contact_whose_lead_has_ended_is_deleted_at_once(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """An address that comes again enters again, as another contact."""
    await audience(client, world, launch=True)
    await world.pass_time(70, step_seconds=70)
    assert (await read(client))["lead"]["status"] == "completed"
    assert (await delete(client)).status_code == 204
    assert await addresses(client) == {2: "bob@example.com"}


@over_api
async def test_deleted_last_contact_does_not_hide_the_next(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Whoever is imported after it gets a lead of their own."""
    await audience(client, world, launch=True)
    assert (await delete(client, 2, **ACCEPTED)).status_code == 204
    await client.post(CONTACTS, json=[{"email": "carl@example.com"}, BOB])
    await world.settle()
    assert await addresses(client) == {
        1: "ann@example.com",
        3: "carl@example.com",
        4: "bob@example.com",
    }
    await world.pass_time(120, step_seconds=30)
    assert sorted(it.rcpt_to for it in world.transport.sent) == [
        "ann@example.com",
        "bob@example.com",
        "carl@example.com",
    ]


@pytest.mark.parametrize("verb", ["change", "delete"])
@over_api
async def test_nothing_is_changed_while_contacts_enter(
    client: httpx.AsyncClient, world: FakeWorld, verb: str
) -> None:
    """From the launch until the lead is there, nobody knows which values it has."""
    await audience(client, world)
    await client.post("/campaigns/x/launch")
    answer = (
        await change(client, attributes={"plan": "pro"})
        if verb == "change"
        else await delete(client)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "entering")
    await world.settle()
    assert (await read(client))["revision"] == 1


@pytest.mark.parametrize("is_late", [False, True], ids=["during it", "after it"])
@pytest.mark.parametrize("verb", ["change", "delete"])
@over_api
async def test_what_meets_an_enrolment_is_taken_back(
    client: httpx.AsyncClient, world: FakeWorld, verb: str, is_late: bool
) -> None:
    """Contacts are enrolled between our look and our write."""
    await audience(client, world)
    contacts = world.store.contacts
    write = getattr(contacts, verb)

    async def late(given: Contact | Sequence[Contact]) -> object:
        setattr(contacts, verb, write)
        await client.post("/campaigns/x/launch")
        while is_late and await run_jobs(world.made):
            pass
        return await write(given)

    setattr(contacts, verb, late)
    answer = (
        await change(client, email="ann@example.org") if verb == "change" else await delete(client)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "entering")
    await world.settle()
    assert (await read(client))["email"] == "ann@example.com"
    (ann, _) = (await client.get("/campaigns/x/leads")).json()["leads"]
    assert ann["email"] == "ann@example.com"
    assert len(await contacts.page(DEFAULT_WORKSPACE, "x", after_seq=0, limit=9)) == 2


@over_api
async def test_contacts_are_found_by_address(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """By its beginning, in any case; without a cursor."""
    await audience(client, world, ANN, BOB, {"email": "anna@example.com"})
    found = (await client.get(CONTACTS, params={"email": "ANN"})).json()
    assert [it["email"] for it in found["contacts"]] == ["ann@example.com", "anna@example.com"]
    few = (await client.get(CONTACTS, params={"email": "a", "limit": "1"})).json()
    assert (len(few["contacts"]), few["next_after_seq"]) == (1, None)
    clash = await client.get(CONTACTS, params={"email": "a", "after_seq": "1"})
    assert (clash.status_code, clash.json()["code"]) == (422, "filters_clash")
