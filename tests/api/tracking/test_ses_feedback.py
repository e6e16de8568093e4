"""Bounces and complaints that SES publishes through SNS: what acts, and what is refused."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from functions.access import ApiTokens
from functions.service.tracking.feedback_sources import FeedbackSources
from harness.fakes.client import api_client
from harness.fakes.scenes import ANN, email, flow, in_world, launched, wait
from harness.fakes.sns import HOST, TOPIC, FakeSns, bounce_event, complaint_notification
from harness.fakes.world import FakeWorld
from tests.api.tracking.feedback_scene import FeedbackScene, results_of

TOKENS = ApiTokens.parse("ebk_AAAAaaaa_AAAAaaaaAAAAaaaaAAAAaaaaAAAAaaaa-_")
ADDRESS = "/api/v1/feedback/ses"
OTHER_HOSTS = (
    "https://sns.eu-west-1.amazonaws.com.example.org/SimpleNotificationService-{id}.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{id}.pem",
    "https://sns.eu-west-1.amazonaws.com@example.org/SimpleNotificationService-{id}.pem",
    "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-{id}.pem",
    "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{id}.pem",
    "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-{id}.pem",
    "https://sns.eu-west-1.amazonaws.com/?Action=Publish&x=SimpleNotificationService-{id}.pem",
    "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-{id}.pem",
    "file:///etc/passwd",
)


class Scene(FeedbackScene):
    """SES reports to our topic."""

    def __init__(self, world: FakeWorld, client: httpx.AsyncClient, sns: FakeSns) -> None:
        super().__init__(world, client)
        self.sns = sns

    async def post(self, fields: Mapping[str, str]) -> httpx.Response:
        """As SNS does it: JSON that is called text."""
        headers = {"content-type": "text/plain; charset=UTF-8"}
        return await self.client.post(ADDRESS, content=json.dumps(fields), headers=headers)

    async def results(self, fields: Mapping[str, str]) -> list[str]:
        return results_of(await self.post(fields))


@asynccontextmanager
async def scene(world: FakeWorld, bounce_domain: str = "") -> AsyncIterator[Scene]:
    sns = FakeSns(await world.store.now())
    sources = FeedbackSources(frozenset({TOPIC}), sns)
    policy = replace(world.made.policy, bounce_domain=bounce_domain)
    world.made = replace(world.made, feedback=sources, policy=policy)
    await launched(world, flow([email("a"), wait("w", 86_400)], "a>w"))
    async with api_client(world, tokens=TOKENS) as client:
        yield Scene(world, client, sns)


@pytest.mark.parametrize("version", ["1", "2"])
@in_world
async def test_bounce_that_ses_reports_suppresses(world: FakeWorld, version: str) -> None:
    """By the envelope's sender, in both versions of signatures. Delivered again, it changes
    nothing."""
    async with scene(world, "bounces.example.com") as it:
        fields = it.sns.notification(bounce_event(it.mail.mail_from, ANN), version=version)
        for _ in range(2):
            assert await it.results(fields) == ["recorded"]
        stored = await it.suppression()
        assert stored is not None
        assert (stored.reason, stored.source) == ("hard_bounce", "550 5.1.1 user unknown")
        assert await it.counted("bounced") == 1


@in_world
async def test_complaint_that_ses_reports_suppresses(world: FakeWorld) -> None:
    """By the Message-ID, so without BOUNCE_DOMAIN; as a notification of an identity, with the
    subject that SNS adds."""
    async with scene(world) as it:
        text = complaint_notification(it.mail.message_id, ANN)
        fields = it.sns.notification(text, Subject="Amazon SES Email Event Notification")
        assert await it.results(fields) == ["recorded"]
        stored = await it.suppression()
        assert stored is not None
        assert stored.reason == "complaint"


@in_world
async def test_events_about_other_messages_change_nothing(world: FakeWorld) -> None:
    """Of another installation, of another recipient, or of another kind; all are signed."""
    async with scene(world) as it:
        own, foreign = it.mail.message_id, "<0100018b0c8e8b5a@email.amazonses.com>"
        for text, result in (
            (complaint_notification(foreign, ANN), "no_message"),
            (complaint_notification(own.replace("<", "<f"), ANN), "no_message"),
            (complaint_notification(own, "eve@example.com"), "another_recipient"),
            (complaint_notification(own, ANN).replace("Complaint", "Delivery"), "no_report"),
            ("Successfully validated SNS topic for Amazon SES event publishing.", "no_report"),
        ):
            assert await it.results(it.sns.notification(text)) == [result]
        assert await it.suppression() is None
        assert await it.counted("complained") == 0


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Timestamp", "Signature", "SignatureVersion"]
)
@in_world
async def test_changed_message_is_refused(world: FakeWorld, field: str) -> None:
    """Whichever of its fields was changed after it was signed."""
    async with scene(world) as it:
        text = complaint_notification(it.mail.message_id, ANN)
        fields = it.sns.notification("other")
        second = it.sns.now + timedelta(seconds=1)
        changed = {
            "Message": text,
            "MessageId": "another",
            "Timestamp": second.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Signature": it.sns.notification("another")["Signature"],
            "SignatureVersion": "1",
        }
        answer = await it.post({**fields, field: changed[field]})
        assert (answer.status_code, answer.json()["code"]) == (403, "signature_invalid")
        added = await it.post({**it.sns.notification(text), "Subject": "added"})
        assert added.status_code == 403
        assert await it.suppression() is None


@in_world
async def test_message_of_another_topic_is_refused(world: FakeWorld) -> None:
    """Although SNS signed it: everybody may have a topic. Nothing is fetched for it."""
    async with scene(world) as it:
        text = complaint_notification(it.mail.message_id, ANN)
        for other in (TOPIC + "2", TOPIC.replace("123456789012", "999999999999")):
            answer = await it.post(it.sns.notification(text, TopicArn=other))
            assert (answer.status_code, answer.json()["code"]) == (403, "topic_not_accepted")
            assert answer.json()["errors"][0]["field"] == "TopicArn"
        assert it.sns.asked == []
        assert await it.suppression() is None


@pytest.mark.parametrize("url", OTHER_HOSTS)
@in_world
async def test_certificate_comes_from_the_host_of_sns_only(world: FakeWorld, url: str) -> None:
    """Of the topic's region, by https, and from a certificate's place; nothing else is asked."""
    async with scene(world) as it:
        url = url.format(id="0123456789abcdef0123456789abcdef")
        text = complaint_notification(it.mail.message_id, ANN)
        answer = await it.post(it.sns.notification(text, SigningCertURL=url))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "SigningCertURL"
        assert it.sns.asked == []
        assert await it.suppression() is None


@in_world
async def test_subscription_is_confirmed(world: FakeWorld) -> None:
    """The page is visited once the signature fits, and only at SNS."""
    async with scene(world) as it:
        fields = it.sns.subscription()
        assert await it.results(fields) == ["confirmed"]
        (page,) = it.sns.visited
        assert page.host == HOST
        assert "Action=ConfirmSubscription" in page.target
        refused = [
            {**fields, "Token": "x"},
            it.sns.subscription(SubscribeURL="https://example.org/?Action=ConfirmSubscription"),
            it.sns.subscription(
                SubscribeURL=f"https://{HOST}/?Action=Unsubscribe&TopicArn={TOPIC}"
            ),
            it.sns.subscription(SubscribeURL=f"https://{HOST}/?Action=ConfirmSubscription"),
        ]
        statuses = [(await it.post(one)).status_code for one in refused]
        assert statuses == [403, 422, 422, 422]
        assert len(it.sns.visited) == 1


@pytest.mark.parametrize("hours", [-3, 1])
@in_world
async def test_old_message_is_refused(world: FakeWorld, hours: int) -> None:
    """Or one from the future."""
    async with scene(world) as it:
        text = complaint_notification(it.mail.message_id, ANN)
        it.sns.now += timedelta(hours=hours)
        answer = await it.post(it.sns.notification(text))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_recent")
        assert await it.suppression() is None


@in_world
async def test_expired_certificate_is_refused(world: FakeWorld) -> None:
    """It was valid for two days."""
    async with scene(world) as it:
        world.clock.advance(3 * 86_400)
        it.sns.now = await world.store.now()
        answer = await it.post(it.sns.notification("x"))
        assert (answer.status_code, answer.json()["code"]) == (403, "signature_invalid")


@in_world
async def test_message_is_taken_later_if_it_cannot_be_now(world: FakeWorld) -> None:
    """SNS delivers it again after 503, and after an error of the store."""
    async with scene(world) as it:
        fields = it.sns.notification(complaint_notification(it.mail.message_id, ANN))
        it.sns.is_away = True
        assert (await it.post(fields)).status_code == 503
        it.sns.is_away = False
        add = world.store.suppressions.add

        async def fails(batch):  # type: ignore[no-untyped-def]
            raise ConnectionResetError

        world.store.suppressions.add = fails  # type: ignore[method-assign]
        assert (await it.post(fields)).status_code >= 500
        world.store.suppressions.add = add  # type: ignore[method-assign]
        assert await it.results(fields) == ["recorded"]
        assert await it.suppression() is not None
        assert await it.counted("complained") == 1


def _without(name: str) -> Callable[[dict[str, str]], object]:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (_without("Type"), "Type"),
        (_without("Message"), "Message"),
        (_without("Signature"), "Signature"),
        (_without("SigningCertURL"), "SigningCertUrl"),
        (lambda it: {**it, "Type": "Other"}, "Type"),
        (lambda it: {**it, "Timestamp": "today"}, "Timestamp"),
        (lambda it: {**it, "Timestamp": "2027-13-01T09:00:00Z"}, "Timestamp"),
        (lambda it: {**it, "Signature": "not base64!"}, "Signature"),
        (lambda it: {**it, "SignatureVersion": "3"}, "SignatureVersion"),
        (lambda it: {**it, "TopicArn": "arn:aws:sqs:x"}, "TopicArn"),
        (lambda it: {**it, "Message": 3}, "Message"),
        (lambda it: json.loads(it["Message"]), "Type"),
        (lambda it: [it], "Type"),
    ],
)
@in_world
async def test_what_is_not_a_message_of_sns_is_refused(
    world: FakeWorld, change: Callable[[dict[str, str]], dict[str, str]], field: str
) -> None:
    """The error names the field."""
    async with scene(world) as it:
        fields = it.sns.notification(complaint_notification(it.mail.message_id, ANN))
        answer = await it.post(change(fields))
        assert (answer.status_code, answer.json()["code"]) == (422, "not_an_sns_message")
        assert answer.json()["errors"][0]["field"] == field


@in_world
async def test_body_is_bounded(world: FakeWorld) -> None:
    """As anybody may send one."""
    async with scene(world) as it:
        answer = await it.post({"Message": "x" * 600_000})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@in_world
async def test_without_topics_nothing_is_accepted(world: FakeWorld) -> None:
    """The error names the setting."""
    async with scene(world) as it:
        world.made = replace(world.made, feedback=FeedbackSources())
        answer = await it.post(it.sns.notification("x"))
        assert answer.status_code == 404
        assert "SES_TOPICS" in answer.json()["detail"]
