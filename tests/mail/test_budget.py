"""The budget of a message: charges follow the operands, and every render ends."""

import sys
import tracemalloc
from collections.abc import Mapping
from types import FrameType

import pytest
from liquid import Environment

from functions.adapters.processor import ThreadProcessor
from functions.mail.budget import (
    CHARS_PER_STEP,
    MEMORY_BYTES_MAX,
    OUTPUT_CHARS_MAX,
    PROCESSOR_SECONDS_MAX,
    STEPS_MAX,
    Budget,
    size_chars,
)
from functions.mail.contact_values import contact_values
from functions.mail.errors import RenderInterruptedError, TemplateError, TemplateTooLongError
from functions.mail.spans import TAGS_MAX
from functions.mail.template import check_template, compile_template
from harness.costly_templates import Costly, costly_templates

FILTERS = tuple(name for name in Environment().filters if name not in ("safe", "escapejs"))
TAGS_FREE_OF_OPERANDS = {
    *("break", "comment", "continue", "doc", "illegal", "#", "content"),
    *("ELSE", "COMMENT", "DOC", "ILLEGAL", "include", "render"),
}
CALLS_PER_STEP = 12
"""Calls of functions, in Python and in C, that take about a microsecond."""


class Calls:
    """Counts the calls of functions: a measure of time that does not depend on the machine."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Calls":
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _profile(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.count += event in ("call", "c_call")


def steps_of(source: str, values: Mapping[str, object], *, escape: bool = True) -> int:
    budget = Budget()
    compile_template(source, escape=escape).render(values, budget=budget)
    return STEPS_MAX - budget.steps_left


def test_attack_set_names_every_filter_and_tag() -> None:
    """A filter or tag that python-liquid adds needs a charge, and an entry in the set."""
    known = {each.operation for each in costly_templates(FILTERS, sizes=(100,))}
    environment = compile_template("").bound.env
    assert set(environment.filters) <= known
    tags = {name for name in environment.tags if name.islower()}
    assert tags - known - TAGS_FREE_OF_OPERANDS == set()


@pytest.mark.parametrize("value", ["letters", "words"])
def test_charge_covers_a_third_of_what_an_operation_does(value: str) -> None:
    """Of the calls it makes and of the characters it reads; each operation with one argument. The
    whole set, in processor time: `bench/render_charges.py`."""
    short, seen = [], set()
    for costly in costly_templates(FILTERS, sizes=(4_000,)):
        if value in costly.values and costly.operation not in seen:
            seen.add(costly.operation)
            charged, done = _measured(costly)
            if done > 3 * charged:
                short.append((round(done / charged, 1), costly.name[:120]))
    assert len(seen) > len(FILTERS)
    assert sorted(short, reverse=True) == []


def _measured(costly: Costly) -> tuple[int, float]:
    """The steps that were charged, and those that the work would be worth."""
    try:
        template = compile_template(costly.source, escape=True)
    except TemplateError:
        return 1, 0.0
    budget = Budget()
    with Calls() as calls:
        try:
            template.render(costly.values, budget=budget)
        except TemplateError:
            return 1, 0.0
    charged = STEPS_MAX - budget.steps_left
    read = sum(size_chars(it) for name, it in costly.values.items() if f" {name} " in costly.source)
    return charged, calls.count / CALLS_PER_STEP + read / CHARS_PER_STEP


@pytest.mark.parametrize(
    ("operation", "small", "large"),
    [
        ("{% if s contains 'ab' %}{% endif %}", 4, 40),
        ("{% if s contains s %}{% endif %}", 4, 40),
        ("{% if s == t %}{% endif %}", 4, 40),
        ("{% if s < t %}{% endif %}", 4, 40),
        ("{% if s == blank %}{% endif %}", 4, 40),
        ("{% case s %}{% when t, t, t %}{% endcase %}", 4, 40),
        ("{% if l contains 'b' %}{% endif %}", 4, 40),
        ("{% if l == l %}{% endif %}", 4, 40),
        ("{% for x in l limit: 1 %}{% endfor %}", 4, 40),
        ("{% for x in (1..n) limit: 1 %}{% endfor %}", 4, 40),
        ("{% if contact[s] %}{% endif %}", 4, 40),
        ("{{ s | append: t | size }}", 4, 40),
        ("{{ '' | append: t | size }}", 4, 40),
        ("{% cycle s, 'b' %}", 4, 40),
        ("{{ l }}", 4, 40),
        ("{% assign x = l %}", 4, 40),
    ],
)
def test_charge_grows_with_the_operands(operation: str, small: int, large: int) -> None:
    """In proportion at least, whether values are escaped or not."""
    for escape in (False, True):
        less, more = (
            steps_of(
                "{% for i in (1..2) %}" + operation + "{% endfor %}",
                {
                    "s": "a" * kilo * 1_000,
                    "t": "".join(["a"] * kilo * 1_000),
                    "l": ["a"] * kilo * 100,
                    "n": kilo * 249,
                    "contact": {},
                },
                escape=escape,
            )
            for kilo in (small, large)
        )
        assert more / less > large / small / 2


@pytest.mark.parametrize(
    "operation",
    [
        "{{ s | replace_last: t, '' | size }}",
        "{{ s | remove_last: t | size }}",
        "{{ l | uniq | size }}",
        "{{ h | strip_html | size }}",
        "{% if m contains n %}{% endif %}",
        "{{ m | replace: n, '' | size }}",
        "{{ m | split: n | size }}",
        "{{ l | where: n | size }}",
    ],
)
def test_charge_grows_with_the_product_of_the_operands(operation: str) -> None:
    """Of what is looked through and what is looked for, or of the items and the items."""
    less, more = (
        steps_of(
            operation,
            {
                "s": "a" * length,
                "t": "a" * (length // 2),
                "l": ["a"] * (length // 5),
                "h": "<a>" * (length // 3),
                "m": "a" * length * 10,
                "n": "a" * (length // 50) + "b",
            },
        )
        for length in (1_000, 6_000)
    )
    assert more > 12 * less


def test_charge_grows_with_the_values_of_a_when() -> None:
    """Each value that is equal renders the block once more."""
    body = "{% if a %}{% endif %}" * 100
    once, often = (
        steps_of("{% case 1 %}{% when " + ",".join("1" * times) + f" %}}{body}{{% endcase %}}", {})
        for times in (1, 50)
    )
    assert often > 20 * once


BIG = "{% assign s = 'aaaaaaaaaaaaaaaa' %}" + "{% assign s = s | append: s %}" * 13
LIST = "{% assign s = 'a,a,a,a,' %}" + "{% assign s = s | append: s %}" * 8
LIST += "{% assign l = s | split: ',' %}"


def again(body: str, rounds: int = 9_000) -> str:
    return f"{{% for i in (1..{rounds}) %}}{body}{{% endfor %}}"


NESTED_CASES = "{% case 1 %}{% when " + ",".join("1" * 100) + " %}"
ATTACKS = {
    "contains": BIG + again("{% if s contains 'aaaaaaaaaaab' %}{% endif %}"),
    "contains in a list": LIST + again("{% if l contains 'zz' %}{% endif %}"),
    "equal lists": LIST + "{% assign m = s | split: ',' %}" + again("{% if l == m %}{% endif %}"),
    "blank": BIG + again("{% if s == blank %}{% endif %}"),
    "order": BIG + "{% assign t = s | append: '' %}" + again("{% if s < t %}{% endif %}"),
    "last of a list": LIST + again("{% for x in l reversed limit: 1 %}{% endfor %}"),
    "end of a range": again("{% for x in (1..9999) offset: 9998 %}{% endfor %}"),
    "values of a when": NESTED_CASES * 6 + "x" + "{% endcase %}" * 6,
    "date": BIG + "{{ 'now' | date: s }}",
    "width of a date": again("{{ '2026-01-01' | date: '%999999999d%c%c%c' }}"),
    "numbers": "{% assign x = 3 %}" + again("{% assign x = x | times: x %}", 40),
    "digits": "{% assign x = '" + "9" * 1_900 + "' %}" + again("{{ x | plus: '1.5' }}"),
    "search from the end": BIG
    + "{% assign t = s | slice: 0, 60000 | prepend: 'b' %}"
    + again("{{ s | remove_last: t | size }}"),
    "key of a lookup": BIG + again("{% if contact[s] %}{% endif %}"),
    "memory of a cycle": BIG + again("{% assign s = s | append: '' %}{% cycle s, i %}"),
    "references to one text": BIG
    + "{% assign l = 'a' | split: ',' %}{% assign l = s | concat: l %}"
    + again("{% assign l = l | concat: l %}", 12)
    + "{{ l | join: '' | size }}",
    "output of a list": LIST + again("{% capture x %}{{ l }}{% endcapture %}"),
    "missing names": again("{{ contact.a }}{{ contact.b }}{{ contact.c }}{{ contact.d }}"),
    "tags in HTML": "{% assign s = '<!--' %}"
    + "{% assign s = s | append: s %}" * 13
    + "{% assign s = s | append: '>' %}{{ s | strip_html }}",
    "split": BIG + again("{{ s | split: '' | size }}"),
    "uniq": LIST + again("{{ l | uniq | size }}"),
    "empty loops": again(again("", 9_999)),
    "tags": "{{a}}" * (TAGS_MAX + 1),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_fails_within_the_budget(name: str) -> None:
    """Always, for the same reason, and after a bounded number of calls."""
    contact = contact_values("ann@example.com", {f"name{it}": "x" for it in range(500)})
    with Calls() as calls, pytest.raises(TemplateError) as caught:
        compile_template(ATTACKS[name], escape=True).render({"contact": contact})
    assert isinstance(caught.value, TemplateTooLongError) or "date" in str(caught.value)
    assert calls.count < 3 * STEPS_MAX * CALLS_PER_STEP


@pytest.mark.parametrize(
    "name", ["memory of a cycle", "numbers", "references to one text", "split", "date"]
)
def test_attack_uses_little_memory(name: str) -> None:
    """What a render holds is bounded by what it is charged for."""
    template = compile_template(ATTACKS[name], escape=True)
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError):
            template.render({"contact": {}})
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES_MAX
    finally:
        tracemalloc.stop()


def test_nested_ranges_are_read_once_each() -> None:
    """Twice each would double the time with every level."""
    template = compile_template("{% for x in " + "(" * 60 + "1" + "..2)" * 60 + " %}{% endfor %}")
    with Calls() as calls:
        assert template.render({}) == ""
    assert calls.count < 10_000


def test_usual_template_uses_little_of_the_budget() -> None:
    """An e-mail with a table of a hundred rows, filters and conditions in each."""
    row = (
        "<tr><td>{{ item | upcase | truncate: 20 }}</td><td>{% if item contains 'a' %}"
        "{{ contact.first_name | default: 'friend' }}{% endif %}</td></tr>"
    )
    source = (
        f"{{% assign items = contact.items | split: ',' %}}{{% for item in items %}}{row}"
        "{% endfor %}{{ 'now' | date: '%A, %d %B' }}"
    )
    values = {"contact": {"items": ",".join(["apples and pears"] * 100), "first_name": "Ann"}}
    assert steps_of(source, values) < STEPS_MAX / 10


def test_template_may_use_half_of_the_budget_of_its_message() -> None:
    """A message renders its body twice, so one that would not fit is refused when it is saved."""
    body = again("{{ i | plus: 1 }}", 2_000)
    per_render = steps_of(body, {})
    most = 2_000 * STEPS_MAX // per_render
    assert check_template(again("{{ i | plus: 1 }}", int(most * 0.45))) is None
    said = check_template(again("{{ i | plus: 1 }}", int(most * 0.55)))
    assert said is not None
    assert "too many steps" in said


def test_output_of_a_message_is_bounded() -> None:
    """Its templates share what they may write."""
    budget = Budget()
    template = compile_template("{{ contact.a }}")
    values = {"contact": {"a": "x" * (OUTPUT_CHARS_MAX * 2 // 3)}}
    template.render(values, budget=budget)
    with pytest.raises(TemplateTooLongError):
        template.render(values, budget=budget)


def test_slow_render_is_interrupted() -> None:
    """If the charges were wrong, the processor time of the thread would end a render."""

    class Slow:
        now = 0.0

        def seconds(self) -> float:
            self.now += PROCESSOR_SECONDS_MAX / 3
            return self.now

        def resident_bytes(self) -> int:
            return 0

    template = compile_template(again("{{ 'a' | upcase }}", 3_000))
    with pytest.raises(RenderInterruptedError, match="processor time"):
        template.render({}, budget=Budget(Slow()))
    template.render({}, budget=Budget(ThreadProcessor()))


def test_lack_of_memory_interrupts_a_render() -> None:
    """It says nothing about the template."""

    class Greedy:
        def __str__(self) -> str:
            raise MemoryError

    with pytest.raises(RenderInterruptedError, match="memory"):
        compile_template("{{ contact.a | upcase }}").render({"contact": {"a": Greedy()}})
