"""Settings of the deployed functions, read once from the environment.

Every name here stands in template.yaml. `Settings.read` names each fault and says what would be
right; nothing else in `functions/` looks at the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from functions.service.services import Policy


class SettingsError(ValueError):
    """Settings that are missing or make no sense; the words name all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`tracking_keys`: `id:secret,id:secret`, the first signs, all verify.

    `smtp_uri` is needed where `mail_transport` is smtp. `endpoint_url` points the AWS client
    at an emulation; None means AWS itself.
    """

    store_uri: str
    send_queue_url: str
    resume_queue_url: str
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
    endpoint_url: str | None = None
    region: str = "eu-west-1"
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsError."""
        faults: list[str] = []

        def text(name: str, default: str | None = None) -> str:
            value = environment.get(name, "") or default
            if value is None:
                faults.append(f"{name} is not set")
                return ""
            return value

        def number(name: str, default: float) -> float:
            written = environment.get(name, "")
            try:
                value = float(written) if written else default
            except ValueError:
                value = -1.0
            if value < 0:
                faults.append(f"{name} must be a number, 0 or more, not {written!r}")
            return value

        transport = text("MAIL_TRANSPORT", "ses")
        if transport not in ("ses", "smtp"):
            faults.append(f"MAIL_TRANSPORT must be ses or smtp, not {transport!r}")
        settings = cls(
            store_uri=text("STORE_URI"),
            send_queue_url=text("SEND_QUEUE_URL"),
            resume_queue_url=text("RESUME_QUEUE_URL"),
            sender=text("SENDER"),
            public_url=text("PUBLIC_URL").rstrip("/"),
            tracking_keys=text("TRACKING_KEYS"),
            mail_transport=transport,
            smtp_uri=text("SMTP_URI") if transport == "smtp" else None,
            smtp_connections_max=int(number("SMTP_CONNECTIONS_MAX", 8)),
            sweep_seconds=number("SWEEP_SECONDS", 60),
            horizon_seconds=number("HORIZON_SECONDS", 120),
            lead_lease_seconds=number("LEAD_LEASE_SECONDS", 120),
            send_lease_seconds=number("SEND_LEASE_SECONDS", 60),
            window_jobs_max=int(number("WINDOW_JOBS_MAX", 2000)),
            endpoint_url=environment.get("AWS_ENDPOINT_URL") or None,
            region=text("AWS_REGION", "eu-west-1"),
            log_level=text("LOG_LEVEL", "INFO"),
        )
        if faults:
            raise SettingsError("; ".join(faults))
        return settings

    def policy(self) -> Policy:
        """Raises PolicyError."""
        name, _, address = self.sender.rpartition("<")
        policy = Policy(
            public_url=self.public_url,
            from_email=address.rstrip("> ").strip(),
            from_name=name.strip().strip('"') or None,
            sweep_seconds=self.sweep_seconds,
            horizon_seconds=self.horizon_seconds,
            lead_lease_seconds=self.lead_lease_seconds,
            send_lease_seconds=self.send_lease_seconds,
            window_jobs_max=self.window_jobs_max,
        )
        policy.check()
        return policy
