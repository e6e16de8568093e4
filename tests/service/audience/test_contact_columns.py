"""Headers as people and programs write them become names that can be stored and written."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid import Environment, token

from functions.service.audience.contact_columns import (
    COLUMNS_MAX,
    EMAIL,
    NAME_CHARS_MAX,
    columns_of,
    email_position,
    find_address_column,
    storable,
)
from functions.service.audience.import_policy import ContactFileError


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("First Name", "first_name"),
        ("Fax.", "fax"),
        ("Cust.-No.", "cust_no"),
        ("Lifetime value (€)", "lifetime_value"),
        ("  50% off?  ", "50_off"),
        ("first-name", "first-name"),
        ("a__b", "a__b"),
        ("2026", "column_2026"),
        ("prénom", "prénom"),
        ("pre\u0301nom", "prénom"),
        ("नाम", "नाम"),
        ("$.", ""),
        ("Straße & Nr.", "straße_nr"),
        ("line\nbreak", "line_break"),
        ("q" * 90, "q" * NAME_CHARS_MAX),
    ],
)
def test_a_header_becomes_a_name_close_to_it(typed: str, name: str) -> None:
    assert storable(typed) == name


def test_columns_without_and_with_the_same_names_get_numbers() -> None:
    """Also where a number is taken, and where a word means something to a merge tag."""
    header = ["Mail", "Fax", "fax", "", "Fax 2", "Email", "true", "n" * 80, "n" * 80]
    columns = columns_of(header, 0)
    assert columns.names[:7] == (
        "email", "fax", "fax_2", "column_4", "fax_2_2", "email_2", "true_2",
    )  # fmt: skip
    assert columns.names[7] == "n" * 64
    assert columns.names[8] == "n" * 62 + "_2"
    assert columns.unnamed == (3,)
    assert columns.more_addresses == (5,)


def test_names_that_a_person_chose_are_kept() -> None:
    columns = columns_of(["Email", "Tel", "Phone"], 0, {2: "phone"})
    assert columns.names == ("email", "phone", "phone_2")


@pytest.mark.parametrize(
    ("chosen", "code", "message"),
    [
        ({9: "x"}, "column_unknown", "no column 9"),
        ({2: "a.b"}, "column_name", "a_b"),
        ({2: "email"}, "column_name", "email_2"),
        ({1: "x", 2: "x"}, "column_duplicate", "Two columns"),
    ],
)
def test_a_chosen_name_that_cannot_be_is_refused(
    chosen: dict[int, str], code: str, message: str
) -> None:
    with pytest.raises(ContactFileError) as caught:
        columns_of(["Tel", "Phone", "Email"], 2, chosen)
    assert caught.value.code == code
    assert message in caught.value.message


def test_hundreds_of_empty_columns_at_the_end_do_no_harm() -> None:
    """As in sheets that were saved with their whole width."""
    assert columns_of(["email", "name", *[""] * 300], 0).names == ("email", "name")
    with pytest.raises(ContactFileError, match="302 columns"):
        columns_of(["email", *["x"] * 301], 0)


KEYWORDS = sorted({it for name, it in vars(token).items() if name.startswith("TOKEN_")})


@pytest.mark.parametrize("typed", [*KEYWORDS, "2024-05", "1-x", "1.5", "1st", "12 34"])
def test_a_word_or_number_of_merge_tags_becomes_a_name(typed: str) -> None:
    """`{{ contact.limit }}` and `{{ contact.2024-05 }}` are no tags."""
    name = columns_of(["email", typed], 0).names[1]
    assert typed.lower() in name or not typed.isidentifier()
    tag = Environment().from_string(f"{{{{ contact.{name} }}}}")
    assert tag.render(contact={name: "here"}) == "here"


HEADERS = st.lists(
    st.text(max_size=90)
    | st.from_regex(r"\d+[-./ ]\w*", fullmatch=True)
    | st.sampled_from(["", "Email", "1", "x", "X ", *KEYWORDS])
)


@settings(max_examples=200)
@given(header=HEADERS.filter(lambda it: 0 < len(it) <= COLUMNS_MAX), data=st.data())
def test_every_header_gives_names_that_merge_tags_can_write(
    header: list[str], data: st.DataObject
) -> None:
    """Unique, storable, one of them the address."""
    columns = columns_of(header, data.draw(st.integers(0, len(header) - 1)))
    assert len(set(columns.names)) == len(columns.names) == len(header)
    assert columns.names[columns.email_index] == EMAIL
    for name in columns.names:
        assert len(name) <= NAME_CHARS_MAX
        assert not re.search(r"[$.\x00-\x20]", name)
        assert storable(name) == name
        contact = {name: "here"}
        assert Environment().from_string(f"{{{{ contact['{name}'] }}}}").render(
            contact=contact
        ) == ("here")
        if name.isascii():
            tag = Environment().from_string(f"{{{{ contact.{name} }}}}")
            assert tag.render(contact=contact) == "here"


def test_the_address_column_is_found_by_what_it_holds() -> None:
    rows = [["Ann", "ann@example.com", "x"], ["Bob", "bob@example.com", ""]]
    assert find_address_column(["Name", "Contact", "Note"], rows) == (1, None)


def test_a_column_named_mail_may_say_something_else() -> None:
    rows = [["yes", "ann@example.com"], ["no", "bob@example.com"]]
    assert find_address_column(["Mail", "Contact"], rows) == (1, None)


def test_two_columns_of_addresses_are_asked_about() -> None:
    """Each with its name; the one with most addresses is proposed."""
    rows = [["a@example.com", "b@example.com"], ["", "c@example.com"]]
    position, question = find_address_column(["Payer", "Receiver"], rows)
    assert question is not None
    assert (position, question.proposed) == (1, "2")
    assert [(it.value, it.label) for it in question.choices] == [("1", "Payer"), ("2", "Receiver")]
    assert find_address_column(["Payer", "Receiver E-Mail"], rows) == (1, None)


def test_the_exact_name_of_the_address_column_wins() -> None:
    assert email_position(["Mail", "Email"]) == 1
    assert email_position(["Name"]) is None
