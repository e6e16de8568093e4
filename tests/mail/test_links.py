"""Links: how they are found, how they are rewritten, and what their tokens contain."""

import re
from html import unescape
from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.destination import APP_SCHEMES, URL_CHARS_MAX, Destination, destination
from functions.mail.links import (
    LinkEnvironment,
    LinkWriter,
    apply_edits,
    click_payload_start,
    find_links,
    href_edits,
)
from functions.mail.markup import Hidden, Tag, Text, scan
from functions.mail.spans import mask_liquid, split_source
from functions.mail.template import compile_in
from functions.mail.tokens import TOKEN_CHARS_MAX, ClickToken, Keyring, OpenToken, encode_payload

KEYS = Keyring({"k1": b"0123456789abcdef"})
CLICK_URL = "https://t.example/t/c/"
UNSUBSCRIBE_URL = "https://t.example/t/u/abc"
HTML = LinkEnvironment(autoescape=True)


def write(source: str, contact: dict[str, object] | None = None, *, tracking: bool = True) -> str:
    """Return an HTML template rendered with its links written."""
    masked = mask_liquid(source, split_source(source))
    links = find_links(source, scan(masked))
    template = compile_in(HTML, apply_edits(source, href_edits(source, links)))
    writer = LinkWriter(
        links,
        keyring=KEYS if tracking else None,
        click_url=CLICK_URL,
        payload_start=click_payload_start(encode_payload(OpenToken("lead", "email-1", 1, 2))),
        unsubscribe_url=UNSUBSCRIBE_URL,
    )
    context = {"contact": contact or {}, "unsubscribe_url": UNSUBSCRIBE_URL}
    return template.render(context, writer)


def clicks(html: str) -> list[ClickToken]:
    return [
        KEYS.read_click(token) for token in re.findall(re.escape(CLICK_URL) + r"([\w.-]+)", html)
    ]


def hrefs(html: str) -> list[str | None]:
    found: list[str | None] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if tag == "a" and name == "href")

    Reader().feed(html)
    return found


@pytest.mark.parametrize(
    "source",
    [
        '<a href="https://a.example/x">',
        "<a href='https://a.example/x'>",
        "<a href=https://a.example/x>",
        '<A HREF = "https://a.example/x" >',
        '<a class="b" title="1 > 0" href="https://a.example/x" style=\'a:"b"\'>',
        '<a\n  href="https://a.example/x"\n>',
        '<a href=" https://a.example/x ">',
        '<a title={{ contact.t | default: ">" }} href="https://a.example/x">',
        '<a {% if contact.t %}class="x"{% endif %}href="https://a.example/x">',
        "<p title=don't>it's</p><a href=\"https://a.example/x\">",
        '<area href="https://a.example/x">',
        '<!-- > <a href="no"> --><a href="https://a.example/x">',
    ],
)
def test_link_is_found_however_it_is_written(source: str) -> None:
    """Quotes, case, other attributes, Liquid in between."""
    token = ClickToken("lead", "email-1", 1, 2, "https://a.example/x", "https://a.example/x")
    assert clicks(write(source)) == [token]


@pytest.mark.parametrize(
    "source",
    [
        '<!-- <a href="https://a.example/x"> -->',
        '<style>a::after{content:"<a href=https://a.example/x>"}</style>',
        '<p data-x="<a href=https://a.example/x>">',
        '<abbr href="https://a.example/x">',
        '<a href="https://a.example/x"',
        '{% raw %}<a href="https://a.example/x">{% endraw %}',
        "https://a.example/x",
        '<img src="https://a.example/x">',
        "<a href>",
    ],
)
def test_other_markup_than_links_is_unchanged(source: str) -> None:
    """Comments, styles, other elements, tags that never end."""
    rendered = write(source)
    assert clicks(rendered) == []
    assert rendered == source.replace("{% raw %}", "").replace("{% endraw %}", "")


def test_href_is_rendered_for_each_lead() -> None:
    """The token covers the URL as rendered, and names the link as written."""
    html = write('<a href="https://a.example/?n={{ contact.n }}&amp;x=1">', {"n": "Ann & Bo"})
    link = "https://a.example/?n={{ contact.n }}&x=1"
    url = "https://a.example/?n=Ann%20&%20Bo&x=1"
    assert clicks(html) == [ClickToken("lead", "email-1", 1, 2, url, link)]


