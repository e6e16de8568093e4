"""One document: what its author wrote, in preview, test, inbox and mail alike."""

import re
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.compose import Recipient, Rendered, compile_email
from functions.mail.tokens import INERT_LEAD, Keyring
from functions.mail.wrapper import WIDTH_PX
from tests.mail import browser

KEYS = Keyring({"k1": b"0123456789abcdef"})
URL = "https://mail.example.com"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANN = Recipient("lead_cmp_7_1764000000", 1, 1, "ann@example.org", {"first_name": "Ann"})

TOKEN = re.compile(rf"{re.escape(URL)}/t/[ocu]/([\w.-]+)")
PIXEL = re.compile(rf'<img src="{re.escape(URL)}/t/o/[\w.-]+" width="1" height="1"[^>]*>')
PREHEADER = re.compile(r'<div style="display:none[^"]*">For you</div>')


def written(
    body: str, *, preheader: str = "", tracking: bool = True, is_test: bool = False
) -> Rendered:
    email = compile_email(
        subject="x",
        body=body,
        from_name=None,
        from_email="ada@example.com",
        preheader=preheader,
        campaign_id="cmp",
        campaign_name="Weekly",
        campaign_created_at=AT,
        node_id="email-1",
        public_url=URL,
        keyring=KEYS,
        tracking=tracking,
        is_test=is_test,
    )
    return email.write(ANN, AT)


def with_links_back(html: str) -> str:
    """Return HTML in which each tracked link is where it leads to."""
    return re.sub(
        rf"{re.escape(URL)}/t/c/([\w.-]+)", lambda link: escape(KEYS.read_click(link[1]).url), html
    )


DESIGNED = [
    "<!doctype html>\n<html><head><title>T</title></head><body>\n<p>&copy; y</p>\n</body></html>\n",
    "<html>\n<p>x</p></html>",
    "<BODY bgcolor=white><p>x</p></BODY>",
    "<!DOCTYPE html><p>x</p>",
    "<table><tr><td>x</td></tr></table>",
    "<style>p{color:red}</style>\n<p>x</p>",
    "<p>x</p><p STYLE='color:red'>y</p>",
    "<!--[if mso]><table><tr><td><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]-->",
    "<?xml version='1.0'?><html xmlns:v='urn:x'><head></head><body><p>a<br/>b</body></html>",
    "<table><tr><td>a &lt; b & c\t\u00a0\u200b</td></tr>\n\n</table>  \n",
    "<center><font style=''>unclosed",
]


@pytest.mark.parametrize("body", DESIGNED)
def test_only_preheader_and_pixel_are_added_to_designed_html(body: str) -> None:
    """Without links and tags, the mail is the author's own HTML, character by character."""
    html = written(body, preheader="For you").html.replace("\r\n", "\n")
    assert len(PIXEL.findall(html)) == len(PREHEADER.findall(html)) == 1
    assert PREHEADER.sub("", PIXEL.sub("", html)) == body
    assert written(body, tracking=False).html.replace("\r\n", "\n") == body


@pytest.mark.parametrize(
    ("author", "mail"),
    [
        ("<td>{{ contact.first_name }}</td>", "<td>Ann</td>"),
        ("<td>{% if contact.x %}y{% endif %}</td>", "<td></td>"),
        ('<a href="https://a.example/">', '<a href="https://a.example/">'),
        ("<a href='https://a.example/?a&copy=1' class=b>",
         '<a href="https://a.example/?a&amp;copy=1" class=b>'),
        ('<a\n href=https://a.example/ü >', '<a\n href="https://a.example/%C3%BC" >'),
        ('<a href="mailto:a@b.example">', '<a href="mailto:a@b.example">'),
        ('<a href="/cart">', '<a href="#">'),
        ('<img src="https://a.example/x?a&copy=1">', '<img src="https://a.example/x?a&copy=1">'),
    ],
)  # fmt: skip
def test_nothing_else_than_links_and_tags_changes_in_designed_html(author: str, mail: str) -> None:
    """The value of an href, in quotes and in ASCII; the characters of Liquid tags."""
    body = "<table><tr><td>a & b &nbsp; <p>\n{}</tr></table>"
    html = written(body.format(author)).html.replace("\r\n", "\n")
    assert PIXEL.sub("", with_links_back(html)) == body.format(mail)


@given(st.text(st.characters(codec="utf-8", exclude_characters="<{\r\x00"), max_size=60))
def test_any_text_in_designed_html_arrives_as_written(text: str) -> None:
    """No character of it is decoded, encoded, trimmed or wrapped."""
    body = f"<table><tr><td>{text}</td></tr></table>"
    assert written(body, tracking=False).html.replace("\r\n", "\n") == body


@pytest.mark.parametrize("body", ["<p>Hi</p>\n<p>there &amp; <b>you</b></p>", "Hi\n\nthere"])
def test_fragment_gets_a_page_around_it(body: str) -> None:
    """A width, margins and a font for all; the author's own markup is inside, unchanged."""
    html = written(body, preheader="For you").html.replace("\r\n", "\n")
    assert html.startswith("<!doctype html>\n<html><head><meta charset=")
    assert f"max-width:{WIDTH_PX}px;margin:0 auto;" in html
    assert f'width="{WIDTH_PX}"' in html
    assert "font-family:" in html
    assert html.index("For you") < html.index(f"max-width:{WIDTH_PX}px") < html.index("Hi")
    assert html.index("there") < html.index("/t/o/")
    assert html.endswith("</body></html>\n")
    if body.startswith("<"):
        assert f"\n{body}\n" in html


def test_page_around_a_fragment_is_fit_for_dark_mode() -> None:
    """It says that it works in both modes, and sets no colour that could hide the text."""
    html = written("<p>Hi</p>", tracking=False).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert not re.search(r"(?<!-)\bcolor:|background|#[0-9a-f]{3}", html)


@pytest.mark.parametrize("body", [*DESIGNED, "<p>Hi <a href='https://a.example/'>x</a></p>", "Hi"])
def test_preview_and_test_are_the_mail_but_for_tokens(body: str) -> None:
    """The same bytes, in both parts, with tokens of the same kinds at the same places."""
    body += '{{ contact.first_name }} <a href="{{ unsubscribe_url }}">bye</a>'
    mail, test = written(body, preheader="x"), written(body, preheader="x", is_test=True)
    for sent, shown in ((mail.html, test.html), (mail.text, test.text)):
        assert TOKEN.sub("", sent) == TOKEN.sub("", shown)
        assert TOKEN.findall(sent) != TOKEN.findall(shown)
    opened = re.findall(r"/t/o/([\w.-]+)", test.html)
    clicked = re.findall(r"/t/c/([\w.-]+)", test.html)
    assert [KEYS.read_open(token).lead_id for token in opened] == [INERT_LEAD]
    assert {KEYS.read_click(token).lead_id for token in clicked} <= {INERT_LEAD}
    assert ANN.lead_id not in test.html


def test_wrapper_does_not_change_what_a_reader_sees() -> None:
    """The text of the page is the text of the fragment."""
    assert browser.text(written("<p>Hi &amp; bye</p>", tracking=False).html).strip() == "Hi & bye"
