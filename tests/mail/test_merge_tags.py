"""What a template needs of its contacts, read without rendering it."""

import pytest

from functions.mail.merge_tags import Ordering, Tag, UnknownTag, merge_tags


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ contact.first_name }}", [("first_name", True)]),
        ("Hi {{ contact['First Name'] }}", [("First Name", True)]),
        ("Hi {{ contact.attributes.plan }}", [("plan", True)]),
        ("{{ contact.email }} {{ contact.Email }} {{ contact }}", []),
        ("{{ contact.first_name | default: 'you' }}", [("first_name", False)]),
        ("{{ contact.first_name | upcase | default: 'you' }}", [("first_name", False)]),
        ("{% if contact.plan %}{{ contact.plan }}{% endif %}", [("plan", False)] * 2),
        (
            "{% if contact.Plan != blank %}{{ contact.plan }}{% endif %}",
            [("Plan", False), ("plan", False)],
        ),
        (
            "{% unless contact.a == blank %}{{ contact.b }}{% endunless %}",
            [("a", False), ("b", True)],
        ),
        (
            "{% if x %}{% elsif contact.a %}{{ contact.a }}{% endif %}{% assign x = 1 %}",
            [("a", False)] * 2,
        ),
        (
            "{% case contact.a %}{% when 'x' %}{{ contact.a }}{% endcase %}",
            [("a", False)] * 2,
        ),
        ("{% assign n = contact.a %}{{ n }}", [("a", False)]),
        ("{{ 'Hi ' | append: contact.a }}", [("a", True)]),
        ("{{ contact.a | default: contact.b }}", [("a", False), ("b", False)]),
        ("{% capture x %}{{ contact.a }}{% endcapture %}", [("a", True)]),
        ("{% for i in (1..3) %}{{ contact.a }}{{ i }}{% endfor %}", [("a", True)]),
        ("{% assign contact = 'x' %}{{ contact.a }}", []),
        ("{% raw %}{{ contact.a }}{% endraw %}{% comment %}{{ contact.b }}{% endcomment %}", []),
        ("{% liquid\necho contact.a\n%}", [("a", True)]),
    ],
)
def test_attributes_of_a_template(source: str, expected: list[tuple[str, bool]]) -> None:
    """Each with whether a contact without it gets a hole."""
    assert [(it.name, it.needs_value) for it in merge_tags(source).tags] == expected


def test_lines_count_from_one() -> None:
    """The line of the tag in the text of its author."""
    source = "Hi\n{{ contact.a }}\n\n{% if contact.b > 3 %}{% endif %}\n{{ first_name }}"
    found = merge_tags(source)
    assert found.tags == (Tag("a", 2, needs_value=True), Tag("b", 4, needs_value=False))
    assert found.orderings == (Ordering("b", 4, 3),)
    assert found.unknown == (UnknownTag("first_name", 5),)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("contact.n > 3", [("n", 3)]),
        ("2.5 <= contact.n", [("n", 2.5)]),
        ("contact.n < '2026-01-01' and contact.m >= 1", [("n", "2026-01-01"), ("m", 1)]),
        ("contact.n == 3", []),
        ("contact.n > contact.m", []),
    ],
)
def test_orderings_of_a_template(condition: str, expected: list[tuple[str, object]]) -> None:
    """Comparisons of an attribute with a value that its author wrote."""
    found = merge_tags(f"{{% if {condition} %}}{{% endif %}}").orderings
    assert [(it.name, it.than) for it in found] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ first_name }} {{ user.name }}", ["first_name", "user.name"]),
        ("{{ campaign.name }} {{ campaign.subject }}", ["campaign.subject"]),
        ("{{ unsubscribe_url }} {{ now | date: '%Y' }}", []),
        ("{% assign a = 1 %}{{ a }}{% capture b %}{% endcapture %}{{ b }}{% increment c %}", []),
        ("{% for it in list %}{{ it }}{{ forloop.index }}{% endfor %}", ["list"]),
        ("{% if plan == 'pro' %}{% endif %}", ["plan"]),
    ],
)
def test_unknown_tags_of_a_template(source: str, expected: list[str]) -> None:
    """Names that neither the message nor the template itself has."""
    assert [it.text for it in merge_tags(source).unknown] == expected
