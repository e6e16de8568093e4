"""Bounces and complaints that programs report with a signature: what acts, and what is refused."""

import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from functions.access import ApiTokens
from functions.service.tracking.feedback_sources import FeedbackSources
from harness.fakes.client import api_client
from harness.fakes.scenes import ANN, email, flow, in_world, launched, wait
from harness.fakes.world import FakeWorld
from tests.api.tracking.feedback_scene import FeedbackScene, results_of

TOKENS = ApiTokens.parse("ebk_AAAAaaaa_AAAAaaaaAAAAaaaaAAAAaaaaAAAAaaaa-_")
ADDRESS = "/api/v1/feedback"
OLD, NEW = b"the secret of last year, 32 characters", b"the secret of this year, 32 characters"
Report = dict[str, Any]


class Scene(FeedbackScene):
    def bounce(self, **changes: object) -> Report:
        return {
            "kind": "bounce",
            "message_id": self.mail.message_id,
            "recipient": ANN,
            "status": "5.1.1",
            "diagnostic": "550 5.1.1 no such user",
            **changes,
        }

    async def post(
        self,
        reports: object,
        *,
        secret: bytes = NEW,
        seconds_ago: float = 0,
        change: Callable[[bytes], bytes] = bytes,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """`change`: what happens to the body after it was signed."""
        body = json.dumps(reports).encode()
        at = str(int((await self.world.store.now()).timestamp() - seconds_ago))
        signature = hmac.digest(secret, at.encode() + b"." + body, "sha256").hex()
        signed = {"X-EmailBuilder-Timestamp": at, "X-EmailBuilder-Signature": signature}
        kind = {"content-type": "application/json"}
        return await self.client.post(
            ADDRESS, content=change(body), headers={**kind, **signed, **(headers or {})}
        )

    async def results(self, *reports: Report) -> list[str]:
        return results_of(await self.post(reports))


@asynccontextmanager
async def scene(world: FakeWorld, bounce_domain: str = "") -> AsyncIterator[Scene]:
    policy = replace(world.made.policy, bounce_domain=bounce_domain)
    sources = FeedbackSources(secrets=(NEW, OLD))
    world.made = replace(world.made, feedback=sources, policy=policy)
    await launched(world, flow([email("a"), wait("w", 86_400)], "a>w"))
    async with api_client(world, tokens=TOKENS) as client:
        yield Scene(world, client)


@in_world
async def test_signed_bounce_suppresses_once(world: FakeWorld) -> None:
    """By the Message-ID or the return path, however often it is sent."""
    async with scene(world, "bounces.example.com") as it:
        by_path = it.bounce(message_id="", return_path=it.mail.mail_from)
        assert await it.results(it.bounce(), by_path) == ["recorded", "recorded"]
        assert await it.results(it.bounce()) == ["recorded"]
        stored = await it.suppression()
        assert stored is not None
        assert (stored.reason, stored.source) == ("hard_bounce", "550 5.1.1 no such user")
        assert await it.counted("bounced") == 1


@in_world
async def test_signed_complaint_suppresses(world: FakeWorld) -> None:
    """With a secret that is about to be replaced."""
    async with scene(world) as it:
        report = {"kind": "complaint", "message_id": it.mail.message_id, "recipient": ANN}
        assert (await it.post([report], secret=OLD)).json() == {"results": ["recorded"]}
        stored = await it.suppression()
        assert stored is not None
        assert stored.reason == "complaint"


@in_world
async def test_each_report_has_its_result(world: FakeWorld) -> None:
    """What does not fit changes nothing; a policy's refusal suppresses nobody."""
    async with scene(world) as it:
        results = await it.results(
            it.bounce(message_id="<x@example.com>"),
            it.bounce(recipient="eve@example.com"),
            it.bounce(status="5.7.1", diagnostic="550 5.7.1 blocked"),
        )
        assert results == ["no_message", "another_recipient", "recorded"]
        assert await it.suppression() is None
        assert await it.counted("bounced") == 1


@in_world
async def test_request_that_is_not_signed_is_refused(world: FakeWorld) -> None:
    """Nothing of it is read: the errors are about the signature, whatever the reports are."""
    async with scene(world) as it:
        for answer, field in (
            (await it.post([it.bounce()], secret=b"another"), "X-EmailBuilder-Signature"),
            (await it.post([it.bounce()], change=lambda body: body + b" "), "Signature"),
            (await it.post({"x": 1}, secret=b"another"), "Signature"),
            (await it.post([it.bounce()], headers={"X-EmailBuilder-Signature": ""}), "Signature"),
            (await it.post([it.bounce()], headers={"X-EmailBuilder-Timestamp": "1"}), "Timestamp"),
            (await it.post([it.bounce()], headers={"X-EmailBuilder-Timestamp": ""}), "Timestamp"),
            (await it.post([it.bounce()], seconds_ago=301), "Timestamp"),
            (await it.post([it.bounce()], seconds_ago=-302), "Timestamp"),
        ):
            assert answer.status_code == 401, answer.text
            assert field in answer.json()["errors"][0]["field"]
        assert await it.suppression() is None
        assert (await it.post([it.bounce()], seconds_ago=299)).status_code == 200


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"kind": "delay"}, "[0].kind", "'bounce' or 'complaint'"),
        ({"recipient": None}, "[0].recipient", "text"),
        ({"message_id": ""}, "[0]", "return_path"),
        ({"status": "", "diagnostic": " "}, "[0]", "diagnostic"),
        ({"status": "511"}, "[0].status", "5.1.1"),
        ({"feedback_type": "abuse"}, "[0]", "feedback_type"),
        ({"kind": "complaint"}, "[0]", "status"),
        ({"at": "now"}, "[0].at", "not known"),
        ({"message_id": "x" * 999}, "[0].message_id", "998"),
    ],
)
@in_world
async def test_bad_report_is_refused(
    world: FakeWorld, change: Report, field: str, says: str
) -> None:
    """The error names the field and what would be right."""
    async with scene(world) as it:
        answer = await it.post([it.bounce(**change)])
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert says in error["message"]


@in_world
async def test_number_of_reports_is_bounded(world: FakeWorld) -> None:
    """A hundred in a request."""
    async with scene(world) as it:
        unknown = it.bounce(message_id="x")
        assert (await it.post([unknown] * 100)).status_code == 200
        answer = await it.post([unknown] * 101)
        assert answer.status_code == 422
        assert "100" in answer.json()["detail"]


@in_world
async def test_without_secrets_nothing_is_accepted(world: FakeWorld) -> None:
    """Not even a signature with an empty secret. The error names the setting."""
    async with scene(world) as it:
        world.made = replace(world.made, feedback=FeedbackSources())
        answer = await it.post([it.bounce()], secret=b"")
        assert answer.status_code == 404
        assert "FEEDBACK_SECRETS" in answer.json()["detail"]
