"""How much of a campaign's mail came back, by when it was sent, and when that is too much."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.journal import DetailValue, Entry, EntryKind, JournalRecord
from functions.mail.bounce_kinds import BounceKind
from functions.service.reports.returned_mail import (
    FIRST,
    GROUPS_MAX,
    LATER,
    ReturnedMail,
    ReturnLimits,
    too_many,
    with_returned,
)
from functions.service.tracking.record_tracking_event import journal_record
from functions.service.tracking.records import StoredTrackingEvent
from harness.fakes.clock import BEGINNING

LIMITS = ReturnLimits(bounces=5.0, complaints=0.3)


def time(number: int) -> datetime:
    """When this message was sent."""
    return BEGINNING + timedelta(milliseconds=number)


def entry(kind: EntryKind, number: int, detail: Mapping[str, DetailValue]) -> JournalRecord:
    return JournalRecord(
        key=f"{kind}-{number}",
        campaign_id="c",
        lead_id=f"c.{number}",
        revision=2,
        at=time(number),
        entries=(Entry(kind, "mail", detail),),
        delta={},
    )


def sent(numbers: Iterable[int]) -> list[JournalRecord]:
    return [entry(EntryKind.SENT, it, {"at": time(it).isoformat()}) for it in numbers]


def returned(number: int, kind: TrackingEventKind, bounce: BounceKind | None) -> JournalRecord:
    """The report came an hour later."""
    event = TrackingEvent(kind, "mail", 1, time(number) + timedelta(hours=1), reason="no")
    return journal_record(
        StoredTrackingEvent(
            tracking_event_id=f"{number}/{kind}",
            campaign_id="c",
            lead_id=f"c.{number}",
            resend_number=1,
            tracking_event=event,
            user_agent="",
            address="",
            look_at=None,
            sent_at=time(number),
            bounce=bounce,
        )
    )


def bounced(numbers: Iterable[int], kind: BounceKind = BounceKind.HARD) -> list[JournalRecord]:
    return [returned(it, TrackingEventKind.BOUNCED, kind) for it in numbers]


def complained(numbers: Iterable[int]) -> list[JournalRecord]:
    return [returned(it, TrackingEventKind.COMPLAINED, None) for it in numbers]


def said(*parts: Sequence[JournalRecord]) -> str | None:
    found = ReturnedMail()
    for part in parts:
        found = with_returned(found, part)
    return too_many(found, LIMITS)


def test_more_than_a_twentieth_of_the_first_200_is_too_much() -> None:
    """Ten are not."""
    mail = sent(range(200))
    assert said(mail, bounced(range(10))) is None
    assert said(mail, bounced(range(11))) == "11 of its first 200 messages bounced (limit 5 %)"


def test_it_is_too_much_before_all_200_are_sent() -> None:
    """Whatever becomes of the rest, eleven of the first 200 have bounced."""
    reason = said(sent(range(60)), bounced(range(40, 51)))
    assert reason == "11 of its first 60 messages bounced (limit 5 %)"


def test_later_mail_is_judged_by_the_thousand() -> None:
    """Eleven of messages 201 to 1,200 are not too much, 51 are, wherever they are."""
    mail = sent(range(1_400))
    assert said(mail, bounced(range(200, 211))) is None
    assert said(mail, bounced(range(650, 700))) is None
    reason = said(mail, bounced(range(650, 701)))
    assert reason == "51 of 1,000 successive messages bounced (limit 5 %)"


def test_bounces_count_where_their_messages_were() -> None:
    """51 bounces that come at once, of messages far from each other, are not too much."""
    assert said(sent(range(4_000)), bounced(range(300, 4_000, 60))) is None


def test_complaints_need_a_thousand_messages() -> None:
    """Three of the first thousand are too much; two of the first ten are not."""
    assert said(sent(range(10)), complained(range(2))) is None
    assert said(sent(range(3_000)), complained([0, 1_500, 2_900])) is None
    reason = said(sent(range(1_000)), complained([0, 400, 900]))
    assert reason == "3 of its first 1,000 messages were reported as spam (limit 0.3 %)"


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (BounceKind.HARD, True),
        (BounceKind.POLICY, True),
        (BounceKind.FULL, False),
        (BounceKind.OTHER, False),
    ],
)
def test_only_bounces_that_more_mail_would_repeat_count(kind: BounceKind, counts: bool) -> None:
    """A full mailbox says nothing about the campaign."""
    assert (said(sent(range(200)), bounced(range(20), kind)) is not None) == counts


def test_refusals_in_the_conversation_count_if_nobody_is_there() -> None:
    """As messages and as bounces. A refusal for other reasons is neither."""
    unknown = [
        entry(EntryKind.REJECTED, it, {"words": "550 5.1.1 nobody here"}) for it in range(11)
    ]
    other = [entry(EntryKind.REJECTED, it, {"words": "552 5.3.4 too large"}) for it in range(11)]
    assert said(unknown) == "11 of its first 11 messages bounced (limit 5 %)"
    assert said(other) is None


def test_messages_before_the_last_pause_do_not_count() -> None:
    """Neither they nor their bounces."""
    anew = ReturnedMail(since=time(199))
    anew = with_returned(anew, [*sent(range(400)), *bounced(range(200))])
    assert too_many(anew, LIMITS) is None
    assert [it.sent for it in anew.groups] == [200]
    assert too_many(with_returned(anew, bounced(range(200, 211))), LIMITS) is not None


numbers = st.lists(st.integers(0, 2_999), max_size=120, unique=True)


@given(numbers, st.lists(st.integers(1, 700), min_size=5, max_size=9))
def test_it_is_what_a_naive_count_says(back: list[int], sizes: list[int]) -> None:
    """However the mail is divided into roll-ups, and whether bounces come before or after others
    are sent."""
    found = ReturnedMail()
    at = 0
    for size in [*sizes, 3_000]:
        end = min(at + size, 3_000)
        part = range(at, end)
        found = with_returned(found, [*sent(part), *bounced(it for it in back if it in part)])
        at = end
    starts = range(FIRST, 3_000 - LATER + 1, FIRST)
    is_too_much = sum(it < FIRST for it in back) > 0.05 * FIRST or any(
        sum(start <= it < start + LATER for it in back) > 0.05 * LATER for start in starts
    )
    assert (too_many(found, LIMITS) is not None) == is_too_much


@given(st.lists(st.integers(1, 2_000), max_size=40), st.integers(0, 9))
def test_groups_are_bounded_and_lose_nothing(sizes: list[int], share: int) -> None:
    """Nor does joining them invent a fault: less than the limit everywhere stays less."""
    found = ReturnedMail()
    at = 0
    for size in sizes:
        part = range(at, at + size)
        back = [it for it in part if it % 200 < share]
        found = with_returned(found, [*sent(part), *bounced(back)])
        at += size
    assert len(found.groups) <= GROUPS_MAX
    assert sum(it.sent for it in found.groups) == at
    assert sum(it.bounced for it in found.groups) == sum(it % 200 < share for it in range(at))
    assert [it.began for it in found.groups] == sorted(it.began for it in found.groups)
    assert too_many(found, LIMITS) is None


def test_late_bounces_of_a_large_campaign_are_found() -> None:
    """The older groups are joined, but a third of all mail is still too much."""
    found = ReturnedMail()
    for start in range(0, 60_000, 2_000):
        found = with_returned(found, sent(range(start, start + 2_000)))
    assert too_many(found, LIMITS) is None
    found = with_returned(found, bounced(range(300, 30_000, 3)))
    assert too_many(found, LIMITS) is not None
