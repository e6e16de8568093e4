"""Rates as people write them, and the messages for unreadable ones."""

import pytest

from functions.service.rates import Rate, RateError, parse_rate, parse_rate_or_off
from functions.service.sending.rates import DOMAINS_NAMED_MAX, Limits, at_most, parse_domain_rates


@pytest.mark.parametrize(
    ("written", "rate", "said"),
    [
        ("50/s", Rate(50, 1, 50), "50 a second"),
        (" 1000 / m ", Rate(1000, 60, 17), "1000 a minute"),
        ("100000/h", Rate(100_000, 3600, 28), "100000 an hour"),
        ("1/h", Rate(1, 3600, 1), "1 an hour"),
        ("50/s burst 100", Rate(50, 1, 100), "50 a second"),
        ("50/s  burst  1", Rate(50, 1, 1), "50 a second"),
        ("1000000/s", Rate(1_000_000, 1, 1_000_000), "1000000 a second"),
    ],
)
def test_rate_is_read(written: str, rate: Rate, said: str) -> None:
    """The burst is one second's worth unless it is given."""
    assert parse_rate(written) == rate
    assert str(rate) == said


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("fast", "must be written like 50/s, 1000/m or 100000/h"),
        ("50", "must be written like"),
        ("50/d", "must be written like"),
        ("-5/s", "must be written like"),
        ("5.5/s", "must be written like"),
        ("٥/s", "must be written like"),
        ("5/s burst", "must be written like"),
        ("5/s, 6/s", "must be written like"),
        ("1" * 500 + "/s", "must be written like"),
        ("0/s", "must allow at least 1, not '0/s'"),
        ("5/s burst 0", "must allow at least 1"),
        ("1000001/s", "must be at most 1000000/s"),
        ("60000001/m", "must be at most 1000000/s"),
        ("1/h burst 25", "a burst that refills within a day, at most 24"),
        ("off", "must be written like"),
    ],
)
def test_unreadable_rate_says_what_would_be_right(written: str, message: str) -> None:
    """In a short message, whatever was written."""
    with pytest.raises(RateError) as caught:
        parse_rate(written)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_account_may_be_unlimited() -> None:
    """Only explicitly."""
    assert parse_rate_or_off(" OFF ") is None
    assert parse_rate_or_off("5/s") == Rate(5, 1, 5)


def test_domains_are_read() -> None:
    """As the addresses of recipients spell them, with a star for the others."""
    assert parse_domain_rates("") == parse_domain_rates("  ") == {}
    written = "Gmail.com=20/s burst 40,*=100/m, xn--bcher-kva.example = 1/h, Straße.example=1/s"
    assert parse_domain_rates(written) == {
        "gmail.com": Rate(20, 1, 40),
        "*": Rate(100, 60, 2),
        "xn--bcher-kva.example": Rate(1, 3600, 1),
        "xn--strae-oqa.example": Rate(1, 1, 1),
    }


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("gmail.com", "must be written like gmail.com=20/s, *=100/m; not 'gmail.com'"),
        ("=20/s", "must be written like"),
        ("a@gmail.com=1/s", "must be written like"),
        ("gmail..com=1/s", "must be written like"),
        ("*.com=1/s", "must be written like"),
        ("gmail.com=1/s,", "must be written like"),
        ("gmail.com=fast", "for gmail.com must be written like 50/s"),
        ("gmail.com=1/s, GMAIL.com=2/s", "must name gmail.com only once"),
        (
            "straße.example=1/s, xn--strae-oqa.example=2/s",
            "must name xn--strae-oqa.example only once",
        ),
        ("☃.example=1/s", "must be written like"),
        (
            ",".join(f"d{n}.example=1/s" for n in range(DOMAINS_NAMED_MAX + 1)),
            "must name at most 100 domains, not 101",
        ),
    ],
)
def test_unreadable_domains_say_what_would_be_right(written: str, message: str) -> None:
    """And which domain it is about."""
    with pytest.raises(RateError) as caught:
        parse_domain_rates(written)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("own", "per_second", "wanted"),
    [
        ("10000/s", 14.0, Rate(14, 1, 14)),
        ("5/s", 14.0, Rate(5, 1, 5)),
        ("off", 14.9, Rate(14, 1, 14)),
        ("10/s", 0.5, Rate(1800, 3600, 1)),
        ("100/m", 1.0, Rate(1, 1, 1)),
        ("10/s", None, Rate(10, 1, 10)),
    ],
)
def test_slower_of_both_rates_counts(own: str, per_second: float | None, wanted: Rate) -> None:
    """That of the settings, and that which the mail server grants."""
    assert at_most(Limits(parse_rate_or_off(own)), per_second).own == wanted
