"""Messages, their claims and changes, the shared state of a sending account, and DKIM keys.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.mail.dkim import Algorithm
from functions.service.access.records import WorkspaceId
from functions.service.sending.blocked_mail import BlockedMail
from functions.service.sending.breaker import Breaker
from functions.service.sending.connections import Connections
from functions.service.sending.throughput import Throughput
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
    """One e-mail to one lead.

    `key`: its send key, unique. `token`: the claim that owns it. `lease_until`: until when this
    claim counts as alive. `changed_at`: when the state was entered. `delivery_attempts`: those
    after which it had to be tried again; limits and crashes do not count. `first_attempt_at`: when
    it was claimed for the first of them. `retry_at`: when a deferred message may be claimed again;
    on a sent one it means that the lead is not stepped yet; otherwise None. `outcome_reason`: the
    server's reply, or why it ended so. `resolution`: how a person settled an unknown message
    (`send_again`, `treat_as_sent`); None if nobody has.
    """

    key: str
    campaign_id: str
    lead_id: str
    node_id: str
    visit: int
    resend_number: int
    recipient: str
    state: MessageState
    token: str
    lease_until: datetime
    changed_at: datetime
    first_attempt_at: datetime
    delivery_attempts: int = 0
    retry_at: datetime | None = None
    outcome_reason: str = ""
    resolution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """A compare-and-set on one message: it applies if the message's state is in `from_states` and,
    unless `token` is None, the message belongs to that claim. Optional fields that are None leave
    the stored value unchanged."""

    key: str
    token: str | None
    from_states: frozenset[MessageState]
    state: MessageState
    at: datetime
    lease_until: datetime | None = None
    retry_at: datetime | None = None
    outcome_reason: str | None = None
    delivery_attempts: int | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """`message`: what to store, with a new token. `expected`: the message that was read before.
    If it is None, the claim inserts, and loses if the key exists. Otherwise the stored state and
    token must still equal those of `expected`."""

    message: Message
    expected: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingAccountState:
    """The part of a sending account that all workers share: its buckets
    (`functions.service.sending.token_bucket`), its breaker, the throughput that its server takes,
    None while it never refused mail for coming too fast, the mail that others blocked, and the
    connections of all workers.
    `revision` 0: never stored."""

    workspace_id: WorkspaceId
    account: str
    revision: int = 0
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    throughput: Throughput | None = None
    blocked: BlockedMail = field(default_factory=BlockedMail)
    connections: Connections = field(default_factory=Connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A key that signs the mail of a domain.

    `domain`: in ASCII and lower case. `selector`: names the key among those of the domain.
    `sealed`: the private key, encrypted. `public_record`: the TXT record of the public one.
    `in_use`: whether mail is signed with it. `revision`: grows by one with each change, from 1.
    """

    workspace_id: WorkspaceId
    domain: str
    selector: str
    algorithm: Algorithm
    sealed: str
    public_record: str
    created_at: datetime
    in_use: bool
    revision: int = 1
