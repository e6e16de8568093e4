"""Messages over HTTP, and the decision on unknown ones."""

import httpx
import pytest

from functions.flow.outcome import Outcome, Unknown
from functions.mail.envelope import Envelope
from harness.fakes.scenes import email, flow, over_api
from harness.fakes.world import FakeWorld
from tests.api.launched import launch


@pytest.mark.parametrize(("resolution", "mails"), [("send_again", 1), ("treat_as_sent", 0)])
@over_api
async def test_unknown_message_waits_for_a_person(
    client: httpx.AsyncClient, world: FakeWorld, resolution: str, mails: int
) -> None:
    """It is listed, decided once, and the lead goes on as decided."""
    take = world.transport.script

    async def vanish(envelope: Envelope) -> Outcome:
        return Unknown("the connection broke after the message")

    world.transport.script = vanish
    await launch(client, world, flow([email("a")]))
    world.transport.script = take
    page = (await client.get("/campaigns/x/messages", params={"state": "unknown"})).json()
    assert (len(page["messages"]), page["next_after"]) == (5, None)
    (message, *_) = page["messages"]
    address = f"/campaigns/x/messages/{message['key']}/resolve"
    refused = await client.post(address, json={"resolution": "forget"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "resolution")
    resolved = await client.post(address, json={"resolution": resolution})
    assert resolved.status_code == 200
    again = await client.post(address, json={"resolution": "send_again"})
    assert again.status_code == 409
    await world.settle()
    assert len(world.transport.sent) == mails
    lead = (await client.get(f"/campaigns/x/leads/{message['lead_id']}")).json()
    assert (lead["status"], lead["reason"]) == ("completed", "no_connection")


@over_api
async def test_messages_page_by_key(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Each once, whatever the page."""
    await launch(client, world)
    seen: list[str] = []
    after = ""
    for _ in range(5):
        query = {"limit": "2", "after": after, "state": "sent"}
        page = (await client.get("/campaigns/x/messages", params=query)).json()
        seen += [it["key"] for it in page["messages"]]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert len(seen) == len(set(seen)) == 5
