"""Convert templates between plain text and HTML; the Liquid stays in place.

Role: derive the text part of an HTML body, and the HTML part of a body written as text.
Invariant: the result has every Liquid tag of the source, so that balanced tags stay balanced;
decoding never turns text of the source into Liquid.
It must not know recipients.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

from functions.mail.links import Link, href_pieces, link_tag
from functions.mail.markup import Hidden, Tag, Text
from functions.mail.references import decode_attribute, decode_text
from functions.mail.spans import Kind, Span, split_source
from functions.mail.tag_text import decode_literals

# fmt: off
_BLOCKS_APART = frozenset({
    "article", "blockquote", "div", "dl", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "main", "ol", "p", "pre", "section", "table", "ul",
})
_BLOCKS = frozenset({
    "body", "br", "center", "dd", "dt", "figcaption", "figure", "html", "li", "nav", "tbody",
    "tfoot", "thead", "tr",
})
# fmt: on
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
_TOO_MANY_BREAKS = re.compile(r"\n{3,}")
_SPACE_AT_END = re.compile(r" +\n")
_URL = re.compile(r"https?://[^\s<>\"']+", re.I)
_PARAGRAPH = re.compile(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+")
_PUTS_SOMETHING_IN = re.compile(r"\{%-?\s*(?:cycle|decrement|echo|increment)\b")
_LINE = re.compile(r"\r?\n")
_BRACE = "{{ '{' }}"
"""Renders to a brace that never starts Liquid."""
_OPENS_WITH_BRACE = ("{", "%", "#")
"""Characters that form Liquid together with a brace before them."""


def tidy(text: str) -> str:
    """Remove the gaps that conditions and empty values leave in a rendered text part."""
    if " \n" in text:
        text = _SPACE_AT_END.sub("\n", text)
    if "\n\n\n" in text:
        text = _TOO_MANY_BREAKS.sub("\n\n", text)
    return text.strip() + "\n"


def text_from_html(source: str, parts: Iterable[Tag | Hidden | Text], links: Sequence[Link]) -> str:
    """Return the text template of an HTML template, given its parts and links."""
    writer = _TextWriter(source, links)
    for part in parts:
        match part:
            case Text():
                writer.text(part.start, part.end)
            case Hidden():
                writer.keep_tags(part.start, part.end)
            case Tag():
                writer.tag(part)
    return writer.finish()


class _TextWriter:
    """Collects the text template, and keeps track of breaks and spaces."""

    def __init__(self, source: str, links: Sequence[Link]) -> None:
        self._source = source
        self._links = {link.attribute.start: link for link in links if link.attribute}
        self._pieces: list[str] = []
        self._breaks_due = 0
        self._breaks_done = 0
        self._space_due = False
        self._space_done = False
        self._written = False
        self._anchors: list[tuple[Link, int]] = []
        self._preformatted = 0

    def text(self, start: int, end: int, decode: Callable[[str], str] = decode_text) -> None:
        for kind, piece in _pieces(self._source[start:end]):
            if kind is not Kind.TEXT:
                self._liquid(kind, piece)
            elif self._preformatted:
                self._write(_without_liquid(decode(piece), piece))
            else:
                self._words(_SPACE.sub(" ", _without_liquid(decode(piece), piece)))

    def keep_tags(self, start: int, end: int) -> None:
        """Keep the Liquid tags of what displays no text: they may assign, or close a condition."""
        for kind, piece in _pieces(self._source[start:end]):
            if kind is Kind.TAG and not _PUTS_SOMETHING_IN.match(piece):
                self._liquid(kind, piece)

    def tag(self, tag: Tag) -> None:
        self.keep_tags(tag.start, tag.end)
        if tag.name == "a":
            self._close_anchor() if tag.closing else self._open_anchor(tag)
        elif tag.name in _BLOCKS_APART:
            self._preformatted += (tag.name == "pre") * (-1 if tag.closing else 1)
            self._break(2)
        elif tag.name in _BLOCKS:
            self._break(1, add=tag.name == "br")
        elif tag.name in _CELLS:
            self._space_due = True
        if tag.name == "li" and not tag.closing:
            self._words("- ")
        if tag.name == "img" and not tag.closing:
            self._alternative(tag)

    def finish(self) -> str:
        return "".join(self._pieces).strip()

    def _open_anchor(self, tag: Tag) -> None:
        href = tag.attribute("href")
        if href is not None and href.start in self._links:
            self._anchors.append((self._links[href.start], len(self._pieces)))

    def _close_anchor(self) -> None:
        if not self._anchors:
            return
        link, first = self._anchors.pop()
        while first < len(self._pieces) and self._pieces[first].isspace():
            first += 1
        shown = "".join(self._pieces[first:]).strip()
        href = self._decoded_href(link)
        if not shown or shown in (href, href.removeprefix("mailto:")):
            del self._pieces[first:]
            self._write(link_tag(link.index, href, "bare"))
        else:
            self._append(link_tag(link.index, href, "suffix"))

    def _decoded_href(self, link: Link) -> str:
        assert link.attribute is not None
        href = self._source[link.attribute.value_start : link.attribute.value_end]
        return "".join(
            piece.replace("{", _BRACE) if kind is Kind.TEXT else _readable(kind, piece)
            for kind, piece in href_pieces(href)
        )

    def _alternative(self, tag: Tag) -> None:
        alternative = tag.attribute("alt")
        if alternative is not None:
            self.text(alternative.value_start, alternative.value_end, decode_attribute)

    def _liquid(self, kind: Kind, piece: str) -> None:
        piece = _readable(kind, piece)
        if kind is not Kind.TAG:
            self._write(piece)
            return
        # Separators go before the tag, so that each round of a loop ends with its own break.
        self._separate()
        self._append(piece)

    def _words(self, text: str) -> None:
        words = text.strip(" ")
        if text.startswith(" ") or not words:
            self._space_due = bool(text) and not self._space_done
        if words:
            self._write(words)
            self._space_due = text.endswith(" ")

    def _write(self, text: str) -> None:
        self._separate()
        self._breaks_done = 0
        self._space_done = False
        self._written = True
        self._append(text)

    def _append(self, piece: str) -> None:
        """Pieces that were separated by markup must not form Liquid when joined."""
        if piece.startswith(_OPENS_WITH_BRACE) and self._pieces and self._pieces[-1].endswith("{"):
            self._pieces[-1] = self._pieces[-1][:-1] + _BRACE
        self._pieces.append(piece)

    def _separate(self) -> None:
        if self._written and self._breaks_due:
            self._append("\n" * self._breaks_due)
            self._breaks_done += self._breaks_due
        elif self._written and self._space_due and not self._breaks_done:
            self._append(" ")
            self._space_done = True
        self._breaks_due = 0
        self._space_due = False

    def _break(self, breaks: int, *, add: bool = False) -> None:
        due = self._breaks_due + 1 if add else max(self._breaks_due, breaks - self._breaks_done)
        self._breaks_due = min(2, due)


def _pieces(source: str) -> list[tuple[Kind, str]]:
    return [(each.kind, source[each.start : each.end]) for each in split_source(source)]


def _readable(kind: Kind, piece: str) -> str:
    """Return Liquid of an HTML template for use in text."""
    return piece if kind is Kind.VERBATIM else decode_literals(piece)


def _without_liquid(decoded: str, written: str) -> str:
    """Return decoded text in which no reference has become Liquid."""
    return decoded if decoded.count("{") == written.count("{") else decoded.replace("{", _BRACE)


def links_in_text(masked: str, source: str) -> list[tuple[Link, int, int]]:
    """Find the URLs in a body written as text, with their places."""
    found: list[tuple[Link, int, int]] = []
    for match in _URL.finditer(masked):
        url = match[0].rstrip(".,;:!?)")
        start, end = match.start(), match.start() + len(url)
        found.append((Link(len(found), source[start:end]), start, end))
    return found


def track_text(source: str, found: Iterable[tuple[Link, int, int]]) -> str:
    """Return a text body with its URLs wrapped in the link tag."""
    pieces: list[str] = []
    position = 0
    for link, start, end in found:
        pieces += [source[position:start], link_tag(link.index, source[start:end], "bare")]
        position = end
    return "".join([*pieces, source[position:]])


def html_from_text(
    source: str, spans: Sequence[Span], found: Iterable[tuple[Link, int, int]]
) -> str:
    """Return a text body as HTML: paragraphs, line breaks, URLs made links."""
    pieces: list[str] = []
    position = 0
    for link, start, end in found:
        url = _escaped(source, spans, start, end)
        anchor = f'<a href="{link_tag(link.index, url)}">{url}</a>'
        pieces += [_escaped(source, spans, position, start), anchor]
        position = end
    pieces.append(_escaped(source, spans, position, len(source)))
    return f"<p>{''.join(pieces).strip()}</p>"


def _escaped(source: str, spans: Sequence[Span], start: int, end: int) -> str:
    """Escape the text between two positions outside of Liquid, and mark its lines."""
    pieces = []
    for each in spans:
        first, last = max(each.start, start), min(each.end, end)
        if first >= last:
            continue
        piece = source[first:last]
        if each.kind is Kind.TEXT:
            piece = _PARAGRAPH.sub("</p>\x00<p>", escape(piece))
            piece = _LINE.sub("<br>\n", piece).replace("\x00", "\n")
        pieces.append(piece)
    return "".join(pieces)
