"""Jobs as SQS messages.

One message per job, ten messages per call, with the calls in threads off the event loop. SQS
delivers at least once and may refuse single entries of a call. Those are tried again a few times;
then the dispatch raises, and the outbox of the lead keeps its jobs.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar, assert_never

import boto3

from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

# SQS quotas: entries and bytes of one SendMessageBatch, and the maximum of DelaySeconds.
BATCH_ENTRIES_MAX = 10
BATCH_BYTES_MAX = 1_048_576
DELAY_SECONDS_MAX = 900

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS_MAX = 4
RETRY_SECONDS = 0.1


class DispatchError(RuntimeError):
    """Some jobs could not be handed over. The message says how many, and why."""


class SqsDispatcher:
    """Implements the `Dispatcher` port over two queues. Thread-safe, bound to no event loop.

    Without a `client` it creates one for the region. `calls_max`: calls in progress at once.
    """

    def __init__(
        self,
        *,
        send_queue_url: str,
        resume_queue_url: str,
        client: "SQSClient | None" = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        calls_max: int = 4,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._client = client or boto3.client("sqs", region_name=region, endpoint_url=endpoint_url)
        self._send_queue_url = send_queue_url
        self._resume_queue_url = resume_queue_url
        self._retry_seconds = retry_seconds
        self._threads = ThreadPoolExecutor(calls_max, thread_name_prefix="sqs")

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        """Hand over all jobs, in calls of ten. Raises DispatchError, or botocore's errors."""
        by_queue: dict[str, list[SendMessageBatchRequestEntryTypeDef]] = {}
        for number, job in enumerate(jobs):
            by_queue.setdefault(self._queue_url(job), []).append(_entry(number, job))
        calls = [
            self._send(queue_url, batch)
            for queue_url, entries in by_queue.items()
            for batch in _batches(entries)
        ]
        # Wait for all calls to end before raising the first error.
        faults = await asyncio.gather(*calls, return_exceptions=True)
        for fault in faults:
            if fault is not None:
                raise fault

    async def ping(self) -> None:
        """Raises if either queue cannot be read."""
        await asyncio.gather(
            *(
                self._in_thread(self._read_queue, url)
                for url in (self._send_queue_url, self._resume_queue_url)
            )
        )

    async def close(self) -> None:
        # The client may be shared, so its owner closes it.
        self._threads.shutdown(wait=False)

    def _queue_url(self, job: Job) -> str:
        match job:
            case SendJob():
                return self._send_queue_url
            case ResumeJob() | RunJob():
                return self._resume_queue_url
            case _:
                assert_never(job)

    async def _send(
        self, queue_url: str, entries: "list[SendMessageBatchRequestEntryTypeDef]"
    ) -> None:
        reason = ""
        for retry in range(ATTEMPTS_MAX):
            if retry:
                await asyncio.sleep(self._retry_seconds * 2 ** (retry - 1))
            refused = await self._in_thread(self._call, queue_url, entries)
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                return
            reason = refused[entries[0]["Id"]]
        raise DispatchError(
            f"SQS refused {len(entries)} jobs {ATTEMPTS_MAX} times, the first with: {reason}"
        )

    def _call(
        self, queue_url: str, entries: "list[SendMessageBatchRequestEntryTypeDef]"
    ) -> dict[str, str]:
        """The reasons of refused entries, by id. Raises DispatchError if a retry cannot help."""
        response = self._client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        refused = {}
        for failure in response.get("Failed", []):
            reason = f"{failure['Code']}: {failure.get('Message', '')}"
            if failure["SenderFault"]:
                raise DispatchError(f"SQS does not accept a job: {reason}")
            refused[failure["Id"]] = reason
        return refused

    def _read_queue(self, queue_url: str) -> None:
        self._client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])

    async def _in_thread(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        bound = partial(call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, bound)


def job_document(job: Job) -> dict[str, str | int]:
    """The body of a job's message. A fence that is None is left out."""
    match job:
        case SendJob():
            return {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
                "node_id": job.node_id,
                "visit": job.visit,
                "attempt": job.resend_number,
            }
        case ResumeJob():
            document: dict[str, str | int] = {
                "lead_id": job.lead_id,
                "campaign_id": job.campaign_id,
            }
            if job.node_id is not None and job.visit is not None:
                document |= {"node_id": job.node_id, "visit": job.visit}
            return document
        case RunJob():
            return {"job_id": job.job_id}
        case _:
            assert_never(job)


def _entry(number: int, job: Job) -> "SendMessageBatchRequestEntryTypeDef":
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(number),
        "MessageBody": json.dumps(job_document(job), separators=(",", ":")),
    }
    if isinstance(job, ResumeJob) and job.delay_seconds > 0:
        entry["DelaySeconds"] = min(job.delay_seconds, DELAY_SECONDS_MAX)
    return entry


def _batches(
    entries: "Sequence[SendMessageBatchRequestEntryTypeDef]",
) -> "Iterator[list[SendMessageBatchRequestEntryTypeDef]]":
    """Consecutive entries, as many per call as the two quotas allow."""
    batch: list[SendMessageBatchRequestEntryTypeDef] = []
    size_bytes = 0
    for entry in entries:
        # json.dumps escapes to ASCII: characters are bytes.
        entry_bytes = len(entry["MessageBody"])
        full = len(batch) == BATCH_ENTRIES_MAX or size_bytes + entry_bytes > BATCH_BYTES_MAX
        if batch and full:
            yield batch
            batch, size_bytes = [], 0
        batch.append(entry)
        size_bytes += entry_bytes
    if batch:
        yield batch
