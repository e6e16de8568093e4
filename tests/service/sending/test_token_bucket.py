"""Laws of the token bucket, for any requests at any times."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from functions.service.rates import Rate, parse_rate
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.sending.token_bucket import (
    BUCKETS_MAX,
    DEFERRAL_MAX,
    OWN,
    Buckets,
    Deferral,
    decide,
    level,
)

NOW = datetime(2026, 3, 1, 9, 30, 0, 123000, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DOMAINS = ("one.example", "two.example", "three.example")


def wanted(*domains: str) -> dict[str, str]:
    return {f"{n}": f"Reader{n}@{domain}" for n, domain in enumerate(domains)}


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    per_seconds = draw(st.sampled_from([1, 60, 3600]))
    count = draw(st.integers(1, 1_000_000 * per_seconds) | st.integers(1, 50))
    filling_max = 86_400 * count // per_seconds
    return Rate(count, per_seconds, draw(st.integers(1, max(min(filling_max, 200), 1))))


limits = st.builds(
    Limits,
    own=st.none() | rates(),
    domains=st.dictionaries(st.sampled_from([*DOMAINS[:2], "*"]), rates()),
)
asks = st.lists(
    st.tuples(
        st.integers(0, 3_000_000) | st.integers(0, 5_000),
        st.lists(st.sampled_from(DOMAINS), max_size=40),
    ),
    max_size=12,
)
"""Microseconds after the last one, and the domains of its messages."""


def earned(rate: Rate, microseconds: int) -> int:
    return microseconds * rate.count // (rate.per_seconds * 1_000_000)


class _Run:
    """One set of buckets through a series of requests; what was granted, by bucket."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.buckets: Buckets = {}
        self.granted: dict[str, list[int]] = {}

    def ask(self, at_us: int, domains: list[str]) -> dict[str, Deferral]:
        recipients = wanted(*domains)
        decision = decide(self.limits, self.buckets, recipients, NOW + at_us * MICROSECOND)
        self.buckets = decision.buckets
        for key, domain in zip(recipients, domains, strict=True):
            if key not in decision.deferrals:
                self.granted.setdefault(OWN, []).append(at_us)
                self.granted.setdefault(domain, []).append(at_us)
        return dict(decision.deferrals)


@given(limits, asks)
def test_no_interval_grants_more_than_it_earns(
    limits: Limits, asks: list[tuple[int, list[str]]]
) -> None:
    """rate × t + burst, between any two moments, for the account and for each domain."""
    run, at_us = _Run(limits), 0
    for after_us, domains in asks:
        at_us += after_us
        run.ask(at_us, domains)
    for name, times in run.granted.items():
        rate = limits.own if name == OWN else limits.of_domain(name)
        for first, begin_us in enumerate(times) if rate is not None else ():
            for last, end_us in enumerate(times[first:], first):
                assert rate is not None
                assert last - first + 1 <= earned(rate, end_us - begin_us) + rate.burst


@given(limits, asks)
def test_deferred_message_goes_later(limits: Limits, asks: list[tuple[int, list[str]]]) -> None:
    """Never before now, at most an hour ahead, in whole milliseconds, with a reason."""
    run, at_us = _Run(limits), 0
    for after_us, domains in asks:
        at_us += after_us
        now = NOW + at_us * MICROSECOND
        for wait in run.ask(at_us, domains).values():
            assert now <= wait.at <= now + DEFERRAL_MAX + timedelta(milliseconds=1)
            assert wait.at.microsecond % 1000 == 0
            assert wait.reason.startswith("limit of ")


@given(rates(), st.integers(1, 60), st.integers(1, 60))
def test_deferrals_are_spread_along_the_rate(rate: Rate, first: int, second: int) -> None:
    """Whether requested at once or in several batches."""
    run = _Run(Limits(rate))
    run.ask(0, [DOMAINS[0]] * rate.burst)
    waits = [
        *run.ask(0, [DOMAINS[0]] * first).values(),
        *run.ask(0, [DOMAINS[1]] * second).values(),
    ]
    assert len(waits) == first + second
    interval = timedelta(microseconds=rate.interval_us) - timedelta(milliseconds=1)
    horizon = NOW + DEFERRAL_MAX
    for earlier, later in pairwise(waits):
        assert later.at - earlier.at >= interval or later.at >= horizon


@given(limits, st.lists(st.sampled_from(DOMAINS), max_size=60))
def test_both_tokens_or_neither(limits: Limits, domains: list[str]) -> None:
    """Each bucket has lost as many tokens as messages were granted from it."""
    run = _Run(limits)
    before = {name: level(limits, {}, name, NOW) for name in (OWN, *DOMAINS)}
    run.ask(0, domains)
    for name, there in before.items():
        after = level(limits, run.buckets, name, NOW)
        gone = len(run.granted.get(name, []))
        assert (there is None) == (after is None)
        if there is not None and after is not None:
            assert there.tokens == there.burst
            assert after.tokens == there.tokens - gone


@given(limits, asks)
def test_nothing_is_deferred_without_need(
    limits: Limits, asks: list[tuple[int, list[str]]]
) -> None:
    """As long as all requested buckets have a token, the next message goes."""
    run, at_us = _Run(limits), 0
    for after_us, domains in asks:
        at_us += after_us
        now = NOW + at_us * MICROSECOND
        for domain in domains:
            levels = [level(limits, run.buckets, name, now) for name in (OWN, domain)]
            is_free = all(it is None or it.tokens >= 1 for it in levels)
            assert (run.ask(at_us, [domain]) == {}) == is_free


