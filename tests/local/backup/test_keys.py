"""Keys after a restore: those of the backup work again, and none is deleted."""

from pathlib import Path

import pytest

from local.backup.keys import keys_of, with_restored
from local.home import Home


@pytest.mark.parametrize(
    ("present", "restored", "after"),
    [
        ("k1:a", "k1:a", None),
        ("k2:b,k1:a", "k1:a", None),
        ("k2:b", "k1:a", "k1:a,k2:b"),
        # One id cannot have two secrets, and mail that was sent names the id.
        ("k1:new", "k1:a", "k1:a"),
        ("", "k1:a", "k1:a"),
        ("k1:a", "", None),
    ],
)
def test_tracking_keys(present: str, restored: str, after: str | None) -> None:
    changed = with_restored({"TRACKING_KEYS": present}, {"TRACKING_KEYS": restored})
    assert changed == ({} if after is None else {"TRACKING_KEYS": after})


def test_all_secrets_are_kept() -> None:
    """Each may have sealed a key."""
    changed = with_restored({"SECRET_KEYS": "new,b"}, {"SECRET_KEYS": "a,b"})
    assert changed == {"SECRET_KEYS": "a,b,new"}


def test_keys_of_the_environment_come_before_those_of_the_folder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert keys_of({"TRACKING_KEYS": "k1:a"}, home).home is None
    own = keys_of({}, home)
    assert own.home is home
    assert own.values == {"TRACKING_KEYS": home.tracking_keys(), "SECRET_KEYS": home.secret_keys()}


def test_replaced_files_are_kept_beside_the_new_ones(tmp_path: Path) -> None:
    """Only their owner can read them."""
    home = Home(tmp_path)
    before = home.tracking_keys()
    home.secret_keys()
    home.replace_keys("k1:a", None)
    assert home.tracking_keys() == "k1:a"
    assert (tmp_path / "tracking_keys.old").read_text().strip() == before
    assert not (tmp_path / "secret_keys.old").exists()
    modes = {it.name: it.stat().st_mode & 0o777 for it in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
