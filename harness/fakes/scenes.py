"""Tests in a fake world: decorators that open one, and flows small enough to read at a glance."""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence

from functions.flow.lead import Lead
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from harness.fakes.client import api_world
from harness.fakes.world import FakeWorld, fake_world

ANN = "ann@example.com"

Test = Callable[..., Awaitable[None]]
Document = dict[str, object]


def in_world(test: Test) -> Callable[..., None]:
    """Runs `async def test(world, …)`; pytest provides the arguments after the world."""

    async def opened(**given: object) -> None:
        async with fake_world() as world:
            await test(world, **given)

    return _runnable(test, opened, own=1)


def over_api(test: Test) -> Callable[..., None]:
    """Runs `async def test(client, world, …)`; pytest provides the arguments after these two."""

    async def opened(**given: object) -> None:
        async with api_world() as (client, world):
            await test(client, world, **given)

    return _runnable(test, opened, own=2)


def _runnable(test: Test, opened: Test, own: int) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**given: object) -> None:
        asyncio.run(opened(**given))  # type: ignore[arg-type]

    # Pytest provides what the signature names, so it names only what we do not provide ourselves.
    signature = inspect.signature(test)
    rest = list(signature.parameters.values())[own:]
    run.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return run


def email(node_id: str, subject: str = "", body: str = "") -> Document:
    settings = {
        "subject": subject or f"Subject of {node_id}",
        "body": body or '<p><a href="https://example.com/offer">See the offer</a></p>',
    }
    return {"id": node_id, "type": "sendEmail", "configuration": settings}


def wait(node_id: str, seconds: int) -> Document:
    settings = {"mode": "duration", "amount": seconds, "unit": "seconds"}
    return {"id": node_id, "type": "wait", "configuration": settings}


def clicked(node_id: str, email_node: str, seconds: int, since: str = "sent") -> Document:
    settings = {
        "mode": "behaviour",
        "event": "clicked",
        "email_node": email_node,
        "within": {"amount": seconds, "unit": "seconds"},
        "since": since,
    }
    return {"id": node_id, "type": "condition", "configuration": settings}


def flow(nodes: Sequence[Document], *links: str) -> Document:
    """A start node is put before the first node. Links are `"a>b"`, or `"a.yes>b"` for a port."""
    connections: list[Document] = [{"from_node": "start", "to_node": nodes[0]["id"]}]
    for link in links:
        source, _, target = link.partition(">")
        node_id, _, port = source.partition(".")
        connections.append({"from_node": node_id, "from_port": port or "next", "to_node": target})
    return {"nodes": [{"id": "start", "type": "start"}, *nodes], "connections": connections}


def click_flow(*, wait_seconds: int = 5, within_seconds: int = 10) -> Document:
    """E-mail A, a wait, then B for those who clicked in A in time, C for the others."""
    return flow(
        [
            email("a"),
            wait("w", wait_seconds),
            clicked("asked", "a", within_seconds),
            email("b"),
            email("c"),
        ],
        "a>w",
        "w>asked",
        "asked.yes>b",
        "asked.no>c",
    )


async def just_launched(world: FakeWorld, drawn: Mapping[str, object]) -> None:
    """Campaign `c` with Ann as its only contact; no worker has seen it yet."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=drawn)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, ANN, {})])
    await upload.finish()
    await launch(world.made, "c")


async def launched(world: FakeWorld, drawn: Mapping[str, object]) -> Lead:
    """Campaign `c` with Ann as its only contact. Returns her lead, as far as it gets at this
    moment.
    """
    await just_launched(world, drawn)
    await world.settle()
    return await only_lead(world)


async def only_lead(world: FakeWorld) -> Lead:
    """The only lead of campaign `c`."""
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=2)
    return stored.lead
