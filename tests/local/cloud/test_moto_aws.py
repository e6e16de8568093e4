"""moto inside the process: it answers only our clients, at an acceptable cost."""

import threading
import time

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.sqs import models as sqs_models

from local.cloud.moto_aws import MotoAws


def make_queue(aws: MotoAws, name: str) -> str:
    return aws.session.client("sqs").create_queue(QueueName=name)["QueueUrl"]


def test_other_clients_are_not_answered() -> None:
    """A client of a real service beside the emulation must reach it."""
    MotoAws()
    other = boto3.Session("key", "secret", region_name="eu-west-1").client(
        "sqs", endpoint_url="http://127.0.0.1:9"
    )
    with pytest.raises(EndpointConnectionError):
        other.list_queues()


def test_receiving_does_not_describe_the_queue_for_each_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """moto's own code takes milliseconds per message, and more for longer queues."""
    aws = MotoAws()
    url = make_queue(aws, "price")
    client = aws.session.client("sqs")
    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
    client.send_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
    described = []
    attributes = sqs_models.Queue.attributes

    def counted(queue: sqs_models.Queue) -> object:
        described.append(queue)
        return attributes.__get__(queue)

    monkeypatch.setattr(sqs_models.Queue, "attributes", property(counted))
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(received) == 10
    assert len(described) <= 1


def test_calls_are_serialised_also_between_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto rebuilds its list of messages at each delete, so a message that arrives meanwhile would
    be lost.
    """
    url = make_queue(MotoAws(), "crowd")
    clients = [MotoAws().session.client("sqs") for _ in range(4)]
    inside: list[int] = []
    overlaps: list[int] = []
    add_message = sqs_models.Queue.add_message

    def watched(queue: sqs_models.Queue, message: sqs_models.Message) -> None:
        inside.append(1)
        time.sleep(0.02)
        overlaps.append(len(inside))
        add_message(queue, message)
        inside.pop()

    monkeypatch.setattr(sqs_models.Queue, "add_message", watched)
    threads = [
        threading.Thread(target=client.send_message, kwargs={"QueueUrl": url, "MessageBody": "x"})
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [1, 1, 1, 1]


def test_receipts_of_deleted_messages_can_be_forgotten() -> None:
    """Otherwise they would be kept for ever: a leak in a process that runs for months."""
    aws = MotoAws()
    url = make_queue(aws, "memory")
    client = aws.session.client("sqs")
    client.send_message(QueueUrl=url, MessageBody="x")
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    queue = sqs_models.sqs_backends["123456789012"]["eu-west-1"].get_queue("memory")
    assert queue.deleted_messages
    aws.forget_deleted(url)
    assert not queue.deleted_messages
