"""The depths of SQS's queues."""

import asyncio

import pytest

from functions.adapters.sqs_depths import SqsDepths
from functions.service.jobs.records import SendJob
from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import QueueDepth
from harness.servers.child import HOST, free_port
from tests.adapters.dead_letter_scenes import SqsScene


def test_each_queue_is_reported() -> None:
    """Messages that wait, are in flight or are delayed, and the dead letters."""

    async def look() -> None:
        scene = SqsScene()
        sends, resumes = scene.routes
        client = scene.client
        depths = SqsDepths(
            queue_urls=[sends.queue_url, resumes.queue_url],
            dead_letters_urls=[sends.dead_letters_url, resumes.dead_letters_url],
            client=client,
        )
        await scene.kill(
            [SendJob(lead_id="lead", campaign_id="c", node_id="n", visit=1, resend_number=1)]
        )
        for _ in range(3):
            client.send_message(QueueUrl=sends.queue_url, MessageBody="{}")
        client.receive_message(QueueUrl=sends.queue_url, VisibilityTimeout=600)
        client.send_message(QueueUrl=resumes.queue_url, MessageBody="{}", DelaySeconds=600)
        assert await depths.read() == [
            QueueDepth(name=scene.sends, waiting=2, in_flight=1, delayed=0),
            QueueDepth(name=scene.resumes, waiting=0, in_flight=0, delayed=1),
            QueueDepth(
                name=f"{scene.sends}-dead",
                waiting=1,
                in_flight=0,
                delayed=0,
                holds_dead_letters=True,
            ),
            QueueDepth(
                name=f"{scene.resumes}-dead",
                waiting=0,
                in_flight=0,
                delayed=0,
                holds_dead_letters=True,
            ),
        ]
        await depths.close()

    asyncio.run(look())


def test_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is known by its error; no client is made before it is needed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    nowhere = f"http://{HOST}:{free_port()}"
    depths = SqsDepths(
        queue_urls=[f"{nowhere}/1/a"],
        dead_letters_urls=[],
        region="eu-west-1",
        endpoint_url=nowhere,
    )

    async def look() -> None:
        with pytest.raises(BrokerAwayError):
            await depths.read()
        await depths.close()

    asyncio.run(look())
