"""Preview and test send: the author sees what will be sent, and neither leaves a trace."""

import asyncio
import email as mime
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from functions.flow.outcome import Deferred, Outcome, Rejected, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.rates import Rate
from functions.service.sending import preview_email
from functions.service.sending.dkim_keys import create_dkim_key
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits
from harness.fakes.scenes import email, flow, over_api, wait
from harness.fakes.signing import able_to_sign, verified_by
from harness.fakes.world import PUBLIC_URL, FakeWorld
from local.inbox.reading import read_message

BODY = (
    '<p>Hi {{ contact.first_name }}, <a href="https://example.com/x">see</a>'
    ' <a href="{{ unsubscribe_url }}">leave</a></p>'
)
TOKEN = re.compile(re.escape(PUBLIC_URL) + r"/t/[ocu]/[\w.-]+")
DRAFT = flow([email("a", "For {{ contact.first_name }}", BODY), wait("w", 5)], "a>w")
ME = "me@example.com"


async def created(client: httpx.AsyncClient, **more: object) -> None:
    answer = await client.post("/campaigns", json={"campaign_id": "x", **DRAFT, **more})
    assert answer.status_code == 201, answer.text


async def previewed(client: httpx.AsyncClient, **choice: object) -> dict[str, object]:
    answer = await client.post("/campaigns/x/preview", json={"node_id": "a", **choice})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def fields(found: dict[str, object]) -> list[object]:
    problems = found["problems"]
    assert isinstance(problems, list)
    return [it["field"] for it in problems]


async def trace(world: FakeWorld) -> object:
    """Everything that a test send must not change."""
    return [
        await world.store.campaigns.find(DEFAULT_WORKSPACE, ["x"]),
        await world.store.leads.page("x", after_seq=0, limit=10),
        await world.store.messages.page("x", after_key="", limit=10, state=None),
        await world.store.counts.find(["x"]),
        await world.store.journal.unrolled("x", 10),
        await world.store.suppressions.find([(DEFAULT_WORKSPACE, ME)]),
        await world.store.tracking_events.unsettled(world.clock() + timedelta(days=400), 10),
        world.dispatcher.waiting,
    ]


