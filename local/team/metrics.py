"""A worker's metrics for Prometheus: the observer of the use cases, and the server that exposes it.

Labels come from small fixed sets (queue, outcome), never from leads
or campaigns, so that the number of series does not grow with use.
"""

from collections.abc import Callable, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from functions.flow.journal import LATENESS_BUCKETS_MS

BATCH_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
LATENESS_SECONDS_BUCKETS = tuple(bound_ms / 1000 for bound_ms in LATENESS_BUCKETS_MS)
"""The same buckets as in a campaign's counts."""


class PrometheusObserver:
    """One per process: it is `Services.observer`, and scrapes read it.

    `registry`: the registry of the API's metrics, if one address serves both.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        if registry is None:
            registry = CollectorRegistry()
            ProcessCollector(registry=registry)
        self.registry = registry
        self.jobs_done = 0
        self._jobs = Counter(
            "emailbuilder_jobs",
            "Jobs by how they ended: done, failed themselves, or to be delivered again.",
            ("queue", "outcome"),
            registry=registry,
        )
        self._messages = Counter(
            "emailbuilder_messages",
            "Messages by outcome.",
            ("outcome",),
            registry=registry,
        )
        self._batch_seconds = Histogram(
            "emailbuilder_batch_seconds",
            "Time a batch of jobs took, or a sweep.",
            ("queue",),
            buckets=BATCH_SECONDS_BUCKETS,
            registry=registry,
        )
        self._lateness_seconds = Histogram(
            "emailbuilder_wait_lateness_seconds",
            "How long after its due time a pause ended.",
            buckets=LATENESS_SECONDS_BUCKETS,
            registry=registry,
        )
        self._window = Gauge(
            "emailbuilder_window_jobs",
            "Leads in flight across all workers, when this one last looked for more.",
            registry=registry,
        )
        self._window_max = Gauge(
            "emailbuilder_window_jobs_max",
            "How many leads may be in flight.",
            registry=registry,
        )
        self._overdue = Gauge(
            "emailbuilder_oldest_overdue_seconds",
            "How late the most overdue lead was at this worker's last sweep; NaN before it.",
            registry=registry,
        )
        self._overdue.set(float("nan"))
        self._paused = Counter(
            "emailbuilder_campaigns_paused",
            "Campaigns paused because too much of their mail came back.",
            registry=registry,
        )

    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None:
        self.jobs_done += sum(jobs.values())
        for outcome, count in jobs.items():
            if count:
                self._jobs.labels(queue, outcome).inc(count)
        self._batch_seconds.labels(queue).observe(seconds)

    def messages(self, outcomes: Mapping[str, int]) -> None:
        for outcome, count in outcomes.items():
            self._messages.labels(outcome).inc(count)

    def resumed(self, lateness_seconds: Sequence[float]) -> None:
        for seconds in lateness_seconds:
            self._lateness_seconds.observe(seconds)

    def window(self, in_flight: int, most: int) -> None:
        self._window.set(in_flight)
        self._window_max.set(most)

    def overdue(self, seconds: float) -> None:
        self._overdue.set(seconds)

    def paused(self) -> None:
        self._paused.inc()


def start_metrics_server(
    port: int, registry: CollectorRegistry, *, host: str = "127.0.0.1"
) -> Callable[[], None]:
    """Serve `/metrics` from its own thread; call the returned function to end it.

    It requires no token, so bind it to other addresses than loopback only inside a private network.
    Raises OSError if the port is in use.
    """
    server, thread = start_http_server(port, addr=host, registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
