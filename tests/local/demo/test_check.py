"""The demo's checker, given correct and falsified inboxes through its command line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.demo.script import (
    CONTACTS_PATH,
    Contact,
    Mail,
    read_contacts,
    read_script,
)
from local.inbox.ledger import Ledger, Received

BEGIN_MS = 1_767_225_600_000
SCRIPT = read_script()
CONTACTS = read_contacts(CONTACTS_PATH)
GOOD = "demo: contacts=500 emails=1000 yes=167 no=333 duplicates=0 lost=0 early=0 seconds=18.0"

Doctor = Callable[[list[Received]], None]


def mail(contact: Contact, which: Mail, at_ms: int, to: str | None = None) -> Received:
    subject = SCRIPT.subject(which, contact)
    raw = f"Subject: {which}\r\n\r\n.\r\n".encode()
    return Received(at_ms, "hello@example.com", (to or contact.email,), "<x>", subject, raw)


def good_inbox() -> list[Received]:
    """The inbox that the demo should leave, at the earliest permitted times: two messages per
    contact.
    """
    messages = []
    for contact in CONTACTS:
        first_ms = BEGIN_MS + contact.position * 10
        gap_ms = 5_000 if contact.second_mail is Mail.B else 13_000
        messages.append(mail(contact, Mail.A, first_ms))
        messages.append(mail(contact, contact.second_mail, first_ms + gap_ms))
    messages.sort(key=lambda message: message.received_at_ms)
    return messages


def index_of(messages: list[Received], contact: Contact, which: Mail) -> int:
    subject = SCRIPT.subject(which, contact)
    return next(
        i
        for i, message in enumerate(messages)
        if message.rcpt_to == (contact.email,) and message.subject == subject
    )


def run_checker(tmp_path: Path, messages: list[Received], *more: str) -> tuple[int, list[str]]:
    ledger = Ledger(tmp_path / "inbox.db")
    ledger.create()
    connection = ledger.connect()
    ledger.append(connection, messages)
    connection.close()
    ran = subprocess.run(
        [
            sys.executable, "-m", "local.demo.check",
            "--inbox", str(ledger.path), "--contacts", str(CONTACTS_PATH), *more,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.stderr == ""
    return ran.returncode, ran.stdout.splitlines()


def test_a_good_inbox_passes(tmp_path: Path) -> None:
    messages = good_inbox()
    assert run_checker(tmp_path, messages) == (0, [GOOD])


def test_addresses_in_another_case_are_the_same_recipient(tmp_path: Path) -> None:
    messages = good_inbox()
    messages[0] = mail(CONTACTS[0], Mail.A, BEGIN_MS, CONTACTS[0].email.upper())
    assert run_checker(tmp_path, messages)[0] == 0


def test_an_earlier_run_in_the_same_inbox_can_be_left_out(tmp_path: Path) -> None:
    twice = [*good_inbox(), *good_inbox()]
    assert run_checker(tmp_path, twice, "--after", "1000") == (0, [GOOD])


def doubled(messages: list[Received]) -> None:
    i = index_of(messages, CONTACTS[4], Mail.A)
    messages.append(messages[i])


def doubled_later(messages: list[Received]) -> None:
    messages.append(mail(CONTACTS[3], Mail.B, BEGIN_MS + 60_000))


def doubled_and_one_missing(messages: list[Received]) -> None:
    """The number of e-mails is right, but the recipients are not."""
    doubled(messages)
    missing_second(messages)


def missing_first(messages: list[Received]) -> None:
    del messages[index_of(messages, CONTACTS[7], Mail.A)]


def missing_second(messages: list[Received]) -> None:
    del messages[index_of(messages, CONTACTS[9], Mail.B)]


def early_yes(messages: list[Received]) -> None:
    i = index_of(messages, CONTACTS[6], Mail.B)
    messages[i] = mail(CONTACTS[6], Mail.B, BEGIN_MS + 60 + 4_999)


def early_no(messages: list[Received]) -> None:
    """Late enough for a B, a millisecond too early for a C."""
    i = index_of(messages, CONTACTS[5], Mail.C)
    messages[i] = mail(CONTACTS[5], Mail.C, BEGIN_MS + 50 + 12_999)


def second_before_first(messages: list[Received]) -> None:
    i = index_of(messages, CONTACTS[5], Mail.C)
    messages[i] = mail(CONTACTS[5], Mail.C, BEGIN_MS - 20_000)


def swapped(messages: list[Received]) -> None:
    i = index_of(messages, CONTACTS[1], Mail.C)
    messages[i] = mail(CONTACTS[1], Mail.B, messages[i].received_at_ms)


def swapped_both_ways(messages: list[Received]) -> None:
    """Two contacts exchanged branches: every sum is right."""
    for contact, wrong in ((CONTACTS[0], Mail.C), (CONTACTS[1], Mail.B)):
        i = index_of(messages, contact, contact.second_mail)
        messages[i] = mail(contact, wrong, BEGIN_MS + 20_000)


def both_branches(messages: list[Received]) -> None:
    messages.append(mail(CONTACTS[0], Mail.C, BEGIN_MS + 20_000))


def foreign(messages: list[Received]) -> None:
    messages.append(mail(CONTACTS[0], Mail.A, BEGIN_MS, "stranger@example.com"))


def wrong_name(messages: list[Received]) -> None:
    """One contact is greeted with the name of another."""
    other = next(c for c in CONTACTS if c.first_name != CONTACTS[2].first_name)
    i = index_of(messages, CONTACTS[2], Mail.A)
    messages[i] = mail(other, Mail.A, BEGIN_MS + 20, CONTACTS[2].email)


def empty(messages: list[Received]) -> None:
    messages.clear()


@pytest.mark.parametrize(
    ("doctor", "differs", "finding"),
    [
        (doubled, "emails=1001 duplicates=1", "got email-a 2 times"),
        (doubled_later, "emails=1001 duplicates=1", "got email-b 2 times"),
        (doubled_and_one_missing, "duplicates=1 lost=1 yes=166", "never got email-b"),
        (missing_first, "emails=999 lost=1", "never got email-a"),
        (missing_second, "emails=999 lost=1 yes=166", "never got email-b"),
        (early_yes, "early=1", "4999 ms after the first, not 5000"),
        (early_no, "early=1", "12999 ms after the first, not 13000"),
        (second_before_first, "early=1", "ms after the first, not 13000"),
        (swapped, "yes=168 no=332 lost=1", "got email-b and should get email-c"),
        (swapped_both_ways, "yes=167 no=333 lost=2", "got email-c and should get email-b"),
        (both_branches, "emails=1001 no=334", "got email-c and should get email-b"),
        (foreign, "emails=1001", "stranger@example.com is no contact"),
        (wrong_name, "lost=1", "is a contact and got"),
        (empty, "contacts=500 emails=0 yes=0 no=0 lost=1000", "never got email-a"),
    ],
)
def test_a_doctored_inbox_fails(tmp_path: Path, doctor: Doctor, differs: str, finding: str) -> None:
    """Exit code 1, the last line with the numbers that differ, and a sentence that says where."""
    messages = good_inbox()
    doctor(messages)
    code, lines = run_checker(tmp_path, messages)
    assert code == 1
    assert set(differs.split()) <= set(lines[-1].split())
    assert lines[-1].startswith("demo: contacts=500 ")
    assert any(finding in line for line in lines[:-1])
    assert len(lines) <= 21


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    """Exit code 2: nothing was checked, so there is no verdict."""
    good = tmp_path / "inbox.db"
    Ledger(good).create()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name\nAnn\n")
    twice = tmp_path / "twice.csv"
    twice.write_text("email,first_name\na@example.com,A\nA@example.com,B\n")
    for inbox, contacts in (
        (tmp_path / "none.db", CONTACTS_PATH),
        (good, tmp_path / "none.csv"),
        (good, wrong),
        (good, twice),
    ):
        ran = subprocess.run(
            [
                sys.executable, "-m", "local.demo.check",
                "--inbox", str(inbox), "--contacts", str(contacts),
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert ran.returncode == 2
        assert "Nothing was checked" in ran.stderr
        assert ran.stdout == ""


def test_a_run_without_contacts_is_no_success(tmp_path: Path) -> None:
    Ledger(tmp_path / "inbox.db").create()
    none = tmp_path / "none.csv"
    none.write_text("email,first_name\n")
    ran = subprocess.run(
        [
            sys.executable, "-m", "local.demo.check",
            "--inbox", str(tmp_path / "inbox.db"), "--contacts", str(none),
        ],
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 1


def test_the_checker_never_meets_the_engine() -> None:
    """It imports nothing of the product that sends."""
    code = "import sys, local.demo.check; print([m for m in sys.modules if 'functions' in m])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