@over_api
async def test_preview_is_what_would_be_sent(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """For a contact described in the request, from the draft."""
    await created(client, from_name="Ada")
    found = await previewed(client, attributes={"first_name": "A&B"}, address="ann@example.com")
    assert found["subject"] == "For A&B"
    assert found["from"] == "Ada <hello@example.com>"
    assert found["to"] == "ann@example.com"
    assert found["problems"] == []
    html = str(found["html"])
    assert "Hi A&amp;B" in html
    assert "Hi A&B" in str(found["text"])


@over_api
async def test_preview_test_inbox_and_mail_are_the_same_but_for_tokens(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The same bytes in both parts. The tokens of preview and test lead on and record nothing."""
    await created(client, contacts=[{"email": "ann@example.com", "first_name": "Ann"}], launch=True)
    await world.settle()
    (stored,) = await world.store.leads.page("x", after_seq=0, limit=2)
    before = await trace(world)
    choice = {"lead_id": stored.lead.lead_id}
    shown = await previewed(client, **choice)
    await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME, **choice})
    (mail,), (test,) = world.transport.to("ann@example.com"), world.transport.to(ME)
    for part in ("html", "text"):
        sent, tried = (getattr(read_message(it.content), part) for it in (mail, test))
        assert TOKEN.sub("", sent) == TOKEN.sub("", tried) == TOKEN.sub("", str(shown[part]))
        assert len(TOKEN.findall(sent)) == len(TOKEN.findall(tried)) >= 2
    links = [it.removeprefix(PUBLIC_URL) for it in TOKEN.findall(str(shown["html"]))]
    statuses = [(await client.get(link, follow_redirects=False)).status_code for link in links]
    assert statuses == [302, 200, 200], "the link, the unsubscribe page, the pixel"
    followed = await client.get(links[0], follow_redirects=False)
    assert followed.headers["location"] == "https://example.com/x"
    assert await trace(world) == before


@over_api
async def test_preview_shows_the_footer_of_marketing(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """By the purpose of the draft, or of unsaved edits."""
    await created(client)
    await client.patch("/api/v1/workspace/settings", json={"postal_address": "1 First Street"})
    offer = await previewed(client, email={"body": "Hello"})
    assert "1 First Street" in str(offer["html"])
    receipt = await previewed(client, email={"body": "Hello", "purpose": "transactional"})
    assert "1 First Street" not in str(receipt["html"])


@over_api
async def test_preview_for_a_lead_has_its_attributes(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Unsaved edits override the draft, field by field."""
    await created(client, contacts=[{"email": "ann@example.com", "first_name": "Ann"}], launch=True)
    await world.settle()
    (stored,) = await world.store.leads.page("x", after_seq=0, limit=2)
    before = await trace(world)
    found = await previewed(
        client, lead_id=stored.lead.lead_id, email={"subject": "{{ contact.email }}"}
    )
    assert (found["subject"], found["to"]) == ("ann@example.com", "ann@example.com")
    assert "Hi Ann" in str(found["html"])
    assert await trace(world) == before
    assert len(world.transport.sent) == 1, "the campaign's own"


@over_api
async def test_node_that_is_not_saved_yet_can_be_previewed(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It consists of edits only; without any, it does not exist. A wait is not an e-mail."""
    await created(client)
    new = {"subject": "New", "body": "Plain"}
    assert (await previewed(client, node_id="new", email=new))["subject"] == "New"
    assert (await previewed(client, node_id="start-9", email=new))["subject"] == "New"
    for node_id, status, code in (("new", 404, "not_found"), ("w", 422, "no_email")):
        answer = await client.post("/campaigns/x/preview", json={"node_id": node_id})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("edits", "wrong", "shown"),
    [
        ({"subject": "{{ nope"}, ["configuration.subject"], {"html", "text"}),
        ({"body": "<p>{% if %}"}, ["configuration.body"], {"subject"}),
        ({"preheader": "{{ x | nope }}"}, ["configuration.preheader"], {"subject"}),
        ({"subject": ""}, ["configuration"], {"subject", "html", "text"}),
        (
            {"subject": "{{ 1 | divided_by: contact.lines }}"},
            ["configuration.subject"],
            {"html", "text"},
        ),
        ({"from_email": "nobody"}, ["configuration.from_email"], {"subject", "html", "text"}),
        ({"reply_to": "nobody"}, ["configuration.reply_to"], {"subject", "html", "text"}),
        (
            {"subject": "{{", "body": "{{"},
            ["configuration.subject", "configuration.body"],
            set(),
        ),
    ],
)
@over_api
async def test_error_of_a_field_is_reported_with_the_rest_of_the_preview(
    client: httpx.AsyncClient,
    world: FakeWorld,
    edits: dict[str, object],
    wrong: list[str],
    shown: set[str],
) -> None:
    """With the validator's message if there is one; a test send is refused with the same."""
    await created(client)
    choice = {"email": edits, "attributes": {"lines": "a\nb"}}
    found = await previewed(client, **choice)
    assert fields(found) == wrong
    assert {name for name in ("subject", "html", "text") if found[name] is not None} == shown
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME, **choice})
    assert (answer.status_code, answer.json()["code"]) == (422, "flow_invalid")
    assert [it["field"] for it in answer.json()["errors"]] == wrong
    assert world.transport.sent == []


@over_api
async def test_test_is_signed_like_any_other_mail(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """By the keys of its From domain; if one cannot be read, nothing is sent, and it says why."""
    able_to_sign(world)
    key = await create_dkim_key(world.made, "example.com", "ed25519")
    await created(client)
    choice = {"node_id": "a", "to": ME}
    assert (await client.post("/campaigns/x/test-send", json=choice)).status_code == 200
    (envelope,) = world.transport.to(ME)
    assert verified_by(envelope.content, [key]) == [key.selector]
    able_to_sign(world, "another secret, as long as the first")
    answer = await client.post("/campaigns/x/test-send", json=choice)
    assert (answer.status_code, answer.json()["code"]) == (409, "dkim_key_unusable")
    assert "SECRET_KEYS" in answer.json()["detail"]
    assert len(world.transport.to(ME)) == 1


@over_api
async def test_preview_reports_a_sender_that_is_not_a_template(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It belongs to no node, but the preview reports it and does not fail."""
    await created(client, from_name="{{ oops")
    found = await previewed(client)
    assert found["html"] is None
    assert found["problems"]


@over_api
async def test_test_goes_to_one_address_and_leaves_no_trace(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """It is marked as a test and rendered for the lead, and its unsubscribe link has no effect."""
    await created(client, contacts=[{"email": "ann@example.com", "first_name": "Ann"}], launch=True)
    await world.settle()
    (stored,) = await world.store.leads.page("x", after_seq=0, limit=2)
    before = await trace(world)
    choice = {"node_id": "a", "to": ME, "lead_id": stored.lead.lead_id}
    answer = await client.post("/campaigns/x/test-send", json=choice)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["outcome"], told["words"], told["to"]) == ("sent", "250 taken", ME)
    assert told["subject"] == "[Test] For Ann"
    (envelope,) = world.transport.to(ME)
    message = mime.message_from_bytes(envelope.content)
    assert message["To"] == ME
    assert message["Message-ID"] == told["message_id"]
    (leave,) = re.findall("<(.+)>", message["List-Unsubscribe"])
    for method in ("GET", "POST"):
        page = await client.request(method, leave.removeprefix(PUBLIC_URL))
        assert page.status_code == 200
        assert "unsubscribes nobody" in page.text
    assert await trace(world) == before
    again = await client.post("/campaigns/x/test-send", json=choice)
    assert again.json()["message_id"] != told["message_id"], "a mailbox would drop the second"


@pytest.mark.parametrize(
    ("outcome", "told", "message"),
    [
        (Rejected(550, "no such user"), "rejected", "550 no such user"),
        (Deferred(451, "later"), "deferred", "451 later"),
        (Deferred(0, "connection refused"), "deferred", "connection refused"),
        (Unknown("connection lost"), "unknown", "connection lost"),
    ],
)
@over_api
async def test_test_shows_the_servers_reply(
    client: httpx.AsyncClient, world: FakeWorld, outcome: Outcome, told: str, message: str
) -> None:
    """It is not retried."""
    attempts: list[Envelope] = []

    async def script(envelope: Envelope) -> Outcome:
        attempts.append(envelope)
        return outcome

    world.transport.script = script
    await created(client)
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME})
    assert (answer.json()["outcome"], answer.json()["words"]) == (told, message)
    await world.pass_time(30)
    assert len(attempts) == 1


@over_api
async def test_test_waits_no_longer_than_a_gateway(
    client: httpx.AsyncClient, world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the server does not answer, the outcome is unknown; if all connections are in use, it was
    not sent.
    """
    monkeypatch.setattr(preview_email, "SEND_SECONDS_MAX", 0.0)

    async def never(_: Envelope) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    world.transport.script = never
    await created(client)
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME})
    assert answer.json()["outcome"] == "unknown"
    monkeypatch.setattr(world.transport, "connection", _nothing_free)
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME})
    assert answer.json()["outcome"] == "deferred"


