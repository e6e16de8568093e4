"""The deployed handlers, called as Lambda and as Chalice's test client call them."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from chalice.test import Client

from functions.resume_lead import handler as resume_module
from functions.resume_lead.metrics import NAMESPACE, UNITS
from functions.send_email import handler as send_module
from functions.service.schedule.consume import Delivery
from functions.service.schedule.sweep import SweepReport
from functions.service.services import Services

T = TypeVar("T")

REPORT = SweepReport(
    leads_dispatched=7,
    leads_drained=0,
    tracking_events_settled=0,
    records_counted=0,
    job_pages=0,
    oldest_overdue_seconds=12.5,
)
TICK = {
    "version": "0",
    "id": "e1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-24T04:05:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:events:eu-west-1:123456789012:rule/every-minute"],
    "detail": {},
}
CONTEXT = SimpleNamespace(function_name="stack-SweepFunction-1")


class FakeRuntime:
    """A loop for one call, with services that the fake use cases only pass on."""

    services: Services = SimpleNamespace(name="services")  # type: ignore[assignment]

    def run(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        return asyncio.run(coroutine)


class Deliveries:
    """Replaces `deliver_sends` and `deliver_resumes`: records the batches and answers as
    configured.
    """

    def __init__(self) -> None:
        self.batches: list[list[Delivery]] = []
        self.failed: frozenset[str] = frozenset()
        self.error: Exception | None = None

    async def __call__(self, services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
        assert services is FakeRuntime.services
        self.batches.append(list(deliveries))
        if self.error is not None:
            raise self.error
        return self.failed


@pytest.fixture(params=[send_module, resume_module], ids=["send_email", "resume_lead"])
def module(request: pytest.FixtureRequest) -> Iterator[Any]:
    module = request.param
    module.use(FakeRuntime())
    yield module
    module.use(None)


@pytest.fixture
def deliveries(module: Any, monkeypatch: pytest.MonkeyPatch) -> Deliveries:
    fake = Deliveries()
    monkeypatch.setattr(module.source, "deliver", fake)
    return fake


def sqs_event(*messages: tuple[str, str, int]) -> dict[str, object]:
    return {
        "Records": [
            {
                "messageId": message_id,
                "receiptHandle": f"handle of {message_id}",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": str(receive_count),
                    "SentTimestamp": "1795494036000",
                },
                "messageAttributes": {},
                "md5OfBody": "0",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
                "awsRegion": "eu-west-1",
            }
            for message_id, body, receive_count in messages
        ]
    }


def test_a_batch_is_one_call_of_the_use_case(module: Any, deliveries: Deliveries) -> None:
    """In order, with the ids, bodies and counts that Lambda gave."""
    answer = module.handler(sqs_event(("m1", '{"a": 1}', 1), ("m2", "no json", 4)), CONTEXT)
    assert answer == {"batchItemFailures": []}
    assert deliveries.batches == [[Delivery("m1", '{"a": 1}', 1), Delivery("m2", "no json", 4)]]


def test_failures_alone_are_named(module: Any, deliveries: Deliveries) -> None:
    """Lambda deletes the other messages."""
    deliveries.failed = frozenset({"m3", "m1"})
    answer = module.handler(sqs_event(("m1", "", 1), ("m2", "", 1), ("m3", "", 1)), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}


def test_an_error_of_the_batch_leaves_the_function(module: Any, deliveries: Deliveries) -> None:
    """A response would mean that all succeeded; only an exception returns all to the queue."""
    deliveries.error = ConnectionError("the store is away")
    with pytest.raises(ConnectionError):
        module.handler(sqs_event(("m1", "", 1)), CONTEXT)


def test_a_failure_that_is_not_in_the_batch_raises(module: Any, deliveries: Deliveries) -> None:
    """It would silently fail the whole batch."""
    deliveries.failed = frozenset({"of another batch"})
    with pytest.raises(ValueError, match="of another batch"):
        module.handler(sqs_event(("m1", "", 1)), CONTEXT)


def test_chalices_test_client_reaches_the_same_handler(module: Any, deliveries: Deliveries) -> None:
    """By its name in Chalice."""
    with Client(module.app) as client:
        event = client.events.generate_sqs_event(message_bodies=["hello"])
        event["Records"][0]["attributes"] = {"ApproximateReceiveCount": "2"}
        answer = client.lambda_.invoke("handler", event)
    assert answer.payload == {"batchItemFailures": []}
    ((delivery,),) = deliveries.batches
    assert (delivery.body, delivery.receive_count) == ("hello", 2)


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Services]]]:
    calls: list[Services] = []

    async def sweep(services: Services) -> SweepReport:
        calls.append(services)
        return REPORT

    monkeypatch.setattr(resume_module.schedule, "start", sweep)
    resume_module.use(FakeRuntime())
    yield lambda: calls
    resume_module.use(None)


def test_a_tick_sweeps_once_and_reports_metrics(
    swept: Callable[[], list[Services]], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line in the embedded metric format, which CloudWatch reads from the log."""
    answer = resume_module.sweep(TICK, CONTEXT)
    assert swept() == [FakeRuntime.services]
    assert answer == {"OldestOverdueLeadSeconds": 12.5, "LeadsDispatched": 7}
    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert written["_aws"]["Timestamp"] == 1795493100000
    assert directive["Namespace"] == NAMESPACE == "EmailBuilder"
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == UNITS
    for (dimension,) in directive["Dimensions"]:
        assert written[dimension] == "stack-SweepFunction-1"
    for metric in UNITS:
        assert isinstance(written[metric], int | float)
    assert written["OldestOverdueLeadSeconds"] == 12.5


def test_the_sweep_is_reached_through_chalices_test_client(
    swept: Callable[[], list[Services]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the event that Chalice makes for a schedule."""
    lines: list[str] = []
    monkeypatch.setattr(resume_module.schedule, "write_metrics", lines.append)
    with Client(resume_module.app) as client:
        event = client.events.generate_cw_event("aws.events", "Scheduled Event", {}, ["rule"])
        event["time"] = "2026-11-24T04:05:00Z"
        client.lambda_.invoke("sweep", event)
    assert len(swept()) == 1
    assert len(lines) == 1
