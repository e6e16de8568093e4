"""Make the templates of the HTML and the text part from the body that the author wrote.

Role: add the preheader, the pixel and the link tags to the HTML, and derive the text part.
Invariant: HTML that says how it looks is changed nowhere else; a fragment is put into the wrapper.
The Liquid of the author is moved or wrapped, and its meaning is not changed.
It must not know recipients.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from functions.mail.footer import Footer
from functions.mail.links import Edit, Link, apply_edits, find_links, href_edits
from functions.mail.markup import Hidden, Tag, Text, looks_like_html, scan
from functions.mail.plain_text import (
    html_from_text,
    links_in_text,
    text_from_html,
    track_text,
)
from functions.mail.spans import Kind, Span, mask_liquid, split_source
from functions.mail.tag_text import decode_comparisons, restore_tags
from functions.mail.wrapper import wrapped

PIXEL_VARIABLE = "open_pixel_url"

_PIXEL = (
    f'<img src="{{{{ {PIXEL_VARIABLE} }}}}" width="1" height="1" alt="" '
    'style="display:block;border:0;width:1px;height:1px">'
)
_PREHEADER_STYLE = "display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"
"""Without tiny type, which filters take for hidden advertising."""
_DESIGNED = frozenset({"html", "head", "body", "table", "style"})
"""Elements of authors who decide themselves how their e-mail looks."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The template of each part, and the links in them."""

    html: str
    text: str
    links: tuple[Link, ...]


def lay_out(body: str, preheader: str, *, with_pixel: bool, footer: Footer | None = None) -> Layout:
    """Raises `TemplateError` if the Liquid in `body`, `preheader` or `footer` is not closed."""
    below = footer.html() if footer is not None else ""
    text_below = footer.text() if footer is not None else ""
    body = _restored(body)
    spans = split_source(body)
    masked = mask_liquid(body, spans)
    before, after = _preheader(_restored(preheader)), _PIXEL if with_pixel else ""
    if not looks_like_html(masked):
        found = links_in_text(masked, body)
        html = wrapped(html_from_text(body, spans, found) + below, before=before, after=after)
        text = track_text(body, found) + text_below
        return Layout(html, text, tuple(link for link, _, _ in found))
    body = decode_comparisons(body, spans)
    parts = list(scan(mask_liquid(body, split_source(body))))
    links = find_links(body, parts)
    edits = href_edits(body, links)
    if _is_fragment(parts):
        html = wrapped(apply_edits(body, edits) + below, before=before, after=after)
    else:
        start, end = _inside_body(parts, len(body))
        edits += [Edit(start, start, before), Edit(end, end, below + after)]
        html = apply_edits(body, edits)
    return Layout(html, text_from_html(body, parts, links) + text_below, tuple(links))


def _restored(source: str) -> str:
    return restore_tags(source, split_source(source))


def _is_fragment(parts: Sequence[Tag | Hidden | Text]) -> bool:
    """Return whether the HTML says nothing about how it looks."""
    return not any(
        part.is_doctype or part.tags
        if isinstance(part, Hidden)
        else isinstance(part, Tag) and (part.name in _DESIGNED or part.attribute("style"))
        for part in parts
    )


def _inside_body(parts: Sequence[Tag | Hidden | Text], length: int) -> tuple[int, int]:
    """Return where the body starts and ends, even if the author left out `<html>` or `<body>`."""
    start, end = 0, length
    for part in parts:
        if isinstance(part, Hidden) and part.is_doctype:
            start = part.end
        if not isinstance(part, Tag):
            continue
        if part.name == "body":
            start, end = (start, part.start) if part.closing else (part.end, end)
        elif part.name == ("head" if part.closing else "html"):
            start = part.end
        elif part.name == "html" and end == length:
            end = part.start
    return start, end


def _preheader(preheader: str) -> str:
    if not preheader.strip():
        return ""
    pieces = [_escaped(preheader, each) for each in split_source(preheader)]
    return f'<div style="{_PREHEADER_STYLE}">{"".join(pieces)}</div>'


def _escaped(source: str, span: Span) -> str:
    piece = source[span.start : span.end]
    return escape(piece) if span.kind is Kind.TEXT else piece
