"""The demo's script: its contacts, its e-mails, and what each reader does.

It is read only from the two files of this folder, `contacts.csv` and `flow.json`. The checker and
the readers share it, and neither knows the engine.
"""

import csv
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from local.inbox.reading import Link, page_of

FLOW_PATH = Path(__file__).with_name("flow.json")
CONTACTS_PATH = Path(__file__).with_name("contacts.csv")

WAIT_MS = 5_000
"""The least time from the first e-mail to the second: the wait node's."""
TIMEOUT_MS = 8_000
"""For those who do not click, the condition's time is added."""

_FIRST_NAME = "{{contact.first_name}}"


class Mail(StrEnum):
    """The demo's e-mails, by node."""

    A = "email-a"
    B = "email-b"
    """To those who clicked."""
    C = "email-c"
    """To those who did not."""


class Deed(StrEnum):
    """What a reader does with the first e-mail."""

    CLICK = "click"
    OPEN = "open"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Contact:
    """`position` in the file, from 0, decides what the reader does."""

    position: int
    email: str
    first_name: str

    @property
    def deed(self) -> Deed:
        return (Deed.CLICK, Deed.OPEN, Deed.NOTHING)[self.position % 3]

    @property
    def second_mail(self) -> Mail:
        return Mail.B if self.deed is Deed.CLICK else Mail.C


@dataclass(frozen=True, slots=True)
class Script:
    """Subjects are identified by the exact text that each contact should see."""

    subjects: dict[Mail, str]
    link: Link
    """The link in the first e-mail, as in the flow: its text and its real target."""

    def subject(self, mail: Mail, contact: Contact) -> str:
        return self.subjects[mail].replace(_FIRST_NAME, contact.first_name)

    def mail_of(self, subject: str, contact: Contact) -> Mail | None:
        """Which e-mail this subject is for this contact; None if it does not belong to the demo."""
        return next((mail for mail in Mail if self.subject(mail, contact) == subject), None)


def read_script(path: Path = FLOW_PATH) -> Script:
    nodes = {node["id"]: node["configuration"] for node in json.loads(path.read_text())["nodes"]}
    (link,) = page_of(nodes[Mail.A]["body"]).links
    return Script({mail: nodes[mail]["subject"] for mail in Mail}, link)


def read_contacts(path: Path) -> list[Contact]:
    """Raises ValueError if the file is not a contact file or contains an address twice."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"email", "first_name"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} needs the columns email and first_name")
        contacts = [
            Contact(position, row["email"].lower(), row["first_name"])
            for position, row in enumerate(rows)
        ]
    if len({contact.email for contact in contacts}) != len(contacts):
        raise ValueError(f"{path} has an address twice")
    return contacts
