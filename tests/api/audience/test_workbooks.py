"""Workbooks over HTTP: previewed, imported and suppressed like CSV, and refused with a reason."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from functions.adapters import workbooks as adapter
from functions.api.http.request_limits import RequestLimits
from functions.service.access.records import DEFAULT_WORKSPACE
from harness.fakes.client import api_world
from harness.fakes.scenes import over_api
from harness.fakes.workbooks import ERROR, archive, ods, xlsx
from harness.fakes.world import FakeWorld

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTACTS = "/api/v1/campaigns/x/contacts"
PEOPLE = {
    "C4": "Members of the club",
    "C5": "E-Mail",
    "D5": "Phone",
    "E5": "Renewal",
    "F5": "VIP",
    "G5": "Score",
    "C6": "ann@example.com",
    "D6": 4915112345678,
    "E6": date(2027, 3, 4),
    "F6": True,
    "G6": 2.5,
    "C8": "bob@example.com",
    "D8": "0049 30 1",
    "G8": ERROR,
    "C9": "nobody",
    "D9": 7,
    "C10": "ANN@example.com",
}
BOOK = xlsx({"Prices": [["plan", "price"], ["pro", 9]], "People": PEOPLE})
TWO = xlsx({"New": [["email"], ["ann@example.com"]], "Old": [["email"], ["cy@example.com"]]})


async def draft(client: httpx.AsyncClient) -> None:
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})


async def posted(
    client: httpx.AsyncClient, path: str, content: bytes, kind: str = XLSX, **query: Any
) -> httpx.Response:
    headers = {"content-type": kind}
    return await client.post(path, content=content, headers=headers, params=query)


async def imported(
    client: httpx.AsyncClient, world: FakeWorld, content: bytes, kind: str = XLSX, **query: Any
) -> dict[str, Any]:
    answer = await posted(client, CONTACTS, content, kind, **query)
    assert answer.status_code == 202, answer.text
    await world.settle()
    job: dict[str, Any] = (await client.get(f"/api/v1/jobs/{answer.json()['job_id']}")).json()
    assert job["state"] == "done"
    return job


def refused(answer: httpx.Response, status: int = 422) -> tuple[str, str]:
    assert answer.status_code == status, answer.text
    problem = answer.json()
    return problem["code"], problem["errors"][0]["field"]


async def nothing_came(world: FakeWorld) -> None:
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert await world.store.contacts.last_seq(DEFAULT_WORKSPACE, "x") == 0
    assert await world.store.jobs.page(DEFAULT_WORKSPACE, "x", 10) == []


@over_api
async def test_a_workbook_is_previewed_and_imported_like_csv(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Rows are numbered as in the sheet; numbers, dates and truths are text that reads as such."""
    await draft(client)
    preview = (await posted(client, f"{CONTACTS}/preview", BOOK)).json()
    assert preview["policy"] | {"column_types": {}} == {
        "sheet": "People",
        "encoding": None,
        "delimiter": None,
        "header_line": 5,
        "address_column": 3,
        "column_types": {},
        "date_orders": {},
        "known": "keep",
    }
    assert preview["sheets"] == [
        {"value": "Prices", "label": "plan, price"},
        {"value": "People", "label": "Members of the club"},
    ]
    assert preview["questions"] == preview["encodings"] == []
    assert (preview["encoding"], preview["delimiter"], preview["is_part"]) == (None, None, False)
    assert {it["name"]: it["type"] for it in preview["columns"]} == {
        "email": "address",
        "phone": "text",
        "renewal": "date",
        "vip": "boolean",
        "score": "number",
    }
    job = await imported(client, world, BOOK)
    report = job["report"]
    assert [report[it] for it in ("accepted", "duplicate", "rejected")] == [2, 1, 1]
    assert [(it["line"], it["code"]) for it in report["problems"]] == [
        (9, "address_invalid"),
        (10, "duplicate"),
    ]
    assert report["policy"]["sheet"] == "People"
    assert [it["code"] for it in report["notes"]] == ["other_sheets", "title"]
    page = (await client.get(CONTACTS)).json()["contacts"]
    assert [it["attributes"] for it in page] == [
        {"phone": "4915112345678", "renewal": "2027-03-04", "vip": "true", "score": "2.5"},
        {"phone": "0049 30 1", "renewal": "", "vip": "", "score": ""},
    ]
    rejected = await client.get(f"/api/v1/jobs/{job['job_id']}/rejected.csv")
    assert list(csv.reader(io.StringIO(rejected.text)))[1:] == [
        ["9", "address_invalid", report["problems"][0]["message"], ",,nobody,7,,,"],
        ["10", "duplicate", "ANN@example.com is also in row 6.", "ANN@example.com"],
    ]


