"""The state of the system, over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations.doctor import Doctor
from functions.service.operations.records import (
    CheckState,
    Diagnosis,
    QueueDepth,
    Swept,
    SystemCheck,
    WorkerSeen,
)
from functions.service.rates import parse_rate
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import click_flow, over_api
from harness.fakes.world import FakeWorld

ADDRESS = "/api/v1/system"


UNSAID = {"in_flight": None, "delayed": None, "holds_dead_letters": False}
WARNING = {
    "state": "warning",
    "at": "2027-03-01T09:00:00Z",
    "checks": [
        {
            "name": "store",
            "state": "ok",
            "message": "Reads and writes.",
            "words": "Reads and writes.",
            "remedy": None,
        },
        {
            "name": "sweep",
            "state": "warning",
            "message": "9 s ago.",
            "words": "9 s ago.",
            "remedy": "Start the scheduler.",
        },
    ],
    "queues": [
        {"name": "send_email", "waiting": 3, "consumers": 2, **UNSAID},
        {
            "name": "dead",
            "waiting": 1,
            "in_flight": 0,
            "delayed": 0,
            "consumers": 0,
            "holds_dead_letters": True,
        },
    ],
    "dead_letters": 1,
    "workers": [
        {
            "name": "w1",
            "seen_at": "2027-03-01T09:00:00Z",
            "started_at": "2027-03-01T08:00:00Z",
            "jobs_done": 90,
            "memory_bytes": 1048576,
        }
    ],
    "swept": {"at": "2027-03-01T08:59:51Z", "by": "w1"},
    "breaker": {
        "state": "closed",
        "since": None,
        "open_until": None,
        "refusals": 0,
        "last_reason": "",
        "last_words": "",
        "message": "Mail is being sent.",
        "words": "Mail is being sent.",
    },
    "overdue_seconds": 0.0,
    "lateness": None,
    "links": {"rabbitmq": "http://localhost:15672", "metrics": None},
}


def found(world: FakeWorld, checks: Sequence[SystemCheck], **more: object) -> None:
    diagnosis = Diagnosis(checks=checks, **more)  # type: ignore[arg-type]

    async def probe() -> Diagnosis:
        return diagnosis

    world.made = replace(world.made, doctor=Doctor([probe], links=diagnosis.links))


@over_api
async def test_everything_that_is_known_is_reported(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """In the doctor's words; its worst check is the state of all."""
    limiter = Limiter(
        DEFAULT_WORKSPACE,
        "mail.example.com:587",
        Limits(parse_rate("9/s")),
        world.store.sending_accounts,
    )
    world.made = replace(world.made, limiter=limiter)
    found(
        world,
        [
            SystemCheck(name="store", state=CheckState.OK, message="Reads and writes."),
            SystemCheck(
                name="sweep",
                state=CheckState.WARNING,
                message="9 s ago.",
                remedy="Start the scheduler.",
            ),
        ],
        queues=[
            QueueDepth(name="send_email", waiting=3, consumers=2),
            QueueDepth(
                name="dead", waiting=1, in_flight=0, delayed=0, consumers=0, holds_dead_letters=True
            ),
        ],
        workers=[
            WorkerSeen(
                name="w1",
                seen_at=BEGINNING,
                started_at=BEGINNING - timedelta(hours=1),
                jobs_done=90,
                memory_bytes=2**20,
            )
        ],
        swept=Swept(BEGINNING - timedelta(seconds=9), "w1"),
        links={"rabbitmq": "http://localhost:15672"},
    )
    answer = await client.get(ADDRESS)
    assert (answer.status_code, answer.json()) == (200, WARNING)


@over_api
async def test_unknown_values_are_null(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Unknown workers are not the same as no workers."""
    answer = (await client.get(ADDRESS)).json()
    assert answer["state"] == "ok"
    for name in ("queues", "dead_letters", "workers", "swept", "breaker", "lateness"):
        assert answer[name] is None, name
    assert answer["links"] == {"rabbitmq": None, "metrics": None}
    found(world, [], queues=[], workers=[])
    answer = (await client.get(ADDRESS)).json()
    assert (answer["queues"], answer["workers"]) == ([], [])


@over_api
async def test_system_with_its_store_down_is_still_checked(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """That is when people look, even if the services cannot be created."""
    await world.store.close()
    answer = await client.get(ADDRESS)
    states = {it["name"]: it["state"] for it in answer.json()["checks"]}
    assert (answer.status_code, answer.json()["state"]) == (200, "failed")
    assert states == {"store": "failed", "broker": "ok", "mail": "ok"}
    assert (answer.json()["overdue_seconds"], answer.json()["lateness"]) == (None, None)
    world.is_broken = True
    answer = await client.get(ADDRESS)
    (check,) = answer.json()["checks"]
    assert (answer.status_code, check["name"], check["state"]) == (200, "store", "failed")
    assert check["words"] == "The store cannot be opened (ConnectionRefusedError)."
    assert answer.json()["at"] is None


@over_api
async def test_lateness_and_overdue_leads(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """For running campaigns: the lateness of past waits, and leads that are overdue now."""
    body = {**click_flow(), "contacts": [{"email": "ann@example.com"}], "launch": True}
    await client.post("/campaigns", json={"campaign_id": "x", **body})
    await world.settle()
    world.clock.advance(5 + 0.3)
    overdue = (await client.get(ADDRESS)).json()["overdue_seconds"]
    assert round(overdue, 3) == 0.3
    await world.settle()
    answer = (await client.get(ADDRESS)).json()
    assert answer["lateness"] == {"pauses": 1, "p50_ms": 500, "p99_ms": 500}
    assert answer["overdue_seconds"] == 0
    await client.post("/campaigns/x/pause")
    assert (await client.get(ADDRESS)).json()["lateness"] is None
