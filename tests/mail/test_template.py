"""Merge tags: what they render, what they refuse, and that they always end."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment

from functions.mail.errors import TemplateError, TemplateTooLongError
from functions.mail.template import check_template, compile_template

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECONDS_MAX = 3.0
"""Far above what a bounded render takes here (0.3 s), far below what an unbounded one takes."""


def render(
    source: str, contact: Mapping[str, object] | None = None, *, escape: bool = False
) -> str:
    context = {"contact": contact or {}, "now": NOW}
    return compile_template(source, escape=escape).render(context)


@pytest.mark.parametrize(
    ("source", "contact", "expected"),
    [
        ("Hi {{ contact.first_name }}!", {"first_name": "Ann"}, "Hi Ann!"),
        ("Hi {{contact.nobody.at.all}}!", {}, "Hi !"),
        ("{{ nothing }}{{ partial }}{{ today }}", {}, ""),
        ("{{ contact.plan | default: 'free' }}", {"plan": ""}, "free"),
        ("{{ contact.plan | default: 'free' }}", {"plan": "pro"}, "pro"),
        ("{{ contact.n | default: 'none' }}", {"n": 0}, "0"),
        ("{{ contact.n | default: 'none' }}", {"n": False}, "none"),
        ("{{ contact.n | default: 'none' }}", {"n": {}}, "none"),
        ("{{ contact.n | default: '' }}", {"n": {}}, ""),
        ("{% if today %}clock{% endif %}{{ today | append: '' }}", {}, ""),
        ("{{ contact.n | plus: 1 }}", {"n": "41"}, "42"),
        ("{{ contact.list.size }} {{ contact.list.first }}", {"list": ["a", "b"]}, "2 a"),
        ("{% for i in contact.list %}{{ i }},{% endfor %}", {"list": ["a", "b"]}, "a,b,"),
        ("{% if contact.age > 17 %}adult{% endif %}", {"age": 18}, "adult"),
        ("{% if contact.age > 17 %}adult{% endif %}", {}, ""),
        ("{% assign contact = 'gone' %}{{ contact.a }}|{{ contact }}", {"a": "x"}, "|gone"),
        ("{{ contact.a }}{% increment contact %}", {"a": "x"}, "x0"),
        ("{% raw %}{{ contact.a }}{% endraw %}", {"a": "x"}, "{{ contact.a }}"),
        ("{{ contact.flag }} {{ contact.n }}", {"flag": True, "n": None}, "true "),
        ("{{ 'now' | date: '%Y-%m-%d' }}", {}, "2026-11-24"),
        ("{{ now | date: '%H:%M' }}", {}, "09:00"),
        ("{{ contact.on | date: '%d %b' }}", {"on": "2027-01-02"}, "02 Jan"),
        ("{{ contact.on | date: '%d %b' }}", {"on": date(2027, 1, 2)}, "02 Jan"),
        ("{{ contact.on | date: '%Y' }}", {"on": 0}, "1970"),
        ("{{ contact.on | date: '%Y' }}", {"on": "soon"}, "soon"),
        ("{{ contact.on | date: '%Y' }}", {}, ""),
    ],
)
def test_template_renders(source: str, contact: dict[str, object], expected: str) -> None:
    """Values, defaults, loops, assignments, dates: one table."""
    assert render(source, contact) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.a }}",
        "{{ contact.missing | default: contact.a }}",
        "{{ contact.a | append: '!' }}",
        "{{ '' | append: contact.a }}",
        "{% capture x %}{{ contact.a }}{% endcapture %}{{ x }}",
        "{% assign x = contact.a %}{{ x }}",
        "{% for x in contact.list %}{{ x }}{% endfor %}",
        "{{ contact.list }}",
        "{{ contact.list | join: '' }}",
        "{% echo contact.a %}",
        "{{ contact.a | url_encode | url_decode }}",
        "{{ contact.a | newline_to_br }}",
    ],
)
def test_values_are_escaped_in_html_and_nowhere_else(source: str) -> None:
    """No way of writing a value puts its markup into an HTML body."""
    contact = {"a": "<script>&'\"", "list": ["<script>&'\""]}
    assert "<script" not in render(source, contact, escape=True)
    assert "&lt;script" in render(source, contact, escape=True)
    assert "<script>&" in render(source, contact)


def test_values_cannot_be_marked_safe() -> None:
    """The filter that switches escaping off is not there."""
    assert check_template("{{ contact.a | safe }}") == "Line 1: Unknown filter 'safe'."


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Hello\n{{ contact.first_name", "Line 2: '{{ contact.first_nam' is not closed with '}}'."),
        ("{% if contact.a %}x", "tag endif"),
        ("a\n\n{{ contact.a | shout }}", "Line 3: Unknown filter 'shout'."),
        ("{% nonsense %}", "nonsense"),
        ("{% include 'other' %}", "include"),
        ("{% render 'other' %}", "render"),
        ("{% break %}", "Line 1: 'break' outside a loop."),
        ("{% raw %}{{", "Line 1: '{% raw %}' is never closed."),
        ("{{ a" + "[a" * 400 + "]" * 400 + " }}", "nested too deeply"),
        ("{{ a" + "[a" * 600 + "]" * 600 + " }}", "nested too deeply"),
        ("{% if a" + " and a" * 300 + " %}{% endif %}", "nested too deeply"),
        ("x" * 256_001, "256,000 characters"),
        ("{% if a %}" * 40 + "{% endif %}" * 40, "nesting"),
        ("{% eb_link 0 %}javascript:alert(1){% endeb_link %}", "eb_link"),
    ],
)
def test_bad_template_is_explained(source: str, message: str) -> None:
    """Each mistake gives one sentence, with the line where it is known."""
    said = check_template(source)
    assert said is not None
    assert message in said
    assert said.endswith(".")
    with pytest.raises(TemplateError):
        compile_template(source)


ENDLESS = [
    "{% for i in (1..1000000000) %}{% endfor %}",
    "{% for i in (1..1000000000) reversed %}x{% endfor %}",
    "{% for i in (1..1000000000) offset: 999999990 %}x{% endfor %}",
    "{{ (1..1000000000) | join: ',' }}",
    "{% assign n = 1000000000 %}{% for i in (1..n) %}x{% endfor %}",
    "{% tablerow i in (1..1000000000) %}{% endtablerow %}",
    "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
    "{% for i in (1..9999) %}{% endfor %}" * 2_000,
    "{% for i in (1..9999) %}" + "{% if 1 == 2 %}{% endif %}" * 5_000 + "{% endfor %}",
    "{% assign x = 'aaaaaaaa' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}",
    "{% assign x = 9 %}{% for i in (1..99) %}{% assign x = x | times: x %}{% endfor %}",
    "{% capture x %}aaaaaaaaaaaaaaaaaaaa{% endcapture %}"
    + "{% for i in (1..99) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}",
    "{% assign x = 'aaaaaaaa' %}"
    + "{% assign x = x | append: x %}" * 13
    + "{{ x | replace: 'a', x | replace: 'a', x }}",
    "{% assign x = 'aaaaaaaa' %}"
    + "{% assign x = x | append: x %}" * 11
    + "{{ x | split: '' | join: x | size }}",
    "{% assign x = (1..9999) %}{% for i in (1..9999) %}{{ x | uniq | size }}{% endfor %}",
    "{% liquid\nfor i in (1..9999)\nfor j in (1..9999)\nendfor\nendfor %}",
]


@pytest.mark.parametrize("source", ENDLESS)
def test_endless_template_ends_quickly(source: str) -> None:
    """Loops, ranges and filters that multiply end in an error, in time and in memory."""
    started = time.thread_time()
    said = check_template(source)
    assert time.thread_time() - started < SECONDS_MAX
    assert said is not None
    assert said != ""


@pytest.mark.parametrize(
    "source",
    [
        "{% comment %}" + "{% raw %}" * 20_000,
        "{% comment %}" + "{% doc %}" * 20_000,
        "{% comment %}" + "{{ " * 60_000,
        "{{" + " " * 200_000 + "}}",
        "{{ a" + " " * 200_000,
        ("{{" + " " * 1_990 + "}}") * 120,
    ],
)
def test_hopeless_source_is_refused_before_it_is_parsed(source: str) -> None:
    """What makes the lexer's expressions quadratic is found by a linear look."""
    started = time.thread_time()
    assert check_template(source) is not None
    assert time.thread_time() - started < SECONDS_MAX


