"""The throughput of a mail server, found by sending: how many messages it takes, and how often.

A server with a limit takes a window of messages, then refuses more ("too much mail") until some
time has passed. Nobody configures this: each refusal teaches it. Mail is then held, one message at
a time tests whether the server takes mail again, and when it does, a new window begins. Windows
that are used up without a refusal slowly grow and follow each other sooner; a refusal shrinks the
window to what the server took of it.

open ──used up──▶ open, when the next window begins
  │ refused
  ▼
held ──time over──▶ testing ──taken──▶ open
  ▲                    │
  └──────refused───────┘  then a little longer

Invariant: refusals of this kind are never the fault of a message, so they cost it no delivery
attempt. Every hold ends by itself, even if all workers die. Pure: values in, values out.
This module must not know where a throughput is stored.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_HOLD_MS = 1_000
HOLD_MS_MAX = 600_000
PERIOD_MS_MAX = 86_400_000
HOLD_GROWTH = 1.2
"""So a hold outlasts what the server wanted by less than a fifth."""
TEST_PATIENCE = timedelta(seconds=10)
"""A test without a result after this time is taken to have died with its worker."""
WHOLE = 0.7
"""A refusal after this part of the window says how large it is; one before says that it began too
early, or that the server takes much less now."""
SHRINKAGE = 5
"""In the second case, the window shrinks by one part in this many."""
LENGTHENING = 10
"""If nothing of a window was taken, its period becomes longer by one part in this many."""
GROWTH = 20
"""A window grows by one part in this many, and its period shrinks likewise."""
CLEAN_WINDOWS = 4
"""In this many windows that were used up without a refusal, each happens once."""
WINDOW_MAX = 1_000_000
"""A window of this size is no limit: the throughput is forgotten."""
FORGOTTEN_AFTER = timedelta(days=1)
"""After this long without mail, the next mail finds out anew."""
SPREAD_MS = 50
"""While no window is known, messages that wait ask again one by one, this far apart or, during long
holds, a thousandth of the hold."""
WAIT_MAX = timedelta(hours=1)
"""Later estimates are of little use, because the throughput changes until then."""

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Throughput:
    """`reason`: the server's words, at `refused_at`. `held_until`: nothing goes before; None while
    the window is open. `hold_ms`: the length of the latest hold. `tested_from`: when the test that
    is under way was allowed; None if there is none. `began_at`: when the present window began; None
    before the first. `taken`: messages granted in it. `window`: how many the server takes in one;
    None while unknown. `period_ms`: from the beginning of one window to that of the next; 0 while
    unknown. `clean`: windows used up since the latest refusal. `queue_until`: messages that wait
    are expected to go until then."""

    reason: str
    refused_at: datetime
    held_until: datetime | None
    hold_ms: int = FIRST_HOLD_MS
    tested_from: datetime | None = None
    began_at: datetime | None = None
    taken: int = 0
    window: int | None = None
    period_ms: int = 0
    clean: int = 0
    queue_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """`messages_max`: how many may go; None: all. `is_test`: the one that may go is a test."""

    messages_max: int | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a batch heard. `granted`: how many messages it was allowed. `answered`: how many of them
    the server dealt with, in whatever way. `refusal`: the server's words if it said that mail comes
    too fast; otherwise None."""

    asked_at: datetime
    granted: int
    answered: int
    is_test: bool
    refusal: str | None = None


def ask(found: Throughput | None, wanted: int, now: datetime) -> tuple[Throughput | None, Grant]:
    """How many of `wanted` messages may go now."""
    if found is None or is_forgotten(found, now):
        return None, Grant()
    if found.held_until is not None:
        if now < found.held_until <= now + _longest(found):
            return found, Grant(0)
        tested = replace(found, tested_from=found.held_until, held_until=now + TEST_PATIENCE)
        return tested, Grant(1, is_test=True)
    if found.window is not None and not _begin(found) <= now < _next_begin(found):
        found = _next_window(found, now)
        if found.window is not None and found.window > WINDOW_MAX:
            return None, Grant()
    granted = wanted if found.window is None else min(wanted, found.window - found.taken)
    return replace(found, taken=found.taken + granted), Grant(
        None if granted == wanted else granted
    )


def used(found: Throughput, grant: Grant, granted: int, wanted: int) -> Throughput:
    """The throughput once it is known that only `granted` of the messages that might go do."""
    if grant.is_test and granted == 0:
        return replace(found, held_until=found.tested_from, tested_from=None)
    might = wanted if grant.messages_max is None else grant.messages_max
    return found if grant.is_test else replace(found, taken=max(found.taken - (might - granted), 0))


def queued_after(found: Throughput, other: Throughput) -> Throughput:
    """The throughput, whose queue ends no earlier than that of the batch that reports."""
    if other.queue_until is None or (found.queue_until or other.queue_until) > other.queue_until:
        return found
    return replace(found, queue_until=other.queue_until)


