"""A launched campaign `x` with five leads."""

import httpx

from harness.fakes.scenes import click_flow
from harness.fakes.world import FakeWorld

PEOPLE = [{"email": f"p{number}@example.com"} for number in range(5)]


async def launch(
    client: httpx.AsyncClient, world: FakeWorld, document: dict[str, object] | None = None
) -> None:
    body = {**(document or click_flow()), "contacts": PEOPLE, "launch": True}
    created = await client.post("/campaigns", json={"campaign_id": "x", **body})
    assert created.status_code == 201
    await world.settle()
