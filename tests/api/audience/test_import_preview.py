"""The preview of an import: what it shows of a file, and that the import does the same."""

import json
from typing import Any

import httpx
import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld

PREVIEW = "/api/v1/campaigns/x/contacts/preview"
CSV = {"content-type": "text/csv"}
FILE = (
    "E-Mail;First name;Score;Renewal;VIP;Notes\n"
    "ann@example.com;Ann;7;2027-03-01;yes;\n"
    "bob@example.com;Bob;3,5;2027-04-01T09:00:00Z;no;\n"
    "ANN@example.com;Ann again;1;;yes;\n"
    "nobody;No;2;soon;yes;\n"
    "old@example.com;Old;12;;no;\n"
    "cy@example.com;7;0;2027-05-01;true;\n"
)


COUNTS = ("good", "duplicate", "existing", "changed", "same", "entered", "invalid")


def counts_of(**counts: int) -> dict[str, int]:
    return {**dict.fromkeys(COUNTS, 0), **counts}


async def previewed(client: httpx.AsyncClient, content: bytes, **query: str) -> dict[str, Any]:
    answer = await client.post(PREVIEW, content=content, headers=CSV, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def draft(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A draft with one existing contact."""
    contacts = [{"email": "old@example.com"}]
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X", "contacts": contacts})
    await world.settle()


async def nothing_came(world: FakeWorld) -> None:
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert await world.store.contacts.last_seq(DEFAULT_WORKSPACE, "x") == 1
    assert len(await world.store.jobs.page(DEFAULT_WORKSPACE, "x", 10)) == 1


@over_api
async def test_preview_shows_columns_rows_and_reasons(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Delimiter, types and samples; counts that add up to the rows; a reason per row left out."""
    await draft(client, world)
    found = await previewed(client, FILE.encode())
    assert (found["delimiter"], found["encoding"]) == (";", "utf-8")
    assert (found["has_header"], found["is_part"]) == (True, False)
    assert [(it["name"], it["type"], it["filled"]) for it in found["columns"]] == [
        ("email", "address", 4),
        ("first_name", "text", 4),
        ("score", "number", 4),
        ("renewal", "date", 3),
        ("vip", "boolean", 4),
        ("notes", "empty", 0),
    ]
    assert found["columns"][2]["samples"] == ["7", "3,5", "12", "0"]
    assert found["counts"] == counts_of(good=3, duplicate=1, existing=1, changed=1, invalid=1)
    assert [(it["line"], it["code"]) for it in found["problems"]] == [
        (4, "duplicate"),
        (5, "address_invalid"),
        (6, "existing"),
    ]
    assert [it["email"] for it in found["rows"]] == [
        "ann@example.com",
        "bob@example.com",
        "cy@example.com",
    ]
    assert found["rows"][0]["attributes"]["first_name"] == "Ann"
    await nothing_came(world)


@over_api
async def test_import_does_what_the_preview_said(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The same file, row by row."""
    await draft(client, world)
    counts = (await previewed(client, FILE.encode()))["counts"]
    answer = await client.post("/campaigns/x/contacts", content=FILE.encode(), headers=CSV)
    await world.settle()
    report = (await client.get(f"/api/v1/jobs/{answer.json()['job_id']}")).json()["report"]
    assert (report["accepted"], report["rejected"]) == (counts["good"], counts["invalid"])
    for key in ("changed", "same", "duplicate"):
        assert report[key] == counts[key]


@pytest.mark.parametrize("cut", range(1, 60, 7))
@over_api
async def test_half_a_row_at_the_end_of_a_part_is_no_row(
    client: httpx.AsyncClient, world: FakeWorld, cut: int
) -> None:
    """Wherever it is cut, even within quotes: complete rows count, the rest is left out."""
    await draft(client, world)
    rows = [f'p{number}@example.com,"line one\nline two {number}"\n' for number in range(100)]
    part = ("email,text\n" + "".join(rows)).encode()[:-cut]
    whole = 100 - -(-cut // len(rows[-1]))
    found = await previewed(client, part, part="true")
    assert found["counts"] == counts_of(good=whole)
    assert found["is_part"] is True
    alone = await previewed(client, part)
    assert alone["counts"]["good"] + alone["counts"]["invalid"] >= whole


@over_api
async def test_small_part_without_a_line_end_is_still_read(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It is the only row there is."""
    await draft(client, world)
    found = await previewed(client, b"ann@example.com,Ann", part="true")
    assert (found["has_header"], found["counts"]["good"]) == (False, 1)
    assert [it["name"] for it in found["columns"]] == ["email", "column_2"]


@over_api
async def test_list_and_form_are_previewed_too(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """The same content types as the import; values of a list keep their types."""
    await draft(client, world)
    rows = [{"email": "ann@example.com", "score": 7, "vip": True}, {"name": "nobody"}]
    found = (await client.post(PREVIEW, json=rows)).json()
    assert (found["delimiter"], found["encoding"], found["has_header"]) == (None, None, None)
    assert [(it["name"], it["type"]) for it in found["columns"]] == [
        ("email", "address"),
        ("score", "number"),
        ("vip", "boolean"),
    ]
    assert found["counts"]["invalid"] == 1
    form = await client.post(PREVIEW, files={"file": ("people.csv", FILE.encode())})
    assert form.json()["counts"]["good"] == 3


@over_api
async def test_shown_is_bounded_and_counted_is_all(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """20 rows, 5 samples, 100 problems, however many there are."""
    await draft(client, world)
    good = "".join(f"p{number}@example.com,{number}\n" for number in range(3000))
    bad = "".join(f"nobody{number},x\n" for number in range(300))
    found = await previewed(client, f"email,n\n{good}{bad}".encode())
    assert found["counts"] == counts_of(good=3000, invalid=300)
    assert (len(found["rows"]), len(found["problems"])) == (20, 100)
    assert len(found["columns"][1]["samples"]) == 5


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"email\n" + b"a@example.com\n" * 80_000, CSV, 413, "preview_too_large"),
        (b"x" * 10, {"content-type": "image/png"}, 415, "not_contacts"),
        (b"", CSV, 422, "file_empty"),
        (b"name\nAnn\n", CSV, 422, "email_column_missing"),
        (json.dumps({"a": 1}).encode(), {"content-type": "application/json"}, 422, "no_list"),
    ],
)
@over_api
async def test_file_that_cannot_be_previewed_is_refused(
    client: httpx.AsyncClient,
    world: FakeWorld,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """With the message of the import."""
    await draft(client, world)
    answer = await client.post(PREVIEW, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    await nothing_came(world)


@over_api
async def test_ended_campaign_previews_no_contacts(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The import would accept none."""
    await draft(client, world)
    await client.post("/campaigns/x/archive")
    answer = await client.post(PREVIEW, content=FILE.encode(), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (409, "ended")


@over_api
async def test_contacts_are_listed_before_a_launch(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """In pages by position, with their attributes; an empty campaign has none."""
    await draft(client, world)
    rows = [{"email": f"p{number}@example.com", "n": number} for number in range(3)]
    await client.post("/campaigns/x/contacts", json=rows)
    await world.settle()
    first = (await client.get("/campaigns/x/contacts", params={"limit": 2})).json()
    assert [it["seq"] for it in first["contacts"]] == [1, 2]
    assert (first["total"], first["next_after_seq"]) == (4, 2)
    rest = (await client.get("/campaigns/x/contacts", params={"after_seq": 2})).json()
    assert rest["contacts"][-1] == {
        "seq": 4,
        "email": "p2@example.com",
        "attributes": {"n": 2},
        "suppressed": None,
        "revision": 1,
    }
    assert rest["next_after_seq"] is None
    await client.post("/campaigns", json={"campaign_id": "empty", "name": "Empty"})
    empty = (await client.get("/campaigns/empty/contacts")).json()
    assert empty == {"contacts": [], "total": 0, "next_after_seq": None}