def wait(found: Throughput, now: datetime) -> tuple[Throughput, datetime]:
    """When one more message that may not go now should ask again."""
    if found.tested_from is not None:
        return found, now + FIRST_HOLD_MS * _MS
    begins_at = max(found.held_until or _next_begin(found), now)
    slot = max(found.queue_until or begins_at, begins_at)
    if found.window is None or found.period_ms == 0:
        at, step_ms = slot, max(SPREAD_MS, found.hold_ms / 1000)
    else:
        windows = (slot - begins_at) // (found.period_ms * _MS)
        at, step_ms = (
            begins_at + windows * found.period_ms * _MS,
            found.period_ms / found.window,
        )
    queue_until = min(slot + step_ms * _MS, now + WAIT_MAX)
    return replace(found, queue_until=queue_until), at


def hear(found: Throughput | None, report: Report, now: datetime) -> Throughput | None:
    """The throughput after a batch. Only refusals, and the test that follows, change it."""
    if found is None:
        if report.refusal is None:
            return None
        return Throughput(report.refusal, now, now + FIRST_HOLD_MS * _MS)
    if report.is_test:
        return _tested(found, report, now)
    if report.refusal is None or found.began_at is None or report.asked_at < found.began_at:
        # A batch that was under way when an earlier window ended says nothing about this one.
        return found
    return _refused(found, report.refusal, report.granted - report.answered, now)


def _tested(found: Throughput, report: Report, now: datetime) -> Throughput:
    if found.tested_from is None or report.asked_at < found.tested_from:
        return found
    if report.refusal is not None:
        return _held_on(found, report.refusal, now)
    if report.answered == 0:
        # It was not sent after all: another may test at once.
        return replace(found, tested_from=None, held_until=now)
    period_ms = found.period_ms
    if found.began_at is not None:
        passed_ms = (found.tested_from - found.began_at) // _MS
        # A window of which nothing was taken began a little too early.
        longer_ms = 0 if found.taken else period_ms + period_ms // LENGTHENING
        period_ms = min(max(passed_ms, longer_ms, 1), PERIOD_MS_MAX)
    return replace(
        found,
        held_until=None,
        hold_ms=FIRST_HOLD_MS,
        tested_from=None,
        began_at=now,
        taken=1,
        period_ms=period_ms,
    )


def _refused(found: Throughput, refusal: str, unused: int, now: datetime) -> Throughput:
    """The server took the window but for what this batch could not use of it. Batches that were
    under way at the same time report later, and each returns its own part."""
    taken = found.taken - unused
    if taken < 1:
        # The window began too early. Its size is as good as before.
        held = replace(found, taken=0, held_until=now)
        return held if found.held_until is not None else _held_on(held, refusal, now)
    known = replace(found, reason=refusal, refused_at=now, clean=0, taken=taken)
    if found.window is not None and taken < WHOLE * found.window:
        shrunk = max(found.window - max(found.window // SHRINKAGE, 1), taken)
        return _held_on(replace(known, window=shrunk), refusal, now)
    soonest = now + FIRST_HOLD_MS * _MS
    if found.period_ms == 0:
        return replace(known, window=taken, held_until=soonest, queue_until=None)
    period_ms = max(found.period_ms, (soonest - _begin(found)) // _MS)
    queue_until = None if found.window is None else found.queue_until
    return replace(known, window=taken, period_ms=period_ms, queue_until=queue_until)


def _held_on(found: Throughput, refusal: str, now: datetime) -> Throughput:
    hold_ms = min(int(found.hold_ms * HOLD_GROWTH), HOLD_MS_MAX)
    return replace(
        found,
        reason=refusal,
        refused_at=now,
        held_until=now + hold_ms * _MS,
        hold_ms=hold_ms,
        tested_from=None,
    )


def _next_window(found: Throughput, now: datetime) -> Throughput:
    window, period_ms = found.window, found.period_ms
    assert window is not None
    clean = found.clean + 1 if found.taken >= window else found.clean
    if clean != found.clean and clean % CLEAN_WINDOWS == 0:
        window += max(window // GROWTH, 1)
    elif clean != found.clean and clean % CLEAN_WINDOWS == CLEAN_WINDOWS // 2:
        period_ms -= period_ms // GROWTH
    return replace(found, began_at=now, taken=0, window=window, period_ms=period_ms, clean=clean)


def _begin(found: Throughput) -> datetime:
    assert found.began_at is not None
    return found.began_at


def _next_begin(found: Throughput) -> datetime:
    return _begin(found) + found.period_ms * _MS


def is_forgotten(found: Throughput, now: datetime) -> bool:
    return now - max(found.refused_at, found.began_at or found.refused_at) > FORGOTTEN_AFTER


def _longest(found: Throughput) -> timedelta:
    """A hold that ends later than this means that a clock was set back, and counts as over."""
    return max(HOLD_MS_MAX, found.period_ms) * _MS + TEST_PATIENCE
