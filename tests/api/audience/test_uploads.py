"""Contact files over HTTP: streamed, bounded, reported row by row, never imported in part."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Scope

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.api.http.request_limits import RequestLimits
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.jobs.records import UploadPage
from harness.fakes.client import api_world
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld

CSV = {"content-type": "text/csv"}
CONTACTS = "/api/v1/campaigns/x/contacts"

Report = dict[str, object]


async def draft(client: httpx.AsyncClient) -> None:
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})


async def imported(client: httpx.AsyncClient, world: FakeWorld, answer: httpx.Response) -> Report:
    """The report of a finished import."""
    assert answer.status_code == 202, answer.text
    await world.settle()
    job = (await client.get(f"/api/v1/jobs/{answer.json()['job_id']}")).json()
    assert job["state"] == "done"
    report: Report = job["report"]
    return report


async def nothing_came(world: FakeWorld) -> None:
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert await world.store.contacts.last_seq(DEFAULT_WORKSPACE, "x") == 0
    assert await world.store.jobs.page(DEFAULT_WORKSPACE, "x", 10) == []


PLAIN = "email,name\nann@example.com,Ann\nbob@example.com,Bob\n"

SPELLINGS = {
    "plain": PLAIN.encode(),
    "utf-16": PLAIN.encode("utf-16"),
    "utf-16 without mark": PLAIN.encode("utf-16-le"),
    "mark": PLAIN.encode("utf-8-sig"),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "windows line ends": PLAIN.replace("\n", "\r\n").encode(),
    "no header": PLAIN.partition("\n")[2].encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "quotes": b'email,name\nann@example.com,"Ann, ""the"" first\nand last"\nbob@example.com,"Bob"',
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@over_api
async def test_csv_is_read_however_it_is_spelled(
    client: httpx.AsyncClient, world: FakeWorld, spelling: str
) -> None:
    """Encodings, delimiters, quotes and line breaks inside, with or without a header."""
    await draft(client)
    answer = await client.post(CONTACTS, content=SPELLINGS[spelling], headers=CSV)
    report = await imported(client, world, answer)
    assert (report["accepted"], report["rejected"], report["duplicate"]) == (2, 0, 0)
    contacts = await world.store.contacts.page(DEFAULT_WORKSPACE, "x", after_seq=0, limit=10)
    assert [it.email for it in contacts] == ["ann@example.com", "bob@example.com"]


@over_api
async def test_bad_rows_are_reported_with_their_lines(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Duplicate, invalid, far too long: each row separately, with a file of them to correct."""
    await draft(client)
    rows = [
        "email,note",
        "ann@example.com,first",
        "ANN@example.com,again",
        "nobody,x",
        f"big@example.com,{'x' * 1_000_000}",
        "=cmd|' /C calc'!A0,formula",
        "bob@example.com,last",
    ]
    answer = await client.post(CONTACTS, content="\n".join(rows).encode(), headers=CSV)
    report = await imported(client, world, answer)
    assert (report["accepted"], report["duplicate"], report["rejected"]) == (2, 1, 3)
    problems = report["problems"]
    assert isinstance(problems, list)
    assert [(it["line"], it["code"]) for it in problems] == [
        (3, "duplicate"),
        (4, "address_invalid"),
        (5, "field_too_long"),
        (6, "address_invalid"),
    ]
    rejected = await client.get(f"/api/v1/jobs/{answer.json()['job_id']}/rejected.csv")
    assert rejected.headers["content-type"].startswith("text/csv")
    assert "attachment" in rejected.headers["content-disposition"]
    header, *lines = csv.reader(io.StringIO(rejected.text))
    assert header == ["line", "code", "words", "row"]
    assert [line[0] for line in lines] == ["3", "4", "5", "6"]
    assert lines[1][3] == "nobody,x"
    assert lines[3][3].startswith("'=cmd|"), "a spreadsheet must not take it for a formula"


