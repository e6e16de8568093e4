"""The text part of an HTML body, and the HTML part of a text body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.layout import lay_out
from functions.mail.links import LinkEnvironment, LinkWriter
from functions.mail.plain_text import tidy
from functions.mail.template import check_template, compile_in

UNSUBSCRIBE_URL = "https://t.example/t/u/abc"


def both(body: str, contact: dict[str, object] | None = None) -> tuple[str, str]:
    """Return the HTML and the text part, untracked."""
    layout = lay_out(body, "", with_pixel=False)
    writer = LinkWriter(
        layout.links, keyring=None, click_url="", payload_start=b"", unsubscribe_url=UNSUBSCRIBE_URL
    )
    context = {"contact": contact or {}, "unsubscribe_url": UNSUBSCRIBE_URL}
    html = compile_in(LinkEnvironment(autoescape=True), layout.html).render(context, writer)
    text = compile_in(LinkEnvironment(autoescape=False), layout.text).render(context, writer)
    return html, tidy(text)


def text_of(body: str, contact: dict[str, object] | None = None) -> str:
    return both(body, contact)[1]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Hello  <b>there</b>,\n you</p>", "Hello there, you\n"),
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo\n"),
        ("<p>One<br>Two<br/>Three</p>", "One\nTwo\nThree\n"),
        ("<h1>A</h1><div>B</div>", "A\n\nB\n"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ("<p>Fish &amp; chips&nbsp;&euro;5 &lt;b&gt;</p>", "Fish & chips €5 <b>\n"),
        ("<title>no</title><style>p{}</style><script>x</script><!-- no --><p>yes</p>", "yes\n"),
        ('<p><img src="x" alt="A cat"><img src="y"></p>', "A cat\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        (
            '<p>See <a href="https://a.example/?x=1&amp;y=2">this</a>.</p>',
            "See this (https://a.example/?x=1&y=2).\n",
        ),
        (
            '<p>See <a href="https://a.example/">https://a.example/</a>.</p>',
            "See https://a.example/.\n",
        ),
        ('<p><a href="https://a.example/"><img src="x"></a></p>', "https://a.example/\n"),
        (
            '<p>Write to <a href="mailto:a@b.example?subject=x">us</a></p>',
            "Write to us (a@b.example)\n",
        ),
        ('<p>Write to <a href="mailto:a@b.example">a@b.example</a></p>', "Write to a@b.example\n"),
        ('<p><a href="#top">Up</a> <a>nowhere</a></p>', "Up nowhere\n"),
        ('<p><a href="javascript:x">Run</a></p>', "Run\n"),
        ('<p><a href="{{ unsubscribe_url }}">Bye</a></p>', f"Bye ({UNSUBSCRIBE_URL})\n"),
        ("<p>&#123;&#123; contact.a }}</p>", "{{ contact.a }}\n"),
        ("<p>{&#123; contact.a }}</p>", "{{ contact.a }}\n"),
    ],
)
def test_text_part_of_html(body: str, text: str) -> None:
    """Tags stripped, entities decoded, links shown, blocks apart."""
    assert text_of(body, {"a": "PUT IN"}) == text


@pytest.mark.parametrize(
    ("body", "contact", "text"),
    [
        ("<p>Hi {{ contact.a }}!</p>", {"a": "<Ann & Bo>"}, "Hi <Ann & Bo>!\n"),
        ("<p>Hi {% if contact.a %}dear {% endif %}you</p>", {"a": 1}, "Hi dear you\n"),
        ("<p>Hi {% if contact.a %}dear {% endif %}you</p>", {}, "Hi you\n"),
        ("<p>A</p>{% if contact.a %}<p>B</p>{% endif %}<p>C</p>", {"a": 1}, "A\n\nB\n\nC\n"),
        ("<p>A</p>{% if contact.a %}<p>B</p>{% endif %}<p>C</p>", {}, "A\n\nC\n"),
        (
            "<p>A</p><ul>{% for i in contact.a %}<li>{{ i }}</li>{% endfor %}</ul><p>B</p>",
            {"a": [1, 2]},
            "A\n\n- 1\n- 2\n\nB\n",
        ),
        ('<p {% if contact.a %}class="x"{% endif %}>A</p>', {}, "A\n"),
        ('<tr class="{% cycle "odd", "even" %}"><td>A</td></tr>', {}, "A\n"),
        ("<!-- {% assign x = 'set' %} --><p>{{ x }}</p>", {}, "set\n"),
        (
            '<a href="https://a.example/{{ contact.a }}">go</a>',
            {"a": "é&lt;"},
            "go (https://a.example/%C3%A9&lt;)\n",
        ),
        (
            '{% for i in contact.a %}<a href="https://a.example/{{ i }}">{{ i }}</a> {% endfor %}',
            {"a": [1, 2]},
            "1 (https://a.example/1) 2 (https://a.example/2)\n",
        ),
        ("<p>{% raw %}{{ x }}{% endraw %}</p>", {}, "{{ x }}\n"),
    ],
)
def test_liquid_stays_in_the_text_part(body: str, contact: dict[str, object], text: str) -> None:
    """Values, conditions and loops work in both parts; values are not escaped in the text."""
    assert text_of(body, contact) == text


def test_heart_is_no_markup() -> None:
    """A browser takes what follows for a comment, so a text body must not become HTML by it."""
    html, text = both("I </3 you > me")
    assert text == "I </3 you > me\n"
    assert "I &lt;/3 you &gt; me" in html


def test_text_body_is_its_own_text_part() -> None:
    """A body without tags is shown as it was typed, and as paragraphs in HTML."""
    body = (
        "Hi {{ contact.a }},\nhow are you?\n\n"
        "  Fish & <3 at https://a.example/?x=1&y={{ contact.a }}.\n"
    )
    html, text = both(body, {"a": "<b>"})
    assert text == "Hi <b>,\nhow are you?\n\n  Fish & <3 at https://a.example/?x=1&y=%3Cb%3E.\n"
    assert "<p>Hi &lt;b&gt;,<br>\nhow are you?</p>\n<p>Fish &amp; &lt;3 at " in html
    assert (
        '<a href="https://a.example/?x=1&amp;y=%3Cb%3E">https://a.example/?x=1&amp;y=&lt;b&gt;</a>.'
        in html
    )


@given(st.text(st.characters(codec="utf-8", exclude_characters="{\r\x00"), max_size=80))
def test_any_text_body_survives(body: str) -> None:
    """What looks like no HTML and no Liquid arrives as typed, blank ends aside."""
    if "<" not in body and "://" not in body:
        assert text_of(body) == tidy(body)


tags = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<a href='x'>",
        "</a>",
        "<li>",
        "<br>",
        "text",
        " ",
        "{{ contact.a }}",
        "&#123;",
        "{",
        "%",
        "<pre>",
        "</pre>",
        "<!-- ",
        " -->",
        "<td>",
        "<style>",
        "</style>",
        "\n",
        "{% assign y = 1 %}",
        "{% cycle 'a', 'b' %}",
        "{% raw %}<b>{% endraw %}",
        "<img alt='x'>",
    ]
)
soup = st.recursive(
    tags,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5).map("".join),
        st.lists(inner, max_size=3).map(
            lambda all_: "{% if contact.a %}" + "".join(all_) + "{% endif %}"
        ),
        st.lists(inner, max_size=3).map(
            lambda all_: "{% for i in (1..2) %}" + "".join(all_) + "{% endfor %}"
        ),
        st.lists(inner, max_size=3).map(
            lambda all_: (
                '<p class="{% if contact.a %}' + "".join(all_).replace('"', "") + '{% endif %}">'
            )
        ),
    ),
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{% if contact.a %}{<a href='x'>{% endif %}", "{"),
        ("{<b>{x}</b>", "{{x}"),
        ("{<b>% if x %}</b>", "{% if x %}"),
        ("{<i></i>{<i></i>{{ contact.a }}", "{{x"),
    ],
)
def test_braces_that_markup_kept_apart_stay_braces(body: str, text: str) -> None:
    """Without the markup they stand side by side, and would be Liquid."""
    assert both(body, {"a": "x"})[1].startswith(text)


@given(soup)
def test_every_good_body_has_a_text_part(body: str) -> None:
    """If the body's template is good, so is the one derived from it."""
    if check_template(body) is None:
        both(body, {"a": "x"})


def test_gaps_are_closed() -> None:
    """Empty values leave at most one empty line, and none at the ends."""
    assert tidy("\n\n a  \n\n\n\nb \n \n c\n\n") == "a\n\nb\n\n c\n"
