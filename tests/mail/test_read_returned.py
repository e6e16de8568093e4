"""Returned mails as servers write them, in `returned/`: what each says, and what says nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.bounce_kinds import BounceKind
from functions.mail.read_diagnostic import REASON_CHARS_MAX
from functions.mail.read_returned import read_returned
from functions.mail.reports import Bounce, Complaint, NoReport, Original

FOLDER = Path(__file__).parent / "returned"
ORIGINAL = Original("0123456789abcdef0123456789abcdef@example.com", "b-token@bounces.example.com")
DAEMON = ""
ANN = "ann@example.org"
HARD, FULL, POLICY, OTHER = BounceKind.HARD, BounceKind.FULL, BounceKind.POLICY, BounceKind.OTHER

BOUNCES = {
    "postfix-unknown-user": (HARD, "550 5.1.1 <ann@example.org>: Recipient address rejected: User"),
    "postfix-host-not-found": (OTHER, "Host or domain name not found."),
    "postfix-mailbox-full": (FULL, "552 5.2.2 This mailbox has no room left"),
    "postfix-spam-refused": (POLICY, "554 5.7.1 Your message looks like spam"),
    "exim-unknown-user": (HARD, "550 No Such User Here"),
    "exim-retry-time-out": (OTHER, "5.0.0"),
    "exim-no-mailbox": (HARD, "no such user here"),
    "exim-no-route": (OTHER, "Unrouteable address"),
    "exchange-online-not-found": (HARD, "550 5.1.10 RESOLVER.ADR.RecipientNotFound;"),
    "exchange-2013-not-found": (HARD, "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"),
    "exchange-quota": (FULL, "554 5.2.2 mailbox full;"),
    "exchange-not-permitted": (POLICY, "550 5.7.133 "),
    "gmail-no-account": (HARD, "550-5.1.1 The email account that you tried to reach"),
    "gmail-out-of-storage": (FULL, "552-5.2.2 "),
    "gmail-unauthenticated": (POLICY, "550-5.7.26 "),
    "freemail-no-such-account": (OTHER, "554 delivery error"),
    "hosted-mailbox-unavailable": (OTHER, "550 5.5.0 Requested action not taken"),
    "sendmail-user-unknown": (HARD, "550 5.1.1 <ann@example.org>... User unknown"),
    "courier-user-unknown": (HARD, "550 User unknown."),
    "opensmtpd-invalid-recipient": (OTHER, "550 Invalid recipient"),
    "zimbra-account-disabled": (HARD, "550 5.2.1 ann@example.org: account is disabled"),
    "domino-not-listed": (HARD, "User ann (ann@example.org) not listed"),
    "dovecot-quota-given-up": (FULL, "452 4.2.2 <ann@example.org> Quota exceeded"),
    "moved-address": (HARD, "551 5.1.6 Ann has moved"),
    "no-diagnostic": (HARD, "5.1.1"),
    "odd-bytes": (HARD, "550 5.1.1 <ann@example.org>"),
    "windows-line-ends": (HARD, "550 5.1.1 <ann@example.org>: Recipient address rejected: User"),
    "second-recipient-failed": (HARD, "550 5.1.1 <ann@example.org>"),
    "qmail-no-mailbox": (HARD, "Sorry, no mailbox here by that name. (#5.1.1)"),
    "qmail-over-quota": (FULL, "The user has no room left. (#5.2.2)"),
    "exim-without-report": (HARD, "host mx.example.org [192.0.2.7]: 550 5.1.1 unknown here"),
    "somebody-elses-mail": (HARD, "550 5.1.1 nobody"),
}
"""What is said of the address, and the beginning of the server's words."""

WITHOUT_ORIGINAL = {"qmail-no-mailbox", "qmail-over-quota", "exim-without-report"}
"""Their copy of the message is part of the text."""

COMPLAINTS = {
    "complaint": ("abuse", ORIGINAL),
    "complaint-headers-only": ("abuse", ORIGINAL),
    "complaint-redacted": ("fraud", Original(None, ORIGINAL.return_path)),
}

