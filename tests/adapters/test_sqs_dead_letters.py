"""The dead letters of SQS: what its adapter guarantees beyond the contract."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.adapters.sqs_dead_letters import HIDDEN_SECONDS, Route, SqsDeadLetters
from functions.service.jobs.records import SendJob
from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import Cleared
from local.cloud.moto_aws import MotoAws
from tests.adapters.dead_letter_scenes import SqsScene

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

JOBS = [
    SendJob(lead_id=f"lead-{number}", campaign_id="c", node_id="n", visit=1, resend_number=1)
    for number in range(3)
]


def alone(scenario: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Runs an async test."""

    @functools.wraps(scenario)
    def test() -> None:
        async def run() -> None:
            await scenario()

        asyncio.run(run())

    return test


class BrokenClient:
    """SQS, with one call that fails."""

    def __init__(self, name: str, problem: Exception) -> None:
        self._client = MotoAws().session.client("sqs")
        self._name = name
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        if name != self._name:
            return getattr(self._client, name)

        def call(**_: object) -> None:
            raise self._problem

        return call


def dead_letters_over(scene: SqsScene, client: object) -> SqsDeadLetters:
    sends, resumes = scene.routes
    sqs = cast("SQSClient", client)
    return SqsDeadLetters(sends=sends, resumes=resumes, client=sqs, wait_seconds=0)


def error(status: int, code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "X",
    )


@alone
async def test_a_crash_doubles_a_job_and_never_loses_it() -> None:
    """If the process dies between sending and deleting, the job is in both queues."""
    scene = SqsScene()
    await scene.kill(JOBS)
    crashing = dead_letters_over(scene, BrokenClient("delete_message_batch", RuntimeError("crash")))
    with pytest.raises(RuntimeError, match="crash"):
        await crashing.requeue(None)
    assert len(await scene.take(scene.sends)) == 3
    page = await scene.dead_letters.page(after=None, limit=9)
    assert (page.total, page.unseen) == (3, 0), "what it held was given back"


@alone
async def test_a_dead_letter_that_is_not_taken_back_stays() -> None:
    """Not sent, so not deleted."""
    scene = SqsScene()
    await scene.kill(JOBS)
    refused = dead_letters_over(
        scene, BrokenClient("send_message", error(503, "ServiceUnavailable"))
    )
    with pytest.raises(BrokerAwayError):
        await refused.requeue(None)
    assert await scene.take(scene.sends) == []
    assert (await scene.dead_letters.requeue(None)).count == 3


@alone
async def test_a_dead_letter_that_sqs_does_not_delete_is_not_counted() -> None:
    """It says so entry by entry."""
    scene = SqsScene()
    await scene.kill(JOBS)

    class HalfClient(BrokenClient):
        def delete_message_batch(self, **arguments: Any) -> Any:
            first, *_ = arguments["Entries"]
            return self._client.delete_message_batch(**{**arguments, "Entries": [first]})

    half = dead_letters_over(scene, HalfClient("nothing", RuntimeError()))
    assert await half.drop(None) == Cleared(1, 2)
    assert (await scene.dead_letters.page(after=None, limit=9)).unseen == 0


@alone
async def test_our_own_error_is_not_an_outage_of_the_broker() -> None:
    """A queue that does not exist is our defect, not an outage."""
    nowhere = Route("https://sqs.eu-west-1.amazonaws.com/123456789012/none", "x")
    client = MotoAws().session.client("sqs")
    dead_letters = SqsDeadLetters(sends=nowhere, resumes=nowhere, client=client, wait_seconds=0)
    with pytest.raises(ClientError, match="does not exist"):
        await dead_letters.page(after=None, limit=1)


@alone
async def test_letters_that_another_holds_are_counted_and_left_alone() -> None:
    """It is on no page, cannot be requeued, and comes back when it is released."""
    scene = SqsScene()
    await scene.kill(JOBS)
    client = MotoAws().session.client("sqs")
    (held,) = client.receive_message(
        QueueUrl=scene.routes[0].dead_letters_url, VisibilityTimeout=HIDDEN_SECONDS
    )["Messages"]
    page = await scene.dead_letters.page(after=None, limit=9)
    assert (len(page.dead_letters), page.total, page.unseen) == (2, 3, 1)
    dead_letter_id = held["MessageId"]
    assert await scene.dead_letters.find(dead_letter_id) is None
    done = await scene.dead_letters.drop(frozenset([dead_letter_id]))
    assert done == Cleared(0, 3, missing=(dead_letter_id,))
    client.change_message_visibility(
        QueueUrl=scene.routes[0].dead_letters_url,
        ReceiptHandle=held["ReceiptHandle"],
        VisibilityTimeout=0,
    )
    assert await scene.dead_letters.drop(frozenset([dead_letter_id])) == Cleared(1, 2)


@alone
async def test_attributes_go_back_with_the_body() -> None:
    """A foreign sender may have set some."""
    scene = SqsScene()
    client = MotoAws().session.client("sqs")
    route = scene.routes[1]
    attributes: dict[str, Any] = {"trace": {"DataType": "String", "StringValue": "t-1"}}
    client.send_message(
        QueueUrl=route.dead_letters_url, MessageBody="x", MessageAttributes=attributes
    )
    assert await scene.dead_letters.requeue(None) == Cleared(1, 0)
    (message,) = client.receive_message(QueueUrl=route.queue_url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert message["MessageAttributes"] == attributes


def test_no_client_is_made_before_it_is_needed() -> None:
    """Three of four functions never need one, and it would slow down cold starts."""
    route = Route("x", "y")
    dead_letters = SqsDeadLetters(sends=route, resumes=route, region="no such region !")
    asyncio.run(dead_letters.close())
