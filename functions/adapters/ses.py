"""Amazon SES, by raw message: the other way to the world's mailboxes.

One try per call: the client's own retries are off, since a retry after a lost answer would be a
second message. A call whose request may have arrived and whose answer did not is `Unknown`.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
)

from functions.flow.outcome import Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.ports import MailConnection

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60

_NOTHING_SENT = (
    EndpointConnectionError,
    ConnectTimeoutError,
    ProxyConnectionError,
    NoCredentialsError,
)

_LATER = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "ServiceUnavailable",
        "AccountSendingPausedException",
        "ConfigurationSetSendingPausedException",
    }
)
"""Codes that say: nothing was accepted, try again. Any other code below 500 is a refusal."""


class SesTransport:
    """Implements the `MailTransport` port. A connection is a slot: a call at a time."""

    def __init__(
        self,
        *,
        region: str,
        endpoint_url: str | None = None,
        connections_max: int = 8,
        client: "SESClient | None" = None,
    ) -> None:
        self.connections_max = connections_max
        self._client = client or boto3.client(
            "ses",
            region_name=region,
            endpoint_url=endpoint_url,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                max_pool_connections=connections_max,
            ),
        )
        self._slots = asyncio.Semaphore(connections_max)
        self._threads = ThreadPoolExecutor(connections_max, thread_name_prefix="ses")

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            yield self

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for the world's faults."""
        call = partial(_send, self._client, envelope)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def ping(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._client.get_send_quota)

    async def close(self) -> None:
        self._threads.shutdown(wait=False)


def _send(client: "SESClient", envelope: Envelope) -> Outcome:
    try:
        answer = client.send_raw_email(
            Source=envelope.mail_from,
            Destinations=[envelope.rcpt_to],
            RawMessage={"Data": envelope.content},
        )
    except ClientError as refusal:
        return _refused(refusal)
    except _NOTHING_SENT as failure:
        return Deferred(0, str(failure)[:500], Phase.CONNECT)
    except BotoCoreError as failure:
        return Unknown(f"no answer to the message: {failure}"[:500])
    return Sent(answer["MessageId"])


def _refused(refusal: ClientError) -> Outcome:
    status = refusal.response["ResponseMetadata"].get("HTTPStatusCode", 400)
    code = refusal.response["Error"].get("Code", "")
    words = f"{code}: {refusal.response['Error'].get('Message', '')}"[:500]
    if code in _LATER:
        return Deferred(status, words, Phase.ENVELOPE)
    if status >= 500:
        # It may have been accepted before the service failed.
        return Unknown(words)
    return Rejected(status, words, Phase.ENVELOPE)
