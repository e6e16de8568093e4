"""The demo's two files: the flow as the API spells it, and five hundred contacts."""

import csv
import json

from local.demo.script import (
    CONTACTS_PATH,
    FLOW_PATH,
    TIMEOUT_MS,
    WAIT_MS,
    Deed,
    Mail,
    read_contacts,
    read_script,
)


def test_the_contacts_are_five_hundred_and_reach_nobody_real() -> None:
    with CONTACTS_PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["email", "first_name", "last_name", "plan", "timezone", "signup_date"]
    assert len({row["email"] for row in rows}) == len(rows) == 500
    domains = {row["email"].partition("@")[2] for row in rows}
    assert domains == {"example.com", "example.org", "example.net"}
    assert all(all(row.values()) for row in rows)


def test_a_third_of_the_readers_does_each_deed() -> None:
    deeds = [contact.deed for contact in read_contacts(CONTACTS_PATH)]
    assert deeds[:4] == [Deed.CLICK, Deed.OPEN, Deed.NOTHING, Deed.CLICK]
    assert deeds.count(Deed.CLICK) == 167


def test_the_times_are_those_of_the_flow() -> None:
    nodes = {n["id"]: n["configuration"] for n in json.loads(FLOW_PATH.read_text())["nodes"]}
    assert nodes["wait-5s"] == {"mode": "duration", "amount": WAIT_MS // 1000, "unit": "seconds"}
    assert nodes["clicked"]["within"] == {"amount": TIMEOUT_MS // 1000, "unit": "seconds"}
    assert nodes["clicked"]["email_node"] == Mail.A


def test_every_connection_joins_nodes_there_are() -> None:
    flow = json.loads(FLOW_PATH.read_text())
    ids = {node["id"] for node in flow["nodes"]}
    joined = {c["from_node"] for c in flow["connections"]} | {
        c["to_node"] for c in flow["connections"]
    }
    assert joined == ids


def test_no_contact_can_take_one_subject_for_another() -> None:
    """The subjects of any two contacts differ at least by the name."""
    script = read_script()
    for contact in read_contacts(CONTACTS_PATH):
        subjects = [script.subject(mail, contact) for mail in Mail]
        assert len(set(subjects)) == 3
        assert [script.mail_of(subject, contact) for subject in subjects] == list(Mail)
        assert all("{{" not in subject for subject in subjects)
        assert script.mail_of("Welcome", contact) is None