def test_range_from_a_contact_is_bounded() -> None:
    """A number in a contact's attribute cannot be trusted."""
    template = compile_template("{% for i in (1..contact.n) %}x{% endfor %}")
    assert template.render({"contact": {"n": 3}}) == "xxx"
    with pytest.raises(TemplateTooLongError, match="10,000"):
        template.render({"contact": {"n": 10**12}})


def test_long_value_many_times_reaches_the_output_limit() -> None:
    """Plain lookups count against the limit too, before they are put together."""
    template = compile_template("{{ contact.a }}" * 1_000)
    with pytest.raises(TemplateTooLongError):
        template.render({"contact": {"a": "x" * 100_000}})


def test_value_that_does_not_suit_fails_the_render_only() -> None:
    """A division by a contact's zero is the template's failure, with its line."""
    source = "\n{{ 100 | divided_by: contact.age }}"
    assert check_template(source) is None
    with pytest.raises(TemplateError) as caught:
        render(source, {"age": "0"})
    assert caught.value.line == 2


@pytest.mark.parametrize("value", ["\ud800", 1e308, float("inf"), "9" * 5_000, {"a": [1, {}]}, ()])
def test_odd_values_never_crash(value: object) -> None:
    """Whatever an attribute holds, a render gives text or a TemplateError."""
    for source in (
        "{{ contact.a }}",
        "{{ contact.a | times: 10 | ceil }}",
        "{{ contact.a | date: '%Y' }}",
        "{% for i in (1..contact.a) %}{% endfor %}",
        "{{ contact.a | split: '' | sort | first }}",
    ):
        with suppress(TemplateError):
            assert isinstance(render(source, {"a": value}), str)


scalars = st.one_of(
    st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False), st.just("")
)
nested = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner))
)


@given(
    contact=st.dictionaries(st.sampled_from(["a", "b", "size"]), nested),
    source=st.sampled_from(
        [
            "{{ contact.a }}",
            "{{ contact.a.b }}",
            "{{ contact['a'] }}",
            "{{ contact.a[0] }}",
            "{{ contact.size }}",
            "{{ contact.a | default: '<x>' }}",
            "{{ contact.a | default: '' }}",
            "{{ contact.missing | default: 'y' }}",
        ]
    ),
    escape=st.booleans(),
)
def test_shortcuts_write_what_liquid_writes(
    contact: dict[str, object], source: str, escape: bool
) -> None:
    """The fast way for plain tags and python-liquid agree on every value."""
    expected = Environment(autoescape=escape).from_string(source).render(contact=contact)
    assert compile_template(source, escape=escape).render({"contact": contact}) == expected


@given(st.text(alphabet="{}%|.()[]'\"ab1 \n-", max_size=60))
def test_no_source_crashes_the_check(source: str) -> None:
    """Whatever is typed, the check answers with nothing or a sentence."""
    said = check_template(source)
    assert said is None or said.endswith(".")
