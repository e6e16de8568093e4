"""The observability settings of the team's stack."""

import pytest

from functions.settings_error import SettingsError
from local.cli.settings import CliSettings
from local.team.settings import TeamSettings
from local.team.wiring import check

LEAST = {
    "STORE_URI": "sqlite:///x",
    "BROKER_URL": "amqp://rabbit",
    "REDIS_URL": "redis://redis",
    "SMTP_URI": "smtp://mail",
    "SENDER": "ann@example.com",
    "PUBLIC_URL": "https://mail.example.com",
    "TRACKING_KEYS": "k1:s",
}


def test_nothing_is_exposed_by_default() -> None:
    """No metrics served, no traces sent, no key looked up."""
    it = TeamSettings.read(LEAST)
    assert (it.metrics_port, it.metrics_host) == (0, "127.0.0.1")
    assert (it.otlp_endpoint, it.dkim_selector) == ("", "")


def test_collector_by_its_standard_name() -> None:
    """Its base URL, with or without a slash at the end."""
    name = "OTEL_EXPORTER_OTLP_ENDPOINT"
    it = TeamSettings.read({**LEAST, name: "http://collector:4318/"})
    assert it.otlp_endpoint == "http://collector:4318"
    with pytest.raises(SettingsError, match=f"{name} must begin with http:// or https://"):
        TeamSettings.read({**LEAST, name: "collector:4317"})


@pytest.mark.parametrize("name", ["RABBITMQ_PAGE", "METRICS_PAGE"])
def test_pages_that_are_linked_to_are_pages(name: str) -> None:
    """A browser would run an address that begins with javascript:."""
    assert TeamSettings.read({**LEAST, name: "https://figures.example.com/d"})
    with pytest.raises(SettingsError, match=f"{name} must begin with http:// or https://"):
        TeamSettings.read({**LEAST, name: "javascript:alert(1)"})


def test_stack_is_known_by_its_broker() -> None:
    """An empty setting counts as not set."""
    for given, wanted in (({"BROKER_URL": "amqp://rabbit"}, True), ({"BROKER_URL": ""}, False)):
        assert CliSettings.read(given).has_broker is wanted
    assert not CliSettings.read({}).has_broker


def test_unknown_level() -> None:
    """It is named, with how to correct it; lower case is accepted."""
    assert TeamSettings.read({**LEAST, "LOG_LEVEL": "debug"}).log_level == "DEBUG"
    with pytest.raises(SettingsError, match="LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERR"):
        TeamSettings.read({**LEAST, "LOG_LEVEL": "loud"})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SMTP_URI", "mail.example.com", "SMTP_URI: a mail server is written as smtp://host:port"),
        ("TRACKING_KEYS", "secret", "TRACKING_KEYS: write keys as"),
        ("HORIZON_SECONDS", "301", "HORIZON_SECONDS .301. must be at most 300"),
        ("SEND_LEASE_SECONDS", "60", "SEND_LEASE_SECONDS .60. must not exceed LEAD_LEASE_SECONDS"),
        ("PUBLIC_URL", "mail.example.com", "PUBLIC_URL must begin with http:// or https://"),
        (
            "SENDER",
            "Ann <ann@☃.example>",
            "SENDER is not an address that mail can be sent from: '☃.example' is not a domain",
        ),
        ("SMTP_URI", "smtp://☃.example", "SMTP_URI: the host of the mail server is not a domain"),
    ],
)
def test_invalid_settings_are_reported_before_anything_is_opened(
    name: str, value: str, message: str
) -> None:
    """Workers, scheduler and backend end at the start and name the setting."""
    with pytest.raises(SettingsError, match=message):
        check(TeamSettings.read({**LEAST, name: value}))


def test_missing_setting_is_reported_once() -> None:
    """Without a second message about its format."""
    with pytest.raises(SettingsError) as caught:
        TeamSettings.read({})
    assert sorted(str(caught.value).split("; ")) == sorted(f"{it} is not set" for it in LEAST)
