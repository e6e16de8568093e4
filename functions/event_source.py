"""What Lambda's event sources hand to a function, as calls of a use case, and back.

An SQS event becomes one call with a sequence of deliveries; the deliveries that failed become
the partial batch answer. An exception is our own fault: it leaves the function, so that the
whole batch is delivered again and dead-lettered if it never goes through.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, Protocol, TypedDict, TypeVar

from functions.service.schedule.consume import Delivery
from functions.service.services import Services

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")


class Runtime(Protocol[S_co]):
    """The composed program: its services, and the one event loop they live on."""

    @property
    def services(self) -> S_co: ...

    def run(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run to the end and return the result. Safe from any thread but the loop's own."""
        ...


class RuntimeSlot(Generic[S]):
    """The runtime a handler works with: the deployed wiring, unless it was given another.

    The wiring is asked at the first event, not at import, so that a cold start which only
    loads the code opens no connection.
    """

    def __init__(self, deployed: Callable[[], Runtime[S]]) -> None:
        self._deployed = deployed
        self._given: Runtime[S] | None = None

    def use(self, runtime: Runtime[S] | None) -> None:
        """Work with `runtime` from now on; with None, with the deployed wiring again."""
        self._given = runtime

    def current(self) -> Runtime[S]:
        return self._deployed() if self._given is None else self._given


def deployed_runtime() -> Runtime[Services]:
    # Not imported above: a process that was given a runtime needs none of these adapters.
    from functions import wiring

    return wiring.runtime()


class BatchItemFailure(TypedDict):
    itemIdentifier: str


class BatchAnswer(TypedDict):
    """Lambda's ReportBatchItemFailures response: an empty list means that all succeeded."""

    batchItemFailures: list[BatchItemFailure]


class SqsBatchSource(Generic[S]):
    """One SQS event source mapping, seen from the function."""

    def __init__(
        self,
        deliver: Callable[[S, Sequence[Delivery]], Coroutine[Any, Any, frozenset[str]]],
        slot: RuntimeSlot[S],
    ) -> None:
        self.deliver = deliver
        self._slot = slot

    def answer(self, event: Mapping[str, Any]) -> BatchAnswer:
        """Deliver the records of an SQS event (`Records`, as Lambda sends them)."""
        deliveries = [_delivery(record) for record in event["Records"]]
        runtime = self._slot.current()
        failed = runtime.run(self.deliver(runtime.services, deliveries))
        # One identifier that is not in the batch makes Lambda fail the batch as a whole.
        known = {delivery.delivery_id for delivery in deliveries}
        if not failed <= known:
            raise ValueError(f"failures name unknown deliveries: {sorted(failed - known)}")
        return {"batchItemFailures": [{"itemIdentifier": item} for item in sorted(failed)]}


def _delivery(record: Mapping[str, Any]) -> Delivery:
    return Delivery(
        delivery_id=record["messageId"],
        body=record["body"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
    )
