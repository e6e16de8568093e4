"""How many of a campaign's messages came back or were complained about, by when they were sent, and
whether that is too many.

Messages are counted in groups of 200 that were sent one after another. The first group is the
campaign's first 200 messages; five neighbours among the later ones are 1,000. Once there are many
groups, the older ones are joined: if too large a share of a joined group came back, then so did of
some 1,000 messages in it.

Invariant: which group a message belongs to depends only on when it was sent, so its bounce is
counted where the message was. There are at most `GROUPS_MAX` groups. Pure: values in, values out.
This module must not know what is done about it, or how counts are stored.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from functions.flow.event import TrackingEventKind
from functions.flow.journal import Entry, EntryKind, JournalRecord
from functions.mail.bounce_kinds import BounceKind, is_unknown_recipient

FIRST = 200
LATER = 1_000
GROUPS_MAX = 40
DETAILED = 2 * LATER // FIRST
"""The latest groups, which are not joined."""
FOR_GOOD = frozenset({BounceKind.HARD, BounceKind.POLICY})
"""Bounces that more mail of the same campaign would repeat. A full mailbox is nobody's fault."""


@dataclass(frozen=True, slots=True)
class SentGroup:
    """`began`, `ended`: when its first and its last message were sent. Numbers of messages:
    `bounced`: those that came back for good; `complained`: those that their readers reported."""

    began: datetime
    ended: datetime
    sent: int = 0
    bounced: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """`since`: only messages sent after this time count; None: all. `groups`: by time."""

    since: datetime | None = None
    groups: tuple[SentGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnLimits:
    """In percent of the messages. A campaign is paused if more than `bounces` come back, or if
    `complaints` or more are complained about."""

    bounces: float
    complaints: float


class _What(StrEnum):
    """The fields of a group, in the order in which they are counted."""

    SENT = "sent"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


def with_returned(returned: ReturnedMail, records: Sequence[JournalRecord]) -> ReturnedMail:
    """With what these records of the journal say."""
    found = Counter(
        it
        for record in records
        for entry in record.entries
        for it in _counted(record, entry)
        if returned.since is None or it[1] > returned.since
    )
    if not found:
        return returned
    order = list(_What)
    groups = list(returned.groups)
    for what, at in sorted(found, key=lambda it: (order.index(it[0]), it[1])):
        place = _group_of(groups, at)
        group = groups[place]
        number = {what.value: getattr(group, what.value) + found[what, at]}
        groups[place] = replace(
            group, began=min(group.began, at), ended=max(group.ended, at), **number
        )
    return replace(returned, groups=_joined(groups))


def too_many(returned: ReturnedMail, limits: ReturnLimits) -> str | None:
    """What there is too much of, for people; None if there is not."""
    for start, group in enumerate(returned.groups):
        is_first = start == 0
        thousand = _run(returned.groups[start:], LATER)
        said = (
            _bounces([group], FIRST, limits) if is_first else _bounces(thousand, LATER, limits)
        ) or _complaints(thousand, limits, is_first=is_first)
        if said is not None:
            return said
    return None


def _counted(record: JournalRecord, entry: Entry) -> Iterator[tuple[_What, datetime]]:
    """What an entry says about a message, and when that was sent. A server that knows no such
    recipient says so in the conversation already, or by a bounce: both count alike."""
    match entry.kind:
        case EntryKind.SENT:
            yield _What.SENT, _time(entry, "at")
        case EntryKind.REJECTED if is_unknown_recipient(str(entry.detail.get("words"))):
            yield _What.SENT, record.at
            yield _What.BOUNCED, record.at
        case EntryKind.TRACKING_EVENT if entry.detail.get("sent_at") is not None:
            if entry.detail["what"] == TrackingEventKind.COMPLAINED:
                yield _What.COMPLAINED, _time(entry, "sent_at")
            elif entry.detail.get("bounce") in FOR_GOOD:
                yield _What.BOUNCED, _time(entry, "sent_at")


def _time(entry: Entry, name: str) -> datetime:
    return datetime.fromisoformat(str(entry.detail[name]))


def _group_of(groups: list[SentGroup], at: datetime) -> int:
    """The place of the group of messages that were sent at this time; a new one if the last is
    full."""
    for place in range(len(groups) - 1, -1, -1):
        if groups[place].began <= at:
            is_last = place == len(groups) - 1
            if not is_last or at <= groups[place].ended or groups[place].sent < FIRST:
                return place
            break
    else:
        if groups:
            return 0
    groups.append(SentGroup(at, at))
    return len(groups) - 1


def _joined(groups: list[SentGroup]) -> tuple[SentGroup, ...]:
    """At most `GROUPS_MAX`. Joined are the two neighbours with the fewest messages together; never
    the first group, and none of the latest."""
    while len(groups) > GROUPS_MAX:
        places = range(1, len(groups) - DETAILED - 1)
        place = min(places, key=lambda it: groups[it].sent + groups[it + 1].sent)
        one, other = groups[place : place + 2]
        groups[place : place + 2] = [
            SentGroup(
                one.began,
                max(one.ended, other.ended),
                one.sent + other.sent,
                one.bounced + other.bounced,
                one.complained + other.complained,
            )
        ]
    return tuple(groups)


def _run(groups: Sequence[SentGroup], messages: int) -> Sequence[SentGroup]:
    """As many of the first groups as it takes for this many messages."""
    sent = 0
    for place, group in enumerate(groups):
        sent += group.sent
        if sent >= messages:
            return groups[: place + 1]
    return groups


def _bounces(groups: Sequence[SentGroup], messages: int, limits: ReturnLimits) -> str | None:
    """`messages`: as how many the groups count if fewer were sent so far."""
    sent, bounced = sum(it.sent for it in groups), sum(it.bounced for it in groups)
    if bounced * 100 <= limits.bounces * max(sent, messages):
        return None
    of = _messages(sent, is_first=messages == FIRST)
    return f"{bounced:,} of {of} bounced (limit {limits.bounces:g} %)"


def _complaints(groups: Sequence[SentGroup], limits: ReturnLimits, *, is_first: bool) -> str | None:
    """Always as a share of 1,000 messages, so that a single complaint is never too much."""
    sent, complained = sum(it.sent for it in groups), sum(it.complained for it in groups)
    if not complained or complained * 100 < limits.complaints * max(sent, LATER):
        return None
    of = _messages(sent, is_first=is_first)
    return f"{complained:,} of {of} were reported as spam (limit {limits.complaints:g} %)"


def _messages(sent: int, *, is_first: bool) -> str:
    return f"its first {sent:,} messages" if is_first else f"{sent:,} successive messages"
