"""The guarantees, checked after a run has drained, against the mail server's ledger.

I8 (memory, depth and keys return to where they were) is only checked with real processes; the rest
is here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.flow.event import TrackingEvent
from functions.flow.journal import JournalRecord, total_key
from functions.flow.lead import ENDED, Lead, Reason, State
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.import_contacts import ROW_COUNTS, ROWS_GONE
from functions.service.audience.records import Contact
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.reports.records import EmailResults
from functions.service.sending.records import Message, MessageState
from functions.service.store import Store
from harness.simulation.people import Wanted
from harness.simulation.results_law import branches, differences
from harness.simulation.seen import SeenTrackingEvent
from harness.simulation.story import Story, Violation
from harness.simulation.timings import it_ends_as_chosen, nothing_before_its_time
from harness.simulation.world import World, message_id_of

__all__ = ["Violation", "check"]

ALL = 100_000
FAR = datetime(9000, 1, 1, tzinfo=UTC)
_COUNTED = ("total/", "late/", "branch/")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one campaign when the run has come to rest."""

    campaign: Campaign
    wanted: Wanted
    contacts: Sequence[Contact]
    leads: Sequence[Lead]
    due: frozenset[str]
    messages: Mapping[str, Message]
    journal: Mapping[str, Sequence[JournalRecord]]
    stories: Mapping[str, Story]
    jobs: Sequence[StoredJob]
    counts: Mapping[str, int]
    sends: tuple[Mapping[str, int], Mapping[str, int]]
    """By hour and by day, as counted."""
    recount: Mapping[str, int]
    results: Sequence[EmailResults]
    events: Mapping[str, Sequence[TrackingEvent]]
    """As stored, by lead."""

    @property
    def name(self) -> str:
        return self.campaign.campaign_id

    @property
    def suspended(self) -> frozenset[str]:
        """Messages that cannot reach their leads before the paused campaign resumes."""
        if self.campaign.status is not CampaignStatus.PAUSED:
            return frozenset()
        return frozenset(
            f"{it.lead_id}/{it.current_node}/{it.visit}/{it.resend_number}"
            for it in self.leads
            if it.state in (State.SENDING, State.DEFERRED)
        )


async def check(world: World, store: Store, wanted: Mapping[str, Wanted]) -> list[Violation]:
    violations = [Violation(invariant, "-", message) for invariant, message in world.defects]
    messages: dict[str, Message] = {}
    there = await store.campaigns.find(DEFAULT_WORKSPACE, list(wanted))
    for name in sorted(wanted.keys() - {it.campaign_id for it in there}):
        violations += await nothing_is_left(store, name, wanted[name])
    for campaign in there:
        evidence = await _gather(world, store, campaign, wanted[campaign.campaign_id])
        messages.update(evidence.messages)
        for law in (
            every_row_is_accounted_for,
            every_contact_is_a_lead,
            no_lead_is_stranded,
            stories_follow_their_flow,
            one_outcome_per_email,
            attempts_follow_decisions,
            counts_equal_a_recount,
            sends_equal_a_recount,
            results_equal_a_recount,
            branches_equal_a_recount,
        ):
            violations += law(world, evidence)
        violations += it_ends_as_chosen(campaign, evidence.leads)
    violations += sent_once(world)
    violations += mail_reaches_its_reader(world, messages, wanted)
    violations += nothing_after_an_acknowledged_stop(world, messages)
    violations += unknowns_are_explained(world, messages)
    schedules = {name: it.schedules for name, it in wanted.items()}
    violations += nothing_before_its_time(world, messages, schedules)
    return violations


