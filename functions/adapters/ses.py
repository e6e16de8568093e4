"""Mail through Amazon SES, as raw messages, in threads.

Role: one message in, one `Outcome` out. Invariant: botocore's retries are off, so that one call is
one message. If an answer was not received, or does not say whether the message was accepted, the
outcome is `Unknown`.
This module must not know what is sent, and decides nothing about retries.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.type_defs import GetSendQuotaResponseTypeDef, SendRawEmailRequestTypeDef

T = TypeVar("T")

REASON_CHARS_MAX = 500
CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60

_LATER = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_OURS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccountSendingPausedException",
        "ConfigurationSetDoesNotExist",
        "ConfigurationSetSendingPausedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The account is at fault, not the message, which waits until somebody has fixed the account."""

_MAYBE_TAKEN = (HTTPClientError, IncompleteReadError, ResponseParserError, SSLError)
_TLS_NEVER_BEGAN = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "HANDSHAKE", "handshake")

# The codes that SES returns over SMTP in these cases.
_CODE_LATER = 454
_CODE_REJECTED = 554
_CODE_OURS = 451


class SesTransport:
    """A pool of threads that call SES. Without a `client` it creates one on first use.

    A `client` that is passed in must have its retries switched off.
    """

    def __init__(
        self,
        *,
        client: "SESClient | None" = None,
        connections_max: int = 8,
        region: str | None = None,
        endpoint_url: str | None = None,
        configuration_set: str | None = None,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self.connections_max = connections_max
        self.connections_limit = self.connections_max
        self.connections_working = 0
        self.message_seconds = 0.0
        self._region = region
        self._endpoint_url = endpoint_url
        self._configuration_set = configuration_set
        self._read_timeout_seconds = read_timeout_seconds
        self._slots = asyncio.Semaphore(connections_max)
        self._threads: ThreadPoolExecutor | None = None
        self._client = client
        self._client_lock = Lock()

    def connection(self) -> AbstractAsyncContextManager["SesConnection"]:
        """Waits while `connections_max` connections are in use."""
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator["SesConnection"]:
        async with self._slots:
            yield SesConnection(self)

    def limit_to(self, connections: int) -> None:
        """Does nothing: SES limits rates, not connections."""

    async def ping(self) -> None:
        """Raises if SES cannot be reached or refuses our credentials."""
        await self._in_thread(self._ask_quota)

    async def messages_per_second(self) -> float | None:
        """The rate that SES grants this account; None if it does not say now, or sets no limit."""
        try:
            quota = await self._in_thread(self._ask_quota)
        except (BotoCoreError, ClientError):
            return None
        rate = quota.get("MaxSendRate", 0.0) if quota else 0.0
        return rate if rate > 0 else None

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        """Nothing to try: SES answers only whole messages."""
        return None

    async def close(self) -> None:
        """Waits for the calls that are in progress."""
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def deliver(self, envelope: Envelope) -> Outcome:
        return await self._in_thread(partial(self._deliver, envelope))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.connections_max, thread_name_prefix="ses")
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _deliver(self, envelope: Envelope) -> Outcome:
        try:
            client = self._ses()
        except BotoCoreError as error:
            return Deferred(0, _text(error), Phase.CONNECT, Concern.CONNECTION)
        options: SendRawEmailRequestTypeDef = {
            "Source": envelope.mail_from,
            "Destinations": [envelope.rcpt_to],
            "RawMessage": {"Data": envelope.content},
        }
        if self._configuration_set:
            options["ConfigurationSetName"] = self._configuration_set
        try:
            answer = client.send_raw_email(**options)
        except ClientError as error:
            return _refused(error)
        except (BotoCoreError, ResponseParserError) as error:
            return _not_answered(error)
        return Sent(answer["MessageId"])

    def _ask_quota(self) -> "GetSendQuotaResponseTypeDef | None":
        """None if we may not know it."""
        try:
            return self._ses().get_send_quota()
        except ClientError as error:
            # A role that may only send gets this refusal, which shows that SES answers.
            if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
                raise
            return None

    def _ses(self) -> "SESClient":
        with self._client_lock:
            if self._client is None:
                self._client = boto3.session.Session().client(
                    "ses",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        connect_timeout=CONNECT_TIMEOUT_SECONDS,
                        read_timeout=self._read_timeout_seconds,
                        retries={"total_max_attempts": 1},
                        max_pool_connections=self.connections_max,
                    ),
                )
            return self._client


class SesConnection:
    """One call at a time."""

    def __init__(self, transport: SesTransport) -> None:
        self._transport = transport

    async def open(self) -> None:
        """Each call connects by itself."""

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for failures of the network or of SES. If it is cancelled, the call still
        continues in its thread."""
        return await self._transport.deliver(envelope)


def _refused(error: ClientError) -> Outcome:
    """The outcome of a refusal by SES."""
    code = error.response["Error"]["Code"]
    reason = f"{code}: {_one_line(error.response['Error'].get('Message', ''))}"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if code in _LATER or status in (429, 503):
        return Deferred(_CODE_LATER, reason, Phase.ENVELOPE, Concern.RATE)
    if code in _OURS:
        return Deferred(_CODE_OURS, reason, Phase.ENVELOPE, Concern.SENDING_ACCOUNT)
    if status >= 500:
        # "The processing has failed because of an unknown error" does not say at which point.
        return Unknown(reason)
    return Rejected(_CODE_REJECTED, reason, Phase.ENVELOPE)


def _not_answered(error: Exception) -> Outcome:
    """The outcome if no answer came: it depends on whether the request may have been sent."""
    reason = _text(error)
    never_began = isinstance(error, SSLError) and any(sign in reason for sign in _TLS_NEVER_BEGAN)
    if isinstance(error, _MAYBE_TAKEN) and not never_began:
        return Unknown(f"no answer to the message: {reason}")
    # No listener, no credentials or no endpoint: botocore gave up before it sent anything.
    return Deferred(0, reason, Phase.CONNECT, Concern.CONNECTION)


def _text(error: Exception) -> str:
    return _one_line(str(error)) or type(error).__name__


def _one_line(reason: str) -> str:
    return " ".join(reason.split())[:REASON_CHARS_MAX]
