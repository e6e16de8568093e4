"""A second import: what it says of known contacts, and what it changes on request."""

from typing import Any

import httpx
import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience import import_contacts
from functions.service.audience.records import Contact
from functions.service.schedule.run_jobs import run_jobs
from harness.fakes.scenes import email, flow, over_api, wait
from harness.fakes.world import FakeWorld

CSV = {"content-type": "text/csv"}
CONTACTS = "/api/v1/campaigns/x/contacts"
FIRST = "email,first_name,plan\nann@example.com,Anna-Lenna,free\nbob@example.com,Bob,free\n"
CORRECTED = (
    "email,first_name,plan,city\n"
    "ann@example.com,Ann,pro,Berlin\n"
    "bob@example.com,Bob,free,\n"
    "carl@example.com,Carl,pro,Ulm\n"
    "nobody,No,pro,Ulm\n"
    "ANN@example.com,Ann again,pro,Kiel\n"
)
UPDATE = {"known": "update"}


async def draft(client: httpx.AsyncClient) -> None:
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})


async def begun(client: httpx.AsyncClient, content: str, **query: str) -> str:
    answer = await client.post(CONTACTS, content=content.encode(), headers=CSV, params=query)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


async def report_of(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    job = (await client.get(f"/api/v1/jobs/{job_id}")).json()
    assert job["state"] == "done"
    report: dict[str, Any] = job["report"]
    return report


async def imported(
    client: httpx.AsyncClient, world: FakeWorld, content: str, **query: str
) -> dict[str, Any]:
    job_id = await begun(client, content, **query)
    await world.settle()
    return await report_of(client, job_id)


async def previewed(client: httpx.AsyncClient, content: str, **query: str) -> dict[str, Any]:
    answer = await client.post(
        f"{CONTACTS}/preview", content=content.encode(), headers=CSV, params=query
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def contacts(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """Attributes by address."""
    page = (await client.get(CONTACTS)).json()
    return {it["email"]: it["attributes"] for it in page["contacts"]}


def counts(report: dict[str, Any]) -> dict[str, Any]:
    return {key: report[key] for key in import_contacts.ROW_COUNTS}


@over_api
async def test_corrected_file_updates_on_request(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The preview says what the run does; an empty cell takes nothing away."""
    await draft(client)
    await imported(client, world, FIRST)
    seen = await previewed(client, CORRECTED, **UPDATE)
    assert seen["counts"] == {
        "good": 1,
        "duplicate": 1,
        "existing": 2,
        "changed": 1,
        "same": 1,
        "entered": 0,
        "invalid": 1,
    }
    assert seen["changes"] == [
        {
            "line": 2,
            "email": "ann@example.com",
            "has_entered": False,
            "values": [
                {"name": "first_name", "before": "Anna-Lenna", "after": "Ann"},
                {"name": "plan", "before": "free", "after": "pro"},
                {"name": "city", "before": None, "after": "Berlin"},
            ],
        }
    ]
    assert [(it["line"], it["code"]) for it in seen["problems"]] == [
        (5, "address_invalid"),
        (6, "duplicate"),
    ]
    assert seen["policy"]["known"] == "update"
    before = (await client.get(CONTACTS)).json()["contacts"]
    report = await imported(client, world, CORRECTED, **UPDATE)
    assert counts(report) == {"accepted": 1, "changed": 1, "same": 1, "duplicate": 1, "rejected": 1}
    assert report["policy"]["known"] == "update"
    assert await contacts(client) == {
        "ann@example.com": {"first_name": "Ann", "plan": "pro", "city": "Berlin"},
        "bob@example.com": {"first_name": "Bob", "plan": "free"},
        "carl@example.com": {"first_name": "Carl", "plan": "pro", "city": "Ulm"},
    }
    after = (await client.get(CONTACTS)).json()["contacts"]
    assert [(it["seq"], it["revision"]) for it in after] == [(1, 2), (2, 1), (3, 1)]
    assert after[1] == before[1]


@over_api
async def test_known_contacts_stay_as_they_are_unless_asked(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Rows that would change one are listed with what differs, to read and to download; rows that
    say nothing new are only counted."""
    await draft(client)
    await imported(client, world, FIRST)
    before = await contacts(client)
    message = "ann@example.com is already a contact, with other values: first_name, plan, city."
    seen = await previewed(client, CORRECTED)
    assert seen["problems"][0]["message"] == message
    assert seen["counts"]["changed"] == 1
    job_id = await begun(client, CORRECTED)
    await world.settle()
    report = await report_of(client, job_id)
    assert counts(report) == {"accepted": 1, "changed": 1, "same": 1, "duplicate": 1, "rejected": 1}
    assert [(it["line"], it["code"]) for it in report["problems"]] == [
        (2, "existing"),
        (5, "address_invalid"),
        (6, "duplicate"),
    ]
    assert report["problems"][0]["message"] == message
    rejected = (await client.get(f"/api/v1/jobs/{job_id}/rejected.csv")).text
    assert [line[0] for line in rejected.splitlines()[1:]] == ["2", "5", "6"]
    carl = {"first_name": "Carl", "plan": "pro", "city": "Ulm"}
    assert await contacts(client) == {**before, "carl@example.com": carl}


@over_api
async def test_same_file_again_says_that_nothing_is_new(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Values that are rewritten when they are read are compared as they are stored."""
    await draft(client)
    odd = (
        'E-Mail;"First name";Total;Due;Note\n'
        'ann@example.com;  Ann ;1.234,5;31.12.2027;"a;b""c"\n'
        "bob@example.com;'=1+1;0,5;01.02.2027;\n"
    )
    first = await imported(client, world, odd)
    assert first["accepted"] == 2
    again = await imported(client, world, odd, **UPDATE)
    assert counts(again) == {"accepted": 0, "changed": 0, "same": 2, "duplicate": 0, "rejected": 0}
    page = (await client.get(CONTACTS)).json()["contacts"]
    assert [it["revision"] for it in page] == [1, 1]


@over_api
async def test_list_updates_too(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Values keep their types, and a type is a difference."""
    await draft(client)
    for rows in ([{"email": "ann@example.com", "n": "7"}], [{"email": "ann@example.com", "n": 7}]):
        answer = await client.post(CONTACTS, json=rows, params=UPDATE)
        await world.settle()
    assert counts(await report_of(client, answer.json()["job_id"]))["changed"] == 1
    assert await contacts(client) == {"ann@example.com": {"n": 7}}


@pytest.mark.parametrize("known", ["", "replace"])
@over_api
async def test_other_policies_are_refused(
    client: httpx.AsyncClient, world: FakeWorld, known: str
) -> None:
    """With the field's name and what would be right."""
    await draft(client)
    answer = await client.post(CONTACTS, content=b"", headers=CSV, params={"known": known})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "known"
    assert "keep" in error["message"]
    assert "update" in error["message"]


@over_api
async def test_leads_go_on_with_the_values_they_entered_with(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The preview says so before; those who enter later have the new ones."""
    drawn = flow([wait("w", 60), email("mail", subject="Hi {{ contact.first_name }}")], "w>mail")
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X", **drawn})
    await imported(client, world, FIRST)
    assert (await previewed(client, CORRECTED, **UPDATE))["notes"] == []
    await client.post("/campaigns/x/launch")
    await world.settle()
    seen = await previewed(client, CORRECTED, **UPDATE)
    assert (seen["counts"]["entered"], seen["changes"][0]["has_entered"]) == (1, True)
    (note,) = seen["notes"]
    assert (note["code"], note["line"], note["count"]) == ("entered", 2, 1)
    assert "go on with the values with which they entered" in note["message"]
    assert (await previewed(client, CORRECTED))["notes"] == []
    await imported(client, world, CORRECTED, **UPDATE)
    await world.pass_time(120, step_seconds=30)
    assert sorted(it.subject for it in world.transport.sent) == [
        "Hi Anna-Lenna",
        "Hi Bob",
        "Hi Carl",
    ]
    assert (await contacts(client))["ann@example.com"]["first_name"] == "Ann"


@over_api
async def test_suppressed_address_stays_suppressed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Whatever an import updates."""
    await draft(client)
    await imported(client, world, FIRST)
    body = {"email": "ann@example.com", "source": "by phone"}
    await client.post("/api/v1/suppressions", json=body)
    before = (await client.get("/api/v1/suppressions")).json()
    assert (await imported(client, world, CORRECTED, **UPDATE))["changed"] == 1
    assert (await client.get("/api/v1/suppressions")).json() == before
    assert (await client.get(CONTACTS)).json()["contacts"][0]["suppressed"] == "by_hand"


@over_api
async def test_page_that_is_repeated_counts_its_own_changes(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its worker died after the contacts were written, before the job was saved."""
    await draft(client)
    await imported(client, world, FIRST)
    job_id = await begun(client, CORRECTED, **UPDATE)
    save = world.store.jobs.save
    world.store.jobs.save = _never  # type: ignore[method-assign]
    await run_jobs(world.made)
    world.store.jobs.save = save  # type: ignore[method-assign]
    assert (await contacts(client))["ann@example.com"]["plan"] == "pro"
    world.clock.advance(120)
    await world.settle()
    assert counts(await report_of(client, job_id)) == {
        "accepted": 1,
        "changed": 1,
        "same": 1,
        "duplicate": 1,
        "rejected": 1,
    }
    page = (await client.get(CONTACTS)).json()["contacts"]
    assert [it["revision"] for it in page] == [2, 1, 1]


async def _never(job: object) -> bool:
    return False


@over_api
async def test_person_who_changes_a_contact_meanwhile_is_not_overwritten_unseen(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The import compares again: it changes its own columns, and what the person added stays."""
    await draft(client)
    await imported(client, world, FIRST)
    job_id = await begun(client, CORRECTED, **UPDATE)
    change = world.store.contacts.change

    async def late(changed: list[Contact]) -> int:
        world.store.contacts.change = change  # type: ignore[method-assign]
        body = {"revision": 1, "attributes": {"phone": "123"}}
        answer = await client.patch(f"{CONTACTS}/1", json=body)
        assert answer.status_code == 200, answer.text
        return await change(changed)

    world.store.contacts.change = late  # type: ignore[assignment, method-assign]
    await world.settle()
    assert counts(await report_of(client, job_id))["changed"] == 1
    assert (await contacts(client))["ann@example.com"] == {
        "first_name": "Ann",
        "plan": "pro",
        "city": "Berlin",
        "phone": "123",
    }


@over_api
async def test_worker_that_was_suspended_does_not_undo_a_later_import(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It read its page, lost its job, and goes on after the next import is done."""
    await draft(client)
    await imported(client, world, FIRST)
    first = await begun(client, "email,plan\nann@example.com,old\n", **UPDATE)
    second = await begun(client, "email,plan\nann@example.com,new\n", **UPDATE)
    existing = world.store.contacts.existing

    async def suspended(*asked: Any) -> list[Contact]:
        world.store.contacts.existing = existing  # type: ignore[method-assign]
        world.clock.advance(120)
        for _ in range(4):
            await run_jobs(world.made)
        assert await contacts_of(world) == ["new", "free"]
        return await existing(*asked)

    world.store.contacts.existing = suspended  # type: ignore[assignment, method-assign]
    await run_jobs(world.made)
    await world.settle()
    assert counts(await report_of(client, first))["changed"] == 1
    assert counts(await report_of(client, second))["changed"] == 1
    assert await contacts_of(world) == ["new", "free"]


async def contacts_of(world: FakeWorld) -> list[object]:
    found = await world.store.contacts.page(DEFAULT_WORKSPACE, "x", after_seq=0, limit=9)
    return [it.attributes["plan"] for it in found]


@over_api
async def test_address_that_comes_again_in_a_later_page_is_a_duplicate(
    client: httpx.AsyncClient, world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first row of a file counts, wherever its pages end."""
    monkeypatch.setattr(import_contacts, "PAGE_ROWS", 2)
    await draft(client)
    rows = ["email,n", "a@example.com,1", "b@example.com,2", "c@example.com,3", "A@example.com,4"]
    report = await imported(client, world, "\n".join(rows), **UPDATE)
    assert counts(report) == {"accepted": 3, "changed": 0, "same": 0, "duplicate": 1, "rejected": 0}
    assert report["problems"][0]["message"] == "A@example.com is also in row 2."
    assert (await contacts(client))["a@example.com"] == {"n": "1"}
    assert "a@example.com" in await contacts(client)


@over_api
async def test_update_that_is_too_large_is_rejected_alone(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The contact stays as it is; the other rows are imported."""
    await draft(client)
    await imported(client, world, f"email,a\nann@example.com,{'x' * 10_000}\n")
    second = f"email,b\nann@example.com,{'y' * 10_000}\nbob@example.com,z\n"
    seen = await previewed(client, second, **UPDATE)
    assert [seen["counts"][it] for it in ("good", "changed", "invalid")] == [1, 0, 1]
    assert (seen["problems"][0]["code"], seen["changes"]) == ("attributes_too_large", [])
    kept = await previewed(client, second)
    assert (kept["counts"]["changed"], kept["problems"][0]["code"]) == (1, "existing")
    report = await imported(client, world, second, **UPDATE)
    assert counts(report) == {"accepted": 1, "changed": 0, "same": 0, "duplicate": 0, "rejected": 1}
    assert report["problems"][0]["code"] == "attributes_too_large"
    assert list((await contacts(client))["ann@example.com"]) == ["a"]
