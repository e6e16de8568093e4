"""Dead letters are read without harm, whatever they hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.service.operations.records import (
    NAME_CHARS_MAX,
    READ_BYTES_MAX,
    JobNames,
    document_of,
    name_of,
    shown,
)


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_nothing_shown_can_give_an_order(text: bytes | str) -> None:
    """Printable, and fit for any page and any terminal."""
    seen = shown(text)
    assert all(it.isprintable() or it in "\n\t" for it in seen)
    seen.encode()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Grüße, 你好 🎉\n\tx", "Grüße, 你好 🎉\n\tx"),
        (b"caf\xc3\xa9 \xc3", "café \\xc3"),
        ("\x1b[2J\r\x00", "\\x1b[2J\\r\\x00"),
        ("\u202eevil", "\\u202eevil"),
        (json.loads('"\\ud800"'), "\\ud800"),
    ],
)
def test_what_is_text_stays_as_it_is(text: bytes | str, seen: str) -> None:
    """Letters of every script are text; escapes, direction overrides and broken bytes are not."""
    assert shown(text) == seen


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"{", b"[" * 60_000, b'"' + b"x" * READ_BYTES_MAX + b'"', b"9" * 5_000],
)
def test_unreadable_body_is_not_a_document(body: bytes) -> None:
    """However it is broken."""
    assert document_of(body) is None


def test_names_are_names_or_nothing() -> None:
    """Of the right type, bounded, and shown safely."""
    assert JobNames.of([]) == JobNames()
    assert JobNames.of({"lead_id": 7, "campaign_id": "", "node_id": ["x"]}) == JobNames()
    assert JobNames.of({"lead_id": "a\x1bb", "job_id": "j"}) == JobNames("a\\x1bb", job_id="j")
    assert name_of("x" * 10_000) == "x" * NAME_CHARS_MAX
