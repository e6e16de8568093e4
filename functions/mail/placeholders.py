"""Find the placeholders of other tools, which would reach readers as they are.

Role: texts come from older campaigns and other products; each has its own way to write a name.
Invariant: linear in the length of the text. What Liquid inserts or keeps verbatim is left alone.
It must not know which attributes contacts have.
"""

import re
from collections.abc import Iterator

from functions.mail.destination import URL_CHARS_MAX
from functions.mail.text_findings import ReadText, TextFinding

FOREIGN_PLACEHOLDER = "foreign_placeholder"

_PLACEHOLDER = re.compile(
    r"""
    \*\|[^|*<>\s][^|*<>\n]{0,80}\|\*
    | %%[A-Za-z_=\[][^%<>\n]{0,80}%%
    | \[\[[^\[\]<>\n]{1,80}\]\]
    | [$#@]\{[A-Za-z_][\w.]{0,60}\}
    | (?<![{\w])\{\$?[A-Za-z_][\w.-]{1,60}(?:\|[^{}<>\n]{0,60})?\}(?!\})
    | (?<!\w)\[(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|EMAIL|F?NAME|LNAME|FIRSTNAME|LASTNAME|UNSUBSCRIBE)\]
    | (?<![\d%])%[A-Za-z][\w.-]{1,60}%
    """,
    re.X,
)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNSUBSCRIBES = re.compile(r"unsub|opt.?out", re.I)


def placeholders(text: ReadText) -> Iterator[TextFinding]:
    """Yield the placeholders of other tools in a text of an e-mail."""
    for start, end, is_attribute in text.places():
        for match in _PLACEHOLDER.finditer(text.masked, start, end):
            if _ENCODED.match(match[0]) and (
                is_attribute or _is_in_url(text.masked, match.start())
            ):
                continue
            tag = "unsubscribe_url" if _UNSUBSCRIBES.search(match[0]) else "contact.first_name"
            hint = "write" if tag == "unsubscribe_url" else "write a merge tag such as"
            message = (
                f"{{written}} is a placeholder of another tool and would be sent as it is: {hint} "
                f"{{{{ {tag} }}}}."
            )
            yield text.finding(FOREIGN_PLACEHOLDER, match.start(), match.end(), message)


def _is_in_url(masked: str, position: int) -> bool:
    """Whether the word around `position` is a URL, in which `%C3%BC` is a letter."""
    before = masked[max(0, position - URL_CHARS_MAX) : position]
    return "://" in before[max(before.rfind(blank) for blank in " \t\r\n") + 1 :]
