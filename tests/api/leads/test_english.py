"""A lead's timeline in English: every kind of entry, every end, and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.api.leads.english import next_sentence, sentence
from functions.api.leads.spoken import instant, length
from functions.flow.journal import DetailValue, Entry, EntryKind, JournalRecord
from functions.flow.lead import Lead, LeadStatus, Reason
from functions.flow.model import Flow
from functions.service.leads.next_step import next_step
from functions.service.leads.timeline import timeline
from functions.service.leads.timeline_codes import NextCode, TimelineCode, TimelineParameters
from harness.fakes.scenes import clicked, email, flow, wait

NOW = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)

FLOW = Flow.model_validate(
    flow(
        [
            email("a", "Welcome"),
            wait("w", 259_200),
            clicked("asked", "a", 864_000),
            email("b", "Last call"),
            {"id": "done", "type": "end"},
        ],
        "a>w",
        "w>asked",
        "asked.yes>b",
        "b>done",
    )
)


LEAD = Lead("l", "x", 1, "ann@example.com", {}, 1, NOW)

Told = tuple[int, EntryKind, str, Mapping[str, DetailValue]]


def told(*entries: Told) -> list[str]:
    """The sentences for entries given as (seconds from now, kind, node, detail)."""
    records = [
        JournalRecord(
            f"l@{number}",
            "x",
            "l",
            number,
            NOW + timedelta(seconds=seconds),
            (Entry(kind, node_id, detail),),
            {},
        )
        for number, (seconds, kind, node_id, detail) in enumerate(entries)
    ]
    items = timeline({1: FLOW}, LEAD, records)
    return [sentence(it.code, it.parameters, NOW) for it in items]


def at(seconds: int) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


SENT: Told = (0, EntryKind.SENT, "a", {"at": at(0), "attempt": 1})
DAYS_3 = 3 * 86_400


def test_wait_is_told_by_its_end() -> None:
    """While it lasts, it is what comes next, not what has happened."""
    waiting: Told = (0, EntryKind.WAITING, "w", {"until": at(DAYS_3)})
    assert told(waiting) == []
    resumed: Told = (DAYS_3, EntryKind.RESUMED, "w", {"until": at(DAYS_3), "lateness_ms": 400})
    assert told(waiting, resumed) == ["Waited 3 days (until Fri 12 Mar, 09:00 UTC)"]


def test_late_end_of_a_wait_is_reported() -> None:
    """From five seconds on; less does not count as late."""
    waiting: Told = (0, EntryKind.WAITING, "w", {"until": at(60)})
    resumed: Told = (152, EntryKind.RESUMED, "w", {"until": at(60), "lateness_ms": 92_000})
    assert told(waiting, resumed) == ["Waited 1 min (until Tue 9 Mar, 09:01 UTC), 1 min 32 s late"]


def test_sending_is_shown_only_while_it_lasts() -> None:
    """The outcome suffices; a second message of the same visit is marked as such."""
    sending: Told = (0, EntryKind.SENDING, "a", {"attempt": 1})
    assert told(sending) == ["Began to send *Welcome*"]
    assert told(sending, SENT) == ["Sent *Welcome*"]
    second: Told = (9, EntryKind.SENT, "a", {"at": at(9), "attempt": 2})
    assert told(sending, second) == ["Sent *Welcome* (message 2)"]


YES: Mapping[str, DetailValue] = {
    "port": "yes",
    "email_node": "a",
    "at": at(7200),
    "sent_at": at(0),
}

CASES: list[tuple[EntryKind, str, Mapping[str, DetailValue], str]] = [
    (EntryKind.ENTERED, "start", {}, "Entered the campaign"),
    (
        EntryKind.DEFERRED,
        "a",
        {"words": "451 later", "until": at(300)},
        "*Welcome* had to wait: 451 later; next attempt on Tue 9 Mar, 09:05 UTC",
    ),
    (
        EntryKind.REJECTED,
        "a",
        {"words": "550 no such user"},
        "The mail server refused *Welcome*: 550 no such user",
    ),
    (
        EntryKind.UNRENDERABLE,
        "a",
        {"words": "Line 1: no."},
        "*Welcome* could not be rendered for this contact: Line 1: no.",
    ),
    (
        EntryKind.SUPPRESSED,
        "a",
        {"words": ""},
        "Did not send *Welcome*: mail to this address is suppressed",
    ),
    (EntryKind.UNKNOWN, "a", {"words": "gone"}, "It is not known whether *Welcome* arrived: gone"),
    (
        EntryKind.TOOK,
        "asked",
        {**YES, "because": "clicked"},
        "Clicked a link in *Welcome* 2 h after sending: took yes",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {**YES, "because": "opened"},
        "Opened *Welcome* 2 h after sending: took yes",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "not_clicked", "email_node": "a", "until": at(0)},
        "Did not click any link in *Welcome* by Tue 9 Mar, 09:00 UTC: took no",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "not_opened", "email_node": "a", "until": at(0)},
        "Did not open *Welcome* by Tue 9 Mar, 09:00 UTC: took no",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "not_sent", "email_node": "a"},
        "*Welcome* was never sent to this contact: took no",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "yes", "because": "attributes", "match": "all", "attribute": "plan", "value": "p"},
        "plan is p: took yes",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "attributes", "match": "all", "attribute": "plan", "value": None},
        "plan is missing: took no",
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "attributes", "match": "any"},
        "Checked the contact's attributes (any of the rules): took no",
    ),
    (EntryKind.TOOK, "s", {"port": "b", "because": "split"}, "Split by share: took b"),
    (
        EntryKind.TOOK,
        "w",
        {"port": "next", "missing": "renewal"},
        "renewal is not a date: continued immediately",
    ),
    (
        EntryKind.TOOK,
        "w",
        {"port": "next", "past": at(-60)},
        "The wait was already over (Tue 9 Mar, 08:59 UTC): continued immediately",
    ),
    (EntryKind.PASSED, "a", {}, "*Welcome* is switched off: skipped"),
    (EntryKind.PASSED, "w", {}, "The wait is switched off: skipped"),
    (
        EntryKind.RESTORED,
        "a",
        {},
        "The store was restored from a backup: e-mails that may have been sent are skipped",
    ),
    (
        EntryKind.PRESUMED,
        "a",
        {"visit": 1},
        "Did not send *Welcome*: it may have been sent before the store was restored",
    ),
    (
        EntryKind.DECIDED,
        "a",
        {"decision": "send_again"},
        "A person decided to send *Welcome* again",
    ),
    (
        EntryKind.DECIDED,
        "a",
        {"decision": "treat_as_sent"},
        "A person decided to treat *Welcome* as sent",
    ),
    (EntryKind.TRACKING_EVENT, "b", {"what": "opened"}, "Opened *Last call*"),
    (
        EntryKind.TRACKING_EVENT,
        "b",
        {"what": "clicked", "link": "https://example.com/"},
        "Clicked https://example.com/ in *Last call*",
    ),
    (EntryKind.TRACKING_EVENT, "b", {"what": "unsubscribed"}, "Unsubscribed"),
    (
        EntryKind.TRACKING_EVENT,
        "a",
        {"what": "bounced", "words": "550 5.1.1 nobody"},
        "*Welcome* came back: 550 5.1.1 nobody",
    ),
    (EntryKind.TRACKING_EVENT, "a", {"what": "complained"}, "Reported *Welcome* as spam"),
    (EntryKind.ENDED, "done", {"reason": "end", "words": "finished"}, "Finished"),
    (EntryKind.ENDED, "done", {"reason": "end", "words": "won"}, "Finished: won"),
    (
        EntryKind.ENDED,
        "asked",
        {"reason": "no_connection", "port": "no"},
        "Finished: nothing follows the condition by no",
    ),
    (
        EntryKind.ENDED,
        "a",
        {"reason": "suppressed"},
        "Ended: mail to this address is suppressed",
    ),
    (
        EntryKind.SKIPPED,
        "w",
        {"until": at(DAYS_3)},
        "A person ended the wait, which would have lasted until Fri 12 Mar, 09:00 UTC",
    ),
    (
        EntryKind.SKIPPED,
        "asked",
        {"until": at(DAYS_3), "words": "asked by phone"},
        "A person ended the watch, which would have lasted until Fri 12 Mar, 09:00 UTC: asked by "
        "phone",
    ),
    (EntryKind.MOVED, "w", {"to": "b", "was": "waiting"}, "A person moved it to *Last call*"),
    (EntryKind.RETRIED, "a", {}, "A person retried *Welcome*"),
    (EntryKind.ENDED, "a", {"reason": "cancelled"}, "Ended: the campaign was cancelled"),
    (EntryKind.ENDED, "a", {"reason": "removed"}, "Removed from the campaign"),
    (
        EntryKind.ENDED,
        "a",
        {"reason": "rejected"},
        "Failed: the mail server refused the message",
    ),
    (
        EntryKind.ENDED,
        "a",
        {"reason": "template"},
        "Failed: the message could not be rendered for this contact",
    ),
    (
        EntryKind.ENDED,
        "a",
        {"reason": "poison"},
        "Failed: the flow led the lead round a loop too often",
    ),
]


@pytest.mark.parametrize(("kind", "node_id", "detail", "text"), CASES)
def test_every_entry_has_its_words(
    kind: EntryKind, node_id: str, detail: Mapping[str, DetailValue], text: str
) -> None:
    """One sentence for each, with titles instead of ids."""
    assert told((0, kind, node_id, detail)) == [text]


def test_no_kind_of_entry_is_left_without_words() -> None:
    """Apart from pauses, which their ends tell. A kind not above names a node and a reason."""
    tested = {kind for kind, *_ in CASES} | {EntryKind.SENT, EntryKind.SENDING, EntryKind.RESUMED}
    for kind in set(EntryKind) - tested - {EntryKind.WAITING, EntryKind.WATCHING}:
        assert told((0, kind, "a", {"words": "why"})), kind


def test_tracking_event_says_how_long_after_sending() -> None:
    """Counted from the sending in the same timeline; an event of the same instant comes after."""
    tracking_event: Told = (0, EntryKind.TRACKING_EVENT, "a", {"what": "opened", "at": at(0)})
    later: Told = (
        330,
        EntryKind.TRACKING_EVENT,
        "a",
        {"what": "clicked", "link": "https://e.org", "at": at(330)},
    )
    assert told(tracking_event, SENT, later) == [
        "Sent *Welcome*",
        "Opened *Welcome* 0 s after sending",
        "Clicked https://e.org in *Welcome* 5 min 30 s after sending",
    ]


def next_text(drawn: Flow, lead: Lead, *, is_paused: bool = False) -> str | None:
    step = next_step(drawn, lead, is_paused=is_paused)
    return next_sentence(step.code, step.parameters, NOW) if step else None


@pytest.mark.parametrize(
    ("status", "reason", "node_id", "text"),
    [
        (LeadStatus.PENDING, None, None, "Next: enters the campaign."),
        (LeadStatus.RUNNING, None, "a", "Next: *Welcome* is on its way to the mail server."),
        (
            LeadStatus.PAUSED,
            Reason.WAIT,
            "w",
            "Next: looks for a click in *Welcome* on Fri 12 Mar, 09:00 UTC.",
        ),
        (
            LeadStatus.PAUSED,
            Reason.CONDITION,
            "asked",
            "Next: watches for a click in *Welcome* until Fri 12 Mar, 09:00 UTC.",
        ),
        (
            LeadStatus.PAUSED,
            Reason.DEFERRED,
            "a",
            "Next: *Welcome* is tried again on Fri 12 Mar, 09:00 UTC.",
        ),
        (
            LeadStatus.PAUSED,
            Reason.UNKNOWN,
            "a",
            "It is not known whether *Welcome* arrived. "
            "Decide: send it again, or treat it as sent.",
        ),
        (LeadStatus.COMPLETED, Reason.END, "done", None),
        (LeadStatus.FAILED, Reason.REJECTED, "a", None),
    ],
)
def test_what_comes_next(
    status: LeadStatus, reason: Reason | None, node_id: str | None, text: str | None
) -> None:
    """In every state; nothing if the lead has ended."""
    lead = replace(
        LEAD,
        status=status,
        reason=reason,
        current_node=node_id,
        wait_until=NOW + timedelta(days=3),
    )
    assert next_text(FLOW, lead) == text


def test_end_of_a_wait_before_nothing_is_the_end() -> None:
    """A wait whose port leads nowhere ends the lead."""
    alone = Flow.model_validate(flow([wait("w", 60)]))
    lead = replace(
        LEAD,
        status=LeadStatus.PAUSED,
        reason=Reason.WAIT,
        current_node="w",
        wait_until=NOW + timedelta(seconds=60),
    )
    assert next_text(alone, lead) == "Next: the end on Tue 9 Mar, 09:01 UTC."
    assert "paused" in str(next_text(alone, lead, is_paused=True))


SPANS: Sequence[tuple[int, str]] = [
    (0, "0 s"),
    (60, "1 min"),
    (61, "1 min 1 s"),
    (3600, "1 h"),
    (7500, "2 h 5 min"),
    (86_400, "1 day"),
    (90_000, "1 day 1 h"),
    (3 * 86_400 + 59, "3 days"),
]


@pytest.mark.parametrize(("seconds", "text"), SPANS)
def test_length_in_words(seconds: int, text: str) -> None:
    """The two largest units that are not zero."""
    assert length(seconds) == text


def test_instant_names_the_year_where_it_is_another() -> None:
    """And seconds only if there are any."""
    assert instant(datetime(2028, 1, 2, 7, 5, 9, tzinfo=UTC), NOW) == "Sun 2 Jan 2028, 07:05:09 UTC"


def test_branch_is_called_by_its_name() -> None:
    """By its port only if it has none."""
    named = TimelineParameters(port="a", branch="No discount")
    assert sentence(TimelineCode.TOOK_SPLIT, named, NOW) == "Split by share: took No discount"
    ended = sentence(TimelineCode.ENDED_NO_CONNECTION, named, NOW)
    assert ended == "Finished: nothing follows a message by No discount"


def test_every_code_has_a_sentence() -> None:
    """Whatever its parameters: a code that the timeline gains needs one here."""
    for code in TimelineCode:
        assert sentence(code, {}, NOW)
    for step in NextCode:
        assert next_sentence(step, {}, NOW)


def test_sentence_is_in_the_zone_asked_for() -> None:
    """The command line uses this machine's."""
    parameters = TimelineParameters(past=NOW)
    text = sentence(TimelineCode.DATE_PAST, parameters, NOW, ZoneInfo("Europe/Berlin"))
    assert text == "The wait was already over (Tue 9 Mar, 10:00 CET): continued immediately"
