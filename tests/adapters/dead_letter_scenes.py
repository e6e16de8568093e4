"""Queues in which jobs become dead letters as in production: a broker's, moto's, a list."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import boto3
from amqp import Message
from botocore.config import Config
from kombu import Connection

from functions.adapters.sqs import SqsDispatcher, job_document
from functions.adapters.sqs_dead_letters import Route, SqsDeadLetters
from functions.service.jobs.records import Job, SendJob
from functions.service.operations.ports import DeadLetters
from functions.service.operations.records import DeadLetter, JobNames
from harness.fakes.dead_letters import FakeDeadLetters
from harness.patience import patience
from harness.servers.child import HOST, free_port
from local.cloud.moto_aws import MotoAws
from local.team.dead_letters import RabbitDeadLetters
from local.team.dispatcher import CeleryDispatcher
from local.team.queues import DEAD_LETTERS, EXCHANGE, RESUMES, SENDS, declare

_numbers = count(1)
PATIENCE_SECONDS = patience(20.0)


class Scene(Protocol):
    """`dead_letters` and `other` are two operators. Garbage dies in the queue of sends."""

    @property
    def dead_letters(self) -> DeadLetters: ...

    @property
    def other(self) -> DeadLetters: ...

    @property
    def away(self) -> DeadLetters: ...

    @property
    def sends(self) -> str: ...

    @property
    def resumes(self) -> str: ...

    async def kill(self, jobs: Sequence[Job]) -> None:
        """Dispatch jobs that no worker can handle, so that they become dead letters."""

    async def kill_garbage(self, text: str) -> None: ...

    async def take(self, queue: str) -> list[bytes]:
        """Takes the waiting messages out of a queue and returns their bodies."""

    async def die_again(self) -> None:
        """The waiting messages in the queue of sends become dead letters again."""

    def names(self, body: bytes) -> JobNames: ...


class RabbitScene:
    sends, resumes = SENDS, RESUMES

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self.dead_letters = RabbitDeadLetters(broker_url)
        self.other = RabbitDeadLetters(broker_url)
        self.away = RabbitDeadLetters(f"amqp://guest:guest@{HOST}:{free_port()}/")
        with Connection(broker_url) as connection, connection.channel() as channel:
            declare(channel)

    async def kill(self, jobs: Sequence[Job]) -> None:
        ids = (f"id-{next(_numbers)}" for _ in jobs)
        dispatcher = CeleryDispatcher(self._broker_url, lambda: next(ids))
        await dispatcher.dispatch(jobs)
        sends = sum(isinstance(job, SendJob) for job in jobs)
        self.reject(self.sends, sends)
        self.reject(self.resumes, len(jobs) - sends)
        # Not earlier, because an unconfirmed message may be lost when its channel closes.
        await dispatcher.close()

    async def kill_garbage(self, text: str) -> None:
        self.publish(SENDS, text.encode(), {})
        self.reject(SENDS, 1)

    async def die_again(self) -> None:
        with Connection(self._broker_url) as connection, connection.channel() as channel:
            waiting = channel.queue_declare(SENDS, passive=True).message_count
        self.reject(SENDS, waiting)

    async def take(self, queue: str) -> list[bytes]:
        return [bytes(it.body) for it in self.messages(queue)]

    def names(self, body: bytes) -> JobNames:
        return JobNames.of(json.loads(body)[1])

    def publish(
        self, queue: str, body: bytes, headers: dict[str, object], **properties: object
    ) -> None:
        message = Message(body, application_headers=headers, **properties)
        # Both exchanges accept the name of a queue.
        exchange = DEAD_LETTERS if queue == DEAD_LETTERS else EXCHANGE
        with self.confirming() as channel:
            channel.basic_publish(message, exchange=exchange, routing_key=queue)

    @contextmanager
    def confirming(self) -> Iterator[Any]:
        """A channel with confirmed publishing."""
        options = {"confirm_publish": True}
        with (
            Connection(self._broker_url, transport_options=options) as connection,
            connection.channel() as channel,
        ):
            yield channel

    def reject(self, queue: str, number: int) -> None:
        """Returns once they are among the dead letters."""
        with Connection(self._broker_url) as connection, connection.channel() as channel:
            lying = channel.queue_declare(DEAD_LETTERS, passive=True).message_count
            for _ in range(number):
                channel.basic_reject(self._next(channel, queue).delivery_tag, requeue=False)
            deadline = time.monotonic() + PATIENCE_SECONDS
            wanted = lying + number
            while channel.queue_declare(DEAD_LETTERS, passive=True).message_count < wanted:
                assert time.monotonic() < deadline

    def messages(self, queue: str) -> list[Any]:
        """Takes messages out of a queue, unchanged."""
        found = []
        with Connection(self._broker_url) as connection, connection.channel() as channel:
            channel.auto_decode = False
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                found.append(message)
        return found

    def _next(self, channel: Any, queue: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (message := channel.basic_get(queue)) is None:
            assert time.monotonic() < deadline
        return message


class SqsScene:
    def __init__(self) -> None:
        number = next(_numbers)
        self.client = client = MotoAws().session.client("sqs")
        self.routes = [self._route(f"{name}-{number}") for name in ("sends", "resumes")]
        self.sends, self.resumes = (it.name for it in self.routes)
        self.dead_letters, self.other = (self._dead_letters() for _ in range(2))
        self._dispatcher = SqsDispatcher(
            client=client,
            send_queue_url=self.routes[0].queue_url,
            resume_queue_url=self.routes[1].queue_url,
        )
        nowhere = f"http://{HOST}:{free_port()}"
        self.away = SqsDeadLetters(
            sends=Route(f"{nowhere}/1/a", "b"),
            resumes=Route(f"{nowhere}/1/c", "d"),
            client=boto3.Session("x", "x", region_name="eu-west-1").client(
                "sqs", endpoint_url=nowhere, config=Config(retries={"total_max_attempts": 1})
            ),
        )

    def _route(self, name: str) -> Route:
        create = self.client.create_queue
        dead_url = create(QueueName=f"{name}-dead")["QueueUrl"]
        dead_arn = self.client.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
        url = create(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        return Route(dead_url, url)

    def _dead_letters(self) -> SqsDeadLetters:
        sends, resumes = self.routes
        return SqsDeadLetters(sends=sends, resumes=resumes, client=self.client, wait_seconds=0)

    async def kill(self, jobs: Sequence[Job]) -> None:
        await self._dispatcher.dispatch(jobs)
        for route in self.routes:
            self._deliver_twice(route)

    async def kill_garbage(self, text: str) -> None:
        self.client.send_message(QueueUrl=self.routes[0].queue_url, MessageBody=text)
        await self.die_again()

    async def die_again(self) -> None:
        self._deliver_twice(self.routes[0])

    async def take(self, queue: str) -> list[bytes]:
        (route,) = (it for it in self.routes if it.name == queue)
        found: list[bytes] = []
        while messages := self._receive(route, hidden_seconds=600):
            found += [it["Body"].encode() for it in messages]
        return found

    def names(self, body: bytes) -> JobNames:
        return JobNames.of(json.loads(body))

    def _deliver_twice(self, route: Route) -> None:
        """One delivery too many moves a message to the dead letters."""
        while self._receive(route, hidden_seconds=0):
            pass

    def _receive(self, route: Route, hidden_seconds: int) -> list[Any]:
        received = self.client.receive_message(
            QueueUrl=route.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=hidden_seconds
        )
        return list(received.get("Messages", []))


class FakeScene:
    sends, resumes = "sends", "resumes"

    def __init__(self) -> None:
        self.dead_letters = self.other = FakeDeadLetters()
        self.away = FakeDeadLetters(is_away=True)

    async def kill(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            document = job_document(job)
            queue, kind = ("sends", "send") if isinstance(job, SendJob) else ("resumes", "resume")
            kind = "run_job" if "job_id" in document else kind
            self._lay(queue, kind, json.dumps(document).encode())

    async def kill_garbage(self, text: str) -> None:
        self._lay("sends", None, text.encode())

    async def die_again(self) -> None:
        for body in await self.take("sends"):
            self._lay("sends", "send", body)

    async def take(self, queue: str) -> list[bytes]:
        found = [body for name, body in self.dead_letters.back if name == queue]
        self.dead_letters.back = [it for it in self.dead_letters.back if it[0] != queue]
        return found

    def names(self, body: bytes) -> JobNames:
        return JobNames.of(json.loads(body))

    def _lay(self, queue: str, kind: str | None, body: bytes) -> None:
        try:
            names = self.names(body)
        except ValueError:
            names = JobNames()
        dead_letter = DeadLetter(
            dead_letter_id=f"letter-{next(_numbers)}",
            source=queue,
            reason="rejected",
            at=datetime.fromtimestamp(time.time(), UTC),
            size_bytes=len(body),
            kind=kind,
            names=names,
        )
        self.dead_letters.lying.append((dead_letter, body))
