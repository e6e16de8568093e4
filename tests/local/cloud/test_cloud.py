"""The emulated cloud: a small stack, real polling, and functions from the tests."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness.patience import patience, until
from local.cloud import workers
from local.cloud.cloud import Cloud, CloudError, CloudSettings
from local.cloud.invoke import Event, LambdaContext

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Colour: { Type: String }
Globals:
  Function:
    Runtime: python3.11
    CodeUri: .
    Environment: { Variables: { QUEUE_URL: !Ref Work, COLOUR: !Ref Colour } }
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 600
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 }
  Dead:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: fake_function.batch
      Timeout: 7
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            BatchSize: 100
            MaximumBatchingWindowInSeconds: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
  Clock:
    Type: AWS::Serverless::Function
    Properties:
      Handler: fake_function.tick
      Events:
        EveryMinute: { Type: Schedule, Properties: { Schedule: rate(1 minute) } }
  Loud:
    Type: AWS::CloudWatch::Alarm
    Properties:
      MetricName: X
      Namespace: Y
      Statistic: Sum
      Threshold: 0
      Period: 60
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
Outputs:
  Alarm: { Value: !GetAtt Loud.Arn }
"""


class FakeFunction:
    """Records its calls; `answer` determines its response."""

    def __init__(self) -> None:
        self.batches: list[Event] = []
        self.ticks: list[Event] = []
        self.contexts: list[LambdaContext] = []
        self.answer: Callable[[Event], object] = lambda event: {"batchItemFailures": []}
        self.on_tick: Callable[[], None] = lambda: None

    def batch(self, event: Event, context: LambdaContext) -> object:
        self.batches.append(event)
        self.contexts.append(context)
        return self.answer(event)

    def tick(self, event: Event, context: LambdaContext) -> None:
        self.ticks.append(event)
        self.on_tick()

    def bodies(self) -> list[str]:
        return [record["body"] for event in self.batches for record in event["Records"]]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> FakeFunction:
    fake = FakeFunction()
    module = ModuleType("fake_function")
    vars(module).update(batch=fake.batch, tick=fake.tick)
    monkeypatch.setitem(sys.modules, "fake_function", module)
    return fake


PATIENT_SECONDS = int(patience(30))
"""Longer than a batch can take on a busy machine, so that nothing is delivered twice."""


def settings(folder: Path, visibility_seconds: int = PATIENT_SECONDS) -> CloudSettings:
    template = folder / "template.yaml"
    template.write_text(TEMPLATE)
    return CloudSettings(
        template=template,
        parameters={"Colour": "blue"},
        sweep_seconds=0.05,
        visibility_seconds=visibility_seconds,
        window_seconds=0.05,
    )


@pytest.fixture
def cloud(
    function: FakeFunction, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Cloud]:
    """Its parameter sets another visibility timeout."""
    made = Cloud(settings(tmp_path, getattr(request, "param", PATIENT_SECONDS)))
    yield made
    made.stop()


def send(cloud: Cloud, bodies: list[str]) -> None:
    for start in range(0, len(bodies), 10):
        cloud.sqs_client().send_message_batch(
            QueueUrl=cloud.queue_url("Work"),
            Entries=[
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(bodies[start : start + 10])
            ],
        )


def test_every_message_reaches_the_function_once_and_the_queue_ends_empty(
    cloud: Cloud, function: FakeFunction
) -> None:
    """Messages that arrive while others are deleted are neither lost nor doubled."""
    cloud.start()
    bodies = [f"job {number}" for number in range(600)]
    halves = (bodies[:300], bodies[300:])
    senders = [threading.Thread(target=send, args=(cloud, half)) for half in halves]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    until(cloud.drained)
    assert sorted(function.bodies()) == sorted(bodies)


def test_a_batch_holds_as_much_as_the_mapping_allows(cloud: Cloud, function: FakeFunction) -> None:
    """A full queue is delivered in batches of BatchSize, not of ten."""
    send(cloud, [str(number) for number in range(230)])
    cloud.start()
    until(cloud.drained)
    assert [len(event["Records"]) for event in function.batches] == [100, 100, 30]


def test_the_event_has_the_shape_that_lambda_sends(cloud: Cloud, function: FakeFunction) -> None:
    """Field for field, as in the vendor's sample event for a standard queue."""
    send(cloud, ["hello"])
    cloud.start()
    until(cloud.drained)
    (record,) = function.batches[0]["Records"]
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert record["body"] == "hello"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:eu-west-1:123456789012:")
    assert record["awsRegion"] == "eu-west-1"
    (context,) = function.contexts
    assert context.function_name == cloud.function("Worker").name
    assert 0 < context.get_remaining_time_in_millis() <= 7000


@pytest.mark.parametrize("cloud", [3], indirect=True)
def test_a_failed_message_alone_comes_back_after_its_visibility(
    cloud: Cloud, function: FakeFunction
) -> None:
    """The rest of its batch is deleted; its receive count is two."""
    failed_at: list[float] = []

    def fail_bad_once(event: Event) -> object:
        bad = [record for record in event["Records"] if record["body"] == "bad"]
        if failed_at or not bad:
            return {"batchItemFailures": []}
        failed_at.append(time.monotonic())
        return {"batchItemFailures": [{"itemIdentifier": bad[0]["messageId"]}]}

    function.answer = fail_bad_once
    send(cloud, ["good", "bad", "fine"])
    cloud.start()
    until(lambda: len(function.batches) == 2)
    assert time.monotonic() - failed_at[0] >= 2.9
    assert function.bodies() == ["good", "bad", "fine", "bad"]
    (again,) = function.batches[1]["Records"]
    assert again["attributes"]["ApproximateReceiveCount"] == "2"
    until(cloud.drained)


