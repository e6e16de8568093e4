"""Alive, ready, and the figures."""

import asyncio

import httpx

from functions.api.routes import health
from tests.fakes.scenes import click_flow, over_api
from tests.fakes.world import FakeWorld


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
    assert "The broker takes no jobs" in answer.json()["checks"][1]["words"]
    await world.store.close()
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "away")
    world.is_broken = True
    assert (await client.get("/health/ready")).status_code == 503


@over_api
async def test_ready_does_not_wait_for_ever(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A mail server that takes the connection and says nothing."""

    async def silence() -> None:
        await asyncio.sleep(3600)

    world.transport.ping = silence  # type: ignore[method-assign]
    allowed, health.CHECK_SECONDS_MAX = health.CHECK_SECONDS_MAX, 0.05
    try:
        answer = await client.get("/health/ready")
    finally:
        health.CHECK_SECONDS_MAX = allowed
    mail = answer.json()["checks"][2]
    assert (mail["ok"], mail["words"].endswith("(TimeoutError)")) == (False, True)
    assert mail["latency_ms"] >= 50


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
