"""Find the links of an HTML body that lead nowhere.

Role: say before launch what `destination` would turn into `#` in silence.
Invariant: a link that depends on the contact is judged by what its author wrote before the first
tag, and left alone if that is nothing.
It must not know tracking.
"""

from collections.abc import Iterator

from functions.mail.destination import Flaw, flaw_of
from functions.mail.links import find_links, href_pieces
from functions.mail.spans import Kind
from functions.mail.text_findings import ReadText, TextFinding

DEAD_LINK = "dead_link"
UNKNOWN_SCHEME = "unknown_scheme"

_MESSAGES = {
    Flaw.EMPTY: "A link leads nowhere: give it an address, or remove it.",
    Flaw.NO_SCHEME: "The link {written} is not a whole address: begin it with https://.",
    Flaw.RELATIVE: (
        "The link {written} works only on a website: write the whole address, from https:// on."
    ),
    Flaw.ACTIVE: "The link {written} does nothing in an e-mail: link to a page that does it.",
    Flaw.UNKNOWN_SCHEME: (
        "The link {written} would open an app that is not known here, so it is taken out: link to "
        "a page that opens the app."
    ),
    Flaw.MALFORMED: "The link {written} is not an address that a browser could open: correct it.",
}


def dead_links(text: ReadText) -> Iterator[TextFinding]:
    """Yield the links of an HTML body that lead nowhere; plain text has none."""
    for link in find_links(text.source, text.parts):
        href = link.attribute
        assert href is not None
        example = _example(text.source[href.value_start : href.value_end])
        flaw = None if example is None else flaw_of(example)
        if flaw is not None:
            code = UNKNOWN_SCHEME if flaw is Flaw.UNKNOWN_SCHEME else DEAD_LINK
            yield text.finding(code, href.value_start, href.value_end, _MESSAGES[flaw])


def _example(href: str) -> str | None:
    """Return an href with a letter for each value, or None if a tag decides how it begins."""
    example = ""
    for kind, piece in href_pieces(href):
        if kind is Kind.TEXT:
            example += piece
        elif not example.strip():
            return None
        elif kind is Kind.OUTPUT:
            example += "x"
    return example
