"""What a refusal says about an address: only clear words or codes make it unknown for good."""

import pytest

from functions.mail.bounce_kinds import (
    BounceKind,
    is_unknown_recipient,
    kind_of_bounce,
    kind_of_status,
)

HARD, FULL, POLICY, OTHER = BounceKind.HARD, BounceKind.FULL, BounceKind.POLICY, BounceKind.OTHER


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", HARD),
        ("5.1.2", HARD),
        ("5.1.3", HARD),
        ("5.1.6", HARD),
        ("5.1.10", HARD),
        ("5.2.1", HARD),
        ("5.2.2", FULL),
        ("4.2.2", FULL),
        ("5.7.1", POLICY),
        ("5.7.26", POLICY),
        ("4.7.0", POLICY),
        ("5.0.0", OTHER),
        ("5.1.0", OTHER),
        ("5.1.7", OTHER),
        ("5.1.8", OTHER),
        ("4.1.1", OTHER),
        ("5.2.3", OTHER),
        ("5.3.4", OTHER),
        ("5.4.4", OTHER),
        ("4.4.7", OTHER),
    ],
)
def test_code_says_what_it_is_about(status: str, kind: BounceKind) -> None:
    """The sender's own address (5.1.7, 5.1.8) and routing (5.4.4) say nothing about the mailbox."""
    assert kind_of_status(status) is kind


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "", HARD),
        ("5.0.0", "smtp; 550-5.1.1 The account that you tried to reach is not there", HARD),
        ("5.0.0", "smtp; 550 No Such User Here", HARD),
        (None, "550 Unknown user", HARD),
        (None, "550 unrouteable address", HARD),
        (None, "550 Requested action not taken", OTHER),
        (None, "451 no such user, try again", OTHER),
        (None, "553 user unknown", OTHER),
        ("5.7.1", "550 5.7.1 mailbox is full", POLICY),
        ("5.7.1", "smtp; 554 5.1.1 looks odd", POLICY),
        ("5.4.1", "550 no such user", OTHER),
        ("5.0.0", "552 mailbox is full", FULL),
        ("5.0.0", "smtp; 452-4.2.2 over quota", FULL),
        ("4.0.0", "452 quota exceeded", FULL),
        (None, "our host 10.5.1.1 was asked", OTHER),
        (None, "", OTHER),
    ],
)
def test_words_help_where_the_code_is_too_general(
    status: str | None, words: str, kind: BounceKind
) -> None:
    """A clear code of the report counts more than words."""
    assert kind_of_bounce(status, words) is kind


@pytest.mark.parametrize(
    ("reply", "is_unknown"),
    [
        ("550 5.1.1 nobody here", True),
        ("550 5.1.1", True),
        ("551 5.1.6 moved", True),
        ("550 5.2.1 disabled", True),
        ("550 5.1.10 no mail for this domain", True),
        ("550 no such user", False),
        ("550 5.7.1 you may not", False),
        ("550 5.1.0 address rejected", False),
        ("550 see 5.1.1", False),
        ("450 4.1.1 later", False),
        ("450 5.1.1 odd", False),
        ("", False),
    ],
)
def test_conversation_needs_a_code(reply: str, is_unknown: bool) -> None:
    """A relay words its refusals as it likes; without a code nobody is suppressed for good."""
    assert is_unknown_recipient(reply) is is_unknown
