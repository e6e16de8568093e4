"""API tokens: which are valid, which are known, and which part of them is shown."""

import pytest

from functions.access import NO_TOKENS, ApiTokens, TokenUnfitError, name_of, new_api_token


def test_new_tokens_are_fit_and_unlike_each_other() -> None:
    """Their visible parts differ, too; and every token has one."""
    tokens = [new_api_token() for _ in range(50)]
    known = ApiTokens.parse(",".join(tokens))
    assert all(known.admit(it) for it in tokens)
    assert known.names == tuple(it[:12] for it in tokens)
    assert len(set(known.names)) == 50
    assert all(len(it) == 56 for it in tokens)


def test_any_of_several_is_admitted_and_nothing_else() -> None:
    """Including tokens of other formats; but not a part, another case, or all of them joined."""
    one, two = new_api_token(), "a-token-of-another-make=="
    known = ApiTokens.parse(f" {one} ,\n{two},")
    assert known.admit(one)
    assert known.admit(two)
    for wrong in ("", one[:-1], one.swapcase(), f"{one},{two}", new_api_token(), f" {one}"):
        assert not known.admit(wrong), wrong


def test_no_token_admits_nobody() -> None:
    """Whether anything is locked is decided by the authentication middleware."""
    assert not NO_TOKENS
    assert not ApiTokens.parse(" , ")
    assert not NO_TOKENS.admit("")
    joined = NO_TOKENS + ApiTokens.parse("x" * 24) + ApiTokens.parse("y" * 24)
    assert joined.admit("x" * 24)
    assert joined.admit("y" * 24)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("canary", "the token is too short to be safe: it has 6 characters and needs at least 24"),
        (f"{'x' * 24},canary", "token 2 is too short"),
        ("canary" * 100, "the token is too long: at most 512 characters are allowed"),
        ("canary canary canary canary", "may contain only letters, digits"),
        ("canary-canary-canary-gr\xfcn", "may contain only letters, digits"),
        ("canary=canary-canary-canary", "may contain only letters, digits"),
    ],
)
def test_unfit_token_is_refused_in_words_that_do_not_hold_it(written: str, message: str) -> None:
    """Error messages end up on screens and in logs."""
    with pytest.raises(TokenUnfitError, match=message) as caught:
        ApiTokens.parse(written)
    assert "canary" not in str(caught.value)


def test_known_tokens_cannot_be_read_out() -> None:
    """They are neither printed nor stored in the object."""
    token = new_api_token()
    known = ApiTokens.parse(f"{token},{'canary' * 5}")
    assert repr(known) == f"ApiTokens(names=('{token[:12]}', 'unnamed'))"
    held = repr([known.names, known._digests])
    assert token[13:] not in held
    assert "canary" not in held


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("ebk_AbCdEfGh_" + "x" * 43, "ebk_AbCdEfGh"),
        ("ebk_AbCdEfGh_short", "unnamed"),
        ("ebk_AbCdEfGhi_" + "x" * 43, "unnamed"),
        ("ebk_AbCd\nfGh_" + "x" * 43, "unnamed"),
        ("ebk_AbCdEfGh_" + "x" * 43 + "\n", "unnamed"),
        ("Bearer ebk_AbCdEfGh_" + "x" * 43, "unnamed"),
        ("", "unnamed"),
    ],
)
def test_only_a_token_of_our_make_is_named(token: str, name: str) -> None:
    """In any other token, each part may be secret; and no line break gets into a log."""
    assert name_of(token) == name
