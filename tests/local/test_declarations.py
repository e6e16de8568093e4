"""One declaration per setting: reading, refusing and writing all use it."""

import subprocess
import sys

import pytest

from functions import environment
from functions.declaration import NOT_READ, Declaration, Group
from functions.environment import EnvironmentSettings
from functions.settings import Settings
from functions.settings_error import SettingsError
from local.settings import LocalSettings
from local.team.settings import TeamSettings
from scripts import write_settings
from tests.architecture.source import ROOT
from tests.local.test_settings import DEPLOYED, TEAM

MODELS: dict[type[EnvironmentSettings], dict[str, str]] = {
    Settings: DEPLOYED,
    LocalSettings: {},
    TeamSettings: TEAM,
}
SECRETS = {
    *("STORE_URI", "BROKER_URL", "REDIS_URL", "SMTP_URI", "TRACKING_KEYS", "SECRET_KEYS"),
    "FEEDBACK_SECRETS",
}
"""Addresses may hold a password."""
of_each = pytest.mark.parametrize("model", MODELS, ids=lambda it: it.__name__)


def test_files_are_what_the_declarations_say() -> None:
    """As `make check` does."""
    script = ROOT / "scripts" / "write_settings.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_setting_that_is_not_in_the_files_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are named, and nothing is written."""
    more = Declaration("NEW", "New.", Group.SPEED, team="1", in_env=True)
    every = write_settings.declarations()
    monkeypatch.setattr(write_settings, "declarations", lambda: every | {more: "a number"})
    monkeypatch.setattr(sys, "argv", ["write_settings.py", "--check"])
    assert write_settings.main() == 1
    assert ".env.example, docs/settings.md" in capsys.readouterr().err
    assert "| `NEW` | New. It must be a number. | – | – | `1` |" in write_settings.page()
    assert "# New. Empty: 1.\nNEW=\n" in write_settings.example()


@of_each
def test_every_deployment_has_a_default_or_asks_for_a_value(
    model: type[EnvironmentSettings],
) -> None:
    """Its way of running reads or fixes every setting that a model declares."""
    defaults = {it.variable: it.default(model.deployment) for it in model.declarations()}
    assert NOT_READ not in defaults.values()
    assert len(defaults) == len(list(model.declarations()))


@of_each
def test_retired_setting_is_refused_with_its_new_name(
    monkeypatch: pytest.MonkeyPatch, model: type[EnvironmentSettings]
) -> None:
    """Together with all other errors; variables that the product never had are ignored."""
    monkeypatch.setattr(environment, "RETIRED", {"MAIL_RATE": "SEND_RATE"})
    given = {**MODELS[model], "MAIL_RATE": "5/s", "DOMAIN_RATES": "fast", "MAIL_SPEED": "5/s"}
    with pytest.raises(SettingsError) as caught:
        model.read(given)
    first, second = str(caught.value).split("; ", 1)
    assert first == "MAIL_RATE is no longer read: set SEND_RATE instead"
    assert second.startswith("DOMAIN_RATES must be")
    assert "MAIL_SPEED" not in second
    model.read({**given, "MAIL_RATE": "", "DOMAIN_RATES": ""})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("WINDOW_JOBS_MAX", "many", "must be a whole number, 0 or more, not 'many'"),
        ("WINDOW_JOBS_MAX", "-1", "must be a whole number, 0 or more, not '-1'"),
        ("SWEEP_SECONDS", "soon", "must be a number, 0 or more, not 'soon'"),
        ("SWEEP_SECONDS", "inf", "must be a number, 0 or more, not 'inf'"),
        ("SWEEP_SECONDS", "nan", "must be a number, 0 or more, not 'nan'"),
        ("METRICS_PORT", "70000", "must be a whole number, 0 to 65535, not '70000'"),
        ("LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'"),
        ("BROKER_URL", "http://rabbit", "must begin with amqp:// or amqps://"),
        ("REDIS_URL", "http://redis", "must begin with redis:// or rediss://"),
    ],
)
def test_refusal_says_what_would_be_right(name: str, value: str, message: str) -> None:
    """Together with the given value, unless it is secret."""
    with pytest.raises(SettingsError) as caught:
        TeamSettings.read({**TEAM, name: value})
    assert str(caught.value) == f"{name} {message}"


def test_functions_need_a_mail_server_for_smtp_only() -> None:
    """With SES they send without one."""
    assert Settings.read(DEPLOYED).mail_transport == "ses"
    with pytest.raises(SettingsError, match="SMTP_URI is not set, but MAIL_TRANSPORT is smtp"):
        Settings.read({**DEPLOYED, "MAIL_TRANSPORT": "smtp"})
    with pytest.raises(SettingsError, match="MAIL_TRANSPORT must be ses or smtp, not 'pigeon'"):
        Settings.read({**DEPLOYED, "MAIL_TRANSPORT": "pigeon"})


@of_each
def test_secrets_are_neither_printed_nor_quoted(model: type[EnvironmentSettings]) -> None:
    """Neither in the repr nor as text, nor in the refusal of the secret itself."""
    secret = {
        name: field.alias or ""
        for name, field in model.model_fields.items()
        if field.alias in SECRETS
    }
    given = {
        alias: MODELS[model].get(alias, f"x://{'x' * 32}") + "canary" for alias in secret.values()
    }
    settings = model.read({**MODELS[model], **given})
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert {getattr(settings, name).get_secret_value() for name in secret} == set(given.values())
    for alias in ("BROKER_URL", "REDIS_URL") if model is TeamSettings else ():
        wrong: dict[str, str] = {alias: "canary://x"}
        with pytest.raises(SettingsError) as caught:
            model.read({**MODELS[model], **wrong})
        assert "canary" not in f"{caught.value!r} {caught.value.__context__}"


def test_code_that_makes_settings_does_not_look_at_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The demo and tests run independently of settings for another system."""
    monkeypatch.setenv("SMTP_PORT", "1")
    monkeypatch.setenv("PORT", "x")
    assert LocalSettings(port=0).smtp_port == 1025


def test_fixed_settings_of_one_machine_are_not_read() -> None:
    """Settings of a team's stack in the same shell do not change it."""
    settings = LocalSettings.read({"SWEEP_SECONDS": "9", "WINDOW_JOBS_MAX": "9"})
    assert (settings.sweep_seconds, settings.window_jobs_max) == (1, 300)
