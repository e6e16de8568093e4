"""Signed tokens: round trips, purposes, keys, and that nothing forged passes."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.tokens import (
    TOKEN_CHARS_MAX,
    ClickToken,
    Keyring,
    OpenToken,
    Token,
    TokenInvalid,
    UnsubscribeToken,
)

KEYS = Keyring.parse("k1:the secret of this year,k0:the secret of last year")
OPEN = OpenToken("lead_c_1_1764000000", "email-1", 2, 1)
CLICK = ClickToken(
    "lead_c_1_1764000000", "email-1", 2, 1, "https://a.example/?x=1", "https://a.example/?x={{ x }}"
)
UNSUBSCRIBE = UnsubscribeToken("lead_c_1_1764000000", "c", "ann@example.com")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
count = st.integers(min_value=0, max_value=10**9)
opens = st.builds(OpenToken, text, text, count, count)
clicks = st.builds(ClickToken, text, text, count, count, text, text)
unsubscribes = st.builds(UnsubscribeToken, text, text, st.none() | text)


def read(keyring: Keyring, token: Token, written: str) -> Token:
    match token:
        case OpenToken():
            return keyring.read_open(written)
        case ClickToken():
            return keyring.read_click(written)
        case UnsubscribeToken():
            return keyring.read_unsubscribe(written)


@given(st.one_of(opens, clicks, unsubscribes))
def test_token_comes_back_as_it_was(token: Token) -> None:
    """Signing and reading are inverse, and the form is URL-safe."""
    written = KEYS.sign(token)
    assert read(KEYS, token, written) == token
    kid, payload, signature = written.split(".")
    assert (kid, len(signature)) == ("k1", 43)
    assert set(payload + signature) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )


@given(
    st.one_of(opens, clicks, unsubscribes),
    st.integers(min_value=0),
    st.characters(),
)
def test_any_changed_character_is_refused(token: Token, at: int, character: str) -> None:
    """No other spelling passes, not even one that decodes to the same bytes."""
    written = KEYS.sign(token)
    at %= len(written)
    changed = written[:at] + character + written[at + 1 :]
    if changed != written:
        with pytest.raises(TokenInvalid):
            read(KEYS, token, changed)


@given(st.text(max_size=80) | st.from_regex(r"k1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}"))
def test_made_up_text_is_refused(written: str) -> None:
    """Whatever stands in the URL, the answer is TokenInvalid."""
    for reader in (KEYS.read_open, KEYS.read_click, KEYS.read_unsubscribe):
        with pytest.raises(TokenInvalid):
            reader(written)


@pytest.mark.parametrize("token", [OPEN, CLICK, UNSUBSCRIBE])
@pytest.mark.parametrize("added", ["\n", " ", "=", "."])
def test_added_characters_are_refused(token: Token, added: str) -> None:
    """A token with padding, line ends or blanks around it is invalid."""
    with pytest.raises(TokenInvalid, match="not a token"):
        read(KEYS, token, KEYS.sign(token) + added)


@pytest.mark.parametrize(
    ("token", "others"),
    [
        (OPEN, [KEYS.read_click, KEYS.read_unsubscribe]),
        (CLICK, [KEYS.read_open, KEYS.read_unsubscribe]),
        (UNSUBSCRIBE, [KEYS.read_open, KEYS.read_click]),
    ],
)
def test_token_serves_one_purpose(token: Token, others: list[Callable[[str], Token]]) -> None:
    """A pixel cannot unsubscribe anybody."""
    for reader in others:
        with pytest.raises(TokenInvalid, match="another purpose"):
            reader(KEYS.sign(token))


def test_signed_payload_of_another_shape_is_refused() -> None:
    """A key used elsewhere does not make its payloads ours."""
    payloads: list[object] = [
        ["o"],
        ["o", "l", "n", 1],
        ["o", 1, "n", 1, 1],
        ["c", "l", "n", 1, 1],
        "o",
        {},
    ]
    for payload in payloads:
        written = KEYS.sign_payload(json.dumps(payload).encode())
        for reader in (KEYS.read_open, KEYS.read_click):
            with pytest.raises(TokenInvalid):
                reader(written)


def test_payload_that_is_no_json_is_refused() -> None:
    """The same for bytes that cannot be read at all."""
    for payload in (b"\xff", b"{", b""):
        with pytest.raises(TokenInvalid):
            KEYS.read_open(KEYS.sign_payload(payload))


def test_older_key_still_verifies() -> None:
    """After a rotation the tokens in old mail work until their key is taken away."""
    old = Keyring.parse("k0:the secret of last year").sign(UNSUBSCRIBE)
    assert KEYS.read_unsubscribe(old) == UNSUBSCRIBE
    assert KEYS.sign(UNSUBSCRIBE).startswith("k1.")
    with pytest.raises(TokenInvalid, match="not in use"):
        Keyring.parse("k1:the secret of this year").read_unsubscribe(old)


def test_key_id_is_covered_by_the_signature() -> None:
    """Two keys with one secret do not vouch for each other's tokens."""
    both = Keyring({"a": b"0123456789abcdef", "b": b"0123456789abcdef"})
    with pytest.raises(TokenInvalid):
        both.read_open("b" + both.sign(OPEN)[1:])


def test_link_is_left_out_where_it_equals_the_url() -> None:
    """Most links are written as they lead; their tokens stay short."""
    same = ClickToken("l", "n", 1, 1, "https://a.example/", "https://a.example/")
    other = ClickToken("l", "n", 1, 1, "https://a.example/", "https://a.example/?")
    assert KEYS.read_click(KEYS.sign(same)) == same
    assert len(KEYS.sign(same)) < len(KEYS.sign(other)) - 20


def test_long_text_is_refused_unread() -> None:
    """The length is looked at before anything is computed."""
    payload = urlsafe_b64encode(b"x" * TOKEN_CHARS_MAX).decode().rstrip("=")
    with pytest.raises(TokenInvalid, match="not a token"):
        KEYS.read_open(f"k1.{payload}.{'a' * 43}")


@pytest.mark.parametrize(
    "setting",
    [
        "",
        " , ",
        "k1",
        "k1:short",
        "k 1:0123456789abcdef",
        "k1:0123456789abcdef,k1:0123456789abcdef",
    ],
)
def test_bad_setting_is_refused(setting: str) -> None:
    """No key, no id, a short secret, an id twice."""
    with pytest.raises(ValueError, match=r"key|secret"):
        Keyring.parse(setting)


def test_secrets_are_not_shown() -> None:
    """A keyring in a log names its keys only."""
    assert repr(KEYS) == "Keyring(k1, k0)"
