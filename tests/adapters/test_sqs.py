"""The SQS dispatcher over moto, and over a queue that refuses."""

import asyncio
import json
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.adapters.sqs import BATCH_BYTES_MAX, DispatchError, SqsDispatcher
from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from harness.patience import patience
from local.cloud.moto_aws import MotoAws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_numbers = count()
SEND = SendJob(
    lead_id="lead_c_1_1700000000", campaign_id="c", node_id="email-1", visit=1, resend_number=1
)


class Queues:
    """Two fresh queues in moto."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.client = MotoAws().session.client("sqs")
        self.send = self.client.create_queue(QueueName=f"send-{number}")["QueueUrl"]
        self.resume = self.client.create_queue(QueueName=f"resume-{number}")["QueueUrl"]

    def dispatcher(self) -> SqsDispatcher:
        return SqsDispatcher(
            client=self.client,
            send_queue_url=self.send,
            resume_queue_url=self.resume,
            retry_seconds=0,
        )

    def bodies(self, url: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        while True:
            messages = self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            if "Messages" not in messages:
                return found
            found += [json.loads(message["Body"]) for message in messages["Messages"]]

    def delayed(self, url: str) -> int:
        found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return int(found["Attributes"]["ApproximateNumberOfMessagesDelayed"])


class RefusingClient:
    """Replaces a failing SQS: it returns `answers` one after another, then accepts everything."""

    def __init__(self, answers: list[dict[str, object]]) -> None:
        self.answers = answers
        self.calls: list[list[str]] = []
        self.sizes_bytes: list[int] = []
        self._lock = threading.Lock()

    def send_message_batch(self, **arguments: Any) -> dict[str, object]:
        with self._lock:
            entries = arguments["Entries"]
            self.calls.append([entry["Id"] for entry in entries])
            self.sizes_bytes.append(sum(len(entry["MessageBody"]) for entry in entries))
            return self.answers.pop(0) if self.answers else {}


def dispatcher_over(client: RefusingClient) -> SqsDispatcher:
    return SqsDispatcher(
        client=cast("SQSClient", client),
        send_queue_url="s",
        resume_queue_url="r",
        retry_seconds=0,
    )


def failure(identifier: str, *, sender_fault: bool = False) -> dict[str, object]:
    return {
        "Id": identifier,
        "Code": "InternalError",
        "Message": "try again",
        "SenderFault": sender_fault,
    }


def test_each_kind_of_job_goes_to_its_queue_in_the_shape_of_the_wire() -> None:
    """Only ids, and no fence if there is none."""
    queues = Queues()
    jobs: list[Job] = [
        SEND,
        ResumeJob(lead_id="lead_1", campaign_id="c"),
        ResumeJob(lead_id="lead_2", campaign_id="c", node_id="wait-1", visit=3),
        RunJob("job_7"),
    ]
    asyncio.run(queues.dispatcher().dispatch(jobs))
    assert queues.bodies(queues.send) == [
        {
            "lead_id": "lead_c_1_1700000000",
            "campaign_id": "c",
            "node_id": "email-1",
            "visit": 1,
            "attempt": 1,
        }
    ]
    assert queues.bodies(queues.resume) == [
        {"lead_id": "lead_1", "campaign_id": "c"},
        {"lead_id": "lead_2", "campaign_id": "c", "node_id": "wait-1", "visit": 3},
        {"job_id": "job_7"},
    ]


def test_many_jobs_go_ten_to_a_call() -> None:
    """SQS takes ten entries; none is lost between two calls."""
    client = RefusingClient([])
    asyncio.run(dispatcher_over(client).dispatch([SEND] * 95))
    assert sorted(len(call) for call in client.calls) == [5] + [10] * 9
    assert sorted(int(i) for call in client.calls for i in call) == list(range(95))


def test_a_call_stays_under_the_size_that_sqs_takes() -> None:
    """Large bodies make smaller calls, each within the quota of 1 MiB."""
    client = RefusingClient([])
    large = SendJob(
        lead_id="x" * (BATCH_BYTES_MAX // 4),
        campaign_id="c",
        node_id="email-1",
        visit=1,
        resend_number=1,
    )
    asyncio.run(dispatcher_over(client).dispatch([large] * 8))
    assert [len(call) for call in client.calls] == [3, 3, 2]
    assert max(client.sizes_bytes) <= BATCH_BYTES_MAX


@pytest.mark.parametrize(("delay_seconds", "delayed"), [(0, 0), (1, 1), (900, 1), (5000, 1)])
def test_delays_are_cut_to_what_sqs_allows(delay_seconds: int, delayed: int) -> None:
    """901 s would be refused; the due time is checked again on receipt."""
    queues = Queues()
    job = ResumeJob(
        lead_id="lead_1", campaign_id="c", node_id="wait-1", visit=1, delay_seconds=delay_seconds
    )
    asyncio.run(queues.dispatcher().dispatch([job]))
    assert queues.delayed(queues.resume) == delayed
    assert len(queues.bodies(queues.resume)) == 1 - delayed


def test_refused_entries_alone_are_sent_again() -> None:
    """The retry does not duplicate accepted entries."""
    client = RefusingClient([{"Failed": [failure("1")]}, {"Failed": [failure("1")]}])
    asyncio.run(dispatcher_over(client).dispatch([SEND] * 3))
    assert client.calls == [["0", "1", "2"], ["1"], ["1"]]


def test_entries_refused_for_good_raise() -> None:
    """The caller keeps them in the outbox, so it must learn that they were not sent."""
    client = RefusingClient([{"Failed": [failure("0")]}] * 50)
    with pytest.raises(DispatchError, match="1 jobs 4 times"):
        asyncio.run(dispatcher_over(client).dispatch([SEND, SEND]))
    assert len(client.calls) == 4


def test_our_own_fault_is_not_tried_again() -> None:
    """SQS says whose fault it is."""
    client = RefusingClient([{"Failed": [failure("0", sender_fault=True)]}])
    with pytest.raises(DispatchError, match="does not accept"):
        asyncio.run(dispatcher_over(client).dispatch([SEND]))
    assert len(client.calls) == 1


def test_one_failing_call_does_not_keep_the_others_from_being_sent() -> None:
    """All calls are completed before the error is raised."""

    class HalfSlowClient(RefusingClient):
        def send_message_batch(self, **arguments: Any) -> dict[str, object]:
            if arguments["Entries"][0]["Id"] != "0":
                time.sleep(0.1)
            return super().send_message_batch(**arguments)

    client = HalfSlowClient([{"Failed": [failure("0", sender_fault=True)]}])
    with pytest.raises(DispatchError):
        asyncio.run(dispatcher_over(client).dispatch([SEND] * 40))
    assert sorted(int(i) for call in client.calls for i in call) == list(range(40))


def test_nothing_to_dispatch_makes_no_call() -> None:
    """SQS refuses empty batches."""
    client = RefusingClient([])
    asyncio.run(dispatcher_over(client).dispatch([]))
    assert client.calls == []


def test_ping_reports_a_missing_queue() -> None:
    """Readiness means both queues answer."""
    queues = Queues()
    asyncio.run(queues.dispatcher().ping())
    queues.client.delete_queue(QueueUrl=queues.resume)
    with pytest.raises(ClientError, match="does not exist"):
        asyncio.run(queues.dispatcher().ping())


def test_the_event_loop_stays_free_while_sqs_answers() -> None:
    """Calls run in threads."""
    released = threading.Event()

    class SlowClient(RefusingClient):
        def send_message_batch(self, **arguments: Any) -> dict[str, object]:
            assert released.wait(patience(10)), "the loop was blocked"
            return super().send_message_batch(**arguments)

    async def scenario() -> None:
        sending = asyncio.create_task(dispatcher_over(SlowClient([])).dispatch([SEND]))
        await asyncio.sleep(0.05)
        released.set()
        await sending

    asyncio.run(scenario())
