"""Comparisons in templates: numbers in text, what is missing, and never an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.contact_values import contact_values
from functions.mail.template import compile_template


def holds(condition: str, **attributes: object) -> bool:
    source = f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}"
    context = {"contact": contact_values("ann@example.com", attributes)}
    texts = {compile_template(source, escape=escape).render(context) for escape in (True, False)}
    assert len(texts) == 1
    return texts == {"yes"}


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("contact.n > 3", "12", True),
        ("contact.n >= 12", "12", True),
        ("contact.n < 3", "12", False),
        ("contact.n <= 12.0", "12", True),
        ("3 < contact.n", "12", True),
        ("contact.n > 100", "1.249,00", True),
        ("contact.n == 12", "12", True),
        ("contact.n != 12", "12.0", False),
        ("contact.n == '12'", "12.0", False),
        ("contact.n == 7", "007", False),
        ("contact.n > 100", "unknown", False),
        ("contact.n < 100", "unknown", False),
        ("contact.n <= 100", "unknown", False),
        ("contact.n > 100", None, False),
        ("contact.n <= 100", None, False),
        ("contact.n < '2026-12-01'", "2026-03-01", True),
        ("contact.n > 0", True, False),
        ("contact.n == 'Pro'", "pro", False),
        ("contact.n == true", "true", True),
        ("contact.n == false", "false", True),
        ("contact.n == true", "yes", False),
        ("contact.n contains 1", 12, True),
        ("contact.n contains 'x'", 12, False),
        ("contact.n > now", "2026-01-01", False),
    ],
)
def test_comparison_with_an_attribute(condition: str, value: object, expected: bool) -> None:
    """By the rule of condition nodes; a comparison that makes no sense is false."""
    assert holds(condition, n=value) is expected


VALUES: dict[str, object] = {
    "missing": ...,
    "null": None,
    "empty text": "",
    "blanks": "  ",
    "text": "Ann",
    "false": False,
    "zero": 0,
    "no items": [],
}


@pytest.mark.parametrize(
    ("condition", "true_for"),
    [
        ("contact.a == blank", {"missing", "null", "empty text", "blanks", "false", "no items"}),
        ("blank == contact.a", {"missing", "null", "empty text", "blanks", "false", "no items"}),
        ("contact.a != blank", {"text", "zero"}),
        ("contact.a == empty", {"empty text", "no items"}),
        ("contact.a == nil", {"missing", "null"}),
        ("contact.a != nil", VALUES.keys() - {"missing", "null"}),
        ("contact.a", VALUES.keys() - {"missing", "null", "false"}),
        ("contact.a == ''", {"empty text"}),
    ],
)
def test_blank_empty_and_nil(condition: str, true_for: set[str]) -> None:
    """As in Shopify's Liquid: what is missing is blank and nil, but not empty."""
    found = {
        name
        for name, value in VALUES.items()
        if holds(condition, **({} if value is ... else {"a": value}))
    }
    assert found == set(true_for)


def test_case_compares_by_the_same_rule() -> None:
    """`when blank` and `when 12` in a case."""
    source = (
        "{% case contact.n %}{% when blank %}blank{% when 12 %}twelve{% else %}other{% endcase %}"
    )
    template = compile_template(source)
    texts = [
        template.render({"contact": contact_values("a@b.example", attributes)})
        for attributes in ({}, {"n": " "}, {"n": "12"}, {"n": "13"})
    ]
    assert texts == ["blank", "blank", "twelve", "other"]


def test_filters_calculate_with_a_decimal_comma() -> None:
    """What compares as a number also adds up; a code stays what it was."""
    source = (
        "{{ contact.n | plus: 1 }} {{ 1 | plus: contact.n }} {{ contact.n | times: 2 | round }}"
    )
    template = compile_template(source)
    context = {"contact": contact_values("a@b.example", {"n": "1.249,50"})}
    assert template.render(context) == "1250.5 1250.5 2499"


scalars = st.one_of(
    st.text(max_size=6), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text())
)


@given(left=scalars, right=scalars)
def test_no_values_fail_a_comparison(left: object, right: object) -> None:
    """A lead never fails because two of its values do not compare."""
    for operator in ("==", "!=", "<", ">", "<=", ">=", "contains"):
        holds(f"contact.a {operator} contact.b", a=left, b=right)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("contact.FirstName", ""),
        ("contact.First_Name", "Ann"),
        ("contact['First Name']", "Ann"),
        ("contact.attributes.FIRST_NAME", "Ann"),
        ("contact.Email", "ann@example.com"),
        ("contact.FNAME | default: 'there'", "A."),
        ("contact.nobody | default: 'there'", "there"),
    ],
)
def test_tag_finds_the_attribute_in_any_case(tag: str, expected: str) -> None:
    """Imports spell names in lower case with underscores; templates may write the header."""
    attributes = {"first_name": "Ann", "fname": "A."}
    context = {"contact": contact_values("ann@example.com", attributes)}
    assert compile_template(f"{{{{ {tag} }}}}").render(context) == expected
    assert compile_template(f"{{% assign x = 1 %}}{{{{ {tag} }}}}").render(context) == expected