def test_href_in_a_loop_and_in_branches() -> None:
    """An href can use the variables of the template around it."""
    source = (
        "{% assign base = 'https://a.example/' %}{% for p in contact.list %}"
        '<a href="{{ base }}{{ p }}">x</a>{% endfor %}'
        "<a {% if contact.b %}href='https://b.example/'"
        "{% else %}href=https://c.example/{% endif %}>"
    )
    found = [token.url for token in clicks(write(source, {"list": ["1", "2"], "b": True}))]
    assert found == ["https://a.example/1", "https://a.example/2", "https://b.example/"]
    assert [token.url for token in clicks(write(source))] == ["https://c.example/"]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("mailto:ann@example.com?subject=Hi%20Bo", None),
        ("tel:+441234", None),
        ("sms:+441234", None),
        ("#top", None),
        ("whatsapp://send?text=hi", None),
        ("WebCal://example.com/c.ics", None),
        ("skype:ann?call", None),
        ("javascript:alert(1)", "#"),
        (" JavaScript:alert(1)", "#"),
        ("java\tscript:alert(1)", "#"),
        ("java\nscript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ("vbscript:x", "#"),
        ("file:///etc/passwd", "#"),
        ("/relative", "#"),
        ("//host/x", "#"),
        ("example.com", "#"),
        ("", "#"),
        ("http:", "#"),
        ("https://", "#"),
        ("myapp://open/1", "#"),
        ("https://a b.example/", "#"),
    ],
)
def test_other_hrefs_are_left_or_neutralised(href: str, url: str | None) -> None:
    """Links to known apps and anchors stay; what could run or mislead becomes an anchor."""
    assert destination(href) == Destination(url or href, trackable=False)
    contact: dict[str, object] = {"h": href}
    for source in (
        '<a href="{{ contact.h }}">',
        "<a href='{{ contact.h }}'>",
        "<a href={{contact.h}}>",
    ):
        html = write(source, contact)
        assert clicks(html) == []
        assert hrefs(html) == [(url or href)]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("HTTPS://a.example/x", "HTTPS://a.example/x"),
        ("https://a.example/a b?ü", "https://a.example/a%20b?%C3%BC"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://me@bücher.example:8080", "https://me@xn--bcher-kva.example:8080"),
        ("https://straße.de/", "https://xn--strae-oqa.de/"),
        ("https://www.Straße.DE./x", "https://www.xn--strae-oqa.de./x"),
        ("https://βόλος.example", "https://xn--nxasmm1c.example"),
        ("https://ü:p@my_host.straße.de:/?ü", "https://%C3%BC:p@my_host.xn--strae-oqa.de:/?%C3%BC"),
        ("https://☃.example", "https://xn--n3h.example"),
        ("https://日本語。ＪＰ", "https://xn--wgv71a119e.jp"),
        ("https://[2001:db8::1]:8080/ü", "https://[2001:db8::1]:8080/%C3%BC"),
        ("https://stra%C3%9Fe.de/ü", "https://stra%C3%9Fe.de/%C3%BC"),
        ("https://a.example/?q=%20&r=[1]#x", "https://a.example/?q=%20&r=[1]#x"),
        ('https://a.example/"><b>', "https://a.example/%22%3E%3Cb%3E"),
    ],
)
def test_url_is_spelled_in_ascii(href: str, url: str) -> None:
    """What the redirect's Location header gets is fit for it."""
    assert destination(href) == Destination(url, trackable=True)


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example／.straße.de/",
        "https://evil.example＃.straße.de/",
        "https://straße.de＠evil.example/",
        "https://straße.de：80/",
        "https://straße.de:８０/",
        "https://straße..de/",
        "https://a\u200db.example/",
        "https://" + "ü" * 80 + ".example/",
        "https://\u0378.example/",
    ],
)
def test_host_that_no_browser_finds_is_neutralised(href: str) -> None:
    """Above all one that would end at a character which turns into a slash in ASCII."""
    assert destination(href) == Destination("#", trackable=False)


@given(st.text(max_size=60) | st.from_regex(r"https?://\w+[/?#].*"))
def test_destination_is_always_fit_for_a_header(href: str) -> None:
    """Whatever a template renders, no redirect gets a control character or another scheme."""
    found = destination(href)
    if found.trackable:
        assert re.fullmatch(r"https?://[!-~]+", found.url, re.I)
        assert len(found.url) <= URL_CHARS_MAX
        assert destination(found.url) == found
    else:
        assert re.match(rf"#|https?://|(?:{'|'.join(APP_SCHEMES)}):", found.url, re.I)
        assert not re.search(r"[\x00-\x1f]", found.url)


