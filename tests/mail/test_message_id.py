"""Message-IDs: each names its message to those whose reports are signed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow import keys
from functions.mail.message_id import message_id, read_message_id

CREATED_AT = datetime(2026, 11, 24, 9, 0, 5, 123_000, UTC)
instants = st.integers(0, 2**42).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


@given(st.from_regex(keys.IDENTIFIER, fullmatch=True), st.integers(1, 2**40 - 1), instants)
def test_message_id_names_its_message(campaign: str, seq: int, created_at: datetime) -> None:
    """In any case, and with or without angle brackets, as providers write it."""
    lead_id = keys.lead_id(campaign, seq, 1_764_000_000)
    key = keys.send_key(lead_id, "email-1", 1, 1)
    made = message_id(lead_id, key, created_at, "example.com")
    for written in (made, made.upper(), made.strip("<>"), f" {made} "):
        token = read_message_id(written)
        assert token is not None
        assert (token.campaign_created_at, token.seq) == (created_at, seq)
        assert token.fits(key)
        assert token.fits_message_id(made.strip("<>"))
        assert not token.fits(key + "0")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "<0123456789abcdef0123456789abcdef@example.com>",
        "<0100018b0c8e8b5a-000000@email.amazonses.com>",
        "<0123456789abcdef0123456789abcdef.ffffffffffff.1@example.com>",
        "<0123456789abcdef0123456789abcdef.1.1@example.com> <x@y>",
        "<0123456789abcdef0123456789abcdef.1.1@>",
    ],
)
def test_other_message_ids_name_nothing(written: str) -> None:
    """Those of others, of older versions, and of times that do not exist."""
    assert read_message_id(written) is None
