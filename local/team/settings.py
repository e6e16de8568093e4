"""Settings of the team's stack: of the backend, the workers and the scheduler alike."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from functions.access import NO_TOKENS, ApiTokens
from functions.service.policy import Policy
from functions.service.sending.rates import Limits
from functions.settings import DEFAULT_LIMITS, Reading, name_and_address

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_HTTP = ("http://", "https://")
_PASSWORD = re.compile(r"://[^/\s]*?:([^\s]*)@")


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """`tracking_keys`: `id:secret,id:secret`, the first signs, all verify.

    `public_url`: where readers reach the API, for links in mail. `smtp_connections_max`: of each
    worker process. `api_tokens`: one of them opens the backend. `metrics_port`: where a worker
    serves `/metrics` (0: nowhere), to whoever reaches `metrics_host`. `dkim_selector`: under which
    name the mail server's DKIM key stands in the DNS (empty: unknown, not looked up).
    `rabbitmq_page`, `metrics_page`: what the interface links to for people (empty: no link).
    `otlp_endpoint`: the OpenTelemetry collector's base URL (empty: no traces).
    """

    store_uri: str
    broker_url: str
    redis_url: str
    smtp_uri: str
    sender: str
    public_url: str
    tracking_keys: str
    smtp_connections_max: int = 16
    sweep_seconds: float = 1.0
    horizon_seconds: float = 2.0
    lead_lease_seconds: float = 30.0
    send_lease_seconds: float = 20.0
    window_jobs_max: int = 2000
    api_tokens: ApiTokens = NO_TOKENS
    limits: Limits = DEFAULT_LIMITS
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    dkim_selector: str = ""
    rabbitmq_page: str = ""
    metrics_page: str = ""
    otlp_endpoint: str = ""
    log_level: str = "INFO"

    def secrets(self) -> list[str]:
        """What no log line may hold: passwords of addresses, as written and as meant, and
        signing keys."""
        addresses = (self.store_uri, self.broker_url, self.redis_url, self.smtp_uri)
        keys = [pair.partition(":")[2] for pair in self.tracking_keys.split(",")]
        return [*(it for uri in addresses for it in _passwords(uri)), *filter(None, keys)]

    @classmethod
    def from_environment(cls) -> "TeamSettings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "TeamSettings":
        """Raises SettingsError."""
        it = Reading(environment)
        settings = cls(
            store_uri=it.text("STORE_URI"),
            broker_url=it.text("BROKER_URL"),
            redis_url=it.text("REDIS_URL"),
            smtp_uri=it.text("SMTP_URI"),
            sender=it.text("SENDER"),
            public_url=it.text("PUBLIC_URL").rstrip("/"),
            tracking_keys=it.text("TRACKING_KEYS"),
            smtp_connections_max=it.whole("SMTP_CONNECTIONS_MAX", 16),
            sweep_seconds=it.number("SWEEP_SECONDS", 1),
            horizon_seconds=it.number("HORIZON_SECONDS", 2),
            lead_lease_seconds=it.number("LEAD_LEASE_SECONDS", 30),
            send_lease_seconds=it.number("SEND_LEASE_SECONDS", 20),
            window_jobs_max=it.whole("WINDOW_JOBS_MAX", 2000),
            api_tokens=it.api_tokens("API_TOKENS", "API_TOKEN"),
            limits=it.limits(),
            metrics_port=it.port("METRICS_PORT", 0),
            metrics_host=it.text("METRICS_HOST", "127.0.0.1"),
            dkim_selector=it.text("DKIM_SELECTOR", ""),
            rabbitmq_page=it.text("RABBITMQ_PAGE", ""),
            metrics_page=it.text("METRICS_PAGE", ""),
            otlp_endpoint=it.text("OTEL_EXPORTER_OTLP_ENDPOINT", "").rstrip("/"),
            log_level=it.text("LOG_LEVEL", "INFO").upper(),
        )
        if settings.broker_url and not settings.broker_url.startswith(("amqp://", "amqps://")):
            it.faults.append("BROKER_URL must begin with amqp:// or amqps://")
        if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://")):
            it.faults.append("REDIS_URL must begin with redis:// or rediss://")
        for name, address in (
            ("OTEL_EXPORTER_OTLP_ENDPOINT", settings.otlp_endpoint),
            ("RABBITMQ_PAGE", settings.rabbitmq_page),
            ("METRICS_PAGE", settings.metrics_page),
        ):
            if address and not address.startswith(_HTTP):
                it.faults.append(f"{name} must begin with http:// or https://")
        if settings.log_level not in LOG_LEVELS:
            it.faults.append(
                f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {settings.log_level!r}"
            )
        it.check()
        return settings

    def policy(self) -> Policy:
        """Raises PolicyError."""
        from_name, from_email = name_and_address(self.sender)
        policy = Policy(
            public_url=self.public_url,
            from_email=from_email,
            from_name=from_name,
            sweep_seconds=self.sweep_seconds,
            horizon_seconds=self.horizon_seconds,
            lead_lease_seconds=self.lead_lease_seconds,
            send_lease_seconds=self.send_lease_seconds,
            window_jobs_max=self.window_jobs_max,
        )
        policy.check()
        return policy


def _passwords(uri: str) -> Iterator[str]:
    found = _PASSWORD.search(uri)
    if found and found[1]:
        yield found[1]
        yield unquote(found[1])
