"""Calls the deployed handlers with events in the shapes that Lambda sends.

Sources: Lambda developer guide, "Using Lambda with Amazon SQS" and "Reporting batch item
failures"; EventBridge, "Scheduled events".
"""

import importlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.cloud.moto_aws import ACCOUNT_ID
from local.cloud.stack import EventSourceMapping, Function, Schedule

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Event = dict[str, Any]
Handler = Callable[[Event, "LambdaContext"], object]


@dataclass
class LambdaContext:
    """The context that Lambda passes to a handler besides the event. Not frozen, because Mangum's
    type is not.
    """

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float
    """On the monotonic clock, in seconds."""
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    identity: Any = None
    client_context: Any = None

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def load_handler(function: Function) -> Handler:
    """The callable that the template's `Handler` names. Raises ImportError, AttributeError."""
    module, attribute = function.handler.rsplit(".", 1)
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def lambda_context(function: Function) -> LambdaContext:
    return LambdaContext(
        function_name=function.name,
        invoked_function_arn=function.arn,
        memory_limit_in_mb=function.memory_mb,
        aws_request_id=secrets.token_hex(16),
        deadline=time.monotonic() + function.timeout_seconds,
    )


def sqs_event(
    mapping: EventSourceMapping, messages: "Sequence[MessageTypeDef]", region: str
) -> Event:
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes", {})),
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": mapping.queue_arn,
                "awsRegion": region,
            }
            for message in messages
        ]
    }


def schedule_event(schedule: Schedule, region: str) -> Event:
    return {
        "version": "0",
        "id": secrets.token_hex(16),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": region,
        "resources": [schedule.rule_arn],
        "detail": {},
    }


def failed_messages(
    answer: object, message_ids: frozenset[str], reports_item_failures: bool
) -> frozenset[str]:
    """Which messages of a batch Lambda would leave in the queue, given the handler's answer.

    No response, or one without failures, means that all succeeded; a failure that names no message
    of the batch fails all of them.
    """
    if not reports_item_failures or not isinstance(answer, Mapping):
        return frozenset()
    failures = answer.get("batchItemFailures") or []
    named: set[str] = set()
    for failure in failures:
        item = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
        if item not in message_ids:
            return message_ids
        named.add(item)
    return frozenset(named)
