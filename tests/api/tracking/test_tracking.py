"""The pixel, the links and unsubscribing, as mail programs, gateways and people use them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from functions.flow.event import TrackingEventKind
from functions.flow.lead import Lead
from functions.mail.compose import OPEN_PATH, UNSUBSCRIBE_PATH
from functions.mail.links import CLICK_PATH
from functions.mail.tokens import ClickToken, Keyring, OpenToken, UnsubscribeToken
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.tracking.records import StoredTrackingEvent
from harness.fakes.scenes import click_flow, over_api
from harness.fakes.world import KEYRING, FakeWorld

URL = "https://example.com/offer?a=1&b=2"
ADDRESS = "ann@example.com"
ONE_CLICK = {"content-type": "application/x-www-form-urlencoded"}


async def launch(client: httpx.AsyncClient, world: FakeWorld) -> Lead:
    """One lead that has its first e-mail and waits before the condition on it."""
    body = {**click_flow(), "campaign_id": "x", "contacts": [{"email": ADDRESS}], "launch": True}
    assert (await client.post("/campaigns", json=body)).status_code == 201
    await world.settle()
    (stored,) = await world.store.leads.page("x", after_seq=0, limit=2)
    return stored.lead


async def tracking_events(world: FakeWorld) -> Sequence[StoredTrackingEvent]:
    """All events of the last seconds that may need another look."""
    now = await world.store.now()
    return await world.store.tracking_events.unsettled(now.replace(year=now.year + 1), 100)


def open_path(lead: Lead, keyring: Keyring = KEYRING) -> str:
    return OPEN_PATH + keyring.sign(OpenToken(lead.lead_id, "a", 1, 1))


def click_path(lead: Lead, url: str = URL, keyring: Keyring = KEYRING) -> str:
    token = ClickToken(lead.lead_id, "a", 1, 1, url, "https://example.com/offer")
    return CLICK_PATH + keyring.sign(token)


def unsubscribe_path(lead: Lead, email: str | None = ADDRESS) -> str:
    return UNSUBSCRIBE_PATH + KEYRING.sign(UnsubscribeToken(lead.lead_id, "x", email))


@over_api
async def test_pixel_is_a_picture_and_a_tracking_event(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Stored with the store's time, the user agent and the address; caching is forbidden."""
    lead = await launch(client, world)
    world.clock.advance(1)
    answer = await client.get(open_path(lead), headers={"user-agent": "Mail 1.0"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert "no-store" in answer.headers["cache-control"]
    (stored,) = await tracking_events(world)
    assert (
        stored.tracking_event.kind,
        stored.tracking_event.node_id,
        stored.tracking_event.visit,
    ) == (
        TrackingEventKind.OPENED,
        "a",
        1,
    )
    assert (stored.campaign_id, stored.lead_id, stored.resend_number) == ("x", lead.lead_id, 1)
    assert (stored.user_agent, stored.address) == ("Mail 1.0", "127.0.0.1")
    assert stored.tracking_event.at == world.clock.at


@over_api
async def test_link_leads_where_its_token_says(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Not where the request says; the stored click has link and address separately."""
    lead = await launch(client, world)
    answer = await client.get(click_path(lead) + "?url=https://evil.example&u=https://evil.example")
    assert (answer.status_code, answer.headers["location"]) == (302, URL)
    assert "no-store" in answer.headers["cache-control"]
    (stored,) = await tracking_events(world)
    assert (stored.tracking_event.kind, stored.tracking_event.link) == (
        TrackingEventKind.CLICKED,
        "https://example.com/offer",
    )
    assert stored.tracking_event.url == URL


@over_api
async def test_click_moves_a_lead_that_waits_for_it(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """At once: the answer to the click has already dispatched the next e-mail."""
    lead = await launch(client, world)
    await world.pass_time(5)
    await client.get(click_path(lead))
    await world.dispatcher.pump(world.made)
    assert [it.subject for it in world.transport.sent] == ["Subject of a", "Subject of b"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://example.com/x", "//example.com", "https://a\r\nX: y", ""]
)
@over_api
async def test_signed_address_that_is_no_web_page_is_not_followed(
    client: httpx.AsyncClient, world: FakeWorld, url: str
) -> None:
    """Our own signature does not justify a redirect to a script."""
    lead = await launch(client, world)
    answer = await client.get(click_path(lead, url))
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert await tracking_events(world) == []


@over_api
async def test_head_does_nothing(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Mail gateways check links with HEAD: no event, no unsubscription, the headers of a GET."""
    lead = await launch(client, world)
    looked = await client.head(click_path(lead))
    assert (looked.status_code, looked.headers["location"]) == (302, URL)
    assert (await client.head(open_path(lead))).status_code == 200
    assert (await client.head(unsubscribe_path(lead))).status_code == 200
    assert await tracking_events(world) == []
    assert await world.store.suppressions.find([(DEFAULT_WORKSPACE, ADDRESS)]) == []


@over_api
async def test_bad_token_is_a_page_or_a_picture(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Forged, truncated, for another purpose, or not a token: 404, nothing stored."""
    lead = await launch(client, world)
    other = Keyring({"k1": b"another installation"})
    opened, clicked = open_path(lead), click_path(lead)
    for path in (
        click_path(lead, keyring=other),
        clicked[:-1],
        CLICK_PATH + opened.removeprefix(OPEN_PATH),
        CLICK_PATH + "x",
        UNSUBSCRIBE_PATH + clicked.removeprefix(CLICK_PATH),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (404, "text/html"), path
    for path in (open_path(lead, other), OPEN_PATH + clicked.removeprefix(CLICK_PATH)):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "image/gif")
    posted = await client.post(UNSUBSCRIBE_PATH + clicked.removeprefix(CLICK_PATH))
    assert posted.status_code == 404
    assert await tracking_events(world) == []


@over_api
async def test_unsubscribe_page_asks(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A page of our own with a button that posts to this address; GET changes nothing."""
    lead = await launch(client, world)
    page = await client.get(unsubscribe_path(lead, "<b>@example.com"))
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert "<html lang=" in page.text
    assert "&lt;b&gt;@example.com" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "script" not in page.text
    assert await world.store.suppressions.find([(DEFAULT_WORKSPACE, ADDRESS)]) == []
    assert await tracking_events(world) == []


BODIES = {
    "one click": (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
    "one click as a form": (
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
        b"--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("name", BODIES)
@over_api
async def test_unsubscribe_posted_acts(
    client: httpx.AsyncClient, world: FakeWorld, name: str
) -> None:
    """Without cookies, whatever the body's type (RFC 8058): no later e-mail is sent."""
    lead = await launch(client, world)
    body, kind = BODIES[name]
    headers = {"content-type": kind} if kind else {}
    answer = await client.post(unsubscribe_path(lead), content=body, headers=headers)
    assert answer.status_code == 200
    assert "unsubscribed" in answer.text
    (suppression,) = await world.store.suppressions.find([(DEFAULT_WORKSPACE, ADDRESS)])
    assert (suppression.reason, suppression.campaign_id) == ("unsubscribed", "x")
    (stored,) = await tracking_events(world)
    assert (stored.tracking_event.kind, stored.tracking_event.node_id) == (
        TrackingEventKind.UNSUBSCRIBED,
        "a",
    )
    await world.pass_time(30)
    assert [it.subject for it in world.transport.sent] == ["Subject of a"]
    campaign = (await client.get("/campaigns/x")).json()
    assert campaign["counts"]["nodes"]["a"]["unsubscribed"] == 1
    assert (await client.post(unsubscribe_path(lead))).status_code == 200, "twice is once"


@over_api
async def test_unsubscribe_outlives_its_lead(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """The token names the address; if it does not and the lead is gone, nothing is confirmed."""
    gone = Lead("lead_gone_1_1", "gone", 1, "x", {}, 1, datetime(2027, 1, 1, tzinfo=UTC))
    answer = await client.post(unsubscribe_path(gone))
    assert answer.status_code == 200
    assert len(await world.store.suppressions.find([(DEFAULT_WORKSPACE, ADDRESS)])) == 1
    assert (await client.post(unsubscribe_path(gone, None))).status_code == 404


@over_api
async def test_trouble_after_storing_does_not_spoil_the_answer(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """If the broker is down, the reader is still redirected, and the sweep catches up."""
    lead = await launch(client, world)
    await world.pass_time(5)
    world.dispatcher.is_away = True
    answer = await client.get(click_path(lead))
    assert (answer.status_code, answer.headers["location"]) == (302, URL)
    figures = (await client.get("/metrics")).text
    for name in ("tracking_events", "hits"):
        assert f"emailbuilder_{name}_left_to_sweep_total 1.0" in figures
        assert f'emailbuilder_{name}_total{{kind="clicked"}} 1.0' in figures
    world.dispatcher.is_away = False
    await world.pass_time(30)
    assert [it.subject for it in world.transport.sent] == ["Subject of a", "Subject of b"]


@over_api
async def test_reader_can_go_on_when_the_store_is_down(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A click that could not be stored is not treated as stored: a page says so, with the link. An
    unsubscription is not confirmed.
    """
    lead = await launch(client, world)
    await world.store.close()
    answer = await client.get(click_path(lead))
    assert (answer.status_code, "location" in answer.headers) == (503, False)
    assert 'href="https://example.com/offer?a=1&amp;b=2"' in answer.text
    answer = await client.get(open_path(lead))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "image/gif")
    answer = await client.post(unsubscribe_path(lead), content=b"x=y", headers=ONE_CLICK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "unsubscribed" not in answer.text
    world.is_broken = True
    for path in (click_path(lead), unsubscribe_path(lead)):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (503, "text/html")
