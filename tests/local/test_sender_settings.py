"""SENDER_DOMAINS, and whether mail leaves, as each way to run the product reads them."""

import pytest

from functions.settings import Settings
from functions.settings_error import SettingsError
from local.settings import LocalSettings
from local.team.settings import TeamSettings
from tests.local.test_settings import DEPLOYED, TEAM


@pytest.mark.parametrize(
    ("written", "domains"),
    [
        ("", ()),
        ("example.com", ("example.com",)),
        (" Example.com, @example.org ,", ("example.com", "example.org")),
        ("straße.de", ("xn--strae-oqa.de",)),
    ],
)
def test_sender_domains(written: str, domains: tuple[str, ...]) -> None:
    """In lower case and in ASCII, as addresses are compared."""
    for settings in (
        Settings.read({**DEPLOYED, "SENDER_DOMAINS": written}),
        LocalSettings.read({"SENDER_DOMAINS": written}),
        TeamSettings.read({**TEAM, "SENDER_DOMAINS": written}),
    ):
        assert settings.sender_domains == domains


def test_what_is_no_domain_is_refused() -> None:
    with pytest.raises(SettingsError, match="SENDER_DOMAINS must be domain names"):
        LocalSettings.read({"SENDER_DOMAINS": "ä" * 70 + ".de"})


def test_mail_leaves_unless_an_inbox_takes_it() -> None:
    """The system on one machine has an inbox; a team's stack has one until it names a server."""
    assert not LocalSettings.read({}).mail_leaves
    assert Settings.read(DEPLOYED).mail_leaves
    for uri, leaves in (
        ("smtp://inbox:1025", False),
        ("smtp://localhost:1025", False),
        ("smtp://user:word@mail.example.com:587", True),
    ):
        settings = TeamSettings.read({**TEAM, "SMTP_URI": uri})
        assert settings.mail_leaves is leaves
        assert settings.policy().mail_leaves is leaves
