"""The demo's checker: did every contact get the right e-mails, once, and none too early?

It reads only the inbox and the contact file, never the engine, so it does not depend on what the
engine reports about itself. Times are those of the inbox's clock.

`python -m local.demo.check --inbox PATH --contacts PATH` prints one line for programs at the end;
its exit code is 1 if anything differs from what the demo promises (2 if a file cannot be read).
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.demo.script import (
    TIMEOUT_MS,
    WAIT_MS,
    Contact,
    Deed,
    Mail,
    Script,
    read_contacts,
    read_script,
)
from local.inbox.ledger import InboxMessage, Ledger

FINDINGS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """`emails` counts every delivery found, `yes` and `no` the contacts who got B and C.

    `duplicates`: copies beyond the first of one e-mail to one recipient. `lost`: e-mails that a
    contact should have received but did not. `early`: second e-mails sooner after the first than
    the flow allows. `swapped`: contacts with the e-mail of the other branch. `strange`: recipients
    or subjects that do not belong to the demo. `findings`: sentences about the first of them.
    """

    contacts: int
    yes_expected: int
    emails: int
    yes: int
    no: int
    duplicates: int
    lost: int
    early: int
    swapped: int
    strange: int
    seconds: float
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return (
            self.contacts > 0
            and self.emails == 2 * self.contacts
            and self.yes == self.yes_expected
            and self.no == self.contacts - self.yes_expected
            and not (self.duplicates or self.lost or self.early or self.swapped or self.strange)
        )

    def line(self, seconds: float | None = None) -> str:
        """For programs. `seconds`: of the whole run if known, otherwise from the first to the last
        e-mail.
        """
        took_seconds = self.seconds if seconds is None else seconds
        return (
            f"demo: contacts={self.contacts} emails={self.emails} yes={self.yes} no={self.no} "
            f"duplicates={self.duplicates} lost={self.lost} early={self.early} "
            f"seconds={took_seconds:.1f}"
        )


@dataclass(slots=True)
class _Seen:
    """What the inbox holds for each contact, as a few numbers."""

    first_ms: dict[tuple[str, Mail], int] = field(default_factory=dict)
    copies: dict[tuple[str, Mail], int] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    strange_count: int = 0
    emails: int = 0
    began_ms: int | None = None
    ended_ms: int | None = None


def check(
    messages: Iterable[InboxMessage], contacts_csv: Path, script: Script | None = None
) -> Verdict:
    """Judge the content of the inbox. Reads the messages once and keeps only times and counts."""
    script = script or read_script()
    contacts = read_contacts(contacts_csv)
    seen = _look(messages, {contact.email: contact for contact in contacts}, script)
    doubled = {key: copies - 1 for key, copies in seen.copies.items() if copies > 1}
    duplicates = [f"{email} got {mail} {n + 1} times" for (email, mail), n in doubled.items()]
    lost = [finding for contact in contacts for finding in _lost(contact, seen)]
    early = [finding for contact in contacts for finding in _early(contact, seen)]
    swapped = [finding for contact in contacts for finding in _swapped(contact, seen)]
    findings = [*duplicates, *lost, *early, *swapped, *seen.strange]
    return Verdict(
        contacts=len(contacts),
        yes_expected=sum(contact.deed is Deed.CLICK for contact in contacts),
        emails=seen.emails,
        yes=sum(mail is Mail.B for _, mail in seen.copies),
        no=sum(mail is Mail.C for _, mail in seen.copies),
        duplicates=sum(doubled.values()),
        lost=len(lost),
        early=len(early),
        swapped=len(swapped),
        strange=seen.strange_count,
        seconds=((seen.ended_ms or 0) - (seen.began_ms or 0)) / 1000,
        findings=tuple(findings[:FINDINGS_SHOWN_MAX]),
    )


def _look(messages: Iterable[InboxMessage], contacts: dict[str, Contact], script: Script) -> _Seen:
    seen = _Seen()
    for message in messages:
        at_ms = message.received_at_ms
        seen.began_ms = at_ms if seen.began_ms is None else min(at_ms, seen.began_ms)
        seen.ended_ms = at_ms if seen.ended_ms is None else max(at_ms, seen.ended_ms)
        for address in message.rcpt_to:
            seen.emails += 1
            contact = contacts.get(address.lower())
            mail = script.mail_of(message.subject, contact) if contact is not None else None
            if contact is None or mail is None:
                seen.strange_count += 1
                if len(seen.strange) < FINDINGS_SHOWN_MAX:
                    who = "is no contact and" if contact is None else "is a contact and"
                    seen.strange.append(f'{address} {who} got "{message.subject}"')
                continue
            key = (contact.email, mail)
            seen.copies[key] = seen.copies.get(key, 0) + 1
            seen.first_ms[key] = min(at_ms, seen.first_ms.get(key, at_ms))
    return seen


def _lost(contact: Contact, seen: _Seen) -> Iterator[str]:
    for mail in (Mail.A, contact.second_mail):
        if (contact.email, mail) not in seen.copies:
            yield f"{contact.email} never got {mail}"


def _early(contact: Contact, seen: _Seen) -> Iterator[str]:
    first_ms = seen.first_ms.get((contact.email, Mail.A))
    if first_ms is None:
        return
    for mail, gap_ms_min in ((Mail.B, WAIT_MS), (Mail.C, WAIT_MS + TIMEOUT_MS)):
        second_ms = seen.first_ms.get((contact.email, mail))
        if second_ms is not None and second_ms - first_ms < gap_ms_min:
            gap_ms = second_ms - first_ms
            yield f"{contact.email} got {mail} {gap_ms} ms after the first, not {gap_ms_min}"


def _swapped(contact: Contact, seen: _Seen) -> Iterator[str]:
    other = Mail.C if contact.second_mail is Mail.B else Mail.B
    if (contact.email, other) in seen.copies:
        yield f"{contact.email} got {other} and should get {contact.second_mail}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo.check", description=__doc__)
    parser.add_argument("--inbox", type=Path, required=True, help="the inbox's file")
    parser.add_argument("--contacts", type=Path, required=True, help="the demo's contact file")
    parser.add_argument("--after", type=int, default=0, help="only messages above this number")
    chosen = parser.parse_args(arguments)
    try:
        verdict = check(Ledger(chosen.inbox).messages(after=chosen.after), chosen.contacts)
    except (OSError, ValueError, sqlite3.Error) as failure:
        sys.stderr.write(f"Nothing was checked: {failure}\n")
        return 2
    for finding in verdict.findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{verdict.line()}\n")
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