NOTHING = {
    "postfix-delayed": (DAEMON, "delayed"),
    "postfix-delivered": (DAEMON, "delivered"),
    "no-reason": (DAEMON, "no reason"),
    "cut-off": (DAEMON, "names no recipient"),
    "plain-word-of-failure": (DAEMON, "not a report"),
    "bounce-of-a-bounce": (DAEMON, "a report about a report"),
    "bounce-of-a-report": (DAEMON, "a report about a report"),
    "complaint-withdrawn": (DAEMON, "not-spam"),
    "authentication-report": (DAEMON, "auth-failure"),
    "out-of-office": (ANN, "automatic reply"),
    "vacation-without-headers": (ANN, "automatic reply"),
    "person-replies": (ANN, "automatic reply"),
    "advertisement": ("sales@lists.example", "not a report"),
    "moderator": ("list-owner@lists.example", "not a report"),
    "read-receipt": (ANN, "not a report"),
    "nothing": (DAEMON, "not a report"),
}
"""The envelope's sender, and why nothing follows."""


def content(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("name", BOUNCES)
def test_bounce_says_what_is_wrong_with_the_address(name: str) -> None:
    """In the server's words, on one line, with the message that it is about."""
    kind, reason = BOUNCES[name]
    report = read_returned(content(name), DAEMON)
    assert isinstance(report, Bounce), report
    assert report.kind is kind, report
    assert report.reason.startswith(reason)
    assert "\n" not in report.reason
    if name in WITHOUT_ORIGINAL:
        assert report.original == Original()
    elif name == "somebody-elses-mail":
        assert report.original.message_id == "ffffffffffffffff@another.example"
    else:
        assert report.original == ORIGINAL


@pytest.mark.parametrize("name", COMPLAINTS)
def test_complaint_names_the_message(name: str) -> None:
    """By its headers, or only by the envelope's sender if the mailbox provider redacts them."""
    reason, original = COMPLAINTS[name]
    assert read_returned(content(name), "fbl@mailbox.example") == Complaint(reason, original)


@pytest.mark.parametrize("name", NOTHING)
def test_anything_else_says_nothing(name: str) -> None:
    """Delays, replies of people and programs, reports about reports, half a report."""
    sender, why = NOTHING[name]
    report = read_returned(content(name), sender)
    assert isinstance(report, NoReport), report
    assert why in report.why


def test_every_shape_is_in_a_table() -> None:
    """And there are many of them."""
    shapes = {it.stem for it in FOLDER.glob("*.eml")}
    assert shapes == {*BOUNCES, *COMPLAINTS, *NOTHING}
    assert len(shapes) > 30


@pytest.mark.parametrize(
    ("sender", "kind"),
    [(DAEMON, Bounce), ("MAILER-DAEMON@mx.example.org", Bounce), (ANN, NoReport)],
)
def test_older_shape_needs_a_daemon_as_its_sender(sender: str, kind: type[object]) -> None:
    """A person may quote anything."""
    assert isinstance(read_returned(content("qmail-no-mailbox"), sender), kind)


LINES = st.lists(
    st.sampled_from(
        [
            b"Content-Type: multipart/report; boundary=b",
            b"Content-Type: message/delivery-status",
            b"Content-Type: message/rfc822",
            b"Content-Type: message/feedback-report",
            b"Content-Transfer-Encoding: base64",
            b"Content-Type: text/plain; charset=\xff",
            b"Action: failed",
            b"Status: 5.1.1",
            b"Status: \xff",
            b"Feedback-Type: abuse",
            b"Diagnostic-Code: smtp; 550 no",
            b"--b",
            b"--b--",
            b"",
        ]
    ),
    max_size=40,
)


@given(LINES.map(b"\n".join) | st.binary(max_size=300), st.sampled_from([DAEMON, ANN]))
def test_whatever_comes_is_read_without_an_error(mail: bytes, sender: str) -> None:
    """Words are bounded."""
    report = read_returned(mail, sender)
    if not isinstance(report, NoReport):
        assert len(report.reason) <= REASON_CHARS_MAX


BOMBS: dict[str, Callable[[], bytes]] = {
    "nested parts": lambda: b"".join(
        b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (it, it) for it in range(3000)
    ),
    "nested messages": lambda: b"Content-Type: message/rfc822\n\n" * 3000,
    "many parts": lambda: (
        b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n\nx\n" * 20_000 + b"--b--\n"
    ),
    "many blocks": lambda: (
        b"Content-Type: message/delivery-status\n\n" + b"Action: delayed\n\n" * 20_000
    ),
    "one long line": lambda: b"Subject: x\n\n" + b"5.1.1 550 " * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_hostile_mail_is_read_within_bounds(bomb: str) -> None:
    """It says nothing, and takes no time worth mentioning."""
    assert isinstance(read_returned(BOMBS[bomb](), DAEMON), NoReport)
