"""The tokens in settings: read, refused, created and stored."""

import stat
from pathlib import Path

import pytest

from functions.access import ApiTokens, new_api_token
from functions.settings import Settings
from functions.settings_error import SettingsError
from local.cli.settings import CliSettings
from local.home import Home
from local.settings import LocalSettings
from local.team.settings import TeamSettings

ONE, TWO, THREE = (letter * 24 for letter in "abc")

DEPLOYED = {
    "STORE_URI": "mongodb://x",
    "SEND_QUEUE_URL": "x",
    "RESUME_QUEUE_URL": "x",
    "SEND_DEAD_LETTERS_URL": "x",
    "RESUME_DEAD_LETTERS_URL": "x",
    "SENDER": "a@example.com",
    "PUBLIC_URL": "https://example.com",
    "TRACKING_KEYS": "k1:0123456789abcdef",
}
TEAM = DEPLOYED | {
    "BROKER_URL": "amqp://x",
    "REDIS_URL": "redis://x",
    "SMTP_URI": "smtp://x",
}


def test_several_tokens_under_either_name() -> None:
    """API_TOKENS, or API_TOKEN for a single one; both count."""
    written = {"API_TOKENS": f"{ONE},{TWO}", "API_TOKEN": THREE}
    for tokens in (
        TeamSettings.read(TEAM | written).api_tokens,
        LocalSettings.read(written).api_tokens,
    ):
        assert all(tokens.admit(it) for it in (ONE, TWO, THREE))
    assert TeamSettings.read(TEAM | {"API_TOKEN": ONE}).api_tokens.admit(ONE)
    assert Settings.read(DEPLOYED | written).api_tokens.admit(TWO)


def test_missing_token_is_not_an_error_of_the_settings() -> None:
    """Workers need none; servers call `check_binding`."""
    assert not Settings.read(DEPLOYED).api_tokens
    assert not TeamSettings.read(TEAM).api_tokens


def test_short_token_is_refused_at_the_start() -> None:
    """With its name, among all other errors, but never with its value."""
    short = {"API_TOKENS": f"{ONE},canary", "PORT": "x"}
    with pytest.raises(SettingsError, match="API_TOKENS: token 2 is too short") as caught:
        LocalSettings.read(short)
    assert "PORT must be" in str(caught.value)
    assert "canary" not in str(caught.value)
    for read, written in ((Settings.read, DEPLOYED), (TeamSettings.read, TEAM)):
        with pytest.raises(SettingsError, match="needs at least 24"):
            read(written | short)


def test_settings_print_no_token() -> None:
    """They might be logged one day."""
    token = new_api_token()
    given = {"API_TOKENS": token, "EMAILBUILDER_TOKEN": token}
    assert token[13:] not in repr(LocalSettings.read(given))
    asking = CliSettings.read(given)
    assert token[13:] not in repr(asking)
    assert asking.token == token


def test_token_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    """The same at every start, readable only by its owner, and written atomically."""
    home = Home(tmp_path / "home")
    token = home.api_token()
    assert Home(tmp_path / "home").api_token() == token
    assert len(ApiTokens.parse(token).names) == 1
    assert [it.name for it in home.folder.iterdir()] == ["api_token"]
    assert stat.S_IMODE(home.api_token_path.stat().st_mode) == 0o600
    keys = home.tracking_keys()
    assert home.tracking_keys() == keys
    assert stat.S_IMODE((home.folder / "tracking_keys").stat().st_mode) == 0o600


def test_kept_token_opens_beside_those_that_were_set(tmp_path: Path) -> None:
    """So the command line always has access."""
    given = {"EMAILBUILDER_HOME": str(tmp_path), "API_TOKENS": ONE}
    tokens = LocalSettings.read(given).all_api_tokens()
    assert tokens.admit(ONE)
    assert tokens.admit(Home(tmp_path).api_token())


@pytest.mark.parametrize("held", ["", "\n", "short", f"{ONE},{TWO}", ","])
def test_file_without_a_token_locks_rather_than_opens(tmp_path: Path, held: str) -> None:
    """An empty file must not disable authentication."""
    settings = LocalSettings(home=tmp_path)
    Home(tmp_path).api_token_path.write_text(held)
    with pytest.raises(SettingsError, match="holds no API token: delete the file"):
        settings.all_api_tokens()
