"""The circuit breaker of a sending account: when its server refuses mail as such, mail waits.

closed ──refused so often in a row──▶ open ──time over──▶ probing ──answered──▶ closed
                                       ▲                    │
                                       └──not answered, twice as long──┘

Invariant: only what concerns the account counts, never what a server says of one recipient or
message; while it is open nothing goes out, while it is probing one message at a time does; and
every state but closed ends by itself, whoever dies. Pure: values in, values out.
This module must not know how mail is sent or where a breaker is kept.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from functions.flow.outcome import Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.service.sending.token_bucket import SKEW, Deferral

WORDS_CHARS_MAX = 200
PROBE_PATIENCE = timedelta(seconds=10)
"""Most probes are answered by then; those who wait for one look again."""


class BreakerState(StrEnum):
    CLOSED = "closed"
    """Mail goes out."""
    OPEN = "open"
    """Mail waits until `open_until`."""
    PROBING = "probing"
    """One message is on its way to find out."""


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """`refusals_max` in a row open it, for `open_seconds`, then each time for twice as long, up
    to `open_seconds_max`. A probe nobody heard of for `probe_seconds` died with its worker."""

    refusals_max: int = 10
    open_seconds: float = 30.0
    open_seconds_max: float = 600.0
    probe_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """`since`: when the state was entered. `open_until`: when the next message may probe (open),
    or the probe is given up (probing). `refusals`: in a row. `openings`: since it was last closed.
    `words`: the latest refusal, fit to be shown to anybody."""

    state: BreakerState = BreakerState.CLOSED
    since: datetime | None = None
    open_until: datetime | None = None
    refusals: int = 0
    openings: int = 0
    words: str = ""


class Verdict(StrEnum):
    """What an outcome says of the account."""

    ANSWERED = "answered"
    """The server deals with us, whatever it said of the message."""
    REFUSED = "refused"
    SILENT = "silent"
    """The conversation broke off: nothing to count, but no success either."""


@dataclass(frozen=True, slots=True)
class Heard:
    verdict: Verdict
    words: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """`messages_max` None: as many as there are. `beyond`: what the others have to wait for."""

    messages_max: int | None = None
    beyond: Deferral | None = None


def verdict_of(outcome: Outcome) -> Heard:
    match outcome:
        case Sent():
            return Heard(Verdict.ANSWERED)
        case Unknown():
            return Heard(Verdict.SILENT)
        case Deferred() | Rejected():
            if outcome.of_account or outcome.phase is Phase.CONNECT:
                return Heard(Verdict.REFUSED, _public(outcome.code, outcome.reason))
            return Heard(Verdict.ANSWERED if outcome.code else Verdict.SILENT)
        case _:
            assert_never(outcome)


def admit(breaker: Breaker, now: datetime, rule: BreakerRule) -> Admission:
    """Of an open breaker whose time is over one message may go: write `probing` with it."""
    if breaker.state is BreakerState.CLOSED or breaker.open_until is None:
        return Admission()
    beyond = Deferral(breaker.open_until, refusal_words(breaker))
    if is_over(breaker, now, rule):
        return Admission(1, replace(beyond, at=now + PROBE_PATIENCE))
    if breaker.state is BreakerState.PROBING:
        beyond = replace(beyond, at=min(beyond.at, now + PROBE_PATIENCE))
    return Admission(0, beyond)


def is_over(breaker: Breaker, now: datetime, rule: BreakerRule) -> bool:
    """Also where the time lies further ahead than it can: then a clock was set back."""
    assert breaker.open_until is not None
    longest_seconds = max(rule.open_seconds_max, rule.probe_seconds)
    longest = timedelta(seconds=longest_seconds) + SKEW
    return not now < breaker.open_until <= now + longest


def probing(breaker: Breaker, now: datetime, rule: BreakerRule) -> Breaker:
    """A message goes out to find out; `since` names the probe."""
    until = now + timedelta(seconds=rule.probe_seconds)
    return replace(breaker, state=BreakerState.PROBING, since=now, open_until=until)


def hear(
    breaker: Breaker, heard: Heard, now: datetime, rule: BreakerRule, probed_at: datetime | None
) -> Breaker:
    """`probed_at`: which probe the message was, None for any other. What was under way when the
    breaker opened says nothing of now, so it changes nothing any more."""
    match breaker.state:
        case BreakerState.CLOSED:
            return _hear_closed(breaker, heard, now, rule)
        case BreakerState.OPEN:
            return breaker
        case BreakerState.PROBING:
            if probed_at is None or probed_at != breaker.since:
                return breaker
            if heard.verdict is Verdict.ANSWERED:
                return Breaker(since=now)
            return _opened(replace(breaker, words=heard.words or breaker.words), now, rule)
        case _:
            assert_never(breaker.state)


def unused(breaker: Breaker, now: datetime, probed_at: datetime) -> Breaker:
    """The probe was not sent after all: another message may be it at once."""
    if breaker.state is BreakerState.PROBING and breaker.since == probed_at:
        return replace(breaker, state=BreakerState.OPEN, since=now, open_until=now)
    return breaker


def refusal_words(breaker: Breaker) -> str:
    """Why mail waits, for people."""
    because = f" ({breaker.words})" if breaker.words else ""
    if breaker.state is BreakerState.PROBING:
        return f"the mail server refused mail of this account{because} and is tried with one first"
    return f"the mail server refuses mail of this account{because}"


def _hear_closed(breaker: Breaker, heard: Heard, now: datetime, rule: BreakerRule) -> Breaker:
    match heard.verdict:
        case Verdict.ANSWERED:
            return replace(breaker, refusals=0, words="")
        case Verdict.SILENT:
            return breaker
        case Verdict.REFUSED:
            refused = replace(breaker, refusals=breaker.refusals + 1, words=heard.words)
            is_enough = refused.refusals >= rule.refusals_max
            return _opened(refused, now, rule) if is_enough else refused
        case _:
            assert_never(heard.verdict)


def _opened(breaker: Breaker, now: datetime, rule: BreakerRule) -> Breaker:
    # Bounded, lest the power grow without end while a server is away for weeks.
    doublings = min(breaker.openings, 32)
    seconds = min(rule.open_seconds * 2**doublings, rule.open_seconds_max)
    return replace(
        breaker,
        state=BreakerState.OPEN,
        since=now,
        open_until=now + timedelta(seconds=seconds),
        openings=breaker.openings + 1,
    )


_MAILBOX = re.compile(r"[^\s<>@]+@[^\s<>]+")
_NUMBERS_OF_HOSTS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){3,}")


def _public(code: int, words: str) -> str:
    """Without addresses: health is shown to whoever asks. What our own side says of a failed
    connection names hosts, so of that nothing."""
    if not code:
        return "no connection"
    hidden = _NUMBERS_OF_HOSTS.sub("…", _MAILBOX.sub("…", words))
    return f"{code} {hidden}".strip()[:WORDS_CHARS_MAX]
