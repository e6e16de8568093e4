"""`make env`: individual secrets, readable only by their owner, never overwritten."""

import re
import stat
from pathlib import Path

from functions.access import ApiTokens
from functions.adapters.key_box import FernetKeyBox
from functions.mail.tokens import Keyring
from tests.compose.composed import EXAMPLE, make_env, settings_of

SECRETS = {
    *("API_TOKENS", "TRACKING_KEYS", "MONGO_ROOT_PASSWORD", "MONGO_PASSWORD", "MONGO_REPLICA_KEY"),
    *("SECRET_KEYS", "RABBITMQ_PASSWORD", "REDIS_PASSWORD"),
}


def test_file_is_its_owners(env_file: Path) -> None:
    """Other users of the machine cannot read it."""
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_secrets_are_filled_in_and_nothing_else_is_changed(env_file: Path) -> None:
    """The comments stay, too."""
    before, after = settings_of(EXAMPLE), settings_of(env_file)
    assert {name for name in before if before[name] != after[name]} == SECRETS
    assert not any(before[name] for name in SECRETS)
    assert len(EXAMPLE.read_text().splitlines()) == len(env_file.read_text().splitlines())


def test_secrets_are_strong_and_differ(tmp_path: Path, env_file: Path) -> None:
    """192 random bits at least, none twice, and in letters that need no quoting anywhere."""
    other = tmp_path / ".env"
    assert make_env(other).returncode == 0
    values = [settings_of(file)[name] for file in (env_file, other) for name in SECRETS]
    assert len(set(values)) == len(values)
    for value in values:
        assert re.fullmatch(r"(k1:|ebk_[0-9a-f]{8}_)?[0-9a-f]{48,}", value)


def test_keys_have_the_form_that_their_readers_need(env_file: Path) -> None:
    """MongoDB accepts 6 to 1,024 characters; the keyring needs ids; a token has a visible name."""
    settings = settings_of(env_file)
    assert 6 <= len(settings["MONGO_REPLICA_KEY"]) <= 1024
    Keyring.parse(settings["TRACKING_KEYS"])
    assert FernetKeyBox.parse(settings["SECRET_KEYS"]) is not None
    (name,) = ApiTokens.parse(settings["API_TOKENS"]).names
    assert settings["API_TOKENS"].startswith(f"{name}_")


def test_existing_file_stays(tmp_path: Path) -> None:
    """A second `make env` would lock everybody out of their own data."""
    target = tmp_path / ".env"
    target.write_text("MINE=1\n")
    done = make_env(target)
    assert done.returncode != 0
    assert "stays as it is" in done.stderr
    assert target.read_text() == "MINE=1\n"
    assert list(tmp_path.iterdir()) == [target]


def test_no_draft_is_left(tmp_path: Path) -> None:
    """No file with half of the secrets remains."""
    assert make_env(tmp_path / ".env").returncode == 0
    assert [it.name for it in tmp_path.iterdir()] == [".env"]
