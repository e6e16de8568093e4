"""The ports: what the use cases need from a store, a broker and a mail server.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from functions.flow.event import Hit, HitKind
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead, LeadStatus
from functions.flow.outcome import Outcome
from functions.mail.envelope import Envelope
from functions.service.operations.dead_letters import Cleared, LetterPage, OpenedLetter, Place
from functions.service.operations.system_report import Diagnosis, QueueDepth
from functions.service.records import (
    AccountState,
    Answer,
    Campaign,
    CampaignStatus,
    Claim,
    Commit,
    Contact,
    Counts,
    Due,
    FlowVersion,
    Message,
    MessageChange,
    MessageState,
    StoredHit,
    StoredJob,
    StoredLead,
    Suppression,
)

if TYPE_CHECKING:
    from functions.service.services import Services


class Campaigns(Protocol):
    async def insert(self, campaign: Campaign) -> bool:
        """False if the id is taken."""

    async def find(self, campaign_ids: Sequence[str]) -> list[Campaign]:
        """In no order; missing ones are left out."""

    async def replace(self, campaign: Campaign) -> bool:
        """Compare-and-set: wins if the stored revision is `campaign.revision - 1`."""

    async def page(
        self, *, after: tuple[datetime, str] | None, limit: int, status: CampaignStatus | None
    ) -> list[Campaign]:
        """Newest first by (created_at, campaign_id), strictly after the cursor. Deleting ones
        are hidden."""

    async def with_status(
        self, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        """By campaign_id, strictly after `after_id`."""

    async def tally(self) -> dict[CampaignStatus, int]:
        """How many there are in each status. Deleting ones are hidden."""

    async def delete(self, campaign_id: str) -> None:
        """The campaign, its flow versions, counts and finished jobs (several round trips)."""

    async def add_version(self, version: FlowVersion) -> bool:
        """False if that version exists already."""

    async def version(self, campaign_id: str, version: int) -> FlowVersion | None: ...


class Contacts(Protocol):
    async def add(self, contacts: Sequence[Contact]) -> int:
        """How many were added: those whose (campaign, email_key) or (campaign, seq) exists
        already are left out."""

    async def existing(self, campaign_id: str, email_keys: Sequence[str]) -> list[Contact]: ...

    async def last_seq(self, campaign_id: str) -> int:
        """0 where there is no contact."""

    async def page(self, campaign_id: str, *, after_seq: int, limit: int) -> list[Contact]: ...

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        """How many were deleted; below `limit` when none is left."""


class Uploads(Protocol):
    """Rows of an import on their way from the request to the job, in numbered pages."""

    async def add(self, upload_id: str, number: int, rows: Sequence[object], at: datetime) -> None:
        """`rows`: JSON values; `number` from 0. Writing a page again replaces it."""

    async def read(self, upload_id: str, number: int) -> list[object] | None: ...

    async def drop(self, upload_id: str) -> None: ...

    async def abandoned(self, before: datetime, limit: int) -> list[str]:
        """Uploads none of whose pages is younger than `before`."""


class Leads(Protocol):
    async def enrol(self, leads: Sequence[Lead], due_at: datetime) -> None:
        """Insert pending leads; those whose id exists already are left as they are."""

    async def find(self, lead_ids: Sequence[str]) -> list[StoredLead]: ...

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        """The ids of the winners. One round trip when all win, two when some lose."""

    async def drained(self, revisions: Mapping[str, int]) -> None:
        """Empty outbox and records of the leads whose revision is still the one given."""

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        """Leads committed at or before `before` and not drained since, oldest first."""

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        """Lease up to `limit` leads whose due time is at or before `now`, most overdue first.

        The due time of each becomes `lease_until`; one lead goes to one taker (up to three
        round trips). Ended and parked leads have no due time.
        """

    async def renew(self, lead_ids: Sequence[str], lease_until: datetime) -> None:
        """Move the lease and the due time of those that hold a lease."""

    async def in_flight(self, now: datetime, limit: int) -> int:
        """How many leads hold a lease beyond `now`, counted up to `limit`."""

    async def oldest_due(self, campaign_ids: Sequence[str]) -> Due | None:
        """The earliest due time among leads of these campaigns, and whose it is."""

    async def page(
        self,
        campaign_id: str,
        *,
        after_seq: int,
        limit: int,
        statuses: Collection[LeadStatus] = (),
        node_id: str | None = None,
        email_prefix: str | None = None,
    ) -> list[StoredLead]:
        """By seq, strictly after `after_seq`. `statuses`: any of them; none asked for is all.
        `email_prefix` is matched in lower case."""

    async def recount(self, campaign_id: str) -> dict[str, int]:
        """`leads/*` and `at/*` counters (functions.flow.journal) from the leads themselves,
        and `total/<node>/sent` from the messages. Reads everything: for checks, not for pages.
        Zero counters are left out."""

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        """Delete leads with their journal, messages and hits; how many leads (several trips).
        The last page takes the journal records that belong to no lead with it."""


class Messages(Protocol):
    async def find(self, keys: Sequence[str]) -> list[Message]: ...

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        """The keys of the winners. One round trip when all win, two when some lose."""

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        """Keys whose change applied, each change alone. One round trip when all apply."""

    async def turned_late(self, limit: int) -> list[Message]:
        """Sent ones with a `retry_at`: they were unknown before, and their leads may not have
        heard. By `retry_at`, oldest first."""

    async def renew(self, keys: Sequence[str], token: str, lease_until: datetime) -> None:
        """Only claimed and sending ones of that claim."""

    async def drop(self, keys: Sequence[str], token: str) -> None:
        """Forget messages of that claim, whatever their state."""

    async def of_lead(self, lead_id: str, limit: int) -> list[Message]:
        """Oldest first by (first_try_at, key)."""

    async def page(
        self, campaign_id: str, *, after_key: str, limit: int, state: MessageState | None
    ) -> list[Message]:
        """By key, strictly after `after_key`."""

    async def leads_sent(
        self, campaign_id: str, node_id: str, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads that were sent this node's e-mail, each once, in the order of ids,
        strictly after `after_id`. Several round trips where leads had it again and again."""