@pytest.mark.parametrize(
    "kind", [XLSX, "text/csv", "application/octet-stream", "application/vnd.ms-excel"]
)
@over_api
async def test_the_content_decides_whatever_the_type_says(
    client: httpx.AsyncClient, world: FakeWorld, kind: str
) -> None:
    await draft(client)
    book = ods([["email"], ["ann@example.com"]])
    assert (await imported(client, world, book, kind))["report"]["accepted"] == 1
    text = b"email\nbob@example.com\n"
    assert (await imported(client, world, text, kind))["report"]["accepted"] == 1


@over_api
async def test_a_workbook_in_a_form_is_read(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """In pieces of any size, by whatever name."""
    await draft(client)
    files = {"file": ("contacts.csv", BOOK, "text/csv")}
    whole = client.build_request("POST", CONTACTS, files=files)
    body = await whole.aread()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 97):
            yield body[start : start + 97]

    headers = {"content-type": whole.headers["content-type"]}
    answer = await client.post(CONTACTS, content=pieces(), headers=headers)
    assert answer.status_code == 202, answer.text


@over_api
async def test_several_sheets_with_addresses_need_a_choice(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The preview proposes the first; the import is refused with the question until it is told."""
    await draft(client)
    preview = (await posted(client, f"{CONTACTS}/preview", TWO)).json()
    (question,) = preview["questions"]
    assert (question["field"], question["proposed"]) == ("sheet", "New")
    assert [it["email"] for it in preview["rows"]] == ["ann@example.com"]
    answer = await posted(client, CONTACTS, TWO)
    assert refused(answer) == ("choice_needed", "sheet")
    assert answer.json()["errors"][0]["code"] == "sheet_doubtful"
    await nothing_came(world)
    assert refused(await posted(client, CONTACTS, TWO, sheet="None")) == ("sheet_unknown", "sheet")
    chosen = (await posted(client, f"{CONTACTS}/preview", TWO, sheet="Old")).json()
    assert (chosen["policy"]["sheet"], chosen["questions"]) == ("Old", [])
    report = (await imported(client, world, TWO, sheet="Old"))["report"]
    assert (report["accepted"], report["policy"]["sheet"]) == (1, "Old")


@over_api
async def test_a_second_import_says_what_is_new_changed_and_the_same(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A workbook after the CSV file of the same rows changes nothing."""
    await draft(client)
    text = b"email,age,member\nann@example.com,7,true\nbob@example.com,8,false\n"
    await imported(client, world, text, "text/csv")
    rows: list[list[object]] = [["email", "age", "member"], ["ann@example.com", 7, True]]
    same = xlsx({"A": [*rows, ["bob@example.com", 8, False]]})
    report = (await imported(client, world, same))["report"]
    assert (report["same"], report["accepted"], report["changed"]) == (2, 0, 0)
    other = xlsx({"A": [*rows, ["bob@example.com", 9, False], ["cy@example.com", 1, True]]})
    report = (await imported(client, world, other, known="update"))["report"]
    assert (report["same"], report["accepted"], report["changed"]) == (1, 1, 1)


@over_api
async def test_dates_in_doubt_are_asked_only_where_they_are_text(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    await draft(client)
    rows: list[list[object]] = [["email", "due", "born"]]
    rows.append(["ann@example.com", "03/04/2027", date(1990, 3, 4)])
    preview = (await posted(client, f"{CONTACTS}/preview", xlsx({"A": rows}))).json()
    assert [(it["field"], it["column"]) for it in preview["questions"]] == [("date_order", "due")]


REFUSED = {
    "damaged": (BOOK[:900], {}, ("workbook_damaged", "file")),
    "archive": (archive({"readme.txt": "x"}), {}, ("file_is_archive", "file")),
    "no address": (xlsx({"A": [["a", "b"], [1, 2]]}), {}, ("email_column_missing", "header")),
    "empty": (xlsx({"A": []}), {}, ("file_empty", "file")),
    "encoding": (BOOK, {"encoding": "cp1252"}, ("not_in_workbooks", "encoding")),
    "delimiter": (BOOK, {"delimiter": "tab"}, ("not_in_workbooks", "delimiter")),
    "sheet of text": (b"email\nann@example.com\n", {"sheet": "A"}, ("sheet_unknown", "sheet")),
    "too many columns": (
        xlsx({"A": [["email", *(f"c{it}" for it in range(200))], ["ann@example.com"]]}),
        {},
        ("columns_too_many", "header"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@over_api
async def test_a_workbook_that_cannot_be_read_says_why_and_leaves_nothing(
    client: httpx.AsyncClient, world: FakeWorld, name: str
) -> None:
    await draft(client)
    content, query, reason = REFUSED[name]
    assert refused(await posted(client, CONTACTS, content, **query)) == reason
    assert refused(await posted(client, f"{CONTACTS}/preview", content, **query)) == reason
    await nothing_came(world)


@over_api
async def test_a_workbook_as_text_in_json_is_refused_with_advice(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    document = {"name": "X", "contact_file": {"content": "PK\x03\x04 and so on"}}
    answer = await client.post("/campaigns", json=document)
    assert answer.json()["code"] == "file_is_workbook", answer.text


@over_api
async def test_a_preview_takes_all_of_a_workbook_and_reads_its_beginning(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The first MB of text; a part of the file would be of no use."""
    await draft(client)
    rows = [["email", "note"], *([f"p{it}@example.com", "x" * 15_000] for it in range(90))]
    book = xlsx({"A": rows})
    preview = (await posted(client, f"{CONTACTS}/preview", book)).json()
    assert preview["is_part"] is True
    assert 60 < preview["counts"]["good"] < 90
    answer = await posted(client, f"{CONTACTS}/preview", book, part=True)
    assert refused(answer) == ("workbook_in_part", "part")
    assert (await imported(client, world, book))["report"]["accepted"] == 90


@pytest.mark.parametrize("path", [CONTACTS, f"{CONTACTS}/preview"])
def test_a_workbook_has_a_limit_of_its_own(path: str) -> None:
    """Declared or not; the answer says what to do instead."""

    async def test() -> None:
        async with api_world(RequestLimits(workbook_bytes_max=1_000)) as (client, world):
            await draft(client)

            async def pieces() -> AsyncIterator[bytes]:
                for start in range(0, len(BOOK), 500):
                    yield BOOK[start : start + 500]

            for content in (BOOK, pieces()):
                answer = await client.post(path, content=content, headers={"content-type": XLSX})
                assert (answer.status_code, answer.json()["code"]) == (413, "workbook_too_large")
                assert "save the sheet as CSV" in answer.json()["detail"]
            await nothing_came(world)

    asyncio.run(test())


@over_api
async def test_a_server_that_reads_many_workbooks_asks_to_come_back(
    client: httpx.AsyncClient, world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(client)
    monkeypatch.setattr(adapter, "OPEN_MAX", 0)
    answer = await posted(client, CONTACTS, BOOK)
    assert (answer.status_code, answer.json()["code"]) == (503, "workbooks_busy")
    assert answer.headers["retry-after"] == "10"
    await nothing_came(world)


@over_api
async def test_other_requests_are_answered_while_a_workbook_is_read(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A sheet of 15,000 cells takes a while; the event loop does not wait for it."""
    await draft(client)
    rows: list[list[object]] = [["email", "a", "b"]]
    rows += ([f"p{it}@example.com", it, it] for it in range(5_000))
    reading = asyncio.create_task(posted(client, f"{CONTACTS}/preview", xlsx({"A": rows})))
    answered = 0
    while not reading.done():
        assert (await client.get("/health/live")).status_code == 200
        answered += 1
        await asyncio.sleep(0)
    assert (await reading).status_code == 200
    assert answered > 3


@over_api
async def test_suppressions_are_imported_from_a_workbook(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    answer = await posted(client, "/api/v1/suppressions/import", BOOK, source="Old tool")
    assert answer.status_code == 200, answer.text
    report = json.loads(answer.text)
    assert (report["added"], report["known"], report["rejected"]) == (2, 1, 1)
    assert report["problems"][0]["line"] == 9


@over_api
async def test_no_sheet_is_suppressed_that_may_be_the_wrong_one(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It may be the one with the people who stay."""
    path = "/api/v1/suppressions/import"
    assert refused(await posted(client, path, TWO)) == ("choice_needed", "sheet")
    assert (await client.get("/api/v1/suppressions")).json()["suppressions"] == []
    assert (await posted(client, path, TWO, sheet="Old")).json()["added"] == 1
