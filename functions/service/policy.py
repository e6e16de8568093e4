"""The times and bounds of a deployment, and the inequalities that hold between them.

Invariant: a policy that passed `check` does not contradict itself.
This module must not know where settings come from.
"""

from dataclasses import dataclass
from datetime import timedelta

from functions.flow.retry import RETRY_SECONDS
from functions.mail.headers import check_mailbox


class PolicyError(ValueError):
    """Settings contradict each other. The message names them and says what would be right."""


HORIZON_SECONDS_MAX = 300.0
"""Celery workers hold a delayed job for at most this long. SQS would allow 900."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The times and bounds of a deployment. `check` verifies the inequalities between them.

    `public_url`: the base of all links in e-mails.
    `from_email`, `from_name`: the sender of e-mails that name none. `reply_to`: the address that
    answers to them go to; None: the sender's.
    `sender_domains`: the domains that mail may be sent from, in lower case; empty: any.
    `mail_leaves`: mail goes to real readers, not to an inbox on this machine.
    `bounce_domain`: the domain of return paths, in ASCII; empty: mail returns to its sender.
    `bounces_max_percent`, `complaints_max_percent`: a campaign is paused if a larger share of its
    messages bounces, or if this share is complained about.
    `sweep_seconds`: the interval between sweeps.
    `horizon_seconds`: a pause that ends within this time also gets a delayed job; 0: none does.
    `delayed_jobs_max`: how many unexpired delayed jobs a worker may have given to the broker.
    `retry_seconds`: from a temporary refusal of a recipient to the next attempt; later ones wait
    longer.
    `lead_lease_seconds`: after this time the sweep considers a dispatched job lost.
    `send_lease_seconds`: the same for a claimed message; renewed while its worker lives.
    `window_jobs_max`: leads in flight at once, over all campaigns.
    `top_up_seconds`: between batches, a worker looks for due leads at most once in this time.
    `job_budget_seconds`: how long one call works on stored jobs before it returns.
    """

    public_url: str
    from_email: str
    from_name: str | None = None
    reply_to: str | None = None
    sender_domains: tuple[str, ...] = ()
    mail_leaves: bool = False
    bounce_domain: str = ""
    bounces_max_percent: float = 5.0
    complaints_max_percent: float = 0.3
    sweep_seconds: float = 1.0
    horizon_seconds: float = 0.0
    delayed_jobs_max: int = 200
    retry_seconds: float = RETRY_SECONDS
    lead_lease_seconds: float = 30.0
    send_lease_seconds: float = 20.0
    window_jobs_max: int = 200
    top_up_seconds: float = 0.2
    job_budget_seconds: float = 5.0

    def check(self) -> None:
        """Raises PolicyError."""
        faults = []
        if self.horizon_seconds and self.horizon_seconds < 2 * self.sweep_seconds:
            faults.append(
                f"HORIZON_SECONDS ({self.horizon_seconds:g}) must be 0 or at least twice "
                f"SWEEP_SECONDS ({self.sweep_seconds:g})"
            )
        if self.horizon_seconds > HORIZON_SECONDS_MAX:
            faults.append(
                f"HORIZON_SECONDS ({self.horizon_seconds:g}) must be at most "
                f"{HORIZON_SECONDS_MAX:g}"
            )
        if self.send_lease_seconds > self.lead_lease_seconds:
            faults.append(
                f"SEND_LEASE_SECONDS ({self.send_lease_seconds:g}) must not exceed "
                f"LEAD_LEASE_SECONDS ({self.lead_lease_seconds:g})"
            )
        if self.send_lease_seconds < 3:
            faults.append("SEND_LEASE_SECONDS must be at least 3, so that it can be renewed")
        if self.retry_seconds < 1:
            faults.append("RETRY_SECONDS must be at least 1")
        if self.window_jobs_max < 1:
            faults.append("WINDOW_JOBS_MAX must be at least 1")
        if not self.public_url.startswith(("http://", "https://")):
            faults.append("PUBLIC_URL must begin with http:// or https://")
        sender_fault = check_mailbox(self.from_email)
        if sender_fault is not None:
            faults.append(f"SENDER is not an address that mail can be sent from: {sender_fault}")
        reply_fault = check_mailbox(self.reply_to) if self.reply_to else None
        if reply_fault is not None:
            faults.append(f"REPLY_TO is not an address that answers can be sent to: {reply_fault}")
        if faults:
            raise PolicyError("; ".join(faults))

    @property
    def lead_lease(self) -> timedelta:
        return timedelta(seconds=self.lead_lease_seconds)

    @property
    def send_lease(self) -> timedelta:
        return timedelta(seconds=self.send_lease_seconds)

    @property
    def horizon(self) -> timedelta:
        return timedelta(seconds=self.horizon_seconds)
