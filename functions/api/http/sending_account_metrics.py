"""The state of the sending account for Prometheus: its breaker, its buckets and its limits.

Only domains named in the limits have series, so that their number does not grow with use.
"""

from prometheus_client import CollectorRegistry, Gauge

from functions.service.sending.breaker import BreakerState
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.token_bucket import OWN

WHOLE_SENDING_ACCOUNT = "account"
"""The name of the account's own bucket, next to those of domains."""


class SendingAccountFigures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._breaker = Gauge(
            "emailbuilder_breaker_state",
            "1 for the present state of the account's circuit breaker, 0 for the others.",
            ("account", "state"),
            registry=registry,
        )
        self._refusals = Gauge(
            "emailbuilder_breaker_refusals",
            "Refusals of the account in a row.",
            ("account",),
            registry=registry,
        )
        self._blocked = Gauge(
            "emailbuilder_blocked_messages",
            "Messages that came back in the last day because other mail servers refuse our mail.",
            ("account",),
            registry=registry,
        )
        self._fill = Gauge(
            "emailbuilder_bucket_fill_ratio",
            "Messages that may be sent at once, as a fraction of the burst.",
            ("account", "bucket"),
            registry=registry,
        )
        self._queue = Gauge(
            "emailbuilder_bucket_queue_seconds",
            "How far into the future the messages deferred by this limit are spread.",
            ("account", "bucket"),
            registry=registry,
        )

        self._window = Gauge(
            "emailbuilder_throughput_messages",
            "How many messages the mail server was found to take in a period.",
            ("account",),
            registry=registry,
        )
        self._period = Gauge(
            "emailbuilder_throughput_period_seconds",
            "How long such a period is.",
            ("account",),
            registry=registry,
        )
        self._connections = Gauge(
            "emailbuilder_connections_limit",
            "How many connections the mail server was found to take from all workers.",
            ("account",),
            registry=registry,
        )
        self._gauges = (
            *(self._breaker, self._refusals, self._blocked, self._fill, self._queue),
            *(self._window, self._period, self._connections),
        )

    def show(self, sending_account: SendingAccount | None) -> None:
        """Set the gauges. None, for an account without limits or one that cannot be read now,
        removes all series."""
        for gauge in self._gauges:
            gauge.clear()
        if sending_account is None:
            return
        for state in BreakerState:
            is_in = state is sending_account.breaker.state
            self._breaker.labels(sending_account.name, state.value).set(1 if is_in else 0)
        self._refusals.labels(sending_account.name).set(sending_account.breaker.refusals)
        self._blocked.labels(sending_account.name).set(sending_account.blocked)
        for name, level in sending_account.levels.items():
            bucket = WHOLE_SENDING_ACCOUNT if name == OWN else name
            self._fill.labels(sending_account.name, bucket).set(level.tokens / level.burst)
            self._queue.labels(sending_account.name, bucket).set(level.queue_seconds)
        throughput = sending_account.throughput
        if throughput is not None and throughput.window is not None and throughput.period_ms:
            self._window.labels(sending_account.name).set(throughput.window)
            self._period.labels(sending_account.name).set(throughput.period_ms / 1000)
        if sending_account.connections.limit is not None:
            self._connections.labels(sending_account.name).set(sending_account.connections.limit)
