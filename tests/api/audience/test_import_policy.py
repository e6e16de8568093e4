"""A file that leaves questions open: the preview proposes, a person decides, the run applies it."""

from typing import Any

import httpx
import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld

CONTACTS = "/api/v1/campaigns/x/contacts"
CSV = {"content-type": "text/csv"}
DOUBTFUL = (
    "Kunde;Contact;Chef;Miasto;Due\n"
    "Jan;jan@example.com;boss@example.com;Toruń;03/04/2027\n"
    "Ola;ola@example.com;boss2@example.com;Gdynia;05/04/2027\n"
).encode("cp1250")
ANSWERS = {
    "encoding": "windows-1250",
    "header_line": "1",
    "address_column": "2",
    "date_order": "due:dmy",
    "column_name": "4:city",
}


async def draft(client: httpx.AsyncClient) -> None:
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})


async def imported(
    client: httpx.AsyncClient, world: FakeWorld, content: bytes, **query: Any
) -> dict[str, Any]:
    answer = await client.post(CONTACTS, content=content, headers=CSV, params=query)
    assert answer.status_code == 202, answer.text
    await world.settle()
    report: dict[str, Any] = (await client.get(f"/api/v1/jobs/{answer.json()['job_id']}")).json()
    return report["report"]  # type: ignore[no-any-return]


async def contacts(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(CONTACTS)).json()["contacts"]
    return found


@over_api
async def test_questions_are_refused_at_once_and_shown_by_the_preview(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The same questions in both; the preview shows the file as it proposes."""
    await draft(client)
    refused = await client.post(CONTACTS, content=DOUBTFUL, headers=CSV)
    assert (refused.status_code, refused.json()["code"]) == (422, "choice_needed")
    fields = [it["field"] for it in refused.json()["errors"]]
    assert fields == ["encoding", "header_line", "address_column", "date_order.due"]
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert await world.store.jobs.page(DEFAULT_WORKSPACE, "x", 10) == []

    shown = (await client.post(f"{CONTACTS}/preview", content=DOUBTFUL, headers=CSV)).json()
    asked = [f"{it['field']}.{it['column']}" if it["column"] else it["field"]
             for it in shown["questions"]]  # fmt: skip
    assert asked == fields
    assert shown["policy"]["date_orders"] == {"due": "dmy"}
    assert shown["rows"][0]["attributes"]["due"] == "2027-04-03"
    assert "Toruń" in [it["label"] for it in shown["encodings"]]


@over_api
async def test_answers_are_applied_and_kept_with_the_job(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    await draft(client)
    preview = await client.post(
        f"{CONTACTS}/preview", content=DOUBTFUL, headers=CSV, params=ANSWERS
    )
    assert preview.json()["questions"] == []
    assert preview.json()["columns"][3] | {"samples": []} == {
        "name": "city", "header": "Miasto", "number": 4, "type": "text", "samples": [],
        "filled": 2, "unreadable": 0, "unreadable_line": None,
    }  # fmt: skip
    report = await imported(client, world, DOUBTFUL, **ANSWERS)
    assert report["accepted"] == 2
    assert report["policy"]["encoding"] == "cp1250"
    assert report["policy"]["date_orders"] == {"due": "dmy"}
    first = (await contacts(client))[0]
    assert first["email"] == "jan@example.com"
    assert first["attributes"] == {
        "kunde": "Jan",
        "chef": "boss@example.com",
        "city": "Toruń",
        "due": "2027-04-03",
    }


@over_api
async def test_a_file_without_questions_needs_no_answers(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """What was done to it is in the report."""
    await draft(client)
    content = (
        '"sep=;"\nMade on 3 May\nName;E-Mail;Tel.;Due;\n'
        "Noor;\u202anoor@example.com\u202c;1;30/11/2027;\nSam;sam@example.com;2;04/03/2027;\n"
        "Kim;kim@example.com;3;soon;\nTotal: 3;;;;\n"
    )
    report = await imported(client, world, content.encode())
    assert (report["accepted"], report["rejected"]) == (3, 0)
    assert [(it["code"], it["line"], it["count"]) for it in report["notes"]] == [
        ("title", 2, 1),
        ("marks_removed", 4, 1),
        ("footer", 7, 1),
        ("dates_unreadable", 6, 1),
    ]
    found = [it["attributes"] for it in await contacts(client)]
    assert found[0] == {"name": "Noor", "tel": "1", "due": "2027-11-30"}
    assert [it["due"] for it in found] == ["2027-11-30", "2027-03-04", "soon"]


@over_api
async def test_the_charset_of_the_content_type_is_obeyed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Unless a parameter says otherwise."""
    await draft(client)
    content = "email;miasto\njan@example.com;Toruń\n".encode("iso-8859-2")
    headers = {"content-type": "text/csv; charset=ISO-8859-2"}
    shown = await client.post(f"{CONTACTS}/preview", content=content, headers=headers)
    assert shown.json()["rows"][0]["attributes"] == {"miasto": "Toruń"}
    assert (shown.json()["encoding"], shown.json()["questions"]) == ("iso8859-2", [])
    other = await client.post(
        f"{CONTACTS}/preview", content=content, headers=headers, params={"encoding": "cp1252"}
    )
    assert other.json()["rows"][0]["attributes"] == {"miasto": "Toruñ"}
    unknown = await client.post(
        CONTACTS, content=content, headers={"content-type": "text/csv; charset=klingon"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "encoding_unknown")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"encoding": "rot13"}, "encoding"),
        ({"delimiter": "x"}, "delimiter"),
        ({"header_line": "-1"}, "header_line"),
        ({"address_column": "0"}, "address_column"),
        ({"column_name": "name"}, "column_name"),
        ({"column_name": "x:name"}, "column_name"),
        ({"column_name": "1:a.b"}, "column_name.1"),
        ({"column_type": "name:address"}, "column_type"),
        ({"date_order": "ymd"}, "date_order"),
        ({"date_order": "due:never"}, "date_order"),
    ],
)
@over_api
async def test_an_answer_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, query: dict[str, str], field: str
) -> None:
    """With the name of the parameter."""
    await draft(client)
    for path in (CONTACTS, f"{CONTACTS}/preview"):
        answer = await client.post(path, content=b"name,email\n", headers=CSV, params=query)
        assert answer.status_code == 422, answer.text
        assert field in [it["field"] for it in answer.json()["errors"]]


