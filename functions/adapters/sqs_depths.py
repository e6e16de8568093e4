"""The numbers of messages in the queues of SQS, which SQS knows approximately."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import QueueDepth

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ANSWER_SECONDS_MAX = 2.0
"""Shorter than the time limit of a probe, so that the calls of one do not overlap with the next."""
THREADS = 4
"""As many as there are queues, which are all asked at once."""


class SqsDepths:
    """Implements the `QueueDepths` port. Thread-safe, bound to no event loop.

    Without a `client` it creates one for the region on first use; most functions never need it.
    """

    def __init__(
        self,
        *,
        queue_urls: Sequence[str],
        dead_letters_urls: Sequence[str],
        client: "SQSClient | None" = None,
        region: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self._urls = [(it, False) for it in queue_urls] + [(it, True) for it in dead_letters_urls]
        self._client = client
        self._region = region
        self._endpoint_url = endpoint_url
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="depths")

    async def read(self) -> list[QueueDepth]:
        loop = asyncio.get_running_loop()
        client = await loop.run_in_executor(self._threads, self._sqs)
        calls = [
            loop.run_in_executor(self._threads, _depth, client, url, holds_dead_letters)
            for url, holds_dead_letters in self._urls
        ]
        try:
            return list(await asyncio.gather(*calls))
        except (BotoCoreError, ClientError) as problem:
            raise BrokerAwayError(str(problem)) from problem

    async def close(self) -> None:
        # The client may be shared, so its owner closes it.
        self._threads.shutdown(wait=False)

    def _sqs(self) -> "SQSClient":
        if self._client is None:
            self._client = boto3.Session().client(
                "sqs",
                region_name=self._region,
                endpoint_url=self._endpoint_url,
                config=Config(
                    connect_timeout=ANSWER_SECONDS_MAX,
                    read_timeout=ANSWER_SECONDS_MAX,
                    retries={"total_max_attempts": 1},
                ),
            )
        return self._client


def _depth(client: "SQSClient", url: str, holds_dead_letters: bool) -> QueueDepth:
    found = client.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return QueueDepth(
        name=url.rsplit("/", 1)[-1],
        waiting=int(found["ApproximateNumberOfMessages"]),
        in_flight=int(found["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(found["ApproximateNumberOfMessagesDelayed"]),
        holds_dead_letters=holds_dead_letters,
    )
