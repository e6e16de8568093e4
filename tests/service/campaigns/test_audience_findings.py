"""What a flow needs of its contacts, found with counts."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from functions.flow.lead import AttributeValue
from functions.flow.validate import Finding
from functions.service.campaigns.audience_count import AudienceCount
from functions.service.campaigns.audience_findings import audience_findings
from functions.service.campaigns.needs import needs_of
from tests.flow.builders import Document, chain, node, off, valid

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)

Contacts = Sequence[dict[str, AttributeValue]]


def findings(nodes: Document | Sequence[Document], contacts: Contacts) -> list[Finding]:
    drawn = [nodes] if isinstance(nodes, dict) else nodes
    flow = valid(chain(*drawn, node("end", "end")))
    count = AudienceCount(needs_of(flow), flow.zone, NOW)
    for attributes in contacts:
        count.add(attributes)
    return list(audience_findings(count, len(contacts)))


def mail(body: str, subject: str = "Hello") -> Document:
    return node("mail", "sendEmail", {"subject": subject, "body": body})


def rule(operator: str, value: object = None) -> Document:
    rules = [{"attribute": "umsatz", "operator": operator, "value": value}]
    return node("asks", "condition", {"mode": "attributes", "rules": rules})


def wait(**settings: object) -> Document:
    return node("wait", "wait", {"mode": "attribute", "attribute": "renewal", **settings})


SOME: Contacts = [{"company": "A"}, {"company": " "}, {"company": None}, {}]


def test_hole_is_found_with_counts() -> None:
    """Where it is, how many contacts have it, and what to do."""
    (found,) = findings(mail("<p>Dear</p>\n<p>{{ contact.Company }}</p>"), SOME)
    assert (found.severity, found.code) == ("warning", "hole")
    assert (found.node_id, found.field, found.line) == ("mail", "configuration.body", 2)
    assert found.message == (
        "3 of 4 contacts have no Company: give it a fallback, such as "
        "{{ contact.company | default: 'there' }}."
    )


@pytest.mark.parametrize(
    "body",
    [
        "{{ contact.company | default: 'your company' }}",
        "{% if contact.company != blank %}{{ contact.company }}{% endif %}",
        "{{ contact.email }}",
    ],
)
def test_template_that_cares_has_no_hole(body: str) -> None:
    """A fallback, or a condition around the tag."""
    assert findings(mail(body), SOME) == []


def test_no_finding_without_need_or_without_contacts() -> None:
    """False and 0 are values; an e-mail that is switched off needs none; a draft without contacts
    is not compared with anything."""
    body = mail("{{ contact.company }}")
    assert findings(body, [{"company": False}, {"company": 0}]) == []
    assert findings(off(body), SOME) == []
    assert findings(body, []) == []


def test_each_attribute_is_said_once_per_field() -> None:
    """However often a text uses it."""
    found = findings(
        mail("{{ contact.company }} {{ contact.company }}", "{{ contact.company }}"), SOME
    )
    assert [it.field for it in found] == ["configuration.subject", "configuration.body"]


def test_attribute_that_no_contact_has() -> None:
    """With the name that was probably meant."""
    contacts: Contacts = [{"first_name": "Ann"}, {"first_name": "Bob"}]
    (found,) = findings(mail("{{ contact.frist_name | default: 'you' }}"), contacts)
    assert found.code == "unknown_attribute"
    assert found.message == "No contact has an attribute frist_name: did you mean first_name?"


def test_two_attributes_of_one_name() -> None:
    """Contacts of older imports may have them."""
    contacts: Contacts = [{"plan": "a", "Plan": "b"}]
    (found,) = findings(mail("{{ contact.PLAN }}"), contacts)
    assert found.code == "ambiguous_attribute"
    assert findings(mail("{{ contact.Plan }}"), contacts) == []


@pytest.mark.parametrize(
    ("drawn", "field"),
    [
        (rule("greater_than", 100), "configuration.rules[0]"),
        (rule("at_most", "100"), "configuration.rules[0]"),
        (mail("{% if contact.umsatz > 100 %}VIP{% endif %}"), "configuration.body"),
    ],
)
def test_values_that_do_not_compare(drawn: Document, field: str) -> None:
    """In a rule and in a template: counted before the launch, with one of the values."""
    contacts: Contacts = [{"umsatz": "249,90"}, {"umsatz": "450,00 €"}, {"umsatz": "x"}, {}]
    (found,) = findings(drawn, contacts)
    assert (found.code, found.field) == ("not_comparable", field)
    assert found.message.startswith("2 of 4 contacts have a value of umsatz that does not compare")
    assert "'450,00 €'" in found.message


@pytest.mark.parametrize(
    "drawn", [rule("equals", 100), rule("contains", "1"), rule("greater_than", "2026-01-01")]
)
def test_comparison_that_suits_the_values(drawn: Document) -> None:
    """Equality compares anything; dates are compared as text."""
    assert findings(drawn, [{"umsatz": "unknown"}]) == []


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("{% if contact.vip %}VIP{% endif %}", True),
        ("{% unless contact.VIP and contact.a %}VIP{% endunless %}", True),
        ("{% if contact.vip == true %}VIP{% endif %}", False),
        ("{% if contact.vip != blank %}{{ contact.vip }}{% endif %}", False),
    ],
)
def test_text_that_says_false_counts_as_true(body: str, is_found: bool) -> None:
    """Files of contacts have no other false; JSON has."""
    contacts: Contacts = [{"vip": "False", "a": "x"}, {"vip": "true"}, {"vip": False}, {}]
    found = [it.message for it in findings(mail(body), contacts) if it.code == "false_is_true"]
    assert len(found) == is_found
    assert all(it.startswith("1 of 4 contacts has the text 'False' as") for it in found)


def test_dates_that_cannot_be_read_and_dates_of_the_past() -> None:
    """Of one wait: each with its count, and with what happens to these leads."""
    contacts: Contacts = [
        {"renewal": "2027-12-24"},
        {"renewal": "24/12/2027"},
        {"renewal": "46745"},
        {"renewal": "2027-06-01"},
        {},
    ]
    unreadable, past = findings(wait(), contacts)
    assert (unreadable.code, past.code) == ("unreadable_date", "past_date")
    assert unreadable.message == (
        "2 of 5 contacts have a value of renewal that is no date, or could be two, such as "
        "'24/12/2027': they end there. Write dates like 2027-12-24."
    )
    assert past.message.startswith("For 1 of 5 contacts the time of this wait has passed")
    going_on, _ = findings(wait(if_missing="continue"), contacts)
    assert "they go on at once" in going_on.message


def test_yearly_wait_has_no_past() -> None:
    """A birthday comes again."""
    assert findings(wait(occurs="yearly"), [{"renewal": "1990-05-01"}, {"renewal": "24 Dec"}]) == []


def test_wait_counts_the_past_by_its_zone_and_offset() -> None:
    """At noon in UTC, three in the afternoon has passed in Tokyo only."""
    contacts: Contacts = [
        {"renewal": "2027-06-01", "timezone": "Asia/Tokyo"},
        {"renewal": "2027-06-01", "timezone": "Europe/Berlin"},
    ]
    (found,) = findings(wait(time="15:00"), contacts)
    assert found.message.startswith("For 1 of 2 contacts")
    assert findings(wait(time="15:00", zone="Europe/Berlin"), contacts) == []
    ahead = {"amount": -7, "unit": "days"}
    (found,) = findings(wait(offset=ahead), contacts)
    assert found.message.startswith("For 2 of 2 contacts")


def test_zones_that_are_not_known() -> None:
    """Where a wait uses the contact's zone, and nowhere else."""
    contacts: Contacts = [
        {"renewal": "2028-01-01", "timezone": it} for it in ("europe/berlin", "UTC+2", "IST", "")
    ]
    (found,) = findings(wait(), contacts)
    assert (found.code, found.field) == ("unknown_zone", "configuration.zone")
    assert found.message.startswith(
        "1 of 4 contacts has a value of timezone that is no known time zone, such as 'IST'"
    )
    assert findings(wait(zone="campaign"), contacts) == []


def test_counts_of_a_part_say_so() -> None:
    """If there are more contacts than were looked at."""
    flow = valid(chain(mail("{{ contact.a }}"), node("end", "end")))
    count = AudienceCount(needs_of(flow), flow.zone, NOW)
    count.add({"a": "x"})
    count.add({"b": "x"})
    (found,) = audience_findings(count, 1000)
    assert found.message.startswith("1 of the first 2 contacts has no a:")
