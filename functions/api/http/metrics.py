"""The metrics of the API for Prometheus. Each app has its own registry, read at `/metrics`.

Routes are labelled by their template, so that the number of series does not grow with use.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from functions.api.http.sending_account_metrics import SendingAccountFigures
from functions.service.sending.limiter import SendingAccount

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
NO_ROUTE = "none"

_TRACKING_EVENTS = ("emailbuilder_tracking_events", "emailbuilder_hits")
"""The second name is that of older versions: dashboards and alarms may use it."""


class Metrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """`registry`: one that also has the other metrics of this process; None creates one."""
        self._registry = CollectorRegistry() if registry is None else registry
        self._requests = Counter(
            "emailbuilder_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "emailbuilder_http_request_seconds",
            "Time until the answer was complete.",
            ("route",),
            buckets=SECONDS_BUCKETS,
            registry=self._registry,
        )
        self._tracking_events = [
            Counter(name, "Tracking events stored.", ("kind",), registry=self._registry)
            for name in _TRACKING_EVENTS
        ]
        self._unsettled = [
            Counter(
                f"{name}_left_to_sweep",
                "Tracking events stored whose lead could not be stepped at once.",
                registry=self._registry,
            )
            for name in _TRACKING_EVENTS
        ]
        self._jobs = Counter(
            "emailbuilder_jobs_started",
            "Stored jobs started by a request.",
            ("kind",),
            registry=self._registry,
        )
        self._overdue = Gauge(
            "emailbuilder_oldest_overdue_lead_seconds",
            "How late the most overdue lead of a running campaign is; NaN if the store is away.",
            registry=self._registry,
        )
        self._sending_account = SendingAccountFigures(self._registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_tracking_event(self, kind: str) -> None:
        for counter in self._tracking_events:
            counter.labels(kind).inc()

    def left_to_sweep(self) -> None:
        for counter in self._unsettled:
            counter.inc()

    def job(self, kind: str) -> None:
        self._jobs.labels(kind).inc()

    def page(self, overdue_seconds: float, sending_account: SendingAccount | None) -> bytes:
        """The metrics in the format of Prometheus. The arguments are the gauges, read just now."""
        self._overdue.set(overdue_seconds)
        self._sending_account.show(sending_account)
        return generate_latest(self._registry)