@given(rates())
def test_burst_is_there_to_the_last_token(rate: Rate) -> None:
    """Taken one by one, even at rates with fractional microseconds per token; and it refills in
    exactly the time it should, no sooner.
    """
    run = _Run(Limits(rate))
    for _ in range(rate.burst):
        assert run.ask(0, [DOMAINS[0]]) == {}
    assert run.ask(0, [DOMAINS[0]]) != {}
    run.ask(rate.interval_us - 1, [DOMAINS[0]])
    assert len(run.granted[OWN]) == rate.burst
    assert run.ask(rate.interval_us, [DOMAINS[0]]) == {}


@given(rates())
def test_message_that_comes_at_its_due_time_finds_a_token(rate: Rate) -> None:
    """Unless others came first."""
    run = _Run(Limits(rate))
    run.ask(0, [DOMAINS[0]] * rate.burst)
    (wait,) = run.ask(0, [DOMAINS[0]]).values()
    at_us = (wait.at - NOW) // MICROSECOND
    assert wait.at >= NOW + DEFERRAL_MAX or run.ask(at_us, [DOMAINS[0]]) == {}


def test_full_bucket_of_a_domain_leaves_the_account_alone() -> None:
    """Both or neither, in a small example; the reason names the limit."""
    limits = Limits(parse_rate("10/s"), parse_domain_rates("gmail.com=2/s, *=1/m"))
    run = _Run(limits)
    waits = run.ask(0, ["gmail.com", "GMAIL.com", "gmail.com", "else.example", "else.example"])
    assert waits == {
        "2": Deferral(NOW + timedelta(seconds=0.5), "limit of 2 a second to gmail.com"),
        "4": Deferral(NOW + timedelta(seconds=60), "limit of 1 a minute to else.example"),
    }
    own = level(limits, run.buckets, OWN, NOW)
    assert own is not None
    assert own.tokens == 7
    waits = run.ask(0, [f"d{n}.example" for n in range(8)])
    assert list(waits) == ["7"]
    assert waits["7"].reason == "limit of 10 a second from this account"


def test_message_that_lacks_both_tokens_waits_for_the_later() -> None:
    """Before that, it would find only one of its tokens."""
    limits = Limits(parse_rate("1/s"), parse_domain_rates("gmail.com=1/m"))
    run = _Run(limits)
    run.ask(0, ["gmail.com"])
    assert run.ask(0, ["gmail.com"])["0"].at == NOW + timedelta(seconds=60)


def test_full_buckets_are_forgotten() -> None:
    """The state contains only buckets in use; an unlimited domain is never in it."""
    limits = Limits(None, parse_domain_rates("one.example=10/s"))
    run = _Run(limits)
    run.ask(0, ["one.example", "two.example"])
    assert list(run.buckets) == ["one.example"]
    run.ask(100_000, ["two.example"])
    assert run.buckets == {}


def test_buckets_are_bounded() -> None:
    """The dropped ones are the nearest to full; the account's is kept."""
    limits = Limits(parse_rate("1000/s burst 9999"), parse_domain_rates("*=1/m, z.example=1/h"))
    run = _Run(limits)
    run.ask(0, ["z.example", *(f"d{n}.example" for n in range(BUCKETS_MAX + 50))])
    assert len(run.buckets) == BUCKETS_MAX
    assert {OWN, "z.example"} <= run.buckets.keys()


def test_clock_set_back_does_not_stop_the_mail() -> None:
    """A bucket that owes more than possible counts as empty, no more; likewise the queue."""
    limits = Limits(parse_rate("10/s"))
    run = _Run(limits)
    day_us = 86_400_000_000
    run.ask(day_us, [DOMAINS[0]] * 10)
    run.ask(day_us, [DOMAINS[0]] * 10)
    waits = run.ask(0, [DOMAINS[0]])
    assert waits["0"].at <= NOW + DEFERRAL_MAX + timedelta(milliseconds=1)
    assert run.ask(100_000, [DOMAINS[0]] * 2).keys() == {"1"}
    assert run.ask(1_100_000, [DOMAINS[0]] * 10) == {}


def test_worker_whose_clock_is_behind_gets_nothing_extra() -> None:
    """A second does not count as a clock set back: the debt stays unchanged."""
    limits = Limits(parse_rate("10/s"))
    run = _Run(limits)
    run.ask(1_000_000, [DOMAINS[0]] * 10)
    before = run.buckets[OWN]
    assert len(run.ask(0, [DOMAINS[0]] * 3)) == 3
    assert run.buckets[OWN].full_at_us == before.full_at_us


def test_others_wait_behind_what_holds_them_up() -> None:
    """One may go; the others queue up from the given time."""
    beyond = Deferral(NOW + timedelta(seconds=30), "why")
    decision = decide(
        Limits(parse_rate("10/s")), {}, wanted(*DOMAINS), NOW, messages_max=1, beyond=beyond
    )
    assert decision.deferrals == {
        "1": beyond,
        "2": Deferral(beyond.at + timedelta(seconds=0.1), "why"),
    }
    bare = decide(Limits(), {}, wanted(*DOMAINS), NOW, messages_max=0, beyond=beyond)
    assert bare.deferrals == dict.fromkeys(wanted(*DOMAINS), beyond)
