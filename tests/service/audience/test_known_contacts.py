"""A row compared with the contact that has its address."""

import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import ATTRIBUTES_BYTES_MAX, Refusal, Row, Scalar
from functions.service.audience.known_contacts import kept_message, new_values, updated
from functions.service.audience.records import Contact

KNOWN: dict[str, Scalar] = {"plan": "free", "city": "", "n": 1, "vip": True, "First Name": "Ann"}


def contact(**attributes: Scalar) -> Contact:
    return Contact(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="c",
        seq=3,
        email="Ann@example.com",
        email_key="ann@example.com",
        attributes=attributes or KNOWN,
        source="import-1",
        line=2,
    )


def row(**attributes: Scalar) -> Row:
    return Row(9, "ann@EXAMPLE.com", attributes)


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, {}),
        ({"plan": "free", "n": 1, "vip": True}, {}),
        ({"plan": "pro"}, {"plan": "pro"}),
        ({"plan": "", "n": None}, {}),
        ({"city": "Bonn", "zip": "53111"}, {"city": "Bonn", "zip": "53111"}),
        ({"n": "1"}, {"n": "1"}),
        ({"n": True}, {"n": True}),
        ({"vip": 1}, {"vip": 1}),
        ({"first_name": "Ann"}, {}),
        ({"first_name": "Anne"}, {"First Name": "Anne"}),
    ],
)
def test_only_other_values_are_new(
    attributes: dict[str, Scalar], wanted: dict[str, Scalar]
) -> None:
    """Empty ones are none; a type counts; a name means what templates take it for."""
    found = new_values(contact(), row(**attributes))
    assert found == wanted
    assert {it: type(found[it]) for it in found} == {it: type(wanted[it]) for it in wanted}


def test_name_that_means_two_attributes_is_a_third() -> None:
    """As templates find neither of the two."""
    known = contact(**{"First Name": "Ann", "FIRST_NAME": "Zoe"})
    assert new_values(known, row(first_name="Eve")) == {"first_name": "Eve"}


def test_update_keeps_what_the_row_does_not_name() -> None:
    """The number, the address as it was spelled, other attributes; it says where it comes from."""
    before = contact()
    after = updated(before, row(plan="pro", zip="53111"), "import-2")
    assert isinstance(after, Contact)
    assert after.attributes == {**KNOWN, "plan": "pro", "zip": "53111"}
    assert (after.seq, after.email, after.revision) == (3, "Ann@example.com", 2)
    assert (after.source, after.line) == ("import-2", 9)
    assert updated(after, row(plan="pro"), "import-3") is None


def test_update_heeds_the_limits_of_a_contact() -> None:
    """However little each file adds."""
    large = contact(a="x" * (ATTRIBUTES_BYTES_MAX - 10))
    refusal = updated(large, row(b="y" * 10), "import-2")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "attributes_too_large"
    many = contact(**{f"a{n}": "x" for n in range(199)})
    refusal = updated(many, row(one_more="x"), "import-2")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "columns_too_many"


def test_message_names_a_few_of_the_attributes() -> None:
    """And says how many more there are."""
    few = kept_message(contact(), row(plan="pro", n=2))
    assert few == "ann@EXAMPLE.com is already a contact, with other values: plan, n."
    many = kept_message(contact(), row(**{f"a{n}": "x" for n in range(7)}))
    assert many.endswith("a0, a1, a2, a3, a4 and 2 more.")
