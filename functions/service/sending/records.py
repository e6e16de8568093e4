"""Messages, their claims and changes, and what workers share of a sending account.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.service.access.records import WorkspaceId
from functions.service.sending.breaker import Breaker
from functions.service.sending.token_bucket import Bucket


class MessageState(StrEnum):
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One e-mail to one lead; `key` is its send key and unique.

    `token` names the claim that owns it; `lease_until` how long that claim is believed alive.
    `tries` counts conversations with a server. `changed_at`: when the state was entered.
    `resolution`: how a person settled an unknown one (`send_again`, `treat_as_sent`).
    """

    key: str
    campaign_id: str
    lead_id: str
    node_id: str
    visit: int
    attempt: int
    recipient: str
    state: MessageState
    token: str
    lease_until: datetime
    changed_at: datetime
    first_try_at: datetime
    tries: int = 0
    retry_at: datetime | None = None
    words: str = ""
    resolution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """A compare-and-set on one message: applies if its state is in `from_states` and, where
    `token` is given, the message still belongs to that claim. None leaves a field as it is."""

    key: str
    token: str | None
    from_states: frozenset[MessageState]
    state: MessageState
    at: datetime
    lease_until: datetime | None = None
    retry_at: datetime | None = None
    words: str | None = None
    tries: int | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """`message` as it shall be (state claimed, a new token). `expected` is what was read before:
    None inserts and loses against any other insert; else the stored (state, token) must be its."""

    message: Message
    expected: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What all workers share of one sending account: its buckets
    (`functions.service.sending.token_bucket`) and its breaker. `revision` 0: never written."""

    workspace_id: WorkspaceId
    account: str
    revision: int = 0
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
