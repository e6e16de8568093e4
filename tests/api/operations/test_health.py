"""Liveness, readiness and metrics."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from functions.api.operations import readiness
from functions.flow.outcome import Concern, Deferred
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations import doctor
from functions.service.rates import parse_rate
from functions.service.sending.breaker import BreakerRule
from functions.service.sending.connections import Connections
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.sending.records import SendingAccountState
from functions.service.sending.throughput import Throughput
from harness.fakes.client import api_client
from harness.fakes.clock import stopped_at
from harness.fakes.scenes import click_flow, in_world, over_api
from harness.fakes.world import FakeWorld


@pytest.fixture(autouse=True)
def _each_request_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)


@over_api
async def test_alive_without_anything(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A broken store is no reason to kill the process."""
    world.is_broken = True
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@over_api
async def test_ready_asks_each_neighbour(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Without broker or mail server work waits; without the store there is none."""
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert [it["name"] for it in answer.json()["checks"]] == ["store", "broker", "mail"]
    world.dispatcher.is_away = world.transport.is_away = True
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert [it["ok"] for it in answer.json()["checks"]] == [True, False, False]
    assert "The broker accepts no jobs" in answer.json()["checks"][1]["message"]
    await world.store.close()
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "away")
    world.is_broken = True
    assert (await client.get("/health/ready")).status_code == 503


@over_api
async def test_ready_does_not_wait_for_ever(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A mail server that accepts the connection but does not answer."""

    async def silence() -> None:
        await asyncio.sleep(3600)

    world.transport.ping = silence  # type: ignore[method-assign]
    allowed, doctor.LOOK_SECONDS_MAX = doctor.LOOK_SECONDS_MAX, 0.05
    try:
        answer = await client.get("/health/ready")
    finally:
        doctor.LOOK_SECONDS_MAX = allowed
    mail = answer.json()["checks"][2]
    assert (mail["ok"], mail["message"].endswith("(TimeoutError)")) == (False, True)
    assert mail["latency_ms"] >= 50


@in_world
async def test_one_look_serves_all_who_ask(world: FakeWorld) -> None:
    """Together or one after the other; after the time it is kept, the next request looks anew."""
    asked = 0

    async def ping() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    world.transport.ping = ping  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readiness, "KEPT_SECONDS", 1e9)
        async with api_client(world) as client:
            answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(5)))
            answers.append(await client.get("/health/ready"))
            assert ({it.text for it in answers}, asked) == ({answers[0].text}, 1)
            world.dispatcher.is_away = True
            assert (await client.get("/health/ready")).json()["status"] == "ready"
            patch.setattr(readiness, "KEPT_SECONDS", 0.0)
            assert (await client.get("/health/ready")).json()["status"] == "degraded"
    assert asked == 2