class Hits(Protocol):
    async def insert(self, hits: Sequence[StoredHit]) -> None:
        """Idempotent by hit_id."""

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[Hit]]:
        """The earliest hits of each lead, at most `HITS_PER_LEAD_MAX`, oldest first."""

    async def unsettled(self, now: datetime, limit: int) -> list[StoredHit]:
        """Those with `look_at` at or before `now`, earliest first."""

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        """New `look_at` by hit_id."""


HITS_PER_LEAD_MAX = 500


class Journal(Protocol):
    async def insert(self, records: Sequence[JournalRecord]) -> None:
        """Idempotent by key: a record that exists is left as it is."""

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        """Oldest first by (at, revision, key)."""

    async def leads_hit(
        self, campaign_id: str, node_id: str, kind: HitKind, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads whose reader did so with this node's e-mail; as `leads_sent`."""

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        """Campaigns with records whose delta is not marked as counted."""

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]: ...

    async def mark_rolled(self, keys: Sequence[str]) -> None: ...


class CountsStore(Protocol):
    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        """Campaigns never counted are left out."""

    async def outcome_since(self, hour: str, limit: int) -> list[Counts]:
        """Of campaigns with a message that was taken or refused in this hour (`2027-03-01T09`,
        UTC) or later, latest first."""

    async def save(self, counts: Counts) -> bool:
        """Compare-and-set: wins if the stored revision is `counts.revision - 1` (0: absent)."""


class Suppressions(Protocol):
    async def add(self, suppression: Suppression) -> None:
        """The first reason stays."""

    async def find(self, email_keys: Sequence[str]) -> list[Suppression]: ...


