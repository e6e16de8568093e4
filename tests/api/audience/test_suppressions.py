"""Suppressed addresses over HTTP: searched, added, imported, exported, removed with a reason."""

import csv
import io

import httpx
import pytest

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.api.http.context import workspace_of
from functions.mail.address import email_key
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.import_suppressions import BATCH_ROWS
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.audience.suppress import suppress
from harness.fakes.client import HOSTS, api_client
from harness.fakes.scenes import ANN, email, flow, in_world, launched, over_api
from harness.fakes.world import PUBLIC_URL, FakeWorld

LIST = "/api/v1/suppressions"
CSV = {"content-type": "text/csv"}


async def addresses(client: httpx.AsyncClient, **query: str) -> list[str]:
    page = (await client.get(LIST, params=query)).json()
    return [it["email"] for it in page["suppressions"]]


async def import_text(client: httpx.AsyncClient, text: str) -> dict[str, object]:
    answer = await client.post(f"{LIST}/import?source=old.csv", content=text.encode(), headers=CSV)
    assert answer.status_code == 200, answer.text
    report: dict[str, object] = answer.json()
    return report


@over_api
async def test_unsubscribed_elsewhere_is_not_written_to_here(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """An exported list of another tool, whatever its columns are called."""
    report = await import_text(
        client, "Email Address;Name;UNSUB_TIME\n ANN@Example.com ;Ann;2026-03-01 10:00:00\n"
    )
    assert (report["added"], report["known"], report["rejected"]) == (1, 0, 0)
    await launched(world, flow([email("a")]))
    assert world.transport.sent == []
    (lead,) = (await client.get("/campaigns/c/leads")).json()["leads"]
    assert (lead["status"], lead["reason"]) == ("completed", "suppressed")


@over_api
async def test_import_reports_each_row_and_repeats_without_effect(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The first suppression of an address stays, with its reason."""
    await suppress(world.made, "bob@example.com", SuppressionReason.COMPLAINT)
    text = "email\nann@example.com\nANN@example.com\nbob@example.com\nnobody\n"
    report = await import_text(client, text)
    assert (report["added"], report["known"], report["rejected"]) == (1, 2, 1)
    assert report["problems"] == [
        {
            "line": 5,
            "code": "address_invalid",
            "message": "The address has no @.",
            "raw": "nobody",
        }
    ]
    again = await import_text(client, text)
    assert (again["added"], again["known"], again["rejected"]) == (0, 3, 1)
    page = (await client.get(LIST)).json()["suppressions"]
    assert [(it["email"], it["reason"], it["source"]) for it in page] == [
        ("ann@example.com", "imported", "old.csv"),
        ("bob@example.com", "complaint", ""),
    ]


@over_api
async def test_import_of_many_rows_goes_in_batches(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A JSON list is as good as a file."""
    rows = [{"email": f"reader{it}@example.com", "plan": "pro"} for it in range(2_100)]
    answer = await client.post(f"{LIST}/import", json=rows)
    assert answer.json() == {"added": 2_100, "known": 0, "rejected": 0, "problems": []}
    assert len(await addresses(client, limit="500")) == 500


@over_api
async def test_what_was_read_of_a_broken_file_stays_suppressed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Writing to nobody is the safe side."""
    form = b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n'
    rows = "".join(f"reader{it}@example.com\n" for it in range(9_000)).encode()
    answer = await client.post(
        f"{LIST}/import",
        content=form + b"email\n" + rows,
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "broken_form")
    assert await addresses(client, search="reader1@") == ["reader1@example.com"]
    exported = (await client.get(f"{LIST}/export.csv")).text.splitlines()
    assert (len(exported) - 1) % BATCH_ROWS, "the last batch, which was not full, is missing"


@over_api
async def test_address_is_added_by_hand_once(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """However it is spelled; the answer is what is stored."""
    wanted = {"email": "Ann@Straße.de", "source": "asked by phone"}
    first = await client.post(LIST, json=wanted)
    assert first.status_code == 200, first.text
    stored = first.json()
    assert stored["email"] == "ann@xn--strae-oqa.de"
    assert (stored["reason"], stored["source"]) == ("by_hand", "asked by phone")
    world.clock.advance(60)
    second = await client.post(LIST, json={"email": "ann@straße.de"})
    assert second.json() == stored


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {"email": "nobody"}, "email"),
        ("", {"email": ANN, "source": "x" * 301}, "source"),
        ("", {"email": ANN, "source": "two\nlines"}, "source"),
        ("/remove", {"email": ANN}, "reason"),
        ("/remove", {"email": ANN, "reason": ""}, "reason"),
    ],
)
@over_api
async def test_bad_input_names_its_field(
    client: httpx.AsyncClient, world: FakeWorld, path: str, body: dict[str, str], field: str
) -> None:
    """Nothing is stored."""
    answer = await client.post(LIST + path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert await addresses(client) == []


@over_api
async def test_list_is_searched_and_paged(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """By the beginning of the address, in any case."""
    for it in ("bob", "ann", "anna", "carl"):
        await suppress(world.made, f"{it}@example.com", SuppressionReason.UNSUBSCRIBED, "c1")
    assert await addresses(client, search="ANN") == ["ann@example.com", "anna@example.com"]
    assert await addresses(client, search="zoe") == []
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await client.get(LIST, params={"after": after, "limit": 3})).json()
        seen += [it["email"] for it in page["suppressions"]]
        after = page["next_after"]
    assert seen == [f"{it}@example.com" for it in ("ann", "anna", "bob", "carl")]
    (carl,) = (await client.get(LIST, params={"search": "carl"})).json()["suppressions"]
    assert (carl["reason"], carl["campaign_id"]) == ("unsubscribed", "c1")


@over_api
async def test_removed_address_is_written_to_again(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The reason is kept and listed, latest first."""
    await suppress(world.made, ANN, SuppressionReason.UNSUBSCRIBED)
    await suppress(world.made, "bob@example.com", SuppressionReason.HARD_BOUNCE)
    for it in ("bob@example.com", ANN.upper()):
        world.clock.advance(1)
        wanted = {"email": it, "reason": f"{it} asked for it"}
        answer = await client.post(f"{LIST}/remove", json=wanted)
        assert answer.status_code == 200, answer.text
    again = await client.post(f"{LIST}/remove", json={"email": ANN, "reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    assert await addresses(client) == []
    first = (await client.get(f"{LIST}/removals", params={"limit": 1})).json()
    (latest,) = first["removals"]
    assert (latest["email"], latest["reason"]) == (ANN, f"{ANN.upper()} asked for it")
    assert latest["was"] == "unsubscribed"
    rest = await client.get(f"{LIST}/removals", params={"before": first["next_before"]})
    assert [it["email"] for it in rest.json()["removals"]] == ["bob@example.com"]
    assert rest.json()["next_before"] is None
    await launched(world, flow([email("a")]))
    assert len(world.transport.sent) == 1


@in_world
async def test_export_is_complete_and_can_be_imported(world: FakeWorld) -> None:
    """Over several pages; what a spreadsheet would take for a formula is text."""
    odd = ["=cmd|'!a0@example.com", "+1@example.com", "ann@straße.de"]
    everyone = [*odd, *(f"reader{it}@example.com" for it in range(2_500))]
    now = await world.store.now()
    await world.store.suppressions.add(
        [
            Suppression(
                workspace_id=DEFAULT_WORKSPACE,
                email_key=email_key(it),
                reason=SuppressionReason.HARD_BOUNCE,
                at=now,
                source="=SUM(A1)",
            )
            for it in everyone
        ]
    )
    async with api_client(world) as client:
        answer = await client.get(f"{LIST}/export.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == len(everyone)
        assert {it["source"] for it in rows} == {"'=SUM(A1)"}
        assert not [it for it in rows if it["email"].startswith(("=", "+", "-"))]
        for it in everyone:
            await world.store.suppressions.remove(DEFAULT_WORKSPACE, email_key(it))
        assert (await import_text(client, answer.text))["added"] == len(everyone)
        asked = [(DEFAULT_WORKSPACE, email_key(it)) for it in everyone]
        assert len(await world.store.suppressions.find(asked)) == len(everyone)


@over_api
async def test_another_workspace_has_a_list_of_its_own(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It neither sees nor removes the addresses of this one."""
    await suppress(world.made, ANN, SuppressionReason.UNSUBSCRIBED)
    app = create_app(world, lambda: NO_TOKENS, hosts=lambda: HOSTS)
    app.dependency_overrides[workspace_of] = lambda: WorkspaceId("other")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as stranger:
        assert await addresses(stranger) == []
        answer = await stranger.post(f"{LIST}/remove", json={"email": ANN, "reason": "x"})
        assert answer.status_code == 404
        assert len((await stranger.get(f"{LIST}/export.csv")).text.splitlines()) == 1
    assert await addresses(client) == [ANN]
