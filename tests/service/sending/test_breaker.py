"""The circuit breaker: every state, every verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.service.sending.breaker import (
    PROBE_PATIENCE,
    Admission,
    Breaker,
    BreakerRule,
    BreakerState,
    Heard,
    Verdict,
    admit,
    campaign_at_fault,
    hear,
    probing,
    refusal_reason,
    unused,
    verdict_of,
)
from functions.service.sending.token_bucket import Deferral

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RULE = BreakerRule(refusals_max=3, open_seconds=30, open_seconds_max=100, probe_seconds=60)
TAKEN, ANSWERED, SILENT = Heard(Verdict.TAKEN), Heard(Verdict.ANSWERED), Heard(Verdict.SILENT)
REFUSED = Heard(Verdict.REFUSED, "421 busy")
UNCLEAR = Heard(Verdict.UNCLEAR, "554 no", "c")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


CLOSED = Breaker(refusals=1, last_reason="454 no")
NEARLY = Breaker(refusals=2, last_reason="454 no")
OPEN = Breaker(BreakerState.OPEN, after(-10), after(20), 3, 1, "421 busy")
PROBING = Breaker(BreakerState.PROBING, after(-5), after(55), 3, 1, "421 busy")
OF_ANOTHER = replace(UNCLEAR, campaign_id="d")


def doubts(unclear: int, reason: str = "554 no", campaign_id: str | None = "c") -> dict[str, Any]:
    return {"unclear": unclear, "unclear_reason": reason, "unclear_campaign": campaign_id}


DOUBTED = Breaker(**doubts(2))
ALL = doubts(3, campaign_id=None)
PROBE, OTHER = PROBING.since, after(-50)

TRANSITIONS = [
    # state before, probe, verdict, state afterwards
    (CLOSED, None, ANSWERED, Breaker()),
    (CLOSED, None, SILENT, CLOSED),
    (CLOSED, None, REFUSED, Breaker(refusals=2, last_reason="421 busy")),
    (NEARLY, None, REFUSED, Breaker(BreakerState.OPEN, NOW, after(30), 3, 1, "421 busy")),
    (NEARLY, None, SILENT, NEARLY),
    (NEARLY, None, ANSWERED, Breaker()),
    (OPEN, None, ANSWERED, OPEN),
    (OPEN, None, SILENT, OPEN),
    (OPEN, None, REFUSED, OPEN),
    (OPEN, OTHER, ANSWERED, OPEN),
    (PROBING, None, ANSWERED, PROBING),
    (PROBING, None, REFUSED, PROBING),
    (PROBING, OTHER, ANSWERED, PROBING),
    (PROBING, OTHER, REFUSED, PROBING),
    (CLOSED, None, TAKEN, Breaker()),
    (DOUBTED, None, TAKEN, Breaker(taken_at=NOW)),
    (CLOSED, None, UNCLEAR, replace(CLOSED, **doubts(1))),
    (DOUBTED, None, ANSWERED, DOUBTED),
    (DOUBTED, None, replace(UNCLEAR, reason="550 spam"), Breaker(**doubts(1, "550 spam"))),
    (DOUBTED, None, UNCLEAR, Breaker(**doubts(3))),
    # Another campaign's message is refused with the same words, so it is not the campaign.
    (DOUBTED, None, OF_ANOTHER, Breaker(BreakerState.OPEN, NOW, after(30), 0, 1, "554 no", **ALL)),
    (OPEN, None, TAKEN, OPEN),
    (OPEN, None, UNCLEAR, OPEN),
    (PROBING, PROBE, TAKEN, Breaker(since=NOW, taken_at=NOW)),
    (PROBING, PROBE, UNCLEAR, Breaker(BreakerState.OPEN, NOW, after(60), 3, 2, "554 no")),
    (PROBING, PROBE, ANSWERED, Breaker(since=NOW, taken_at=NOW)),
    (PROBING, PROBE, REFUSED, Breaker(BreakerState.OPEN, NOW, after(60), 3, 2, "421 busy")),
    (PROBING, PROBE, SILENT, Breaker(BreakerState.OPEN, NOW, after(60), 3, 2, "421 busy")),
]


@pytest.mark.parametrize(("before", "probed_at", "heard", "expected"), TRANSITIONS)
def test_transition(
    before: Breaker, probed_at: datetime | None, heard: Heard, expected: Breaker
) -> None:
    """Messages in flight when it opened change nothing; of probes, only the current one counts."""
    assert hear(before, heard, NOW, RULE, probed_at) == expected


def test_table_has_every_case() -> None:
    """Each state with each verdict and, while probing, for each kind of message."""
    there = {(it.state, heard.verdict) for it, _, heard, _ in TRANSITIONS}
    assert len(there) == len(BreakerState) * len(Verdict)


def test_each_opening_is_twice_as_long() -> None:
    """Up to the maximum; after closing, it starts again."""
    breaker, lengths = replace(NEARLY), []
    breaker = hear(breaker, REFUSED, NOW, RULE, None)
    for _ in range(50):
        assert breaker.open_until is not None
        lengths.append((breaker.open_until - NOW).total_seconds())
        breaker = hear(probing(breaker, NOW, RULE), REFUSED, NOW, RULE, NOW)
    assert lengths == [30, 60] + [100] * 48
    breaker = hear(probing(breaker, NOW, RULE), ANSWERED, NOW, RULE, NOW)
    for _ in range(3):
        assert breaker.state is BreakerState.CLOSED
        breaker = hear(breaker, REFUSED, NOW, RULE, None)
    assert breaker.open_until == after(30)


REFUSES = "the mail server refuses mail of this account (421 busy)"
TRIED = "the mail server refused mail of this account (421 busy); one message is testing it"
LOOK_AGAIN = NOW + PROBE_PATIENCE

ADMISSIONS = [
    (Breaker(), Admission()),
    (CLOSED, Admission()),
    (OPEN, Admission(0, Deferral(after(20), REFUSES))),
    (replace(OPEN, open_until=NOW), Admission(1, Deferral(LOOK_AGAIN, REFUSES))),
    (PROBING, Admission(0, Deferral(LOOK_AGAIN, TRIED))),
    (replace(PROBING, open_until=after(4)), Admission(0, Deferral(after(4), TRIED))),
    # The worker of the probe died.
    (replace(PROBING, open_until=after(-1)), Admission(1, Deferral(LOOK_AGAIN, TRIED))),
    # The clock was set back.
    (replace(OPEN, open_until=after(3600)), Admission(1, Deferral(LOOK_AGAIN, REFUSES))),
]


@pytest.mark.parametrize(("breaker", "admission"), ADMISSIONS)
def test_admission(breaker: Breaker, admission: Admission) -> None:
    """All, none, or one that probes."""
    assert admit(breaker, NOW, RULE) == admission


def test_probe_that_was_not_sent_is_given_back() -> None:
    """The next message may probe at once; another probe is not affected."""
    given_back = unused(PROBING, NOW, after(-5))
    assert admit(given_back, NOW, RULE).messages_max == 1
    assert given_back.openings == PROBING.openings
    assert unused(PROBING, NOW, after(-50)) == PROBING
    assert unused(OPEN, NOW, after(-10)) == OPEN


VERDICTS: list[tuple[Outcome, Verdict, str]] = [
    (Sent("ok"), Verdict.TAKEN, ""),
    (Unknown("gone"), Verdict.SILENT, ""),
    (Rejected(550, "no such user"), Verdict.ANSWERED, ""),
    (Deferred(450, "greylisted"), Verdict.ANSWERED, ""),
    (Deferred(450, "too much mail", concern=Concern.RATE), Verdict.ANSWERED, ""),
    (Deferred(0, "lost at RCPT", concern=Concern.CONNECTION), Verdict.SILENT, ""),
    (
        Deferred(0, "no route to 10.1.2.3", Phase.CONNECT, Concern.CONNECTION),
        Verdict.REFUSED,
        "no connection",
    ),
    (
        Deferred(0, "its certificate has expired", Phase.CONNECT, Concern.SENDING_ACCOUNT),
        Verdict.REFUSED,
        "its certificate has expired",
    ),
    (
        Deferred(535, "5.7.8 no", Phase.CONNECT, Concern.SENDING_ACCOUNT),
        Verdict.REFUSED,
        "535 5.7.8 no",
    ),
    (Rejected(554, "no", concern=Concern.UNCLEAR), Verdict.UNCLEAR, "554 no"),
    (
        Deferred(421, "4.7.0 busy", concern=Concern.SENDING_ACCOUNT),
        Verdict.REFUSED,
        "421 4.7.0 busy",
    ),
    (
        Rejected(
            550,
            "5.7.1 <ann@example.com> from [192.0.2.7] or 2001:db8::1",
            concern=Concern.SENDING_ACCOUNT,
        ),
        Verdict.REFUSED,
        "550 5.7.1 <…> from […] or …",
    ),
    (
        Deferred(421, "x" * 999, concern=Concern.SENDING_ACCOUNT),
        Verdict.REFUSED,
        "421 " + "x" * 196,
    ),
]


@pytest.mark.parametrize(("outcome", "verdict", "reason"), VERDICTS)
def test_verdict_of_an_outcome(outcome: Outcome, verdict: Verdict, reason: str) -> None:
    """A refusal of one recipient is an answer like any other; the reason contains no address."""
    assert verdict_of(outcome) == Heard(verdict, reason)


def test_campaign_is_at_fault_if_all_refusals_are_of_its_messages() -> None:
    """And say the same; their addresses and numbers differ."""
    breaker = Breaker()
    for number in range(RULE.refusals_max):
        assert campaign_at_fault(breaker, RULE) is None
        said = Heard(Verdict.UNCLEAR, f"554 5.7.1 … refused as {number:x}a1 by policy", "c")
        breaker = hear(breaker, said, NOW, RULE, None)
    assert breaker.state is BreakerState.CLOSED
    assert campaign_at_fault(breaker, RULE) == "c"


def test_words_without_a_reason() -> None:
    """Nobody said why."""
    assert refusal_reason(replace(OPEN, last_reason="")) == (
        "the mail server refuses mail of this account"
    )
