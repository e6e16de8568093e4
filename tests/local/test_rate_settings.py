"""SEND_RATE and DOMAIN_RATES, as each of the three ways to run the product reads them."""

from collections.abc import Callable, Mapping

import pytest

from functions.service.rates import parse_rate
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.settings import DEFAULT_SEND_RATE, Settings
from functions.settings_error import SettingsError
from local.settings import LocalSettings
from local.team.settings import TeamSettings

NEEDED = {
    "STORE_URI": "mongodb://db.example.com",
    "SEND_QUEUE_URL": "https://sqs.example.com/send",
    "RESUME_QUEUE_URL": "https://sqs.example.com/resume",
    "SEND_DEAD_LETTERS_URL": "https://sqs.example.com/send-dead",
    "RESUME_DEAD_LETTERS_URL": "https://sqs.example.com/resume-dead",
    "BROKER_URL": "amqp://broker.example.com",
    "REDIS_URL": "redis://redis.example.com",
    "SMTP_URI": "smtp://mail.example.com",
    "SENDER": "ann@example.com",
    "PUBLIC_URL": "https://example.com",
    "TRACKING_KEYS": "k1:0123456789abcdef",
}

Read = Callable[[Mapping[str, str]], Settings | LocalSettings | TeamSettings]
READERS: list[Read] = [Settings.read, LocalSettings.read, TeamSettings.read]
of_each = pytest.mark.parametrize("read", READERS, ids=["cloud", "local", "team"])


@of_each
def test_limiter_is_on_unless_it_is_turned_off(read: Read) -> None:
    """At a rate that delays nothing, so that the breaker is active."""
    assert read(NEEDED).limits == Limits(parse_rate(DEFAULT_SEND_RATE))
    assert read({**NEEDED, "SEND_RATE": ""}).limits == Limits(parse_rate(DEFAULT_SEND_RATE))
    assert read({**NEEDED, "SEND_RATE": "off"}).limits.are_off


@of_each
def test_rates_are_read(read: Read) -> None:
    """Both, independently."""
    domains = "gmail.com=20/s, *=100/m"
    limits = read({**NEEDED, "SEND_RATE": "50/s burst 99", "DOMAIN_RATES": domains}).limits
    assert limits == Limits(parse_rate("50/s burst 99"), parse_domain_rates(domains))
    assert not read({**NEEDED, "SEND_RATE": "off", "DOMAIN_RATES": domains}).limits.are_off


@of_each
def test_unreadable_rates_are_named(read: Read) -> None:
    """Both at once, with how to correct them."""
    with pytest.raises(SettingsError) as caught:
        read({**NEEDED, "SEND_RATE": "fast", "DOMAIN_RATES": "gmail.com=slow"})
    message = str(caught.value)
    assert "SEND_RATE must be written like 50/s" in message
    assert "DOMAIN_RATES for gmail.com must be written like 50/s" in message
