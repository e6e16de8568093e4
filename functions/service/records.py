"""What the store remembers, as values: campaigns, jobs, contacts, messages, hits, counts.

Invariant: all are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.flow.effect import Effect
from functions.flow.event import Hit
from functions.flow.journal import JournalRecord
from functions.flow.lead import AttributeValue, Lead
from functions.service.sending.breaker import Breaker
from functions.service.sending.token_bucket import Bucket


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"
    DELETING = "deleting"
    """Hidden; a job takes it away in pages."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """`draft`: the flow document being edited, sound or not (nodes, connections, zone, layout).

    `version`: the latest published flow version, 0 before the first. `epoch`: unix seconds of
    the first launch, part of lead ids. `enrolled_seq`: contacts up to this seq have an enrol
    job. `lateness_max_seconds`: after a pause, leads later than this are let go (None: never).
    """

    campaign_id: str
    name: str
    status: CampaignStatus
    draft: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
    version: int = 0
    epoch: int | None = None
    enrolled_seq: int = 0
    from_email: str | None = None
    from_name: str | None = None
    lateness_max_seconds: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """Immutable once written. `flow` is the document of a validated `Flow`."""

    campaign_id: str
    version: int
    flow: Mapping[str, object]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of one campaign's audience. `email_key` (lower case) is unique per campaign.

    `source` and `line` name the import job and its row, so that a repeated page finds its own.
    """

    campaign_id: str
    seq: int
    email: str
    email_key: str
    attributes: Mapping[str, AttributeValue]
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class StoredLead:
    """A lead with its bookkeeping. While `lease_until` lies ahead a job of it is in flight.

    `outbox` and `records` belong to commits whose effects are not known to be dispatched, and
    whose journal records are not known to be written, yet.
    """

    lead: Lead
    lease_until: datetime | None = None
    outbox: tuple[Effect, ...] = ()
    records: tuple[JournalRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """The compare-and-set of one step: wins if the stored revision is `lead.revision - 1`.

    The lead's due time becomes `lease_until` where that is set (a job is in flight), else
    `lead.wait_until`, else none: then no sweep looks at it again.
    """

    lead: Lead
    lease_until: datetime | None
    outbox: tuple[Effect, ...]
    records: tuple[JournalRecord, ...]


class MessageState(StrEnum):
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class StoredHit:
    """A raw tracking event. `look_at`: when a sweep should see whether a lead waits for it;
    None once that is settled."""

    hit_id: str
    campaign_id: str
    lead_id: str
    attempt: int
    hit: Hit
    user_agent: str
    address: str
    look_at: datetime | None


class JobKind(StrEnum):
    IMPORT = "import"
    ENROL = "enrol"
    CANCEL = "cancel"
    DELETE = "delete"


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """Long work with a cursor: any worker continues it where the last one stopped.

    `cursor` counts what is done, `until` where it ends, in the kind's own unit (pages of rows
    for import, contact seq for enrol, lead seq for cancel and delete). `report` holds counts
    and words for people. Jobs of one campaign run one at a time, oldest first.
    """

    job_id: str
    campaign_id: str
    kind: JobKind
    created_at: datetime
    updated_at: datetime
    state: JobState = JobState.WAITING
    cursor: int = 0
    until: int = 0
    report: Mapping[str, object] = field(default_factory=dict)
    lease_until: datetime | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """A campaign's counters. `changed[key]` is the revision that last changed `values[key]`.

    `applied` holds the keys of the journal records that this very revision added, so that a
    roll-up that died before marking them never adds them again.

    `sent_by_hour` and `sent_by_day`: messages that a mail server took, by the UTC hour
    (`2027-03-01T09`) and day (`2027-03-01`) their leads heard of it; only the latest are kept,
    see `functions.service.reports.sends`. `last_outcome_hour`: the newest in which one was taken or
    refused, empty before the first.
    """

    campaign_id: str
    revision: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    applied: tuple[str, ...] = ()
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    sent_by_day: Mapping[str, int] = field(default_factory=dict)
    last_outcome_hour: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign, and the earliest due time among its leads: the end of a pause, or of the lease
    of a job in flight."""

    campaign_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be written to. `email_key`: the address in lower case, unique."""

    email_key: str
    reason: str
    at: datetime
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer once given under an Idempotency-Key. `status` 0: still being worked on."""

    key: str
    fingerprint: str
    at: datetime
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """What all workers share of one sending account: its buckets
    (`functions.service.sending.token_bucket`) and its breaker. `revision` 0: never written."""

    account: str
    revision: int = 0
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
