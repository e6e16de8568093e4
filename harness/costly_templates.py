"""Templates that make one operation expensive: every filter, operator and tag, with operands of
three sizes.

Role: the attack set. A test requires that it covers all filters, and that charges grow as they
must; `bench/render_charges.py` compares the charges with processor time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liquid import Markup

SIZES = (100, 4_000, 60_000)
"""Characters of the operands; lists have an item per nine of them."""
REPETITIONS = {100: 200, 4_000: 10, 60_000: 1}
"""So that each measurement takes long enough."""

OPERATORS = ("==", "!=", "<", ">", "<=", ">=", "contains")


@dataclass(frozen=True, slots=True)
class Costly:
    """`operation`: the filter, operator or tag. `size`: one of SIZES."""

    operation: str
    size: int
    source: str
    values: Mapping[str, object]

    @property
    def name(self) -> str:
        return f"{self.operation} {self.size} {self.source} {sorted(self.values)}"


def costly_templates(filters: tuple[str, ...], sizes: tuple[int, ...] = SIZES) -> Iterator[Costly]:
    for size in sizes:
        yield from _filters(filters, size)
        yield from _operators(size)
        yield from _tags(size)


def _filters(filters: tuple[str, ...], size: int) -> Iterator[Costly]:
    values = _values(size)
    given = _arguments(size)
    for name in filters:
        for left, value in values.items():
            for arguments in _ARGUMENTS.get(name, ("",)):
                colon = ": " if arguments else ""
                tag = f"{{{{ {left} | {name}{colon}{arguments} | size }}}}"
                yield _repeated(name, size, tag, {left: value, **given})


def _operators(size: int) -> Iterator[Costly]:
    values = _values(size)
    twins = {f"{key}_twin": _twin(value) for key, value in values.items()}
    for operator in OPERATORS:
        for left in values:
            for right in ("blank", "empty", "n", "'ab'", "sought", f"{left}_twin", "words"):
                tag = f"{{% if {left} {operator} {right} %}}{{% endif %}}"
                known = {**values, **twins, "n": 7, "sought": _almost(size)}
                yield _repeated(
                    operator, size, tag, {it: known[it] for it in (left, right) if it in known}
                )


def _tags(size: int) -> Iterator[Costly]:
    for name, value in _values(size).items():
        for operation, tag in (
            ("output", f"{{{{ {name} }}}}"),
            ("echo", f"{{% echo {name} %}}"),
            ("assign", f"{{% assign x = {name} %}}"),
            ("capture", f"{{% capture x %}}{{{{ {name} }}}}{{% endcapture %}}"),
            ("cycle", f"{{% cycle {name}, i %}}"),
            ("cycle", f"{{% cycle {name}: 'a', 'b' %}}"),
            ("case", f"{{% case {name} %}}{{% when {name} or {name} %}}{{% endcase %}}"),
            ("ifchanged", f"{{% ifchanged %}}{{{{ {name} }}}}{{% endifchanged %}}"),
            ("for", f"{{% for x in {name} limit: 1 %}}{{% endfor %}}"),
            ("for", f"{{% for x in {name} reversed limit: 1 %}}{{% endfor %}}"),
            ("for", f"{{% for x in {name} %}}{{% endfor %}}"),
            ("tablerow", f"{{% tablerow x in {name} cols: 1 %}}{{% endtablerow %}}"),
            ("lookup", f"{{% if contact[{name}] %}}{{% endif %}}"),
            ("ternary", f"{{{{ 'a' if {name} == {name} else 'b' }}}}"),
            ("unless", f"{{% unless {name} == 'a' %}}{{% endunless %}}"),
        ):
            yield _repeated(operation, size, tag, {name: value, "contact": {}})
    many = size // 9 % 9_000
    for operation, tag in (
        ("for", f"{{% for x in (1..{many}) offset: {many - 1} %}}{{% endfor %}}"),
        ("for", f"{{% for x in (1..{many}) reversed limit: 1 %}}{{% endfor %}}"),
        ("for", f"{{% for x in {'(' * 20}1{'..2)' * 20} %}}{{% endfor %}}"),
        ("case", "{% case 1 %}{% when " + ",".join("1" * 90) + " %}{{ 'a' | size }}{% endcase %}"),
        ("lookup", "{{ contact" + ".a" * min(size, 900) + " }}"),
        ("for", "{% for x in contact" + ".a" * min(size, 900) + " %}{% endfor %}"),
        ("if", "{% if " + " or ".join(["contact.a"] * 80) + " %}{% endif %}"),
        ("increment", "{% increment x %}"),
        ("decrement", "{% decrement x %}"),
        ("liquid", "{% liquid\n" + "assign x = 1\n" * 90 + "%}"),
        ("filters", "{{ 'a'" + " | upcase" * 90 + " }}"),
    ):
        yield _repeated(operation, size, tag, {"contact": {"b": 1}})


def _repeated(operation: str, size: int, tag: str, values: Mapping[str, object]) -> Costly:
    rounds = REPETITIONS.get(size, 1)
    return Costly(operation, size, f"{{% for i in (1..{rounds}) %}}{tag}{{% endfor %}}", values)


def _values(size: int) -> dict[str, object]:
    """Texts and lists of that size, each of which is bad for some operation."""
    items = size // 9
    return {
        "letters": "a" * size,
        "safe": Markup("a" * size),
        "spaces": "\u2003" * size,
        "lines": "\r\n" * (size // 2),
        "wide": "\u00e9\U0001f600\u0149" * (size // 3),
        "angles": "<" * size,
        "tags": "<a ><!" * (size // 6),
        "comments": "<!--" * (size // 4) + ">",
        "quoted": "<a b='" * (size // 6) + ">",
        "ampersands": "&" * size,
        "references": "&amp" * (size // 4),
        "numeric": "&#x41" * (size // 5),
        "unknown": ("&" + "z" * 32) * (size // 33),
        "percents": "%C3\u00e9" * (size // 4),
        "digits": "9" * size,
        "number": "1." + "3" * min(size, 60),
        "large": 2 ** min(size, 1_000) - 1,
        "words": ["a"] * items,
        "markups": [Markup("a<")] * items,
        "numbers": [str(it) for it in range(items)],
        "ordered": [f"{'a' * 40}{it}" for it in range(size // 53)],
        "one_of_each": [chr(0x4E00 + it) for it in range(items)],
        "empties": [""] * (size // 8),
        "range": range(size // 8),
        "dictionary": {f"a{it}": "b" for it in range(size // 20)},
        "dictionaries": [{"a": it} for it in range(size // 18)],
        "date": "2026-01-01",
    }


def _twin(value: object) -> object:
    """An equal value that is another object."""
    if isinstance(value, str):
        return "".join(list(value))
    if isinstance(value, list):
        return [_twin(it) for it in value]
    return value


def _almost(size: int) -> str:
    """A text that a search in repeated letters finds nearly everywhere."""
    return "a" * (size // 2) + "b"


_SEARCH = ("'a'", "''", "'aaaaaaaaaaaab'", "'a', 'a'", "almost, almost", "half, half", "list")
_KEYS = ("'a'", "'aaaaaaaaaaaab', 'b'", "almost", "half, half", "0")
_NUMBERS = ("3", "999999999", "large", "half", "'1.5'")
_LENGTHS = ("3", "999999999", "3, half", "0, 999999999")
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("append", "prepend", "concat", "default"), ("'a'", "half", "list")),
    **dict.fromkeys(("at_least", "at_most", "divided_by", "minus", "modulo"), _NUMBERS),
    **dict.fromkeys(("plus", "times", "round"), _NUMBERS),
    **dict.fromkeys(("find", "find_index", "has", "map", "reject", "where"), _KEYS),
    **dict.fromkeys(("compact", "sort", "sort_natural", "sum", "uniq"), ("", *_KEYS)),
    **dict.fromkeys(("remove", "remove_first", "remove_last"), _SEARCH),
    **dict.fromkeys(("replace", "replace_first", "replace_last", "split"), _SEARCH),
    **dict.fromkeys(("slice", "truncate", "truncatewords"), _LENGTHS),
    "date": ("'%c%999999d'", "half", "'%A'"),
    "join": ("", "' '", "'a'", "half"),
}
"""What to write after a filter; one that is not named takes nothing."""


def _arguments(size: int) -> dict[str, object]:
    return {
        "almost": _almost(size),
        "half": "a" * (size // 2),
        "large": 2**1_000 - 1,
        "list": ["a"] * (size // 9),
    }