def test_unsubscribe_link_is_left_alone() -> None:
    """It has its own token, and a click on it does not count as a click in the e-mail."""
    assert hrefs(write('<a href="{{ unsubscribe_url }}">')) == [UNSUBSCRIBE_URL]


def test_without_tracking_links_lead_where_they_led() -> None:
    """Other schemes than http(s) are still neutralised."""
    source = '<a href="https://a.example/?a=1&amp;b=2"><a href="javascript:x">'
    assert hrefs(write(source, tracking=False)) == ["https://a.example/?a=1&b=2", "#"]


def test_very_long_url_is_left_untracked() -> None:
    """Better an uncounted click than a token no mail client keeps whole."""
    url = "https://a.example/" + "x" * URL_CHARS_MAX
    assert hrefs(write(f'<a href="{url}">')) == [url]


def test_longest_tracked_link_has_a_readable_token() -> None:
    """The bounds of URL and link add up to less than the bound of a token."""
    url = "https://a.example/" + "x" * (URL_CHARS_MAX - 20 - 3)
    html = write(f'<a href="{url}{{{{ contact.a }}}}">', {"a": "y"})
    (token,) = clicks(html)
    assert token.url == url + "y"
    assert token.link == "#1"
    assert len(hrefs(html)[0] or "") < TOKEN_CHARS_MAX


def test_contact_cannot_leave_the_attribute() -> None:
    """Quotes in a value stay inside the href, whatever the author quoted it with."""
    evils = [
        f"{scheme}' onclick='x' \" onclick=\"y\" " for scheme in ("https://a.example/", "tel:")
    ]
    sources = [f"<a href={quote}{{{{ contact.h }}}}{quote}>" for quote in ("'", '"', "")]
    for evil, source in product(evils, sources):
        for tracking in (True, False):
            html = write(source, {"h": evil}, tracking=tracking)
            assert len(hrefs(html)) == 1
            assert "onclick=" not in re.sub(r'"[^"]*"', "", html)


html_soup = st.lists(
    st.sampled_from(
        [
            '<a href="',
            "<a href='",
            "https://a.example",
            '"',
            "'",
            ">",
            "</a>",
            "<",
            "<!--",
            "-->",
            "<style>",
            "</style>",
            "{{ x }}",
            "{% if x %}",
            "{% endif %}",
            " ",
            "=",
            "text",
            "&amp;",
            "<p>",
            "<a",
            "href",
            "/",
            "<title>",
            "<?",
            "\n",
        ]
    ),
    max_size=30,
).map("".join)


@given(html_soup)
def test_scan_has_no_gaps_and_links_do_not_overlap(source: str) -> None:
    """Any soup is cut into parts that add up to it, and edited without losing a character."""
    masked = mask_liquid(source, split_source(source))
    assert len(masked) == len(source)
    parts = list(scan(masked))
    position = 0
    for part in parts:
        assert isinstance(part, Tag | Text | Hidden)
        assert part.start == position
        position = part.end
    assert position == len(source) or not parts
    edited = apply_edits(source, href_edits(source, find_links(source, parts)))
    unwrapped = re.sub(r'"\{% eb_link \d+ %\}(.*?)\{% endeb_link %\}"', r"\1", edited, flags=re.S)
    assert unwrapped.replace('"', "").replace("'", "") == source.replace('"', "").replace("'", "")


def test_scan_is_linear() -> None:
    """What is never closed is looked at once, not once per opening."""
    for source in (
        '<a "' * 50_000,
        "<!--" * 50_000,
        "<style>" * 30_000,
        "<a b='" * 30_000,
        "<" * 200_000,
    ):
        assert sum(1 for _ in scan(source)) >= 1


def test_attribute_text_is_what_a_browser_sees() -> None:
    """The standard library's parser agrees on each href."""
    source = (
        '<a href="a&amp;b">1</a><a  href = \'c"d\' x>2</a><A HREF=e/f>3</A>'
        '<a x="<a href=\'no\'>" href="g">'
    )
    links = find_links(source, scan(source))
    assert [link.source for link in links] == hrefs(source)
    assert [unescape(link.label) for link in links] == ["a&b", 'c"d', "e/f", "g"]