@over_api
async def test_second_import_knows_the_first(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Importing the same file again adds no contact."""
    await draft(client)
    await imported(client, world, await client.post(CONTACTS, content=PLAIN.encode(), headers=CSV))
    again = await client.post(CONTACTS, content=PLAIN.encode(), headers=CSV)
    report = await imported(client, world, again)
    assert (report["accepted"], report["same"]) == (0, 2)


@over_api
async def test_form_with_a_file_is_streamed(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A browser's form, other fields around the file, in pieces of any size."""
    await draft(client)
    fields = {"note": "for spring", "after": "the file"}
    files = {"file": ("contacts.csv", PLAIN.encode(), "text/csv")}
    whole = client.build_request("POST", CONTACTS, data=fields, files=files)
    body = await whole.aread()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    headers = {"content-type": whole.headers["content-type"]}
    answer = await client.post(CONTACTS, content=pieces(), headers=headers)
    report = await imported(client, world, answer)
    assert (report["accepted"], report["rejected"]) == (2, 0)


FORMS: dict[str, tuple[bytes, str]] = {
    "no file": (
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
        "no_file",
    ),
    "broken off": (
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\nann@example.com\n',
        "broken_form",
    ),
    "no form": (b"email\nann@example.com\n", "broken_form"),
    "two files": (
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\r\n--b--\r\n',
        "two_files",
    ),
    "empty": (b"", "broken_form"),
    "many parts": (b"--b\r\n\r\n\r\n" * 101, "too_many_parts"),
}


@pytest.mark.parametrize("form", FORMS)
@over_api
async def test_invalid_form_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, form: str
) -> None:
    """A broken form is an error even if it contained a complete file before it broke."""
    await draft(client)
    body, code = FORMS[form]
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = await client.post(CONTACTS, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == code
    await nothing_came(world)
    headers = {"content-type": "multipart/form-data"}
    answer = await client.post(CONTACTS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "broken_form")


@over_api
async def test_file_may_hold_almost_a_boundary(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """It arrives whole, in one piece for each chunk of the body."""
    await draft(client)
    notes = b"".join(b'"\r\n--\r\n--bx\r\n%d"' % number for number in range(50))
    file = b"email,note\nann@example.com," + notes.replace(b'""', b"") + b"\n"
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + file + b"\r\n--b--"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    report = await imported(
        client, world, await client.post(CONTACTS, content=body, headers=headers)
    )
    assert (report["accepted"], report["rejected"]) == (1, 0)
    (ann,) = await world.store.contacts.page(DEFAULT_WORKSPACE, "x", after_seq=0, limit=10)
    assert str(ann.attributes["note"]).count("--bx") == 50


@over_api
async def test_json_list_keeps_types(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """As a bare list or under `contacts`; anything else is refused."""
    await draft(client)
    contacts = [{"email": "ann@example.com", "age": 41, "member": True}]
    report = await imported(client, world, await client.post(CONTACTS, json=contacts))
    assert report["accepted"] == 1
    (ann,) = await world.store.contacts.page(DEFAULT_WORKSPACE, "x", after_seq=0, limit=10)
    assert ann.attributes == {"age": 41, "member": True}
    await imported(client, world, await client.post(CONTACTS, json={"contacts": contacts}))
    refused = await client.post(CONTACTS, json={"email": "ann@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_list")
    refused = await client.post(CONTACTS, json=[{"email": "a@example.com", "$gt": 1}])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "[0].$gt")


UNREADABLE = {
    "empty": (b"", "file_empty"),
    "blank": (b"\n\n  \n", "file_empty"),
    "no address": (b"name,city\nAnn,Oslo\n", "email_column_missing"),
    "no text": (bytes(range(256)) * 40, "choice_needed"),
}


@pytest.mark.parametrize("name", UNREADABLE)
@over_api
async def test_file_that_cannot_be_read_is_refused_whole(
    client: httpx.AsyncClient, world: FakeWorld, name: str
) -> None:
    """422 with the place in the file; no row of it is kept."""
    await draft(client)
    body, code = UNREADABLE[name]
    answer = await client.post(CONTACTS, content=body, headers=CSV)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"]
    await nothing_came(world)


@over_api
async def test_other_types_are_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A spreadsheet is not CSV; the answer says which types are accepted."""
    await draft(client)
    for kind in ("application/zip", "image/png", ""):
        answer = await client.post(CONTACTS, content=b"PK", headers={"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "not_contacts")
        assert "text/csv" in answer.json()["detail"]
    await nothing_came(world)


class Endless:
    """An endless list of contacts; records how much of it was read."""

    def __init__(self) -> None:
        self.sent_bytes = 0

    async def __call__(self) -> AsyncIterator[bytes]:
        yield b"email\n"
        number = 0
        while True:
            rows = "".join(f"p{number + i}@example.com\n" for i in range(3000)).encode()
            number += 3000
            self.sent_bytes += len(rows)
            yield rows


@over_api
async def test_2_gb_upload_is_refused_at_its_header(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A body with a declared length over the default limit is not read at all."""
    await draft(client)
    sender = Endless()
    headers = {**CSV, "content-length": str(2 * 1024**3)}
    answer = await client.post(CONTACTS, content=sender(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert "1024 MB" in answer.json()["detail"]
    assert sender.sent_bytes == 0
    await nothing_came(world)


@pytest.mark.parametrize("declared", ["", "12", "-1", "many"])
def test_upload_is_bounded_whatever_its_header_says(declared: str) -> None:
    """The bytes are counted as they arrive; the pages stored by then are discarded."""

    async def test() -> None:
        async with api_world(RequestLimits(upload_bytes_max=400_000)) as (client, world):
            await draft(client)
            sender = Endless()
            headers = {**CSV, **({"content-length": declared} if declared else {})}
            answer = await client.post(CONTACTS, content=sender(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
            assert 400_000 < sender.sent_bytes < 600_000
            await nothing_came(world)

    asyncio.run(test())


@over_api
async def test_upload_that_breaks_off_leaves_nothing(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The sender disconnects after several pages: they are discarded, and nobody is imported."""
    await draft(client)
    rows = b"email\n" + b"".join(b"p%d@example.com\n" % number for number in range(12_000))
    messages: list[Message] = [
        {"type": "http.request", "body": rows, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []
    pages: list[int] = []
    add = world.store.uploads.add

    async def counted(page: UploadPage) -> None:
        pages.append(page.number)
        await add(page)

    world.store.uploads.add = counted  # type: ignore[method-assign]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": CONTACTS,
        "query_string": b"",
        "headers": [(b"content-type", b"text/csv")],
    }
    await create_app(world, lambda: NO_TOKENS)(scope, receive, send)
    assert len(pages) > 1
    assert answered[0]["status"] == 499
    await nothing_came(world)


@over_api
async def test_import_into_a_running_campaign_enrols(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """An import into an ended campaign is refused."""
    document = {**flow([email("a")]), "contacts": [{"email": "ann@example.com"}]}
    await client.post("/campaigns", json={"campaign_id": "x", **document})
    await client.post("/campaigns/x/launch")
    await world.dispatcher.pump(world.made)
    answer = await client.post(CONTACTS, content=b"email\nbob@example.com\n", headers=CSV)
    await imported(client, world, answer)
    assert sorted(it.rcpt_to for it in world.transport.sent) == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert (await client.get("/campaigns/x")).json()["status"] == "completed"
    refused = await client.post(CONTACTS, content=b"email\ncy@example.com\n", headers=CSV)
    assert (refused.status_code, refused.json()["code"]) == (409, "ended")
