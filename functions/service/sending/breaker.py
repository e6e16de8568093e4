"""The circuit breaker of a sending account: while its server refuses the account, mail waits.

closed ──refusals in a row──▶ open ──time over──▶ probing ──answered──▶ closed
                               ▲                     │
                               └──not answered, then twice as long──┘

Refusals that may be about the messages or about the account (`Concern.UNCLEAR`) count too, if they
are equal and no message is taken between them. If all of them belong to one campaign, its messages
are at fault, and the breaker stays closed: the campaign has to pause.

Invariant: answers about one recipient or message never count.
While the breaker is open nothing is sent, and while it is probing one message at a time is.
Open and probing end after a time, even if every worker dies. Pure: values in, values out.
This module must not know how mail is sent or where a breaker is stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.service.sending.token_bucket import SKEW, Deferral

REASON_CHARS_MAX = 200
PROBE_PATIENCE = timedelta(seconds=10)
"""By then most probes have been answered, and messages that waited for one ask again."""


class BreakerState(StrEnum):
    CLOSED = "closed"
    """Mail goes out."""
    OPEN = "open"
    """Mail waits until `open_until`."""
    PROBING = "probing"
    """One message is being sent to find out whether the server accepts mail again."""


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """`refusals_max` refusals in a row open the breaker. It stays open for `open_seconds`, and
    each further time for twice as long, up to `open_seconds_max`. A probe without a result after
    `probe_seconds` is taken to have died with its worker."""

    refusals_max: int = 10
    open_seconds: float = 30.0
    open_seconds_max: float = 600.0
    probe_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """`since`: when the state was entered; None if it never changed. `open_until`: when the next
    message may probe (open) or when the probe is given up (probing); None while closed.
    `refusals`: in a row. `openings`: how often it has opened since it was last closed.
    `last_reason`: of the latest refusal, without addresses, so that it may be shown to anybody.
    `unclear`: equal unclear refusals in a row. `unclear_reason`: what they say, as `last_reason`.
    `unclear_campaign`: whose messages they were; None if several campaigns'. `taken_at`: when the
    server last took a message after unclear refusals; None if it never did."""

    state: BreakerState = BreakerState.CLOSED
    since: datetime | None = None
    open_until: datetime | None = None
    refusals: int = 0
    openings: int = 0
    last_reason: str = ""
    unclear: int = 0
    unclear_reason: str = ""
    unclear_campaign: str | None = None
    taken_at: datetime | None = None


class Verdict(StrEnum):
    """What an outcome says about the account."""

    TAKEN = "taken"
    """The server took a message."""
    ANSWERED = "answered"
    """The server accepts the account, whatever it said about the message."""
    UNCLEAR = "unclear"
    """The server refused the message or the account."""
    REFUSED = "refused"
    """The server refused the account, or no connection could be made."""
    SILENT = "silent"
    """The conversation broke off, which counts neither as a refusal nor as an answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`campaign_id`: whose message it was; empty for a message of no campaign, such as a test."""

    verdict: Verdict
    reason: str = ""
    campaign_id: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """`messages_max`: how many messages may go; None: all. `beyond`: until when, and why, the
    others wait; None if none has to."""

    messages_max: int | None = None
    beyond: Deferral | None = None


def verdict_of(outcome: Outcome, campaign_id: str = "") -> Heard:
    match outcome:
        case Sent():
            return Heard(Verdict.TAKEN)
        case Unknown():
            return Heard(Verdict.SILENT)
        case Deferred() | Rejected():
            verdict = _VERDICTS[outcome.concern]
            if outcome.phase is Phase.CONNECT and verdict is Verdict.SILENT:
                verdict = Verdict.REFUSED
            if verdict is Verdict.ANSWERED and not outcome.code:
                verdict = Verdict.SILENT
            match verdict:
                case Verdict.REFUSED:
                    return Heard(verdict, public_reason(outcome))
                case Verdict.UNCLEAR:
                    return Heard(verdict, public_reason(outcome), campaign_id)
            return Heard(verdict)
        case _:
            assert_never(outcome)


_VERDICTS: Mapping[Concern, Verdict] = {
    Concern.RECIPIENT: Verdict.ANSWERED,
    Concern.SENDING_ACCOUNT: Verdict.REFUSED,
    Concern.RATE: Verdict.ANSWERED,
    Concern.CONNECTION: Verdict.SILENT,
    Concern.UNCLEAR: Verdict.UNCLEAR,
}


def campaign_at_fault(breaker: Breaker, rule: BreakerRule) -> str | None:
    """The campaign whose messages the server refuses, all with the same words; None if there is
    none."""
    return breaker.unclear_campaign if breaker.unclear >= rule.refusals_max else None


def admit(breaker: Breaker, now: datetime, rule: BreakerRule) -> Admission:
    """How many messages may go now. Once the time of an open breaker is over, one may: the caller
    stores the breaker as `probing` before it sends that one."""
    if breaker.state is BreakerState.CLOSED or breaker.open_until is None:
        return Admission()
    beyond = Deferral(breaker.open_until, refusal_reason(breaker))
    if is_over(breaker, now, rule):
        return Admission(1, replace(beyond, at=now + PROBE_PATIENCE))
    if breaker.state is BreakerState.PROBING:
        beyond = replace(beyond, at=min(beyond.at, now + PROBE_PATIENCE))
    return Admission(0, beyond)


def is_over(breaker: Breaker, now: datetime, rule: BreakerRule) -> bool:
    """Whether `open_until` has passed. A time further ahead than the rule allows means that a
    clock was set back, and counts as passed."""
    assert breaker.open_until is not None
    longest_seconds = max(rule.open_seconds_max, rule.probe_seconds)
    longest = timedelta(seconds=longest_seconds) + SKEW
    return not now < breaker.open_until <= now + longest


def probing(breaker: Breaker, now: datetime, rule: BreakerRule) -> Breaker:
    """The breaker once a probe is on its way. Its `since` identifies the probe."""
    until = now + timedelta(seconds=rule.probe_seconds)
    return replace(breaker, state=BreakerState.PROBING, since=now, open_until=until)


def hear(
    breaker: Breaker, heard: Heard, now: datetime, rule: BreakerRule, probed_at: datetime | None
) -> Breaker:
    """The breaker after an outcome. `probed_at`: which probe the message was; None if it was not
    one. Messages that were under way when the breaker opened say nothing about the server now,
    so their outcomes are ignored."""
    match breaker.state:
        case BreakerState.CLOSED:
            return _hear_closed(breaker, heard, now, rule)
        case BreakerState.OPEN:
            return breaker
        case BreakerState.PROBING:
            if probed_at is None or probed_at != breaker.since:
                return breaker
            if heard.verdict in (Verdict.TAKEN, Verdict.ANSWERED):
                return Breaker(since=now, taken_at=now)
            return _opened(
                replace(breaker, last_reason=heard.reason or breaker.last_reason), now, rule
            )
        case _:
            assert_never(breaker.state)


def unused(breaker: Breaker, now: datetime, probed_at: datetime) -> Breaker:
    """The probe was not sent after all: another message may probe at once."""
    if breaker.state is BreakerState.PROBING and breaker.since == probed_at:
        return replace(breaker, state=BreakerState.OPEN, since=now, open_until=now)
    return breaker


def refusal_reason(breaker: Breaker) -> str:
    """Why mail waits, for people."""
    because = f" ({breaker.last_reason})" if breaker.last_reason else ""
    if breaker.state is BreakerState.PROBING:
        return f"the mail server refused mail of this account{because}; one message is testing it"
    return f"the mail server refuses mail of this account{because}"


def _hear_closed(breaker: Breaker, heard: Heard, now: datetime, rule: BreakerRule) -> Breaker:
    match heard.verdict:
        case Verdict.TAKEN:
            if breaker.unclear:
                return Breaker(since=breaker.since, taken_at=now)
            return replace(breaker, refusals=0, last_reason="")
        case Verdict.ANSWERED:
            return replace(breaker, refusals=0, last_reason="")
        case Verdict.SILENT:
            return breaker
        case Verdict.REFUSED:
            refused = replace(breaker, refusals=breaker.refusals + 1, last_reason=heard.reason)
            is_enough = refused.refusals >= rule.refusals_max
            return _opened(refused, now, rule) if is_enough else refused
        case Verdict.UNCLEAR:
            return _hear_unclear(breaker, heard, now, rule)
        case _:
            assert_never(heard.verdict)


def _hear_unclear(breaker: Breaker, heard: Heard, now: datetime, rule: BreakerRule) -> Breaker:
    is_equal = breaker.unclear > 0 and _alike(breaker.unclear_reason) == _alike(heard.reason)
    is_same = not is_equal or breaker.unclear_campaign == heard.campaign_id
    after = replace(
        breaker,
        unclear=breaker.unclear + 1 if is_equal else 1,
        unclear_reason=heard.reason,
        unclear_campaign=heard.campaign_id if is_same and heard.campaign_id else None,
    )
    if after.unclear < rule.refusals_max or after.unclear_campaign is not None:
        return after
    return _opened(replace(after, last_reason=heard.reason), now, rule)


def _alike(reason: str) -> str:
    """What equal refusals of different messages have in common: names and numbers differ."""
    code, _, text = reason.partition(" ")
    return " ".join([code, *(it for it in text.split() if not _NUMBERED.search(it))])


def _opened(breaker: Breaker, now: datetime, rule: BreakerRule) -> Breaker:
    # Bounded, so that the power stays small while a server is away for weeks.
    doublings = min(breaker.openings, 32)
    seconds = min(rule.open_seconds * 2**doublings, rule.open_seconds_max)
    return replace(
        breaker,
        state=BreakerState.OPEN,
        since=now,
        open_until=now + timedelta(seconds=seconds),
        openings=breaker.openings + 1,
    )


_NUMBERED = re.compile(r"\d|…")
_MAILBOX = re.compile(r"[^\s<>@]+@[^\s<>]+")
_NUMBERS_OF_HOSTS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){3,}")


def public_reason(refusal: Deferred | Rejected) -> str:
    """The refusal without addresses, because anybody can read the health page. The text of a
    failed connection names hosts and is left out."""
    if not refusal.code:
        is_of_sender = refusal.concern is Concern.SENDING_ACCOUNT
        return refusal.reason[:REASON_CHARS_MAX] if is_of_sender else "no connection"
    return without_addresses(f"{refusal.code} {refusal.reason}".strip())


def without_addresses(reason: str) -> str:
    """A server's words without the addresses of people and hosts, cut to a maximum length."""
    return _NUMBERS_OF_HOSTS.sub("…", _MAILBOX.sub("…", reason))[:REASON_CHARS_MAX]
