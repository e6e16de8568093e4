"""What is probably wrong in a valid text: other tools' placeholders, dead links, lost tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.proofread import FINDINGS_MAX, proofread
from functions.mail.template import check_template


def found(source: str, *, is_body: bool = True) -> list[tuple[str, str]]:
    return [(it.code, it.written) for it in proofread(source, is_body=is_body)]


@pytest.mark.parametrize(
    "written",
    [
        "*|FNAME|*", "*|FNAME:Friend|*", "*|IF:FNAME|*", "%%first_name%%", "%%=v(@name)=%%",
        "%FIRSTNAME%", "%recipient.name%", "[[first_name]]", "[[data:name:\"friend\"]]",
        "${first_name}", "#{name}", "{FNAME}", "{first_name}", "{$unsubscribe}",
        "{name|friend}", "[FIRST_NAME]", "[UNSUBSCRIBE]",
    ],
)  # fmt: skip
def test_placeholder_of_another_tool_is_found(written: str) -> None:
    """In a subject, in text, in HTML and in attributes, each with its line."""
    for before, after, is_body in (
        ("Hi\n", "!", False),
        ("Hi\n", "!", True),
        ("<p>Hi</p>\n<p>", ", you</p>", True),
        ("<p>Hi</p>\n<img src='https://a.example/x.png' alt='", "'>", True),
    ):
        (one,) = proofread(before + written + after, is_body=is_body)
        assert (one.code, one.written, one.line) == ("foreign_placeholder", written, 2)
        assert one.message.startswith(f"{written} is a placeholder of another tool")


@pytest.mark.parametrize(
    ("written", "advice"),
    [("*|UNSUB|*", "{{ unsubscribe_url }}"), ("%first%", "such as {{ contact.first_name }}")],
)
def test_finding_says_what_to_write(written: str, advice: str) -> None:
    """The unsubscribe link has one name here."""
    (one,) = proofread(f'<a href="{written}">x</a>', is_body=True)
    assert one.code == "foreign_placeholder"
    assert one.message.endswith(f"{advice}.")


@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ contact.first_name }}, {% if contact.a %}yes{% endif %}",
        "20% off today, 30% tomorrow, 100%",
        "https://a.example/%C3%BCber%20uns/%E2%82%AC",
        '<a href="https://a.example/%C3%BCber%20uns?x=%E2%82%AC%C3">x</a>',
        "<style>.a{color}p{x}</style><p style='{x}'>* | a | *</p>",
        "<!-- *|MC:SUBJECT|* --><p>x</p>",
        "{% raw %}{first_name} *|A|*{% endraw %}",
        "[1] [SALE] [x] { x } {} [a_b] *a* ** %%",
        "{{ contact.x | default: '*|A|*' }}",
    ],
)
def test_other_signs_are_no_placeholders(source: str) -> None:
    """Percentages, encoded addresses, styles, comments, footnotes, Liquid itself."""
    assert found(source) == []
    assert "<" in source or found(source, is_body=False) == []


@pytest.mark.parametrize(
    ("href", "code", "advice"),
    [
        ("", "dead_link", "give it an address"),
        ("#", "dead_link", "give it an address"),
        ("www.example.com/shop", "dead_link", "begin it with https://"),
        ("example.com:8080", "dead_link", "begin it with https://"),
        ("//example.com/x", "dead_link", "begin it with https://"),
        ("/cart", "dead_link", "the whole address"),
        ("index.html", "dead_link", "the whole address"),
        ("cart?id=1", "dead_link", "the whole address"),
        ("/cart/{{ contact.id }}", "dead_link", "the whole address"),
        ("javascript:void(0)", "dead_link", "does nothing in an e-mail"),
        ("file:///c:/x", "dead_link", "does nothing in an e-mail"),
        ("https://", "dead_link", "correct it"),
        ("https://a b.example/", "dead_link", "correct it"),
        ("myapp://open/1", "unknown_scheme", "a page that opens the app"),
    ],
)
def test_link_that_leads_nowhere_is_found(href: str, code: str, advice: str) -> None:
    """With what would be right, and the line."""
    (one,) = proofread(f'<p>x</p>\n\n<a class="b" href="{href}">x</a>', is_body=True)
    assert (one.code, one.line, one.written) == (code, 3, href)
    assert advice in one.message


@pytest.mark.parametrize(
    "href",
    [
        "https://a.example/",
        "http:a.example",
        "mailto:{{ contact.owner }}",
        "tel:+44 1",
        "whatsapp://send?text=hi",
        "webcal://example.com/c.ics",
        "skype:ann?call",
        "#top",
        "{{ unsubscribe_url }}",
        " {{ contact.site }}/x",
        "{% if contact.a %}https://a.example{% else %}https://b.example{% endif %}",
        "https://{{ contact.shop }}.example/",
    ],
)
def test_link_that_leads_somewhere_is_not_found(href: str) -> None:
    """Also one that begins with a value: what it is, is known for each contact only."""
    assert found(f'<a href="{href}">x</a>') == []


@pytest.mark.parametrize(
    ("body", "code", "written"),
    [
        ("<p>\nHi {<span>{ contact.a }</span>}</p>", "split_tag", "{<span>{"),
        ("<p>\nHi {<b></b>% if x %}</p>", "split_tag", "{<b></b>%"),
        ("<p>\n&#123;&#123; contact.a }}</p>", "encoded_tag", "&#123;&#123;"),
        ("<p>\n{&lbrace; contact.a }}</p>", "encoded_tag", "{&lbrace;"),
        (
            '<p>\n<a href="https://a.example/?n=%7B%7B%20contact.a%20%7D%7D">x</a>',
            "encoded_tag",
            "%7B%7B%20contact.a%20%7D%7D",
        ),
        ('<p>\n<a href="%7b%7b unsubscribe_url %7d%7d">x</a>', "encoded_tag", None),
    ],
)
def test_tag_that_is_no_longer_one_is_found(body: str, code: str, written: str | None) -> None:
    """Taken apart by markup, or encoded: it would reach readers as it is."""
    assert check_template(body) is None
    (one,) = proofread(body, is_body=True)
    assert (one.code, one.line) == (code, 2)
    assert written in (one.written, None)


def test_place_is_found_once() -> None:
    """A placeholder in a link is not a dead link as well."""
    assert found('<a href="*|UNSUB|*">x</a><a href="/%7B%7Bx%7D%7D">y</a>') == [
        ("foreign_placeholder", "*|UNSUB|*"),
        ("encoded_tag", "%7B%7Bx%7D%7D"),
    ]


def test_findings_are_limited_and_in_order() -> None:
    """A pasted campaign of another tool gives a list that a person can read."""
    body = "".join(f'<p>[[a]]</p>\n<a href="/{number}">x</a>' for number in range(100))
    one = proofread(body, is_body=True)
    assert len(one) == FINDINGS_MAX
    assert [it.start for it in one] == sorted(it.start for it in one)


@pytest.mark.parametrize("piece", ["{", "*|", "%a", "[[", "${a", "<a href='/x'>", "{<b>", "&#123;"])
def test_long_text_is_read_in_time(piece: str) -> None:
    """Whatever it is full of."""
    source = f"{piece} " * (250_000 // (len(piece) + 1))
    assert len(proofread(source, is_body=True)) <= FINDINGS_MAX


@given(st.text(max_size=60), st.booleans())
def test_any_text_can_be_proofread(text: str, is_body: bool) -> None:
    """Findings name places of the source."""
    if check_template(text) is None:
        for one in proofread(text, is_body=is_body):
            assert 0 <= one.start <= one.end <= len(text)
