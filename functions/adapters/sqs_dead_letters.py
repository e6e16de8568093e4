"""The dead-letter queues of SQS: list, read, requeue and drop letters.

SQS delivers letters in no particular order and hides those that it has delivered. So a call
receives all letters that it can, sorts them, and makes those that remain visible again. Invariant:
when requeueing, a letter is deleted only after SQS has accepted its copy for the original queue. If
two operators work at once, each gets the letters that the other does not hold. A process that dies
leaves its letters hidden for `HIDDEN_SECONDS`.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import (
    CLEARED_MAX,
    NAMED_MAX,
    Cleared,
    DeadLetter,
    DeadLetterPage,
    JobNames,
    OpenedDeadLetter,
    Place,
    document_of,
    opened,
    page_of,
)

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

RECEIVE_MAX = 10
"""Messages that SQS delivers, makes visible or deletes in one request."""
SEEN_MAX = 1000
"""Letters of one queue that one call receives at most."""
WORK_SECONDS_MAX = 10.0
"""After this time a call stops, and reports how many letters are left."""
HIDDEN_SECONDS = 30
"""Longer than a call can take, so that nobody else receives the letters that it holds."""
ANSWER_SECONDS_MAX = 25.0
"""After this time without an answer, SQS counts as unavailable."""
WAIT_SECONDS = 1
"""A receive that waits asks all servers of SQS. One that does not wait may miss letters."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Route:
    """A dead-letter queue, and the queue that its letters come from."""

    dead_letters_url: str
    queue_url: str

    @property
    def name(self) -> str:
        return self.queue_url.rsplit("/", 1)[-1]


