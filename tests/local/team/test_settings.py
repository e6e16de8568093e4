"""The observability settings of the team's stack."""

from pathlib import Path

import pytest

from functions.adapters.key_box import make_key
from functions.settings_error import SettingsError
from local.cli.settings import CliSettings
from local.team.dkim_files import load_signers, record_of
from local.team.settings import TeamSettings
from local.team.wiring import check

LEAST = {
    "STORE_URI": "sqlite:///x",
    "BROKER_URL": "amqp://rabbit",
    "REDIS_URL": "redis://redis",
    "SMTP_URI": "smtp://mail",
    "SENDER": "ann@example.com",
    "PUBLIC_URL": "https://mail.example.com",
    "TRACKING_KEYS": "k1:0123456789abcdef",
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
        (
            "REPLY_TO",
            "Help <help@example.com>",
            "REPLY_TO is not an address that answers can be sent to: 'Help <help@example.com>'",
        ),
        ("SECRET_KEYS", "short", "SECRET_KEYS: write secrets of at least 32 characters"),
        (
            "DKIM_KEY_FILES",
            "s1._domainkey.example.com=/nowhere/s1.pem",
            r"DKIM_KEY_FILES: /nowhere/s1.pem cannot be read .No such file",
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


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "mail.example.com"),
        ({"PUBLIC_URL": "http://192.0.2.1:8000"}, "[192.0.2.1]"),
        ({"HELO_NAME": "Out.Example.com"}, "out.example.com"),
    ],
)
def test_mail_server_is_greeted_by_the_host_of_the_public_url(
    given: dict[str, str], name: str
) -> None:
    """Unless a setting says otherwise; never by a container's id."""
    assert TeamSettings.read({**LEAST, **given}).own_name == name


@pytest.mark.parametrize("name", ["my_host", "a b", "https://x.example"])
def test_greeting_that_no_server_accepts_is_refused(name: str) -> None:
    """With what a name looks like."""
    with pytest.raises(SettingsError, match=r"HELO_NAME: .* is not a host name such as mail.exa"):
        TeamSettings.read({**LEAST, "HELO_NAME": name})


def test_key_files_are_named_by_their_records(tmp_path: Path) -> None:
    """Each signs for its domain; what is no key is refused by its path, without its content."""
    pem = tmp_path / "s1.pem"
    pem.write_bytes(make_key("ed25519"))
    names = f"s1._domainkey.example.com={pem}, s2._domainkey.Other.example={pem}"
    settings = TeamSettings.read({**LEAST, "DKIM_KEY_FILES": names})
    check(settings)
    signers = load_signers(settings.dkim_key_files)
    assert {domain: [it.selector for it in its] for domain, its in signers.items()} == {
        "example.com": ["s1"],
        "other.example": ["s2"],
    }
    assert [record_of(it)[:21] for it in settings.dkim_key_files] == ["v=DKIM1; k=ed25519; p"] * 2
    pem.write_text("canary")
    with pytest.raises(SettingsError, match=f"{pem} cannot be used: it is not a private") as caught:
        check(settings)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["s1=/x", "/x", "s1._domainkey.example.com", "s1._domainkey.example=/x", "example.com=/x"],
)
def test_key_file_without_the_name_of_its_record_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(SettingsError, match=r"DKIM_KEY_FILES must be written as s1\._domain"):
        TeamSettings.read({**LEAST, "DKIM_KEY_FILES": text})
