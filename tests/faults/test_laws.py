"""The bench's laws detect falsified evidence, each by its invariant.

The evidence comes from a real run: the executor steps two leads through the bench's own flow, one
to its end, one to a message with an unknown outcome.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.faults.evidence import CampaignEvidence, Evidence, Times
from bench.faults.feed import flow
from bench.faults.laws import DIED, judge, lateness_ms
from bench.faults.lines import Accepted, Claiming, Fault, Marking, Misdeed, Suppressed
from bench.faults.recovery import BROKER_UP, BROKER_WIPED, recoveries
from bench.faults.unknowns import KILL, STOP, STORE_DOWN, STORE_UP, unknowns
from functions.flow.event import EmailRejected, EmailSent, EmailUnknown, Entered, LeadEvent, Resumed
from functions.flow.executor import FlowExecutor
from functions.flow.journal import JournalRecord
from functions.flow.keys import lead_id, record_key, send_key
from functions.flow.lead import Lead
from functions.flow.model import Flow
from functions.flow.spelling import normalise
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Contact
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.sending.records import Message, MessageState
from harness.simulation.world import message_id_of

BEGAN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PID = 4711
NAME = "kills-1"
"""Process and campaign."""


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def stamp(seconds: float) -> float:
    return at(seconds).timestamp()


FLOW = Flow.model_validate(normalise(flow()))


def walked(seq: int, *events: tuple[float, LeadEvent]) -> tuple[Lead, Sequence[JournalRecord]]:
    """A lead and its journal after these events."""
    plan = "pro" if seq % 2 else "free"
    lead = Lead(lead_id(NAME, seq, 1), NAME, seq, address(seq), {"plan": plan}, 1, BEGAN)
    records = []
    for seconds, event in events:
        step = FlowExecutor(FLOW).step(lead, event, at(seconds))
        assert step.ignored is None
        lead = step.lead
        key = record_key(lead.lead_id, lead.revision)
        records.append(
            JournalRecord(
                key, NAME, lead.lead_id, lead.revision, at(seconds), step.entries, step.delta or {}
            )
        )
    return lead, records


def address(seq: int) -> str:
    return f"{NAME}-{seq}@example.com"


def key_of(seq: int, node: str) -> str:
    return send_key(lead_id(NAME, seq, 1), node, 1, 1)


def message(seq: int, node: str, state: MessageState, seconds: float) -> Message:
    lead = lead_id(NAME, seq, 1)
    key, reader = key_of(seq, node), address(seq)
    return Message(
        key=key,
        campaign_id=NAME,
        lead_id=lead,
        node_id=node,
        visit=1,
        resend_number=1,
        recipient=reader,
        state=state,
        token="t",
        lease_until=at(0),
        changed_at=at(seconds),
        first_attempt_at=at(0),
    )


def accepted(seq: int, node: str, seconds: float) -> Accepted:
    return Accepted(stamp(seconds), message_id_of(key_of(seq, node)), address(seq), node, 900)


def contact(seq: int) -> Contact:
    return Contact(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id=NAME,
        seq=seq,
        email=address(seq),
        email_key=address(seq),
        attributes={},
        source="i",
        line=seq,
    )


def honest() -> Evidence:
    """Three leads: one finished, one lost its worker, one was refused."""
    walks = [
        walked(
            1,
            (0, Entered()),
            (1, EmailSent("email-1", 1, 1, at(1))),
            (4.2, Resumed()),
            (4.6, EmailSent("email-2", 1, 1, at(4.6))),
        ),
        walked(2, (0, Entered()), (9, EmailUnknown("email-1", 1, 1, "vanished"))),
        walked(3, (0, Entered()), (1, EmailRejected("email-1", 1, 1, "550 nobody"))),
    ]
    messages = [
        message(1, "email-1", MessageState.SENT, 1),
        message(1, "email-2", MessageState.SENT, 4.6),
        message(2, "email-1", MessageState.UNKNOWN, 9),
        message(3, "email-1", MessageState.REJECTED, 1),
    ]
    counts: Counter[str] = Counter({"leads/pending": 3})
    for _, records in walks:
        for record in records:
            counts.update(record.delta)
    here = {key: n for key, n in counts.items() if n and key.startswith(("leads/", "at/"))}
    campaign = Campaign(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id=NAME,
        name=NAME,
        status=CampaignStatus.RUNNING,
        draft={},
        created_at=BEGAN,
        updated_at=BEGAN,
        version=1,
        epoch=1,
    )
    return Evidence(
        times=Times(sweep=1, lead_lease=8, wait=3, connections_max=2),
        accepted=[accepted(1, "email-1", 0.9), accepted(1, "email-2", 4.5)],
        misdeeds=[Misdeed(stamp(0.9), "refuse_recipient", address(3))],
        faults=[Fault(stamp(0.6), KILL, PID)],
        markings=[
            Marking(stamp(0.3), PID + 2, key_of(1, "email-1")),
            Marking(stamp(0.5), PID, key_of(2, "email-1")),
            Marking(stamp(4.4), PID + 2, key_of(1, "email-2")),
        ],
        suppressed=[Suppressed(stamp(4.45), address(1))],
        claimings=[
            Claiming(stamp(0.2), PID, lead_id(NAME, 1, 1)),
            Claiming(stamp(0.4), PID, lead_id(NAME, 2, 1)),
            Claiming(stamp(0.8), PID, lead_id(NAME, 3, 1)),
            Claiming(stamp(4.3), PID, lead_id(NAME, 1, 1)),
        ],
        campaigns=[
            CampaignEvidence(
                campaign=campaign,
                wanted=3,
                flow=FLOW.model_dump(mode="json"),
                contacts=[contact(n) for n in (1, 2, 3)],
                leads=[lead for lead, _ in walks],
                messages={it.key: it for it in messages},
                journal={lead.lead_id: records for lead, records in walks},
                counts=counts,
                recount=here | {"total/email-1/sent": 1, "total/email-2/sent": 1},
            )
        ],
    )


def broken(evidence: Evidence) -> set[str]:
    return {violation.invariant for violation in judge(evidence)}


def of_campaign(evidence: Evidence, **changes: object) -> Evidence:
    (campaign,) = evidence.campaigns
    return replace(evidence, campaigns=[replace(campaign, **changes)])  # type: ignore[arg-type]


def test_honest_evidence_breaks_nothing() -> None:
    """The control: the evidence that the tests below falsify is valid."""
    evidence = honest()
    assert judge(evidence) == []
    assert lateness_ms(evidence) == [200]
    (unknown,) = unknowns(evidence)
    assert (unknown.cause, unknown.pid, unknown.is_at_server) == ("worker killed", PID, False)


def _twice(it: Evidence) -> Evidence:
    return replace(it, accepted=[*it.accepted, accepted(1, "email-2", 5)])


def _same_mail_by_another_key(it: Evidence) -> Evidence:
    copy = replace(it.accepted[1], message_id="<another@example.com>")
    return replace(it, accepted=[*it.accepted, copy])


def _to_another_reader(it: Evidence) -> Evidence:
    changed = replace(it.accepted[1], recipient=address(2))
    return replace(it, accepted=[it.accepted[0], changed])


def _contact_without_lead(it: Evidence) -> Evidence:
    return of_campaign(it, wanted=4)


def _stranded(it: Evidence) -> Evidence:
    lead, records = walked(3, (0, Entered()))
    (campaign,) = it.campaigns
    return of_campaign(
        it,
        leads=[*campaign.leads[:2], lead],
        journal={**campaign.journal, lead.lead_id: records},
    )


def _completed_too_soon(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    return of_campaign(it, campaign=replace(campaign.campaign, status=CampaignStatus.COMPLETED))


def _sent_and_not_in_the_ledger(it: Evidence) -> Evidence:
    return replace(it, accepted=it.accepted[:1])


def _rejected_by_nobody(it: Evidence) -> Evidence:
    return replace(it, misdeeds=[])


def _in_the_ledger_and_rejected(it: Evidence) -> Evidence:
    return replace(it, accepted=[*it.accepted, accepted(3, "email-1", 1)])


def _record_missing(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    one = lead_id(NAME, 1, 1)
    return of_campaign(it, journal={**campaign.journal, one: campaign.journal[one][1:]})


def _early_at_the_sink(it: Evidence) -> Evidence:
    return replace(it, accepted=[it.accepted[0], accepted(1, "email-2", 3.8)])


def _early_by_the_journal(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    one = lead_id(NAME, 1, 1)
    records = list(campaign.journal[one])
    records[2] = replace(records[2], at=at(3.9))
    return of_campaign(it, journal={**campaign.journal, one: records})


def _after_it_was_suppressed(it: Evidence) -> Evidence:
    return replace(it, suppressed=[Suppressed(stamp(4.35), address(1))])


def _sent_without_a_mark(it: Evidence) -> Evidence:
    return replace(it, markings=it.markings[:2])


def _suppressed_by_nobody(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    left_alone = message(3, "email-1", MessageState.SUPPRESSED, 1)
    return of_campaign(it, messages={**campaign.messages, left_alone.key: left_alone})


def _unknown_and_nobody_killed(it: Evidence) -> Evidence:
    return replace(it, faults=[])


def _killed_before_its_mark(it: Evidence) -> Evidence:
    return replace(it, faults=[Fault(stamp(0.4), KILL, PID)])


def _another_was_killed(it: Evidence) -> Evidence:
    return replace(it, faults=[Fault(stamp(0.6), KILL, PID + 1)])


def _mark_left(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    marked = message(2, "email-1", MessageState.SENDING, 9)
    return of_campaign(it, messages={**campaign.messages, marked.key: marked})


def _left_in_a_queue(it: Evidence) -> Evidence:
    return replace(it, left_behind={"jobs in celery": 2})


def _died_by_itself(it: Evidence) -> Evidence:
    return replace(it, faults=[*it.faults, Fault(stamp(2), DIED, PID + 1, "MemoryError")])


def _counted_twice(it: Evidence) -> Evidence:
    (campaign,) = it.campaigns
    return of_campaign(it, counts={**campaign.counts, "total/email-1/sent": 2})


def _slow_to_recover(it: Evidence) -> Evidence:
    wiped = [Fault(stamp(-9), BROKER_WIPED), Fault(stamp(-8), BROKER_UP)]
    (campaign,) = it.campaigns
    one = lead_id(NAME, 1, 1)
    first, *rest = campaign.journal[one]
    moved = [replace(first, at=at(-10)), *(replace(each, at=at(20)) for each in rest)]
    return of_campaign(
        replace(it, faults=[*it.faults, *wiped], claimings=[]),
        journal={**campaign.journal, one: moved},
    )


LIES: dict[Callable[[Evidence], Evidence], str] = {
    _contact_without_lead: "I1",
    _stranded: "I1",
    _completed_too_soon: "I1",
    _twice: "I2",
    _same_mail_by_another_key: "I2",
    _to_another_reader: "I2",
    _sent_and_not_in_the_ledger: "I3",
    _rejected_by_nobody: "I3",
    _in_the_ledger_and_rejected: "I3",
    _record_missing: "I4",
    _early_at_the_sink: "I5",
    _early_by_the_journal: "I5",
    _suppressed_by_nobody: "I3",
    _after_it_was_suppressed: "I6",
    _sent_without_a_mark: "I6",
    _unknown_and_nobody_killed: "I7",
    _killed_before_its_mark: "I7",
    _another_was_killed: "I7",
    _mark_left: "I7",
    _left_in_a_queue: "I8",
    _died_by_itself: "I8",
    _counted_twice: "I9",
    _slow_to_recover: "R",
}


@pytest.mark.parametrize(
    ("lie", "invariant"), LIES.items(), ids=lambda it: getattr(it, "__name__", it)
)
def test_each_falsification_is_detected(
    lie: Callable[[Evidence], Evidence], invariant: str
) -> None:
    """Evidence that is falsified in one place breaks the invariant for that place."""
    assert invariant in broken(lie(honest()))


CAUSES = {
    "worker stopped": [Fault(stamp(0.6), STOP, PID)],
    "store down": [Fault(stamp(2), STORE_DOWN), Fault(stamp(3), STORE_UP)],
    "store's answer lost": [Fault(stamp(2), "store proxy: answer lost")],
}


@pytest.mark.parametrize("cause", CAUSES)
def test_other_causes_explain_an_unknown_too(cause: str) -> None:
    """Faults of the store or of the worker while the mark existed."""
    evidence = replace(honest(), faults=CAUSES[cause])
    assert [it.cause for it in unknowns(evidence)] == [cause]
    late = [replace(it, at=it.at + 60) for it in CAUSES[cause]]
    assert [it.cause for it in unknowns(replace(evidence, faults=late))] == [None]


def test_dropped_answer_explains_its_own_message_only() -> None:
    """The mail server logs the message for which it dropped the answer."""
    drop = Misdeed(stamp(0.7), "drop_kept", address(2), message_id_of(key_of(2, "email-1")))
    evidence = replace(honest(), faults=[], misdeeds=[*honest().misdeeds, drop])
    assert [it.cause for it in unknowns(evidence)] == ["answer dropped"]
    other = replace(drop, message_id=message_id_of(key_of(1, "email-1")))
    evidence = replace(evidence, misdeeds=[other])
    assert [it.cause for it in unknowns(evidence)] == [None]


def test_worker_leaves_no_more_marks_than_connections() -> None:
    """Three unknown messages of one killed worker are one too many."""
    walks = [
        walked(n, (0, Entered()), (9, EmailUnknown("email-1", 1, 1, "vanished"))) for n in (1, 2, 3)
    ]
    unknown = [message(n, "email-1", MessageState.UNKNOWN, 9) for n in (1, 2, 3)]
    evidence = of_campaign(
        replace(
            honest(),
            accepted=[],
            markings=[Marking(stamp(0.5), PID, key_of(n, "email-1")) for n in (1, 2, 3)],
        ),
        leads=[lead for lead, _ in walks],
        messages={it.key: it for it in unknown},
        journal={lead.lead_id: records for lead, records in walks},
    )
    assert [it.message for it in judge(evidence) if it.invariant == "I7"] == [
        "left 3 marks over 2 connections"
    ]


def test_recovery_is_counted_from_the_brokers_return() -> None:
    """For leads whose job the broker had, until the next claim or step; leads that a worker was
    working on lost nothing.
    """
    wiped = [Fault(stamp(0.1), BROKER_WIPED), Fault(stamp(0.3), BROKER_UP)]
    evidence = replace(honest(), faults=[*honest().faults, *wiped])
    (recovery,) = recoveries(evidence)
    assert recovery.seconds == pytest.approx(0.8 - 0.3, abs=0.001)
    busy = [Claiming(stamp(0.05), PID, lead_id(NAME, 3, 1)), *honest().claimings]
    (recovery,) = recoveries(replace(evidence, claimings=busy))
    assert recovery.seconds == pytest.approx(0.4 - 0.3, abs=0.001)


def test_recovery_of_a_pause_is_counted_from_its_end() -> None:
    """A wait that was not over when the broker came back is late only after its due time."""
    wiped = [Fault(stamp(1.5), BROKER_WIPED), Fault(stamp(2), BROKER_UP)]
    evidence = replace(honest(), faults=[*honest().faults, *wiped])
    (recovery,) = recoveries(evidence)
    assert recovery.seconds == pytest.approx(0.2, abs=0.001)