class SqsDeadLetters:
    """Implements the `DeadLetters` port. Thread-safe, bound to no event loop.

    Without a `client` it creates one for the region on first use; most functions never need it.
    """

    def __init__(
        self,
        *,
        sends: Route,
        resumes: Route,
        client: "SQSClient | None" = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        wait_seconds: int = WAIT_SECONDS,
    ) -> None:
        self._sends = sends
        self._resumes = resumes
        self._client = client
        self._region = region
        self._endpoint_url = endpoint_url
        self._wait_seconds = wait_seconds
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="dead-letters")

    async def page(self, *, after: Place | None, limit: int) -> DeadLetterPage:
        looks = await self._with_each(
            lambda hands: [hands.dead_letter_of(it) for it in hands.take()]
        )
        dead_letters, found = page_of([it for look, _ in looks for it in look], after, limit)
        total = sum(left for _, left in looks)
        return DeadLetterPage(dead_letters, total, unseen=max(0, total - found))

    async def find(self, dead_letter_id: str) -> OpenedDeadLetter | None:
        def look(hands: "_Hands") -> OpenedDeadLetter | None:
            for it in hands.take():
                if it["MessageId"] == dead_letter_id:
                    return opened(hands.dead_letter_of(it), _body(it))
            return None

        looks = await self._with_each(look)
        return next((found for found, _ in looks if found is not None), None)

    async def requeue(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return await self._clear(dead_letter_ids, _Hands.send_back)

    async def drop(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return await self._clear(dead_letter_ids, _Hands.let_go)

    async def close(self) -> None:
        # The client may be shared, so its owner closes it.
        self._threads.shutdown(wait=False)

    async def _clear(
        self,
        wanted: frozenset[str] | None,
        act: "Callable[[_Hands, MessageTypeDef], None]",
    ) -> Cleared:
        def clear(hands: "_Hands") -> set[str]:
            """Ten at a time, so that a crash repeats at most ten."""
            cleared: set[str] = set()
            most = CLEARED_MAX // 2  # of each of the two queues
            for batch in hands.take_batches():
                chosen = [it for it in batch if wanted is None or it["MessageId"] in wanted]
                chosen = chosen[: most - len(cleared)]
                for it in chosen:
                    act(hands, it)
                cleared |= hands.delete(chosen)
                if len(cleared) == most or (wanted is not None and wanted <= cleared):
                    break
            return cleared

        looks = await self._with_each(clear)
        cleared = frozenset().union(*(it for it, _ in looks))
        missing = sorted((wanted or frozenset()) - cleared)
        left = sum(it for _, it in looks)
        return Cleared(len(cleared), left, tuple(missing)[:NAMED_MAX])

    async def _with_each(self, use: "Callable[[_Hands], T]") -> list[tuple[T, int]]:
        """For both queues: the result of `use`, and how many letters there are after those still
        held have been given back. Raises BrokerAwayError."""

        def used(route: Route) -> tuple[T, int]:
            client = self._sqs()
            hands = _Hands(client, route, route is self._sends, self._wait_seconds)
            try:
                made = use(hands)
            finally:
                hands.give_back()
            return made, _count(client, route)

        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(self._threads, used, it) for it in (self._sends, self._resumes)
        ]
        # Wait for both to end before raising the first error.
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                done = await asyncio.gather(*calls, return_exceptions=True)
        except TimeoutError as problem:
            raise BrokerAwayError("SQS does not answer") from problem
        made: list[tuple[T, int]] = []
        for it in done:
            if isinstance(it, BaseException):
                raise _explained(it) from it
            made.append(it)
        return made

    def _sqs(self) -> "SQSClient":
        # If two threads create one at once, one of them is discarded.
        if self._client is None:
            self._client = boto3.Session().client(
                "sqs", region_name=self._region, endpoint_url=self._endpoint_url
            )
        return self._client


class _Hands:
    """The letters of one queue that a call has received and still holds."""

    def __init__(
        self, client: "SQSClient", route: Route, is_sends: bool, wait_seconds: int
    ) -> None:
        self._client = client
        self._route = route
        self._is_sends = is_sends
        self._wait_seconds = wait_seconds
        self._held: dict[str, MessageTypeDef] = {}

    def take(self) -> "Iterator[MessageTypeDef]":
        for batch in self.take_batches():
            yield from batch

    def take_batches(self) -> "Iterator[Sequence[MessageTypeDef]]":
        """All letters that nobody else holds, each once, within the bounds of a call."""
        deadline = time.monotonic() + WORK_SECONDS_MAX
        seen: set[str] = set()
        while len(seen) < SEEN_MAX and time.monotonic() < deadline:
            received = self._client.receive_message(
                QueueUrl=self._route.dead_letters_url,
                MaxNumberOfMessages=RECEIVE_MAX,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=self._wait_seconds,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                return
            self._held |= {it["MessageId"]: it for it in received}
            new = [it for it in received if it["MessageId"] not in seen]
            seen |= {it["MessageId"] for it in new}
            yield new

    def dead_letter_of(self, message: "MessageTypeDef") -> DeadLetter:
        attributes = message["Attributes"]
        body = _body(message)
        document = document_of(body)
        names = JobNames.of(document)
        return DeadLetter(
            dead_letter_id=message["MessageId"],
            source=self._route.name,
            # Messages get into this queue only by being delivered too often.
            reason="delivery_limit",
            at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
            size_bytes=len(body),
            kind=self._kind(document, names),
            names=names,
            deliveries=int(attributes["ApproximateReceiveCount"]),
        )

    def send_back(self, message: "MessageTypeDef") -> None:
        """Returns once SQS has the copy, whose deliveries are counted from 0."""
        self._client.send_message(
            QueueUrl=self._route.queue_url,
            MessageBody=message["Body"],
            MessageAttributes=message.get("MessageAttributes", {}),
        )

    def let_go(self, message: "MessageTypeDef") -> None:
        """Does nothing: a dropped letter is only deleted."""

    def delete(self, messages: "Sequence[MessageTypeDef]") -> set[str]:
        """Delete at most `RECEIVE_MAX` letters. Returns the ids of those that are deleted; the
        others are still held."""
        if not messages:
            return set()
        answer = self._client.delete_message_batch(
            QueueUrl=self._route.dead_letters_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": it["ReceiptHandle"]}
                for number, it in enumerate(messages)
            ],
        )
        gone = {messages[int(it["Id"])]["MessageId"] for it in answer.get("Successful", [])}
        for dead_letter_id in gone:
            del self._held[dead_letter_id]
        return gone

    def give_back(self) -> None:
        held = list(self._held.values())
        self._held.clear()
        for start in range(0, len(held), RECEIVE_MAX):
            self._client.change_message_visibility_batch(
                QueueUrl=self._route.dead_letters_url,
                Entries=[
                    {
                        "Id": str(number),
                        "ReceiptHandle": it["ReceiptHandle"],
                        "VisibilityTimeout": 0,
                    }
                    for number, it in enumerate(held[start : start + RECEIVE_MAX])
                ],
            )

    def _kind(self, document: object, names: JobNames) -> str | None:
        """The kind of a job, which follows from its queue and the ids that it names."""
        if not isinstance(document, Mapping):
            return None
        if self._is_sends:
            return "send"
        if names.job_id is not None:
            return "run_job"
        return "resume" if names.lead_id is not None else None


def _count(client: "SQSClient", route: Route) -> int:
    """The approximate number of letters in the queue, including those that somebody holds."""
    found = client.get_queue_attributes(
        QueueUrl=route.dead_letters_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(it) for it in found.values())


def _body(message: "MessageTypeDef") -> bytes:
    return message["Body"].encode("utf-8", "backslashreplace")


def _explained(problem: BaseException) -> BaseException:
    """Failures of SQS and the network as BrokerAwayError. Other errors are returned unchanged."""
    if isinstance(problem, ClientError):
        status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        is_away = status >= 500 or status == 429
    else:
        is_away = isinstance(problem, BotoCoreError | OSError)
    return BrokerAwayError(f"SQS is away: {problem}") if is_away else problem