@in_world
async def test_look_goes_on_when_the_first_who_asked_has_left(world: FakeWorld) -> None:
    """The others wait for the same look."""
    answered = asyncio.Event()

    async def ping() -> None:
        await answered.wait()

    world.transport.ping = ping  # type: ignore[method-assign]
    ready = readiness.Readiness(world)
    first, second = (asyncio.ensure_future(ready.view()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    answered.set()
    assert (await second).status == "ready"
    assert first.cancelled()


@over_api
async def test_figures(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Requests by route template, jobs by kind, and how late the most overdue lead is."""
    body = {**click_flow(), "contacts": [{"email": "ann@example.com"}], "launch": True}
    await client.post("/campaigns", json={"campaign_id": "x", **body})
    await client.get("/campaigns/x")
    await client.get("/campaigns/y")
    await client.get("/nowhere/7")
    await world.settle()
    world.clock.advance(5 + 42)
    page = await client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = page.text.splitlines()
    route = "/campaigns/{campaign_id}"
    for wanted in (
        f'emailbuilder_http_requests_total{{method="GET",route="{route}",status="200"}} 1.0',
        f'emailbuilder_http_requests_total{{method="GET",route="{route}",status="404"}} 1.0',
        'emailbuilder_http_requests_total{method="GET",route="none",status="404"} 1.0',
        'emailbuilder_jobs_started_total{kind="import"} 1.0',
        'emailbuilder_jobs_started_total{kind="enrol"} 1.0',
        "emailbuilder_oldest_overdue_lead_seconds 42.0",
    ):
        assert wanted in lines, wanted
    world.is_broken = True
    page = await client.get("/metrics")
    assert page.status_code == 200
    assert "emailbuilder_oldest_overdue_lead_seconds NaN" in page.text


@over_api
async def test_breaker_is_shown_and_fails_nothing(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Its state, since when and until when, and the server's reply without addresses."""
    assert (await client.get("/health/ready")).json()["breaker"] is None
    assert "emailbuilder_breaker_state{" not in (await client.get("/metrics")).text
    limits = Limits(parse_rate("9/s"), parse_domain_rates("gmail.com=4/s, *=1/s"))
    rule = BreakerRule(refusals_max=2)
    limiter = Limiter(
        DEFAULT_WORKSPACE, "mail.example.com:587", limits, world.store.sending_accounts, rule
    )
    world.made = replace(world.made, limiter=limiter)
    now = await world.store.now()
    wanted = {"a": "a@gmail.com", "b": "b@gmail.com", "c": "c@other.example"}
    permit = await limiter.ask(wanted, stopped_at(now))
    for _ in range(2):
        permit.hear(Deferred(421, "4.7.0 not from 192.0.2.7", concern=Concern.SENDING_ACCOUNT), now)
    await limiter.report(permit, now)
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    message = "The mail server keeps refusing mail of this account: leads wait."
    assert answer.json()["breaker"] == {
        "state": "open",
        "since": "2027-03-01T09:00:00Z",
        "open_until": "2027-03-01T09:00:30Z",
        "refusals": 2,
        "last_reason": "421 4.7.0 not from …",
        "last_words": "421 4.7.0 not from …",
        "message": message,
        "words": message,
    }
    lines = (await client.get("/metrics")).text.splitlines()
    label = 'account="mail.example.com:587"'
    for figure in (
        f'emailbuilder_breaker_state{{{label},state="open"}} 1.0',
        f'emailbuilder_breaker_state{{{label},state="closed"}} 0.0',
        f"emailbuilder_breaker_refusals{{{label}}} 2.0",
        f'emailbuilder_bucket_fill_ratio{{{label},bucket="account"}} {6 / 9}',
        f'emailbuilder_bucket_fill_ratio{{{label},bucket="gmail.com"}} 0.5',
        f'emailbuilder_bucket_queue_seconds{{{label},bucket="gmail.com"}} 0.0',
    ):
        assert figure in lines, figure
    assert not any("other.example" in line for line in lines)
    await world.store.close()
    assert (await client.get("/health/ready")).json()["breaker"] is None
    assert "emailbuilder_breaker_state{" not in (await client.get("/metrics")).text


@over_api
async def test_metrics_of_found_limits(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Absent until the mail server has refused something because of a limit."""
    limiter = Limiter(
        DEFAULT_WORKSPACE, "mail.example.com:587", Limits(), world.store.sending_accounts
    )
    world.made = replace(world.made, limiter=limiter)
    assert "emailbuilder_connections_limit{" not in (await client.get("/metrics")).text
    now = await world.store.now()
    found = Throughput("450 slow down", now, None, began_at=now, window=100, period_ms=60_000)
    state = SendingAccountState(
        workspace_id=DEFAULT_WORKSPACE,
        account="mail.example.com:587",
        revision=1,
        throughput=found,
        connections=Connections(limit=3),
    )
    assert await world.store.sending_accounts.save(state)
    lines = (await client.get("/metrics")).text.splitlines()
    label = 'account="mail.example.com:587"'
    assert f"emailbuilder_throughput_messages{{{label}}} 100.0" in lines
    assert f"emailbuilder_throughput_period_seconds{{{label}}} 60.0" in lines
    assert f"emailbuilder_connections_limit{{{label}}} 3.0" in lines
