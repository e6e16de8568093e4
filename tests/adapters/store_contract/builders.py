"""Records for the contract: short to write, all different, times in seconds after `NOW`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.flow.effect import SendEmail
from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.journal import Entry, EntryKind, JournalRecord
from functions.flow.lead import AttributeValue, Lead, LeadStatus, Reason, SentEmail
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Contact
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.execution.records import Commit, StoredLead
from functions.service.jobs.records import IdempotencyRecord, JobKind, StoredJob, UploadPage
from functions.service.sending.records import Claim, Message, MessageChange, MessageState
from functions.service.store import Store
from functions.service.tracking.records import StoredTrackingEvent

NOW = datetime(2026, 3, 1, 9, 30, 0, 123000, tzinfo=UTC)

ODD: dict[str, AttributeValue] = {
    "plain": "Zoë",
    "empty": "",
    "emoji": "👩🏽‍🚀 ok 🇪🇺",
    "right to left": "שלום",
    "quotes": "a\"b'c\\d\n\t",
    "nul": "before\x00after",
    "looks like a date": "2026-01-01T00:00:00Z",
    "looks like a number": "007",
    "one": 1,
    "one point": 1.0,
    "yes": True,
    "no": False,
    "nothing": None,
    "large": 2**53 + 1,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "tiny": 5e-324,
    "infinite": float("inf"),
    "Ünïcödé name": 1,
}
"""Attribute values that a careless store would change."""


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def campaign(campaign_id: str, **fields: object) -> Campaign:
    made = Campaign(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id=campaign_id,
        name="Spring",
        status=CampaignStatus.DRAFT,
        draft={"nodes": []},
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def contact(seq: int, campaign_id: str = "c1", **fields: object) -> Contact:
    email = f"Reader{seq}@example.org"
    made = Contact(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id=campaign_id,
        seq=seq,
        email=email,
        email_key=email.lower(),
        attributes={},
        source="import-1",
        line=seq,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def lead(seq: int, campaign_id: str = "c1", **fields: object) -> Lead:
    made = Lead(
        lead_id=f"lead_{campaign_id}_{seq}_1",
        campaign_id=campaign_id,
        seq=seq,
        email=f"Reader{seq}@example.org",
        attributes={"n": seq},
        flow_version=1,
        enrolled_at=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def stepped(before: Lead, **fields: object) -> Lead:
    """The next revision."""
    return replace(before, revision=before.revision + 1, **fields)  # type: ignore[arg-type]


def waiting(before: Lead, seconds: float, node: str = "wait") -> Lead:
    return stepped(
        before,
        status=LeadStatus.PAUSED,
        reason=Reason.WAIT,
        current_node=node,
        visits={node: 1},
        execution_path=("start", node),
        wait_until=at(seconds),
    )


def sending(before: Lead, node: str = "email") -> Lead:
    sent = {"earlier": SentEmail(1, 1, at(-60))}
    fields = {"status": LeadStatus.RUNNING, "reason": None, "wait_until": None}
    return stepped(before, current_node=node, visits={node: 1}, sent_emails=sent, **fields)


def ended(before: Lead, node: str = "end") -> Lead:
    fields = {"status": LeadStatus.COMPLETED, "reason": Reason.END, "wait_until": None}
    return stepped(before, current_node=node, **fields)


def record(
    key: str, lead_id: str | None, *, campaign_id: str = "c1", at_s: float = 0
) -> JournalRecord:
    entry = Entry(EntryKind.SENT, "email", {"at": "2026-03-01T09:30:00Z", "tries": 2, "no": None})
    delta = {"leads/paused": 1, "at/wait/waiting": 1, "leads/pending": -1}
    return JournalRecord(key, campaign_id, lead_id, 1, at(at_s), (entry,), delta)


def commit(after: Lead, lease_seconds: float | None = None, *, bare: bool = False) -> Commit:
    """A commit with an effect and a record, unless `bare`."""
    lease = None if lease_seconds is None else at(lease_seconds)
    if bare:
        return Commit(after, lease, (), ())
    made = record(f"{after.lead_id}@{after.revision}", after.lead_id)
    return Commit(after, lease, (SendEmail("email", 1, 1),), (made,))


def stored(made: Commit) -> StoredLead:
    """What a store returns after the commit."""
    return StoredLead(made.lead, made.lease_until, made.outbox, made.records)


async def enrolled(store: Store, count: int, campaign_id: str = "c1") -> list[Lead]:
    """`count` pending leads, due `NOW`."""
    leads = [lead(seq, campaign_id) for seq in range(1, count + 1)]
    await store.leads.enrol(leads, NOW)
    return leads


async def committed(store: Store, afters: Iterable[Lead], token: str = "t") -> None:
    commits = [commit(after, bare=True) for after in afters]
    assert len(await store.leads.commit(commits, token, NOW)) == len(commits)


def message(n: int, state: MessageState = MessageState.CLAIMED, **fields: object) -> Message:
    made = Message(
        key=f"lead_c1_{n}_1/email/1/1",
        campaign_id="c1",
        lead_id=f"lead_c1_{n}_1",
        node_id="email",
        visit=1,
        resend_number=1,
        recipient=f"Reader{n}@example.org",
        state=state,
        token="t1",
        lease_until=at(20),
        changed_at=NOW,
        first_attempt_at=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


async def claimed(store: Store, messages: Sequence[Message]) -> None:
    """Inserted unchanged, whatever their state."""
    claims = [Claim(it, None) for it in messages]
    assert len(await store.messages.claim(claims)) == len(messages)


def change(
    key: str, state: MessageState, *sources: MessageState, **fields: object
) -> MessageChange:
    made = MessageChange(key=key, token=None, from_states=frozenset(sources), state=state, at=at(5))
    return replace(made, **fields)  # type: ignore[arg-type]


def tracking_event(
    n: int, lead_id: str, *, at_s: float = 0, look_s: float | None = None
) -> StoredTrackingEvent:
    seen = TrackingEvent(
        TrackingEventKind.CLICKED,
        "email",
        1,
        at(at_s),
        "https://a.example/?q={{x}}",
        "https://a.example/",
    )
    look_at = None if look_s is None else at(look_s)
    return StoredTrackingEvent(
        tracking_event_id=f"hit{n}",
        campaign_id="c1",
        lead_id=lead_id,
        resend_number=1,
        tracking_event=seen,
        user_agent="Agent/1.0 ✉",
        address="192.0.2.1",
        look_at=look_at,
    )


def job(job_id: str, campaign_id: str = "c1", **fields: object) -> StoredJob:
    made = StoredJob(
        workspace_id=DEFAULT_WORKSPACE,
        job_id=job_id,
        campaign_id=campaign_id,
        kind=JobKind.IMPORT,
        created_at=NOW,
        updated_at=NOW,
        until=3,
        report={"rows": [1]},
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def upload(upload_id: str, number: int, rows: Sequence[object], at: datetime = NOW) -> UploadPage:
    return UploadPage(
        workspace_id=DEFAULT_WORKSPACE, upload_id=upload_id, number=number, at=at, rows=rows
    )


def idempotency_record(key: str, **fields: object) -> IdempotencyRecord:
    made = IdempotencyRecord(workspace_id=DEFAULT_WORKSPACE, key=key, fingerprint="print", at=NOW)
    return replace(made, **fields)  # type: ignore[arg-type]
