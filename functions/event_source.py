"""Turn events of Lambda's event sources into calls of use cases, and results into answers.

An SQS event becomes one call with a sequence of deliveries, and the failed deliveries become the
partial batch response. An exception is not caught: the whole batch is then delivered again, and
becomes dead letters if it keeps failing.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, Protocol, TypedDict, TypeVar

from functions.service.schedule.consume import Delivery
from functions.service.services import Services

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")


class Runtime(Protocol[S_co]):
    """The composed program: its services, and the event loop that they are bound to."""

    @property
    def services(self) -> S_co: ...

    def run(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run the coroutine and return its result. May be called from any thread except the
        loop's."""
        ...


class RuntimeSlot(Generic[S]):
    """The runtime of a handler: the deployed wiring, unless it was given another one.

    The wiring is called at the first event, not at import, so that a cold start opens no
    connection.
    """

    def __init__(self, deployed: Callable[[], Runtime[S]]) -> None:
        self._deployed = deployed
        self._given: Runtime[S] | None = None

    def use(self, runtime: Runtime[S] | None) -> None:
        """Use `runtime` from now on. None means the deployed wiring."""
        self._given = runtime

    def current(self) -> Runtime[S]:
        return self._deployed() if self._given is None else self._given


def deployed_runtime() -> Runtime[Services]:
    # Imported here, because a process that is given a runtime does not need these adapters.
    from functions import wiring

    return wiring.runtime()


class BatchItemFailure(TypedDict):
    itemIdentifier: str


class BatchAnswer(TypedDict):
    """Lambda's ReportBatchItemFailures response. An empty list means that all succeeded."""

    batchItemFailures: list[BatchItemFailure]


class SqsBatchSource(Generic[S]):
    """One SQS event source mapping of a function."""

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
        # An identifier that is not in the batch would make Lambda fail the whole batch.
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
