"""Settings of the deployed functions, read once from the environment.

Every name here stands in template.yaml. `Settings.read` names each fault and says what would be
right; nothing else in `functions/` looks at the environment.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from functions.access import NO_TOKENS, ApiTokens, TokenUnfitError
from functions.service.policy import Policy
from functions.service.sending.rates import (
    Limits,
    RateError,
    parse_domain_rates,
    parse_rate,
    parse_send_rate,
)
from functions.settings_error import SettingsError

DEFAULT_SEND_RATE = "10000/s"
"""More than one machine sends: the limiter and its breaker are at work, and hold nobody up. The
mail server's real rate goes in its place."""

DEFAULT_LIMITS = Limits(parse_rate(DEFAULT_SEND_RATE))

T = TypeVar("T")


class Reading:
    """Reads variables one by one, and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environment.get(name, "") or default
        if value is None:
            self.faults.append(f"{name} is not set")
            return ""
        return value

    def number(self, name: str, default: float) -> float:
        """0 or more."""
        written = self._environment.get(name, "")
        try:
            value = float(written) if written else default
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            self.faults.append(f"{name} must be a number, 0 or more, not {written!r}")
            return default
        return value

    def whole(self, name: str, default: int) -> int:
        """0 or more."""
        written = self._environment.get(name, "")
        if not written:
            return default
        if not (written.isascii() and written.isdigit()):
            self.faults.append(f"{name} must be a whole number, 0 or more, not {written!r}")
            return default
        return int(written)

    def port(self, name: str, default: int) -> int:
        value = self.whole(name, default)
        if value > 65535:
            self.faults.append(f"{name} must be a port number, 0 to 65535, not {value}")
            return default
        return value

    def api_tokens(self, *names: str) -> ApiTokens:
        """The tokens of all these variables; none is no fault."""
        tokens = NO_TOKENS
        for name in names:
            try:
                tokens += ApiTokens.parse(self._environment.get(name, ""))
            except TokenUnfitError as error:
                self.faults.append(f"{name}: {error}")
        return tokens

    def limits(self) -> Limits:
        """SEND_RATE (`off`: no limit of the account) and DOMAIN_RATES. Both off: no breaker
        either."""
        own = self._rates("SEND_RATE", parse_send_rate, DEFAULT_SEND_RATE)
        domains = self._rates("DOMAIN_RATES", parse_domain_rates, "")
        return Limits(own, domains)

    def _rates(self, name: str, parse: Callable[[str], T], default: str) -> T:
        try:
            return parse(self._environment.get(name, "") or default)
        except RateError as fault:
            self.faults.append(f"{name} {fault}")
            return parse(default)

    def check(self) -> None:
        """Raises SettingsError naming every fault."""
        if self.faults:
            raise SettingsError("; ".join(self.faults))


def name_and_address(sender: str) -> tuple[str | None, str]:
    """`Ann <ann@example.com>` or an address alone."""
    name, _, address = sender.rpartition("<")
    return name.strip().strip('"') or None, address.rstrip("> ").strip()


@dataclass(frozen=True, slots=True)
class Settings:
    """`tracking_keys`: `id:secret,id:secret`, the first signs, all verify.

    `api_tokens`: the API function's alone; the others need none.
    `smtp_uri` is needed where `mail_transport` is smtp. `endpoint_url` points the AWS client
    at an emulation; None means AWS itself.
    """

    store_uri: str
    send_queue_url: str
    resume_queue_url: str
    send_dead_letters_url: str
    resume_dead_letters_url: str
    sender: str
    public_url: str
    tracking_keys: str
    mail_transport: str = "ses"
    smtp_uri: str | None = None
    smtp_connections_max: int = 8
    sweep_seconds: float = 60.0
    horizon_seconds: float = 120.0
    lead_lease_seconds: float = 120.0
    send_lease_seconds: float = 60.0
    window_jobs_max: int = 2000
    limits: Limits = DEFAULT_LIMITS
    endpoint_url: str | None = None
    region: str = "eu-west-1"
    log_level: str = "INFO"
    api_tokens: ApiTokens = NO_TOKENS

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsError."""
        it = Reading(environment)
        transport = it.text("MAIL_TRANSPORT", "ses")
        if transport not in ("ses", "smtp"):
            it.faults.append(f"MAIL_TRANSPORT must be ses or smtp, not {transport!r}")
        settings = cls(
            store_uri=it.text("STORE_URI"),
            send_queue_url=it.text("SEND_QUEUE_URL"),
            resume_queue_url=it.text("RESUME_QUEUE_URL"),
            send_dead_letters_url=it.text("SEND_DEAD_LETTERS_URL"),
            resume_dead_letters_url=it.text("RESUME_DEAD_LETTERS_URL"),
            sender=it.text("SENDER"),
            public_url=it.text("PUBLIC_URL").rstrip("/"),
            tracking_keys=it.text("TRACKING_KEYS"),
            mail_transport=transport,
            smtp_uri=it.text("SMTP_URI") if transport == "smtp" else None,
            smtp_connections_max=it.whole("SMTP_CONNECTIONS_MAX", 8),
            sweep_seconds=it.number("SWEEP_SECONDS", 60),
            horizon_seconds=it.number("HORIZON_SECONDS", 120),
            lead_lease_seconds=it.number("LEAD_LEASE_SECONDS", 120),
            send_lease_seconds=it.number("SEND_LEASE_SECONDS", 60),
            window_jobs_max=it.whole("WINDOW_JOBS_MAX", 2000),
            limits=it.limits(),
            endpoint_url=environment.get("AWS_ENDPOINT_URL") or None,
            region=it.text("AWS_REGION", "eu-west-1"),
            log_level=it.text("LOG_LEVEL", "INFO"),
            api_tokens=it.api_tokens("API_TOKENS"),
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
