"""Launching at a time, and how a campaign ends, over HTTP."""

import httpx
import pytest

from functions.service.rates import parse_rate
from functions.service.sending.breaker import Breaker
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.messages_per_minute import messages_per_minute
from functions.service.sending.throughput import Throughput
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld
from tests.api.launched import PEOPLE

AT = "2027-03-01T11:00:00+01:00"
"""An hour after the beginning."""


async def _draft(client: httpx.AsyncClient, world: FakeWorld) -> None:
    body = {"campaign_id": "x", **flow([email("a")]), "contacts": PEOPLE}
    assert (await client.post("/campaigns", json=body)).status_code == 201
    await world.settle()


@over_api
async def test_a_campaign_is_scheduled_and_starts(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The answer says when, in UTC, and has no job yet. It can be taken back."""
    await _draft(client, world)
    answer = await client.post("/campaigns/x/launch", json={"at": AT, "ends": "by_hand"})
    assert (answer.status_code, answer.json()["job"]) == (202, None)
    campaign = answer.json()["campaign"]
    shown = ("status", "launch_at", "launched_at", "ends", "ends_at")
    assert [campaign[it] for it in shown] == [
        "scheduled",
        "2027-03-01T10:00:00Z",
        None,
        "by_hand",
        None,
    ]
    listed = (await client.get("/campaigns", params={"status": "scheduled"})).json()
    assert [it["campaign_id"] for it in listed["campaigns"]] == ["x"]
    refused = await client.put("/campaigns/x/flow", json=flow([email("b")]))
    assert (refused.status_code, refused.json()["code"]) == (409, "scheduled")
    assert (await client.post("/campaigns/x/unschedule")).json()["status"] == "draft"
    await client.post("/campaigns/x/launch", json={"at": AT, "ends": "by_hand"})
    world.clock.advance(3600)
    await world.settle()
    waiting = (await client.get("/campaigns/x")).json()
    assert (waiting["status"], waiting["launched_at"]) == ("waiting", "2027-03-01T10:00:00Z")
    assert (await client.post("/campaigns/x/end")).json()["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"at": "2027-03-01T09:59:00+01:00"}, "at", "has passed"),
        ({"at": "2029-03-01T09:00:00Z"}, "at", "within a year"),
        ({"at": "2027-03-02T09:00:00"}, "at", "must name its zone"),
        ({"at": "tomorrow"}, "at", "such as 2027-01-05T09:00:00"),
        ({"at": 1}, "at", "such as 2027-01-05T09:00:00"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at", "between the years"),
        ({"ends": "never"}, "ends", "by_hand"),
        ({"ends": "at_date"}, "ends_at", "Say when it ends"),
        ({"ends_at": AT}, "ends_at", "at_date"),
    ],
)
@over_api
async def test_wrong_times_are_named(
    client: httpx.AsyncClient,
    world: FakeWorld,
    body: dict[str, object],
    field: str,
    says: str,
) -> None:
    """Nothing is launched."""
    await _draft(client, world)
    refused = await client.post("/campaigns/x/launch", json=body)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == field
    assert says in error["message"]
    assert (await client.get("/campaigns/x")).json()["status"] == "draft"


@over_api
async def test_pace_is_not_guessed(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Nothing limits this account, and nothing was found."""
    assert (await client.get("/api/v1/sending/throughput")).json() == {"per_minute": None}


def test_pace_is_what_is_least() -> None:
    """Of the account's own rate and what its server was found to take; not of an old finding."""
    found = Throughput("450", BEGINNING, None, began_at=BEGINNING, window=100, period_ms=60_000)
    limited = SendingAccount("mail", Breaker(), {}, rate=parse_rate("500/m"))
    assert messages_per_minute(limited, BEGINNING) == 500
    both = SendingAccount("mail", Breaker(), {}, throughput=found, rate=parse_rate("10/s"))
    assert messages_per_minute(both, BEGINNING) == 100
    assert messages_per_minute(both, BEGINNING.replace(day=9)) == 600
