"""The results over HTTP: as JSON for the interface, as CSV for spreadsheets."""

import csv
import io

import httpx

from functions.service.reports.roll_counts import roll_counts
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld
from tests.service.reports.test_campaign_results import OFFER, clicks, halves, launch, opens


async def story(world: FakeWorld) -> None:
    """Eight contacts; the first opens and clicks, two hours later."""
    first, *_ = await launch(world, halves())
    world.clock.advance(2 * 3600)
    await opens(world, first, "hello")
    await clicks(world, first, "bye", OFFER)
    while await roll_counts(world.made, "c"):
        pass


@over_api
async def test_results_have_e_mails_links_and_branches(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Rates with their intervals; nothing is decided by one click."""
    await story(world)
    read = (await client.get("/campaigns/c/results")).json()
    hello, _, _, bye = read["emails"]
    assert (hello["sent"], hello["opened"], hello["failed"]) == (8, 1, 0)
    assert hello["rates"]["opened"] == {
        "count": 1,
        "of": 8,
        "rate": 0.125,
        "low": hello["rates"]["opened"]["low"],
        "high": hello["rates"]["opened"]["high"],
    }
    assert 0 < hello["rates"]["opened"]["low"] < 0.125 < hello["rates"]["opened"]["high"] < 1
    assert bye["links"] == [{"link": OFFER, "leads": 1}]
    (half,) = read["splits"]
    assert [it["port"] for it in half["branches"]] == ["a", "b"]
    assert sum(it["sent"] for it in half["branches"]) == 8
    assert sum(it["clicked"] for it in half["branches"]) == 1
    assert half["verdicts"]["clicked"] is None


@over_api
async def test_over_time_by_hour_and_by_day(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Of all e-mails or of one; an e-mail that is not there is refused, with a name."""
    await story(world)
    url = "/campaigns/c/results/over-time"
    hours = (await client.get(url, params={"unit": "hour"})).json()
    assert [(it["at"], it["sent"]) for it in hours["points"]] == [
        ("2027-03-01T09:00:00Z", 24),
        ("2027-03-01T10:00:00Z", 0),
        ("2027-03-01T11:00:00Z", 0),
    ]
    assert (hours["points"][-1]["opened"], hours["points"][-1]["clicked"]) == (1, 1)
    days = (await client.get(url, params={"email": "bye"})).json()
    assert [(it["sent"], it["clicked"]) for it in days["points"]] == [(8, 1)]
    refused = await client.get(url, params={"email": "nowhere"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    refused = await client.get(url, params={"unit": "week"})
    assert refused.status_code == 422


@over_api
async def test_csv_has_a_row_for_each_e_mail_link_and_branch(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    await story(world)
    answer = await client.get("/campaigns/c/results.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="results-c.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [it["kind"] for it in rows] == [*(4 * ["email"]), "link", "branch", "branch"]
    assert (rows[0]["name"], rows[0]["sent"], rows[0]["opened rate"]) == (
        "Subject of hello",
        "8",
        "0.1250",
    )
    assert (rows[4]["link or branch"], rows[4]["clicked"]) == (OFFER, "1")
    times = await client.get("/campaigns/c/results/over-time.csv", params={"unit": "day"})
    assert times.text.splitlines() == [
        "at,sent,bounced,complained,opened,clicked,unsubscribed",
        "2027-03-01T00:00:00+00:00,24,0,0,1,1,0",
    ]


@over_api
async def test_list_of_campaigns_has_opens_and_clicks(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Of all e-mails together."""
    await story(world)
    (listed,) = (await client.get("/campaigns")).json()["campaigns"]
    assert (listed["opened"]["count"], listed["opened"]["of"]) == (1, 24)
    assert (listed["clicked"]["count"], listed["clicked"]["rate"]) == (1, 1 / 24)


@over_api
async def test_a_draft_has_results_without_rates(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its e-mails, and nothing to divide by."""
    body = {"campaign_id": "d", "name": "D", **halves()}
    assert (await client.post("/campaigns", json=body)).status_code == 201
    read = (await client.get("/campaigns/d/results")).json()
    assert [it["sent"] for it in read["emails"]] == [0, 0, 0, 0]
    assert read["emails"][0]["rates"]["opened"]["rate"] is None
    assert (await client.get("/campaigns/d/results/over-time")).json()["points"] == []
    assert (await client.get("/campaigns/nobody/results")).status_code == 404
