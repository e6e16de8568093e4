"""Where answers go: to the e-mail's Reply-To, otherwise the campaign's, the workspace's or that of
the operator's settings.
"""

from dataclasses import replace
from email import message_from_bytes

import httpx
import pytest

from functions.service.campaigns.publish import publish
from harness.fakes.scenes import ANN, email, flow, over_api, wait
from harness.fakes.world import FakeWorld

Given = str | None


@pytest.mark.parametrize(
    ("of_email", "of_campaign", "of_workspace", "of_settings", "found"),
    [
        (None, None, None, None, None),
        (None, None, None, "all@example.com", "all@example.com"),
        (None, None, "team@example.com", "all@example.com", "team@example.com"),
        (None, "c@example.com", "team@example.com", "all@example.com", "c@example.com"),
        ("one@example.com", "c@example.com", "team@example.com", None, "one@example.com"),
        ("one@example.com", None, None, None, "one@example.com"),
    ],
)
@over_api
async def test_nearest_reply_to_counts(
    client: httpx.AsyncClient,
    world: FakeWorld,
    of_email: Given,
    of_campaign: Given,
    of_workspace: Given,
    of_settings: Given,
    found: Given,
) -> None:
    """The sender and the envelope stay as they are."""
    world.made = replace(world.made, policy=replace(world.made.policy, reply_to=of_settings))
    await client.patch("/api/v1/workspace/settings", json={"reply_to": of_workspace})
    node = email("mail")
    if of_email is not None:
        node["configuration"] = {**node["configuration"], "reply_to": of_email}  # type: ignore[dict-item]
    body = {**flow([node]), "reply_to": of_campaign, "contacts": [{"email": ANN}], "launch": True}
    created = await client.post("/campaigns", json={"campaign_id": "x", **body})
    assert (created.status_code, created.json()["reply_to"]) == (201, of_campaign), created.text
    await world.settle()
    (envelope,) = world.transport.sent
    message = message_from_bytes(envelope.content)
    assert (message["Reply-To"], envelope.mail_from) == (found, "hello@example.com")
    assert message["From"].split() == ["Hello", "<hello@example.com>"]


@over_api
async def test_changed_reply_to_reaches_the_next_mail(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Also of a campaign that runs; null takes it back."""
    body = {**flow([email("mail")]), "contacts": [{"email": ANN}], "launch": True}
    await client.post("/campaigns", json={"campaign_id": "x", **body})
    changed = await client.patch("/campaigns/x", json={"reply_to": "Help@Straße.example"})
    assert changed.json()["reply_to"] == "Help@xn--strae-oqa.example"
    await world.settle()
    (envelope,) = world.transport.sent
    assert b"\r\nReply-To: Help@xn--strae-oqa.example\r\n" in envelope.content
    changed = await client.patch("/campaigns/x", json={"reply_to": None})
    assert changed.json()["reply_to"] is None


@over_api
async def test_lead_keeps_the_reply_to_that_its_flow_was_published_with(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The workspace's, like its footer; a test shows the present one."""
    settings = "/api/v1/workspace/settings"
    await client.patch(settings, json={"reply_to": "old@example.com"})
    drawn = flow([email("a"), wait("w", 60), email("b")], "a>w", "w>b")
    body = {**drawn, "contacts": [{"email": ANN}], "launch": True}
    await client.post("/campaigns", json={"campaign_id": "x", **body})
    await world.settle()
    await client.patch(settings, json={"reply_to": "new@example.com"})
    campaign, _ = await publish(world.made, "x")
    assert campaign.version == 2, "the lead at hand stays with the first"
    await world.pass_time(120, step_seconds=30)
    tried = await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ANN})
    assert tried.status_code == 200, tried.text
    found = [message_from_bytes(it.content)["Reply-To"] for it in world.transport.sent]
    assert found == ["old@example.com", "old@example.com", "new@example.com"]
