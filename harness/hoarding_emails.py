"""E-mails that hold as much memory as the limits of templates let them.

Role: the attack set for memory, of whole messages: a message is in memory as pieces, as text, with
the line ends of MIME and encoded, and one wide character makes Python keep four bytes for each. A
test measures all of them; `harness/costly_templates.py` has single operations.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.mail.budget import OUTPUT_CHARS_MAX

WIDE = "\U0001f600"
ATTRIBUTE_BYTES = 16_000
"""A contact's attributes take at most 16 KiB."""

_ROUNDS = OUTPUT_CHARS_MAX // 2 // (ATTRIBUTE_BYTES // 4) - 1
"""So often each of both parts of a message may write an attribute of wide characters."""


@dataclass(frozen=True, slots=True)
class Hoard:
    """`attribute`: what the contact has as `a`."""

    body: str
    attribute: str


def hoarding_emails() -> Mapping[str, Hoard]:
    wide, lines = WIDE * (ATTRIBUTE_BYTES // 4), WIDE + "\n" * (ATTRIBUTE_BYTES - 4)
    mixed = (WIDE + "\n") * (ATTRIBUTE_BYTES // 5)
    filtered = _loops(f"{_longer(4)}{{% assign t = s | newline_to_br %}}")
    return {
        "wide output": Hoard(_again(_ROUNDS), wide),
        "wide output below a wide text": Hoard(WIDE * 250_000 + _again(_ROUNDS), wide),
        "wide output below quotes": Hoard('"' * 250_000 + WIDE + _again(_ROUNDS), wide),
        "wide output below lines": Hoard("\n" * 250_000 + WIDE + _again(_ROUNDS), wide),
        "wide output in HTML": Hoard(f"<p>{_again(_ROUNDS)}</p>", wide),
        "lines in HTML": Hoard(f"<pre>{_again(_ROUNDS // 4)}</pre>", lines),
        "wide lines": Hoard(WIDE * 250_000 + _again(_ROUNDS // 2), mixed),
        "too much output": Hoard(_again(9_000), wide),
        "lists of loops": Hoard(_loops("x"), wide),
        "output, lists, a variable and a filter": Hoard(_again(_ROUNDS * 3 // 4) + filtered, wide),
    }


def _again(rounds: int, body: str = "{{ contact.a }}") -> str:
    return f"{{% for i in (1..{rounds}) %}}{body}{{% endfor %}}"


def _longer(doublings: int) -> str:
    return "{% assign s = contact.a %}" + "{% assign s = s | append: s %}" * doublings


def _loops(body: str) -> str:
    """As deep as templates may be, each with a list of its own."""
    depth = 18
    opening, closing = "{% for x in (1..9999) reversed %}", "{% break %}{% endfor %}"
    return opening * depth + body + closing * depth
