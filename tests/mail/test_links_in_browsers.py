"""Every link leads where a browser would lead the reader of the author's own page."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.destination import destination
from functions.mail.links import find_links
from functions.mail.markup import scan
from tests.mail import browser
from tests.mail.test_links import clicks, write

SHOP = "https://shop.example/?id=1"
# fmt: off
NAMES = (
    "amp", "center", "copy", "currency", "degree", "ensp", "eth", "euro", "hearts", "image", "int",
    "lang", "lt", "micro", "nbsp", "not", "notify", "order_id", "para", "params", "part", "quot",
    "reg", "region", "sect", "section", "sub", "sum", "times", "timestamp", "utm_medium", "yen",
)
# fmt: on
ENDINGS = ("&{}=2", "&{}", "&{};=2", "&{}2", "&amp;{}=2", "&#38;{}=2", "&#x26{}=2", "&{}/&amp;x")
QUERIES = [
    f'<a href="{SHOP}{ending.format(name)}">x</a>' for name, ending in product(NAMES, ENDINGS)
]
FORMS = [
    f'<a href="{SHOP}">x</a>',
    f"<a href='{SHOP}&copy=2'>x</a>",
    f"<a href={SHOP}&copy=2>x</a>",
    f"<a href={SHOP}/>x</a>",
    f"<a/href={SHOP}>x</a>",
    f"<A\n\tHREF\f=\n{SHOP}\n>x</A>",
    f'<a class=b"c href="{SHOP}">x</a>',
    f'<a x="y"href="{SHOP}"z>x</a>',
    f'<a =href="no" href="{SHOP}">x</a>',
    f'<a href="{SHOP}&quot;b&apos;c">x</a>',
    f'<a href="  {SHOP}\n">x</a>',
    '<a href="https://shop.example/a\n  b">x</a>',
    f'<!--><a href="{SHOP}">x</a>-->',
    f'<!---><a href="{SHOP}">x</a>-->',
    f'<!-- a --!><a href="{SHOP}">x</a>-->',
    f'<!-- <a href="no"> --><a href="{SHOP}">x</a>',
    f'<![if !mso]><a href="{SHOP}">x</a><![endif]>',
    f'<!--[if !mso]><!--><a href="{SHOP}">x</a><!--<![endif]-->',
    f'<?xml version="1.0"?><a href="{SHOP}">x</a>',
    f'<style>a{{content:"<a href=no>"}}</style><a href="{SHOP}">x</a>',
    f'<title><a href="no"></title><a href="{SHOP}">x</a>',
    f'<iframe><a href="no"></iframe><a href="{SHOP}">x</a>',
    f'<a\u00a0href="no"><a href="{SHOP}">x</a>',
    f'<p title="<a href=no>"><a href="{SHOP}">x</a>',
    f'<p title=\'"\'><a href="{SHOP}">x</a>',
    f'<a title=it\'s href="{SHOP}">x</a>',
    f'<map><area href="{SHOP}"></map>',
    f'<a href="{SHOP}>x</a>',
    f'1 < 2 <a href="{SHOP}">x</a>',
    f'</ <a href="{SHOP}">x</a>',
    "<a href=>x</a>",
    "<a href>x</a>",
]


def found(html: str) -> list[str]:
    return [link.source for link in find_links(html, scan(html))]


@pytest.mark.parametrize("html", [*QUERIES, *FORMS])
def test_link_leads_where_a_browser_leads(html: str) -> None:
    """The link is found, its address is read as a browser reads it, and its click leads there."""
    wanted = [href for href in browser.hrefs(html) if href]
    assert found(html) == [href.strip() for href in wanted]
    assert [token.url for token in clicks(write(html))] == [destination(it).url for it in wanted]


piece = st.sampled_from(
    [
        "<p>", "</p>", "<br/>", "<!-- ", " -->", "--!>", "<!-->", "<!-->", "<style>", "</style>",
        "<title>", "</title>", "<?x", "<!x", ">", "<", "</", "text", "&amp;", "&copy=", "=",
        '<p x="', "<p x='", "<p x=", '"', "'", "\n", "\f", "\u00a0", "/", "[if mso]>", "<![endif]",
    ]
)  # fmt: skip
anchor = st.sampled_from(
    ['<a href="{}&reg=1">', "<a href='{}&amp;x'>", "<a x=y href={}>", '<a x="y"href={}/>', "</a>"]
)


@given(st.lists(piece | anchor, max_size=14))
def test_same_links_are_found_as_in_a_browser(pieces: list[str]) -> None:
    """In whatever surroundings: comments, styles, quotes that are open, tags that never end."""
    html = "".join(each.format(f"https://a.example/{number}") for number, each in enumerate(pieces))
    seen = dict.fromkeys(href.strip() for href in browser.hrefs(html))
    assert dict.fromkeys(found(html)) == seen


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://a.example/x\n  y", "https://a.example/x%20%20y"),
        ("https://a.exa\tmple/", "https://a.example/"),
        ("https:\\\\a.example\\b?c=\\d", "https://a.example/b?c=%5Cd"),
        ("https://a.example\\@b.example/", "https://a.example/@b.example/"),
        ("https:///a.example/x", "https://a.example/x"),
        ("https:a.example", "https://a.example"),
        ("http:/a.example?b", "http://a.example?b"),
        ("https://a.example/\r\nX: y", "https://a.example/X:%20y"),
    ],
)
def test_address_is_read_as_a_browser_reads_it(href: str, url: str) -> None:
    """Line breaks are removed, and any slashes will do (URL standard, *URL parsing*)."""
    found = destination(href)
    assert (found.url, found.trackable) == (url, True)


BUTTON = (
    '<!--[if mso]><v:roundrect xmlns:v="urn:x" href="https://a.example/?a=1&copy=2" style="x">'
    "<w:anchorlock/><center>Buy</center></v:roundrect><![endif]-->"
    '<!--[if !mso]><!--><a href="https://a.example/?a=1&copy=2">Buy</a><!--<![endif]-->'
)


def test_links_that_only_outlook_sees_are_tracked() -> None:
    """A drawn button leads where the link beside it leads, and both count as the same link."""
    drawn, linked = clicks(write(BUTTON))
    assert drawn == linked
    assert drawn.url == "https://a.example/?a=1&copy=2"


@pytest.mark.parametrize(
    "html",
    [
        '<!--[if mso]><a href="https://a.example/">x</a><![endif]-->',
        "<!--[if (gte mso 9)|(IE)]><A HREF=https://a.example/>x</A><![endif]-->",
        '<!--[if mso]><style>a{}</style><v:rect href="https://a.example/"/><![endif]-->',
        '<v:shape href="https://a.example/">',
    ],
)
def test_link_in_a_conditional_comment_is_tracked(html: str) -> None:
    """Whatever the condition, and whatever is beside it."""
    assert [token.url for token in clicks(write(html))] == ["https://a.example/"]


@pytest.mark.parametrize(
    "html",
    [
        '<!-- [if mso]><a href="https://a.example/">x</a><![endif]-->',
        '<!--[if mso]><a href="https://a.example/<![endif]-->',
        '<!--[if mso]><v:fill src="https://a.example/"/><![endif]-->',
        '<!--[if mso]><!-- <a href="https://a.example/"> --><![endif]-->',
    ],
)
def test_comment_that_outlook_skips_is_unchanged(html: str) -> None:
    """Also tags in it that never end, and pictures."""
    assert write(html) == html


@pytest.mark.parametrize(
    ("href", "contact", "url"),
    [
        ("?a=1&copy{{ contact.x }}", {"x": "=2"}, "?a=1&copy=2"),
        ("?a=1&{{ contact.x }}=2", {"x": "lt;"}, "?a=1&lt;=2"),
        ("?a=1&amp;{{ contact.x }}=2", {"x": "lt;"}, "?a=1&lt;=2"),
        ("?a=1&amp{{ contact.x }}", {"x": ";b=2"}, "?a=1&amp;b=2"),
        ("?a={{ contact.x }}", {"x": "1&copy=2&amp;b"}, "?a=1&copy=2&amp;b"),
        ("?a={{ contact.y | default: '1&amp;b=2' }}", {}, "?a=1&b=2"),
        ("?a={{ contact.x | append: '1&amp;b=2' }}", {"x": "&lt;"}, "?a=&lt;1&b=2"),
        ("?a={% if contact.x %}1&copy=2{% endif %}", {"x": "y"}, "?a=1&copy=2"),
    ],
)
def test_values_take_no_part_in_references(href: str, contact: dict[str, object], url: str) -> None:
    """Only what the author wrote is decoded; a value arrives as it is."""
    (token,) = clicks(write(f'<a href="https://a.example/{href}">', contact))
    assert "&amp;" not in token.link
    assert token.url == f"https://a.example/{url}"
