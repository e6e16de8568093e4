"""Character references: what a browser makes of them, in text and in attributes."""

from html.entities import html5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.references import decode_attribute, decode_text
from tests.mail import browser


@pytest.mark.parametrize(
    ("written", "in_text", "in_attribute"),
    [
        ("?id=1&region=eu", "?id=1®ion=eu", "?id=1&region=eu"),
        ("?id=1&section=3", "?id=1§ion=3", "?id=1&section=3"),
        ("?id=1&copy=2", "?id=1©=2", "?id=1&copy=2"),
        ("?id=1&copy", "?id=1©", "?id=1©"),
        ("?id=1&copy;=2", "?id=1©=2", "?id=1©=2"),
        ("?id=1&copy2", "?id=1©2", "?id=1&copy2"),
        ("?id=1&copy/2", "?id=1©/2", "?id=1©/2"),
        ("?id=1&order_id=9", "?id=1&order_id=9", "?id=1&order_id=9"),
        ("?id=1&amp;reg=2", "?id=1&reg=2", "?id=1&reg=2"),
        ("&amp;amp;", "&amp;", "&amp;"),
        ("&notit;", "¬it;", "&notit;"),
        ("&notin;", "∉", "∉"),
        ("&nothing;", "¬hing;", "&nothing;"),
        ("&zzz;", "&zzz;", "&zzz;"),
        ("a&#x26;b&#38;c", "a&b&c", "a&b&c"),
        ("&#38a&#x26g", "&a&g", "&a&g"),
        ("&#128;&#x99;&#129;", "€™\x81", "€™\x81"),
        ("&#0;&#xD800;&#x110000;", "\ufffd" * 3, "\ufffd" * 3),
        ("&#" + "9" * 9_000 + ";", "\ufffd", "\ufffd"),
        ("&#" + "0" * 9_000 + "65;", "A", "A"),
        ("&#;&#x;&;& &", "&#;&#x;&;& &", "&#;&#x;&;& &"),
    ],
)
def test_reference_is_decoded_where_a_browser_would(
    written: str, in_text: str, in_attribute: str
) -> None:
    """A name without its semicolon is a character in text, and mostly not in an attribute."""
    assert decode_text(written) == in_text
    assert decode_attribute(written) == in_attribute


@pytest.mark.parametrize(
    ("written", "decoded"),
    [("?a=1&copy", "?a=1&copy"), ("?a=1&copy;", "?a=1©"), ("?a&#38", "?a&"), ("&copy/", "©/")],
)
def test_value_may_continue_a_name(written: str, decoded: str) -> None:
    """What a contact's value makes of the end of an attribute is not known yet."""
    assert decode_attribute(written, is_continued=True) == decoded


pieces = st.sampled_from(sorted(html5)).map("&".__add__) | st.sampled_from(
    ["&", "&#", "&#x", "38", "x26", "=", ";", "a", "Z", "1", "/", " ", "é", "amp", "not"]
)
written = st.lists(pieces, max_size=8).map("".join)


@given(written)
def test_text_is_decoded_as_in_a_browser(written: str) -> None:
    """Whatever stands beside it, and whether it is a reference or only looks like one."""
    assert decode_text(written) == browser.text(f"<pre>.{written}</pre>")[1:]


@given(written, st.sampled_from("\"'"))
def test_attribute_is_decoded_as_in_a_browser(written: str, quote: str) -> None:
    """The rule of attributes, for any name of the standard."""
    assert [decode_attribute(written)] == browser.hrefs(f"<a href={quote}{written}{quote}>x</a>")
