"""The footer of a marketing e-mail: who sends it, and how to get no more of them.

Role: write the footer as a template, for the HTML and for the text part.
Invariant: it always has the link to unsubscribe, and nothing in it but that link leads anywhere.
It must not know who decides what it says.
"""

from dataclasses import dataclass
from html import escape

from functions.mail.spans import Kind, split_source

_STYLE = (
    "margin:32px 0 0;padding:16px 0 0;border-top:1px solid #8888;font-family:Helvetica,Arial,"
    "sans-serif;font-size:12px;line-height:18px;color:#767676"
)
_LINK = '<a href="{{ unsubscribe_url }}" style="color:#767676">Unsubscribe</a>'


@dataclass(frozen=True, slots=True)
class Footer:
    """`words`: a template of plain text, in lines. `postal_address`: plain text, in lines."""

    words: str = ""
    postal_address: str = ""

    def html(self) -> str:
        """Raises `TemplateError` if the Liquid in `words` is not closed."""
        spans = split_source(self.words)
        pieces = [(it.kind, self.words[it.start : it.end]) for it in spans]
        words = "".join(_lines(text) if kind is Kind.TEXT else text for kind, text in pieces)
        parts = [words, _without_liquid(_lines(self.postal_address)), _LINK]
        return f'<div style="{_STYLE}">{"<br>".join(filter(None, parts))}</div>'

    def text(self) -> str:
        """With an empty line before it, and a link that is not tracked."""
        address = _without_liquid(self.postal_address)
        parts = [self.words, address, "Unsubscribe: {{ unsubscribe_url }}"]
        return "\n\n" + "\n".join(filter(None, parts)) + "\n"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _without_liquid(text: str) -> str:
    """An address is no template: a brace in it stays a brace."""
    return text.replace("{", "{{ '{' }}") if "{{" in text or "{%" in text else text