@pytest.mark.parametrize("cloud", [1], indirect=True)
def test_an_exception_keeps_the_whole_batch_until_it_is_a_dead_letter(
    cloud: Cloud, function: FakeFunction
) -> None:
    """After maxReceiveCount deliveries a message is moved aside, not lost."""

    def crash(event: Event) -> object:
        raise RuntimeError("our own fault")

    function.answer = crash
    send(cloud, ["poison", "also"])
    cloud.start()
    until(lambda: cloud.depths()["Dead"].visible == 2)
    counts = [
        record["attributes"]["ApproximateReceiveCount"]
        for event in function.batches
        for record in event["Records"]
    ]
    assert sorted(counts) == ["1", "1", "2", "2", "3", "3"]
    assert cloud.drained()


def test_stop_finishes_the_batch_in_hand_and_takes_no_more(
    cloud: Cloud, function: FakeFunction
) -> None:
    """Ctrl-C in the middle of a batch: its messages are deleted, the others stay."""
    working, go_on = threading.Event(), threading.Event()

    def slow(event: Event) -> object:
        working.set()
        go_on.wait(patience(10))
        return {"batchItemFailures": []}

    function.answer = slow
    send(cloud, ["first"])
    cloud.start()
    assert working.wait(patience(10))
    send(cloud, ["second"])
    stopper = threading.Thread(target=cloud.stop)
    stopper.start()
    time.sleep(0.1)
    assert stopper.is_alive()
    go_on.set()
    stopper.join(patience(5))
    assert not stopper.is_alive()
    assert function.bodies() == ["first"]
    assert cloud.depths()["Work"].total == 1


def test_stop_returns_in_time_when_a_function_hangs(cloud: Cloud, function: FakeFunction) -> None:
    """It says so, and leaves the message in the queue."""
    working, go_on = threading.Event(), threading.Event()

    def hang(event: Event) -> object:
        working.set()
        go_on.wait(patience(30))
        return {}

    function.answer = hang
    send(cloud, ["first"])
    cloud.start()
    assert working.wait(patience(10))
    began = time.monotonic()
    assert not cloud.stop(timeout_seconds=0.2)
    assert time.monotonic() - began < patience(2)
    assert cloud.depths()["Work"].in_flight == 1
    go_on.set()


def test_the_schedule_ticks_with_the_event_that_eventbridge_sends(
    cloud: Cloud, function: FakeFunction
) -> None:
    """At the local rate, and again after a failed tick."""

    def fail_first() -> None:
        if len(function.ticks) == 1:
            raise RuntimeError("a bad minute")

    function.on_tick = fail_first
    cloud.start()
    until(lambda: len(function.ticks) >= 3)
    event = function.ticks[0]
    assert event["source"] == "aws.events"
    assert event["detail-type"] == "Scheduled Event"
    assert event["detail"] == {}
    assert event["resources"][0].startswith("arn:aws:events:eu-west-1:123456789012:rule/")
    assert time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").tm_year >= 2026


def test_the_environment_is_resolved_against_the_stack(cloud: Cloud) -> None:
    """References become addresses and values, as the deployed function would read them."""
    environment = cloud.function("Worker").environment
    assert environment == {"QUEUE_URL": cloud.queue_url("Work"), "COLOUR": "blue"}


def test_a_new_message_wakes_an_idle_poller_at_once(
    cloud: Cloud, function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle queue is polled only now and then, but new messages do not wait for that."""
    monkeypatch.setattr(workers, "LOOK_SECONDS", 3600.0)
    cloud.start()
    for number in range(3):
        send(cloud, [f"job {number}"])
        until(lambda: len(function.batches) == number + 1)  # noqa: B023


def test_an_idle_cloud_costs_almost_nothing(cloud: Cloud, function: FakeFunction) -> None:
    """No busy polling: less than a tenth of a core with a tick every 50 ms."""
    cloud.start()
    time.sleep(0.3)
    began = time.process_time()
    time.sleep(1.5)
    assert time.process_time() - began < 0.15


def test_a_handler_that_cannot_be_imported_is_reported(
    function: FakeFunction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken pipeline must not look like an idle one."""
    told = threading.Event()
    cloud = Cloud(settings(tmp_path), on_fault=told.set)
    monkeypatch.delattr(sys.modules["fake_function"], "batch")
    cloud.start()
    assert told.wait(patience(10))
    with pytest.raises(CloudError, match="poller of Worker"):
        cloud.check()
    with pytest.raises(CloudError, match="poller of Worker"):
        cloud.stop()


def test_bodies_arrive_unchanged(cloud: Cloud, function: FakeFunction) -> None:
    """JSON with quotes and letters beyond ASCII arrives as it was sent."""
    body = json.dumps({"lead_id": "lead_é_1", "q": '"<&'}, ensure_ascii=False)
    send(cloud, [body])
    cloud.start()
    until(cloud.drained)
    assert function.bodies() == [body]
