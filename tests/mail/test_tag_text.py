"""Tags as HTML editors write them: restored where that is possible, explained where it is not."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.compose import Recipient, compile_email
from functions.mail.errors import TemplateError
from functions.mail.spans import split_source
from functions.mail.tag_text import restore_tags
from functions.mail.template import check_template
from functions.mail.tokens import Keyring
from tests.mail import browser

KEYS = Keyring({"k1": b"0123456789abcdef"})
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANN = {"first_name": "Ann", "age": 20, "plan": "pro", "firm": "Fish & Sons"}


def restored(source: str) -> str:
    return restore_tags(source, split_source(source))


def parts(body: str, contact: Mapping[str, object] = ANN) -> tuple[str, str]:
    """Return the HTML and the text of an e-mail to `contact`, without its first and last lines."""
    assert check_template(body) is None
    written = compile_email(
        subject="x",
        body=body,
        from_name=None,
        from_email="ada@example.com",
        preheader=None,
        campaign_id="cmp",
        campaign_name="Weekly",
        campaign_created_at=AT,
        node_id="email-1",
        public_url="https://mail.example.com",
        keyring=KEYS,
        tracking=False,
    ).write(Recipient("lead", 1, 1, "ann@example.org", contact), AT)
    return written.html, written.text.strip()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{% if contact.age &gt; 17 %}adult{% endif %}", "adult"),
        ("{% if contact.age &lt;= 20 %}young{% endif %}", "young"),
        ("{% if contact.age &#62; 17 %}adult{% endif %}", "adult"),
        ("{{ contact.nobody | default: &quot;friend&quot; }}", "friend"),
        ("{{ contact.nobody | default: &#39;friend&#39; }}", "friend"),
        ("{{ contact.nobody | default: &apos;it&#34;s&apos; }}", 'it"s'),
        ("{{&nbsp;contact.first_name&nbsp;}}", "Ann"),
        ("{{ contact.nobody&nbsp;|\u00a0default:\u202f'x' }}", "x"),
        ("{{ contact.\u200bfirst_name }}", "Ann"),
        ("{% if contact.firm == 'Fish &amp; Sons' %}same{% endif %}", "same"),
        ("{% case contact.firm %}{% when &quot;Fish &amp; Sons&quot; %}same{% endcase %}", "same"),
        ("{{ contact.firm }} and {{ contact.x | default: 'Fish &amp; Co' }}", None),
        ("{{ contact.x | default: '&lt;your name&gt;' }}", "<your name>"),
        ("{{ contact.x | default: 'a\u00a0b' }}", "a\u00a0b"),
        ('{{ contact.x | default: "5&quot; or 5\'" }}', None),
        ("{% assign a = contact.age | plus: 1 %}&gt; {{ a }}", "> 21"),
        ("{% raw %}{{&nbsp;x }}{% endraw %}", None),
    ],
)
def test_tag_means_what_its_author_typed(body: str, text: str | None) -> None:
    """Both parts show it, and the HTML shows it as text."""
    html, plain = parts(f"<p>{body}</p>")
    if text is not None:
        assert plain == text
        assert browser.text(html).strip() == text


def test_literals_are_html_in_html_and_text_in_text() -> None:
    """An ampersand that the author wrote for HTML does not reach the text part encoded."""
    html, plain = parts("<p>{{ contact.x | default: 'Fish &amp; Co' }}</p>")
    assert "<p>Fish &amp; Co</p>" in html
    assert plain == "Fish & Co"


def test_link_with_an_encoded_tag_leads_on() -> None:
    """An editor encodes what stands in an attribute as well."""
    tag = "{{ contact.x | default: &quot;y&quot; }}"
    body = f'<a href="https://a.example/?a=1&amp;n={tag}&amp;b">x</a>'
    html, plain = parts(body)
    assert '<a href="https://a.example/?a=1&amp;n=y&amp;b">' in html
    assert plain == "x (https://a.example/?a=1&n=y&b)"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "a\n{{ contact.x | default: “friend” }}",
            "Line 2: {{ contact.x | default: “friend” }} has",
        ),
        ("{% if contact.plan == ‘pro’ %}x{% endif %}", "the curly quote ‘: put text in straight"),
        ("{{ contact.x | default: &ldquo;friend&rdquo; }}", "the curly quote “"),
        ("<p>\n\n{{<span style='x'>contact.a</span>}}", "Line 3: {{<span style='x'>contact.a"),
        ("{{ <b>contact.a }}</b>", "has the markup <b> in it: format the whole tag"),
        ("<a href='https://a.example/{{%20contact.a%20}}'>", "the encoded character %20 in it"),
        ("{{&nbsp;contact.a | nope }}\n{{ b }}", "Line 1: Unknown filter 'nope'."),
        ("&gt;\n{{ a &gt;\n&nbsp;}}{% if %}", "Line 2: "),
    ],
)
def test_tag_that_cannot_be_restored_is_explained(source: str, message: str) -> None:
    """With its line, which restoring other tags does not change."""
    said = check_template(source)
    assert said is not None
    assert message in said


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.x | default: 'it’s “fine”' }}",
        "{% comment %}‘quotes’ <b>{% endcomment %}",
        "{% if contact.age < 3 and contact.n > 2 %}x{% endif %}",
        "{% raw %}{{ “x” }}{% endraw %}",
    ],
)
def test_curly_quotes_and_brackets_elsewhere_are_fine(source: str) -> None:
    """In literals, comments and comparisons."""
    assert check_template(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "{{ a &#125;&#125; b }}",
        "{{ a }&#125; }}",
        "{% if a &#37;} %}",
        "{% raw %}{{&nbsp;a }}{% endraw %}",
        "&nbsp;{ { a } }",
        '{{ "&nbsp;&gt;" }}',
    ],
)
def test_what_is_not_a_tag_character_stays(source: str) -> None:
    """No tag begins or ends elsewhere, and literals are the author's own words."""
    assert restored(source) == source


inner = st.lists(
    st.sampled_from(
        [
            "x", "&quot;", "&#39;", '"', "'", "&gt;", "&lt;p&gt;", "&amp;", "&amp;lt;", "&nbsp;",
            "\u00a0", "\n", "&#10;", "&#125;}", "&#37;}", "&copy", "|", "“",
        ]
    ),
    max_size=6,
).map("".join)  # fmt: skip
literal = st.builds(
    lambda quote, text: f"{quote}{text}{quote}",
    st.sampled_from(['"', "'", "&quot;", "&#39;"]),
    inner,
)
tag = st.builds(
    lambda form, first, second: form.replace("A", first).replace("B", second),
    st.sampled_from(
        [
            "{{ contact.x | default: A }}",
            "{{&nbsp;contact.x&nbsp;| append:\u00a0A | append: B }}",
            "{% if contact.first_name == A or contact.age &gt; 17 %}A{% endif %}",
            "{% case contact.plan %}{% when A, B %}B{% endcase %}",
            "{% assign y = A %}{{ y }}",
            '<a href="https://a.example/?B{{ contact.x | default: A }}">B</a>',
            "<img alt='{{ contact.x | default: A }}'>",
        ]
    ),
    literal,
    literal,
)


@given(st.lists(tag | inner, max_size=4).map("".join))
def test_what_passes_the_check_compiles(body: str) -> None:
    """No restoring breaks a template after its author was told that it is sound."""
    try:
        assert restored(body).count("\n") == body.count("\n")
    except TemplateError:
        return
    if check_template(body) is None:
        parts(body)