async def nothing_is_left(store: Store, name: str, wanted: Wanted) -> list[Violation]:
    """I1, I8: a campaign disappears only if it is deleted, and then with all its documents."""
    if not wanted.is_deleted:
        return [Violation("I1", name, "is gone, and nobody deleted it")]
    left = {
        "contacts": await store.contacts.page(DEFAULT_WORKSPACE, name, after_seq=0, limit=1),
        "leads": await store.leads.page(name, after_seq=0, limit=1),
        "messages": await store.messages.page(name, after_key="", limit=1, state=None),
        "counts": await store.counts.find([name]),
        "results": await store.results.of_campaign(name, 1),
        "versions": await store.campaigns.version(name, 1),
        "jobs": [
            it
            for it in await store.jobs.page(DEFAULT_WORKSPACE, name, ALL)
            if it.state is JobState.WAITING
        ],
    }
    return [Violation("I8", name, f"left {key} behind: {it}") for key, it in left.items() if it]


async def _gather(world: World, store: Store, campaign: Campaign, wanted: Wanted) -> Evidence:
    name = campaign.campaign_id
    leads = [it.lead for it in await store.leads.page(name, after_seq=0, limit=ALL)]
    lead_ids = [it.lead_id for it in leads]
    journal = {it: await store.journal.of_lead(it, ALL) for it in lead_ids}
    flows: dict[int, Mapping[str, object]] = {}
    for version in range(1, max([campaign.version, *(it.flow_version for it in leads)]) + 1):
        found = await store.campaigns.version(name, version)
        if found is not None:  # A number stays unused if publishing was interrupted.
            flows[version] = found.flow
    tracking_events = _tracking_events(world, name)
    counts = await store.counts.find([name])
    found_messages = await store.messages.page(name, after_key="", limit=ALL, state=None)
    messages = {it.key: it for it in found_messages}
    stories = {}
    for lead in leads:
        stories[lead.lead_id] = Story(
            world, lead, flows, tracking_events.get(lead.lead_id, []), messages
        )
    recount = await store.leads.recount(name)
    # Done last, because it leases what it finds.
    due = await store.leads.take_due(name, FAR, ALL, FAR, "the checker")
    return Evidence(
        campaign=campaign,
        wanted=wanted,
        contacts=await store.contacts.page(DEFAULT_WORKSPACE, name, after_seq=0, limit=ALL),
        leads=leads,
        due=frozenset(it.lead.lead_id for it in due),
        messages=messages,
        journal=journal,
        stories=stories,
        jobs=await store.jobs.page(DEFAULT_WORKSPACE, name, ALL),
        counts=counts[0].values if counts else {},
        sends=(counts[0].sent_by_hour, counts[0].sent_by_day) if counts else ({}, {}),
        recount=recount,
        results=await store.results.of_campaign(name, ALL),
        events=await store.tracking_events.of_leads(lead_ids),
    )


def _tracking_events(world: World, name: str) -> Mapping[str, list[SeenTrackingEvent]]:
    """The tracking events, with the time at which each was stored. An event whose answer was lost
    may be stored and counted, but nothing is guaranteed for it.
    """
    found: dict[str, list[SeenTrackingEvent]] = {}
    for it in world.tracking_events:
        if it.campaign_id == name:
            tick, stored_at = world.stored_tracking_events.get(it.tracking_event_id, (None, None))
            found.setdefault(it.lead_id, []).append(
                SeenTrackingEvent(
                    it.tracking_event.kind,
                    it.tracking_event.node_id,
                    it.tracking_event.visit,
                    it.tracking_event.at,
                    it.tracking_event.link,
                    tick,
                    stored_at,
                )
            )
    return found


