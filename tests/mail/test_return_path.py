"""Return paths: each names its message, fits into an envelope, and cannot be forged."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow import keys
from functions.mail.address import LOCAL_CHARS_MAX
from functions.mail.headers import mailbox
from functions.mail.return_path import ReturnPath, read_return_path
from functions.mail.tokens import Keyring, TokenInvalid

OLD = Keyring({"k0": b"the secret of last year"})
KEYS = Keyring({"k1": b"the secret of this year", "k0": b"the secret of last year"})
OTHER = Keyring({"k1": b"the secret of another one"})
DOMAIN = "bounces.example.com"
CREATED_AT = datetime(2026, 11, 24, 9, 0, 5, 123_000, UTC)
KEY = keys.send_key("lead_c_7_1764000000", "email-1", 2, 1)

identifiers = st.from_regex(keys.IDENTIFIER, fullmatch=True)
instants = st.integers(0, 2**42).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


def address(keyring: Keyring = KEYS, lead_id: str = "lead_c_7_1764000000", key: str = KEY) -> str:
    return ReturnPath(keyring, DOMAIN, CREATED_AT).address(lead_id, key)


@given(
    identifiers, identifiers, st.integers(1, 2**40 - 1), st.integers(1, 2**31), instants, st.data()
)
def test_return_path_names_its_message(
    campaign: str, node: str, seq: int, epoch: int, created_at: datetime, data: st.DataObject
) -> None:
    """It is a valid address of a bounded length, in whatever case it comes back."""
    lead_id = keys.lead_id(campaign, seq, epoch)
    key = keys.send_key(lead_id, node, data.draw(st.integers(1, 100)), 1)
    made = ReturnPath(KEYS, DOMAIN, created_at).address(lead_id, key)
    assert mailbox(made) == made
    assert len(made.partition("@")[0]) <= LOCAL_CHARS_MAX
    for spelled in (made, made.upper(), made.title()):
        token = read_return_path(KEYS, DOMAIN, spelled)
        assert (token.campaign_created_at, token.seq) == (created_at, seq)
        assert token.fits(key)
        assert not token.fits(keys.send_key(lead_id, node, 1, 2))


@given(st.integers(2, 43), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_changed_return_path_is_refused(place: int, character: str) -> None:
    """One character, at any place; but for the last one, which has bits that nobody reads."""
    made = address()
    if character == made[place] or place == 43:
        return
    with pytest.raises(TokenInvalid):
        read_return_path(KEYS, DOMAIN, made[:place] + character + made[place + 1 :])


@given(st.text(max_size=80))
def test_any_other_address_is_refused(typed: str) -> None:
    """Whatever it is."""
    for local in (typed, f"b-{typed}"):
        with pytest.raises(TokenInvalid):
            read_return_path(KEYS, DOMAIN, f"{local}@{DOMAIN}")


def test_return_path_belongs_to_its_domain_and_its_keys() -> None:
    """A key that was replaced still reads the mails that it sealed."""
    assert read_return_path(KEYS, DOMAIN, address(OLD)).seq == 7
    for keyring, domain, made in [
        (KEYS, DOMAIN, address(OTHER)),
        (KEYS, "example.com", address()),
        (OTHER, DOMAIN, address()),
        (KEYS, DOMAIN, address().replace("b-", "")),
        (KEYS, DOMAIN, address().partition("@")[0]),
    ]:
        with pytest.raises(TokenInvalid):
            read_return_path(keyring, domain, made)


def test_message_to_no_lead_names_no_contact() -> None:
    """A test send has a return path like any other, which leads nowhere."""
    token = read_return_path(KEYS, DOMAIN, address(lead_id="test_abc", key="test_abc/a/1/1"))
    assert token.seq == 0
    assert not token.fits(KEY)