@asynccontextmanager
async def _nothing_free() -> AsyncIterator[None]:
    await asyncio.Event().wait()
    yield


@over_api
async def test_limiter_applies(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A test takes a token from the same bucket as campaigns; without a token it is not sent."""
    limits = Limits(own=Rate(1, 3600, burst=1))
    world.made = replace(
        world.made, limiter=Limiter(DEFAULT_WORKSPACE, "here", limits, world.store.sending_accounts)
    )
    await created(client)
    choice = {"node_id": "a", "to": ME}
    assert (await client.post("/campaigns/x/test-send", json=choice)).status_code == 200
    answer = await client.post("/campaigns/x/test-send", json=choice)
    assert (answer.status_code, answer.json()["code"]) == (429, "mail_waits")
    assert len(world.transport.sent) == 1


@over_api
async def test_suppressed_address_gets_no_test(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """A suppressed address gets no test sends either."""
    await created(client)
    await suppress(world.made, ME, SuppressionReason.UNSUBSCRIBED)
    answer = await client.post(
        "/campaigns/x/test-send", json={"node_id": "a", "to": "ME@example.com"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "suppressed")
    await suppress(world.made, "ann@straße.de", SuppressionReason.UNSUBSCRIBED)
    answer = await client.post(
        "/campaigns/x/test-send", json={"node_id": "a", "to": "Ann@Straße.de"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "suppressed")
    assert world.transport.sent == []


@over_api
async def test_without_an_address_it_goes_to_the_first_test_address(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """That of the workspace's settings; without one, the answer says what to do."""
    await created(client)
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_test_address")
    assert [it["field"] for it in answer.json()["errors"]] == ["to"]
    addresses = {"test_addresses": ["team@example.com", ME]}
    await client.patch("/api/v1/workspace/settings", json=addresses)
    answer = await client.post("/campaigns/x/test-send", json={"node_id": "a"})
    assert answer.json()["to"] == "team@example.com"
    await client.post("/campaigns/x/test-send", json={"node_id": "a", "to": ME})
    assert [it.rcpt_to for it in world.transport.sent] == ["team@example.com", ME]