def every_row_is_accounted_for(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I1: each row of each import is in one of the counts, exactly once."""
    accepted, is_whole = 0, True
    for job in evidence.jobs:
        # After the clock jumps half a day, an upload looks abandoned; its report says so.
        has_leapt = job.report.get("error") == ROWS_GONE and world.has_leapt
        is_whole &= not has_leapt
        if job.state is not JobState.DONE and not has_leapt:
            yield Violation("I1", job.job_id, f"the job is left {job.state}: {job.report}")
        if job.kind is JobKind.IMPORT:
            parts = {key: job.report[key] for key in ROW_COUNTS}
            numbers = [it for it in parts.values() if isinstance(it, int)]
            accepted += numbers[0]
            rows = evidence.wanted.uploads.get(job.job_id)
            if rows is not None and sum(numbers) != rows and not has_leapt:
                yield Violation("I1", job.job_id, f"{parts} of {rows} rows")
    if accepted != len(evidence.contacts):
        yield Violation("I1", evidence.name, f"{accepted} accepted, {len(evidence.contacts)} kept")
    keys = {it.email_key for it in evidence.contacts}
    missing = sorted(evidence.wanted.addresses - keys)
    if missing and is_whole:
        yield Violation("I1", evidence.name, f"{missing} were imported and are missing")
    seqs = [it.seq for it in evidence.contacts]
    if seqs != list(range(1, len(seqs) + 1)):
        yield Violation("I1", evidence.name, f"the contacts are numbered {seqs}")


def every_contact_is_a_lead(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I1: in a launched campaign, unless it was cancelled before; no lead exists twice."""
    contacts = {it.seq: it.email for it in evidence.contacts}
    leads = {it.seq: it.email for it in evidence.leads}
    if len(leads) != len(evidence.leads):
        yield Violation("I1", evidence.name, "two leads have one number")
    is_cancelled = evidence.campaign.status is CampaignStatus.CANCELLED
    is_launched = evidence.wanted.is_launched and not is_cancelled
    if is_launched and leads != contacts:
        yield Violation("I1", evidence.name, f"contacts {contacts} became leads {leads}")
    for seq, email in leads.items():
        if contacts.get(seq) != email:
            yield Violation("I1", evidence.name, f"lead {seq} {email} is not a contact")


def no_lead_is_stranded(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I1: a lead has ended, or is parked as unknown for a person, or its campaign is paused and it
    has a due time. If all leads of a campaign have ended, the campaign is completed.
    """
    status = evidence.campaign.status
    for lead in evidence.leads:
        if lead.state in ENDED:
            if lead.lead_id in evidence.due:
                yield Violation("I1", lead.lead_id, "has ended and is due")
        elif status is CampaignStatus.CANCELLED:
            yield Violation("I1", lead.lead_id, f"is left {lead.state}, though cancelled")
        elif lead.state is not State.UNKNOWN and (
            status is not CampaignStatus.PAUSED or lead.lead_id not in evidence.due
        ):
            yield Violation("I1", lead.lead_id, f"is left {lead.state} at {lead.current_node}")
    has_ended = all(it.state in ENDED for it in evidence.leads)
    if evidence.leads and has_ended and status is CampaignStatus.RUNNING:
        yield Violation("I1", evidence.name, "runs, though all its leads have ended")
    if status is CampaignStatus.COMPLETED and not has_ended:
        yield Violation("I1", evidence.name, "is completed, but not all its leads")


def stories_follow_their_flow(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I2, I3, I4, I5, D: each lead's journal is a walk through its versions in order, with one
    outcome per e-mail and none twice for a move, no wait cut short, and no wrong answer of a
    condition.
    """
    for lead_id, story in evidence.stories.items():
        yield from story.read(evidence.journal[lead_id])


def sent_once(world: World) -> Iterator[Violation]:
    """I2: the server accepted each send key at most once."""
    for message_id, times in Counter(it.message_id for it in world.ledger).items():
        if times > 1:
            keys = [key for key in world.marks if message_id_of(key) == message_id]
            yield Violation("I2", "".join(keys), f"was accepted {times} times")


def attempts_follow_decisions(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I2: another message of the same visit only follows a person's decision to send an unknown one
    again or to retry a failed one.
    """
    for message in evidence.messages.values():
        if message.resend_number > 1:
            start, _, _ = message.key.rpartition("/")
            before = evidence.messages.get(f"{start}/{message.resend_number - 1}")
            failed = (message.node_id, message.visit, message.resend_number - 1)
            is_retried = failed in evidence.stories[message.lead_id].retried
            if is_retried and before is not None and before.state is MessageState.REJECTED:
                continue
            if before is None or before.resolution != "send_again":
                yield Violation("I2", message.key, f"follows no decision: {before}")


def one_outcome_per_email(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I3: each requested e-mail has an outcome; `sent` means that the server has it and the lead
    knows; every message at the server is `sent` or `unknown`. No mark is left (I7).
    """
    accepted = {it.message_id for it in world.ledger}
    by_hand = {Reason.CANCELLED, Reason.REMOVED}
    told: set[str] = set()
    for lead in evidence.leads:
        story = evidence.stories[lead.lead_id]
        told |= {f"{lead.lead_id}/{node}/{visit}/{it}" for node, visit, it in story.told_sent}
        for node, visit, resend_number in story.asked:
            key = f"{lead.lead_id}/{node}/{visit}/{resend_number}"
            state = evidence.messages[key].state if key in evidence.messages else None
            allowed = _SETTLED | (
                {None, MessageState.DEFERRED} if lead.reason in by_hand else set()
            )
            if (node, visit, resend_number) in story.left:
                allowed |= {MessageState.DEFERRED}
            if state not in allowed and key not in evidence.suspended:
                yield Violation("I3", key, f"is left {state}, its lead {lead.state}")
    asked = {
        f"{lead_id}/{node}/{visit}/{resend_number}"
        for lead_id, story in evidence.stories.items()
        for node, visit, resend_number in story.asked
    }
    for key, message in evidence.messages.items():
        if key not in asked:
            yield Violation("I2", key, "was never asked for")
        is_there = message_id_of(key) in accepted
        if message.state is MessageState.SENT and not is_there:
            yield Violation("I3", key, "is sent, but the server never had it")
        if key in evidence.suspended:
            continue
        if message.state is MessageState.SENDING:
            yield Violation("I7", key, "is marked sending, and nobody sends it")
        if is_there and message.state not in (MessageState.SENT, MessageState.UNKNOWN):
            yield Violation("I3", key, f"is at the server, but {message.state}")
        if (message.state is MessageState.SENT) != (key in told):
            yield Violation("I3", key, f"is {message.state}, its lead knows: {key in told}")


_SETTLED: frozenset[MessageState | None] = frozenset(
    {
        MessageState.SENT,
        MessageState.REJECTED,
        MessageState.UNKNOWN,
        MessageState.SUPPRESSED,
    }
)


def mail_reaches_its_reader(
    world: World, messages: Mapping[str, Message], wanted: Mapping[str, Wanted]
) -> Iterator[Violation]:
    """I2: every message at the server is ours and has the right recipient."""
    by_id = {message_id_of(key): message for key, message in messages.items()}
    may_be_gone = any(it.is_deleted for it in wanted.values())
    for accepted in world.ledger:
        message = by_id.get(accepted.message_id)
        if message is not None and message.recipient != accepted.recipient:
            yield Violation("I2", message.key, f"went to {accepted.recipient}")
        if message is None and not may_be_gone:
            yield Violation("I2", accepted.message_id, "is no message of ours")


def nothing_after_an_acknowledged_stop(
    world: World, messages: Mapping[str, Message]
) -> Iterator[Violation]:
    """I6: a message that left after an acknowledged pause, cancellation or unsubscription was
    marked before it.
    """
    by_id = {message_id_of(key): message for key, message in messages.items()}
    for accepted in world.ledger:
        message = by_id.get(accepted.message_id)
        if message is None:
            continue
        marks = [tick for tick, _ in world.marks[message.key] if tick < accepted.tick]
        if not marks:
            yield Violation("I6", message.key, "was sent without a mark")
            continue
        for stop in _stops_before(world, marks[-1], accepted.tick, message):
            yield Violation("I6", message.key, f"was marked and sent after {stop}")


def _stops_before(world: World, mark: int, sent: int, message: Message) -> Iterator[str]:
    """A pause that ended soon after the mark stops nothing: the campaign's state is read again
    between the mark and the first byte, and the campaign was running by then.
    """
    is_paused = False
    for ack in world.acks:
        if ack.tick > mark and ack.kind != "resume":
            continue
        if ack.tick > sent:
            break
        if (ack.kind, ack.name) in (
            ("unsubscribe", message.recipient.lower()),
            ("cancel", message.campaign_id),
        ):
            yield ack.kind
        elif ack.name == message.campaign_id and ack.kind in ("pause", "resume"):
            is_paused = ack.kind == "pause"
    if is_paused:
        yield "pause"


def unknowns_are_explained(world: World, messages: Mapping[str, Message]) -> Iterator[Violation]:
    """I7: between the mark and the state `unknown`, the server's answer was lost, or a fault hit
    the worker, the store or the clock.
    """
    for key, message in messages.items():
        if message.state is not MessageState.UNKNOWN:
            continue
        marks = world.marks[key]
        if key not in world.became_unknown or not marks:
            yield Violation("I7", key, "is unknown, and nobody marked or wrote that")
            continue
        marked, marker = marks[-1]
        until = world.became_unknown[key]
        if not any(
            it.message_id in (None, message_id_of(key))
            and it.process in (None, marker)
            and marked <= it.tick <= until
            for it in world.troubles
        ):
            yield Violation("I7", key, "is unknown, and nothing happened to it")


def counts_equal_a_recount(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I9: recounts where leads are from the leads, and what happened from their journals."""
    summed: Counter[str] = Counter()
    for records in evidence.journal.values():
        for record in records:
            summed.update({k: n for k, n in record.delta.items() if k.startswith(_COUNTED)})
    here_and_now = {k: n for k, n in evidence.recount.items() if not k.startswith(_COUNTED)}
    expected = here_and_now | {key: n for key, n in summed.items() if n}
    counted = {key: n for key, n in evidence.counts.items() if n}
    untold = Counter(
        total_key("sent", message.node_id)
        for key, message in evidence.messages.items()
        if message.state is MessageState.SENT and key in evidence.suspended
    )
    for key, n in evidence.recount.items():
        if key.startswith(_COUNTED) and summed[key] != n - untold[key]:
            yield Violation("I9", evidence.name, f"{key}: {n}, by the journals {summed[key]}")
    differing = {
        key: (counted.get(key, 0), expected.get(key, 0))
        for key in sorted(counted.keys() | expected.keys())
        if counted.get(key, 0) != expected.get(key, 0)
    }
    if differing:
        yield Violation("I9", evidence.name, f"(counted, recounted): {differing}")


def sends_equal_a_recount(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I9: sends by hour and day, up to the newest, agree with the journals."""
    for counted, chars, kept in zip(
        evidence.sends, (13, 10), (timedelta(hours=48), timedelta(days=15)), strict=True
    ):
        sends = [
            record.at
            for records in evidence.journal.values()
            for record in records
            for key, n in record.delta.items()
            if key.startswith("total/") and key.endswith("/sent")
            for _ in range(n)
        ]
        if not sends:
            continue
        newest = max(sends).replace(minute=0, second=0, microsecond=0)
        newest = newest if chars == 13 else newest.replace(hour=0)
        unit = timedelta(hours=1) if chars == 13 else timedelta(days=1)
        expected = Counter(it.isoformat()[:chars] for it in sends if it >= newest - kept + unit)
        if dict(expected) != dict(counted):
            yield Violation(
                "I9", evidence.name, f"sends {dict(counted)}, by the journals {expected}"
            )


def results_equal_a_recount(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I9: results by hour, day and link."""
    for difference in differences(evidence.results, evidence.journal, evidence.events):
        yield Violation("I9", evidence.name, difference)


def branches_equal_a_recount(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I9: leads by branch of splits."""
    expected = branches(evidence.journal, evidence.events)
    counted = {key: n for key, n in evidence.counts.items() if key.startswith("branch/")}
    if counted != expected:
        yield Violation("I9", evidence.name, f"branches {counted}, recounted {expected}")
