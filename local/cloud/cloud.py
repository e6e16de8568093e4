"""`Cloud`: the stack of template.yaml, created, polled and ticking."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.cloud.moto_aws import MotoAws
from local.cloud.stack import Function, Stack, create_stack
from local.cloud.workers import Poller, Ticker, Worker

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sqs import SQSClient

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


class CloudError(RuntimeError):
    """The emulation itself broke; the cause is attached."""


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """`parameters` are the template's. `sweep_seconds` replaces the rate of every schedule.

    `visibility_seconds` replaces the queues' visibility timeout, which in the cloud covers
    functions that may run for minutes; None keeps it. `window_seconds` is how long a batch that is
    not full waits for more messages.
    """

    template: Path = TEMPLATE
    parameters: Mapping[str, str] = field(default_factory=dict)
    region: str = "eu-west-1"
    sweep_seconds: float = 1.0
    visibility_seconds: int | None = 60
    window_seconds: float = 0.02


@dataclass(frozen=True, slots=True)
class QueueDepth:
    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        return self.visible + self.in_flight + self.delayed


class Cloud:
    """Create it, give the handler modules their runtime and start it; stop it before the runtime
    ends.

    Creating it takes a few seconds, mostly for imports. The queues exist only in this process: the
    sweep finds the leads of jobs that are lost when it ends.
    """

    def __init__(
        self,
        settings: CloudSettings | None = None,
        *,
        on_fault: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings or CloudSettings()
        self._aws = MotoAws(self.settings.region)
        self.stack: Stack = create_stack(
            self._aws,
            self.settings.template,
            f"emailbuilder-{secrets.token_hex(3)}",
            self.settings.parameters,
            self.settings.visibility_seconds,
        )
        self._sqs = self._aws.session.client("sqs")
        pollers = [
            Poller(self._aws, mapping, self.settings.window_seconds, on_fault)
            for mapping in self.stack.mappings
        ]
        self._aws.on_sent += [poller.wake for poller in pollers]
        self._tickers = [
            Ticker(self._aws, schedule, self.settings.sweep_seconds, on_fault)
            for schedule in self.stack.schedules
        ]
        self._workers: list[Worker] = [*pollers, *self._tickers]

    def start(self) -> None:
        """Start polling and ticking. The threads import the handlers."""
        for worker in self._workers:
            worker.start()

    def stop(self, timeout_seconds: float = 10.0) -> bool:
        """Finish the current batches and take no more. Returns False if a handler is still at work
        after `timeout_seconds`; its thread does not keep the process alive.

        Raises CloudError if the emulation had broken.
        """
        for worker in self._workers:
            worker.stop()
        deadline = time.monotonic() + timeout_seconds
        ended = [worker.join(max(0.0, deadline - time.monotonic())) for worker in self._workers]
        self.check()
        return all(ended)

    def check(self) -> None:
        """Raises CloudError if an error ended a poller or a ticker."""
        for worker in self._workers:
            if worker.fault is not None:
                raise CloudError(f"{worker.name} stopped: {worker.fault}") from worker.fault

    @property
    def ticked_at(self) -> datetime | None:
        """When a scheduled function last succeeded; None before the first did."""
        return max((it.ticked_at for it in self._tickers if it.ticked_at), default=None)

    def queue_url(self, logical_id: str) -> str:
        """The URL of a queue by its name in template.yaml."""
        return self.stack.queue_urls[logical_id]

    def function(self, logical_id: str) -> Function:
        """The function with its environment from the template, resolved against this stack."""
        return self.stack.functions[logical_id]

    def sqs_client(self) -> "SQSClient":
        """Thread-safe. Never long-poll with it: calls are serialised."""
        return self._sqs

    def ses_client(self) -> "SESClient":
        return self._aws.session.client("ses")

    def depths(self) -> dict[str, QueueDepth]:
        """The depth of every queue, including dead letters, by its name in template.yaml."""
        return {name: self._depth(url) for name, url in self.stack.queue_urls.items()}

    def drained(self) -> bool:
        """Whether no message is waiting, delayed or being handled by a function."""
        return all(self._depth(mapping.queue_url).total == 0 for mapping in self.stack.mappings)

    def _depth(self, queue_url: str) -> QueueDepth:
        found = self._sqs.get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return QueueDepth(
            visible=int(found["ApproximateNumberOfMessages"]),
            in_flight=int(found["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(found["ApproximateNumberOfMessagesDelayed"]),
        )