class Jobs(Protocol):
    async def insert(self, job: StoredJob) -> bool:
        """False if the id is taken."""

    async def find(self, job_id: str) -> StoredJob | None: ...

    async def take(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        """Lease waiting jobs without a live lease: of each campaign only its oldest waiting
        one (by created_at, job_id). Up to three round trips."""

    async def save(self, job: StoredJob) -> bool:
        """Compare-and-set: wins while the stored token is `job.token` (a take changes it)."""

    async def page(self, campaign_id: str, limit: int) -> list[StoredJob]:
        """Newest first."""


class Answers(Protocol):
    async def reserve(self, answer: Answer) -> Answer | None:
        """None if the key is now ours; else the answer that was there."""

    async def save(self, answer: Answer) -> None: ...

    async def release(self, key: str) -> None:
        """Forget a reservation whose work failed."""

    async def expire(self, before: datetime, limit: int) -> int: ...


class Accounts(Protocol):
    """Of a store, or of something faster that may forget: what is lost costs one burst."""

    async def find(self, account: str) -> AccountState | None: ...

    async def save(self, state: AccountState) -> bool:
        """Compare-and-set: wins if the stored revision is `state.revision - 1` (0: absent)."""

    async def close(self) -> None:
        """Let go of connections of its own; those of a store are the store's."""


class Store(Protocol):
    """Adapters: SQLite (one machine) and MongoDB. One clock: the store's."""

    campaigns: Campaigns
    contacts: Contacts
    uploads: Uploads
    leads: Leads
    messages: Messages
    hits: Hits
    journal: Journal
    counts: CountsStore
    suppressions: Suppressions
    jobs: Jobs
    answers: Answers
    accounts: Accounts

    async def now(self) -> datetime:
        """The store's clock, UTC, whole milliseconds. No round trip as a rule: an adapter may
        keep the difference to its server's clock and refresh it now and then."""

    async def ping(self) -> None:
        """Raises when the store cannot be read and written now."""

    async def migrate(self) -> list[str]:
        """Make tables and indexes, idempotent; what was done, in words."""

    async def unmigrated(self) -> list[str]:
        """What `migrate` would do, in words (several round trips); nothing is changed."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SendJob:
    """Goes to the send queue."""

    lead_id: str
    campaign_id: str
    node_id: str
    visit: int
    attempt: int


@dataclass(frozen=True, slots=True)
class ResumeJob:
    """Goes to the resume queue. (node_id, visit) is the fence; None where the sender had none.

    `is_condition`: the pause is a condition's timeout, which Celery has a task of its own for.
    """

    lead_id: str
    campaign_id: str
    node_id: str | None = None
    visit: int | None = None
    delay_seconds: int = 0
    is_condition: bool = False


@dataclass(frozen=True, slots=True)
class RunJob:
    """Goes to the resume queue: continue a stored job."""

    job_id: str


Job = SendJob | ResumeJob | RunJob


class Dispatcher(Protocol):
    async def dispatch(self, jobs: Sequence[Job]) -> None:
        """Hand jobs to the broker, in batches. Raises if any could not be handed over; what
        was handed over before stays so (every job may be delivered twice)."""

    async def ping(self) -> None:
        """Raises when the broker cannot take jobs now."""

    async def close(self) -> None: ...


class MailConnection(Protocol):
    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for the world's faults."""


class MailTransport(Protocol):
    connections_max: int

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        """A slot: waits while `connections_max` are taken. Connects lazily, on `send`."""

    async def ping(self) -> None:
        """Raises when the mail server does not greet."""

    async def close(self) -> None: ...


class DeadLetters(Protocol):
    """What the broker gave up on. Adapters: RabbitMQ, SQS. All raise BrokerAwayError.

    Whoever looks has hold of the letters for a moment; nobody else can requeue or drop them
    meanwhile. Bounded in time and number: what a call did not reach, it counts.
    """

    async def page(self, *, after: Place | None, limit: int) -> LetterPage:
        """Oldest first by (at, letter_id), strictly after the cursor."""

    async def find(self, letter_id: str) -> OpenedLetter | None: ...

    async def requeue(self, letter_ids: frozenset[str] | None) -> Cleared:
        """Put letters back into the queues they came from, their deliveries counted anew.

        None: all that are there now, at most `CLEARED_MAX`. Each is in its queue before it is
        taken away here: a crash in between leaves two, never none.
        """

    async def drop(self, letter_ids: frozenset[str] | None) -> Cleared:
        """Throw letters away; None as in `requeue`."""

    async def close(self) -> None: ...


class QueueDepths(Protocol):
    """What waits in a broker's queues, without touching it. Adapter: SQS."""

    async def read(self) -> list[QueueDepth]:
        """Of every queue, those of dead letters included. Raises BrokerAwayError."""

    async def close(self) -> None: ...


class Doctor(Protocol):
    """How all that the product depends on is, found out at once, and how it is mended.

    One for each wiring: `PortsDoctor` for the cloud and one's own machine, a team's of its own.
    """

    async def look(self, services: "Services") -> Diagnosis:
        """Takes `LOOK_SECONDS_MAX` and a little at most. What does not answer is a failed check;
        what cannot be known is left out."""

    async def close(self) -> None: ...