@over_api
async def test_a_list_is_written_by_programs_and_never_asked_about(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A date in doubt stays as it is; one that is not is stored as in a file."""
    await draft(client)
    rows = [
        {"email": "jan@example.com", "due": "03/04/2027", "since": "30/11/2027"},
        {"email": "ola@example.com", "due": "05/04/2027", "since": "01/02/2027"},
    ]
    answer = await client.post(CONTACTS, json=rows)
    await world.settle()
    assert answer.status_code == 202
    assert [it["attributes"] for it in await contacts(client)] == [
        {"due": "03/04/2027", "since": "2027-11-30"},
        {"due": "05/04/2027", "since": "2027-02-01"},
    ]


@over_api
async def test_a_file_in_a_new_campaign_is_asked_about_before_anything_is_stored(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    content = "email,due\njan@example.com,03/04/2027\n"
    body = {"campaign_id": "y", "name": "Y", "contact_file": {"content": content}}
    answer = await client.post("/campaigns", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "choice_needed")
    assert (await client.get("/campaigns/y")).status_code == 404


@over_api
async def test_one_bad_cell_does_not_change_the_type_of_its_column(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It is counted, with its line."""
    await draft(client)
    content = "email,score\n" + "".join(
        f"n{i}@example.com,{'n/a' if i == 3 else i}\n" for i in range(6)
    )
    shown = (await client.post(f"{CONTACTS}/preview", content=content, headers=CSV)).json()
    score = shown["columns"][1]
    assert (score["type"], score["unreadable"], score["unreadable_line"]) == ("number", 1, 5)


@over_api
async def test_a_list_of_people_not_to_write_to_loses_no_address(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Several in a cell are rejected, and two columns of them are asked about."""
    several = b'email,name\n"noor@example.com, sam@example.com",N\nkim@example.com,K\n'
    answer = await client.post("/api/v1/suppressions/import", content=several, headers=CSV)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["added"], report["rejected"]) == (1, 1)
    two = b"Payer,Receiver\na@example.com,b@example.com\n"
    answer = await client.post("/api/v1/suppressions/import", content=two, headers=CSV)
    assert answer.json()["errors"][0]["field"] == "address_column"
    answer = await client.post(
        "/api/v1/suppressions/import", content=two, headers=CSV, params={"address_column": 2}
    )
    assert answer.json()["added"] == 1
