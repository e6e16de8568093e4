"""Tracked links: found once in the template, written for each recipient.

Role: find each `<a href>`, and each link that only Outlook sees, and wrap its value in a tag of our
own, which writes the tracked URL when the template renders. So an href inside a loop or a condition
works like any other.
Invariant: an href in a message is what `destination` makes of it; a redirect goes only to a signed
URL.
It must not know how tokens are read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TextIO

from liquid.ast import BlockNode, Node
from liquid.context import RenderContext
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag as LiquidTag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from functions.mail.budget import Budget
from functions.mail.destination import Destination, destination
from functions.mail.markup import Attribute, Hidden, Tag, Text, tags_of
from functions.mail.references import decode_attribute
from functions.mail.render_context import SandboxContext
from functions.mail.sandbox import SandboxEnvironment
from functions.mail.shortcuts import Lookup, Shortcut, ShortcutNode, plain_steps
from functions.mail.spans import Kind, split_source
from functions.mail.tokens import Keyring, Purpose, encode_json

CLICK_PATH = "/t/c/"
LINK_CHARS_MAX = 500

_CHARS_PER_STEP = 4
"""Of an href, which is decoded, checked and encoded."""

_HTML_SPECIAL = re.compile("[&<>\"']")
_LINKS = frozenset({"a", "area"})
_VML = "v:"
"""The start of the names of shapes that Outlook draws; each may be a link."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a template."""

    index: int
    source: str
    """The href as its author wrote it, with entities decoded; it may hold Liquid."""
    attribute: Attribute | None = None
    """The position of the href; None for a URL in plain text."""

    @property
    def label(self) -> str:
        """The name of the link in conditions and in tokens."""
        return self.source if len(self.source) <= LINK_CHARS_MAX else f"#{self.index + 1}"


def find_links(source: str, parts: Iterable[Tag | Hidden | Text]) -> list[Link]:
    """Return the links of an HTML template, whose parts were found by `markup.scan`."""
    links: list[Link] = []
    for part in parts:
        for tag in tags_of(part):
            if tag.closing or not (tag.name in _LINKS or tag.name.startswith(_VML)):
                continue
            for each in tag.attributes:
                if each.name == "href":
                    href = _decoded(source[each.value_start : each.value_end]).strip()
                    links.append(Link(len(links), href, each))
    return links


def _decoded(href: str) -> str:
    """Return an href as its author reads it; what its Liquid does with it is not asked here."""
    return "".join(
        text if kind is Kind.TEXT else decode_attribute(text) for kind, text in href_pieces(href)
    )


def href_pieces(href: str) -> Iterator[tuple[Kind, str]]:
    """Yield the spans of an href; text without character references."""
    for each in split_source(href):
        piece = href[each.start : each.end]
        if each.kind is Kind.TEXT:
            piece = decode_attribute(piece, is_continued=each.end < len(href))
        yield each.kind, piece


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between `start` and `end` by `text`."""

    start: int
    end: int
    text: str


def href_edits(source: str, links: Iterable[Link]) -> list[Edit]:
    """Return the edits that wrap each href in the link tag, in order."""
    edits: list[Edit] = []
    for link in links:
        href = link.attribute
        if href is not None:
            wrapped = link_tag(link.index, _spelled(source[href.value_start : href.value_end]))
            edits.append(Edit(href.start, href.end, f'"{wrapped}"'))
    return edits


def _spelled(href: str) -> str:
    """Spell the references in an href so that no value after them can continue one."""
    return "".join(
        text.replace("&", "&amp;").replace("{", "&#123;") if kind is Kind.TEXT else text
        for kind, text in href_pieces(href)
    )


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Return `source` after `edits`, which do not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda each: each.start):
        pieces += [source[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, source[position:]])


def link_tag(index: int, href: str, mode: str = "") -> str:
    """Write the tag around `href`. In the text part `mode` is "bare" or "suffix"."""
    return f"{{% eb_link {index} {mode}%}}{href}{{% endeb_link %}}"


class LinkWriter:
    """Writes the links of one message, in both parts."""

    __slots__ = ("_click_url", "_keyring", "_links", "_payload_start", "_unsubscribe_url", "_urls")

    def __init__(
        self,
        links: Sequence[Link],
        *,
        keyring: Keyring | None,
        click_url: str,
        payload_start: bytes,
        unsubscribe_url: str,
    ) -> None:
        """Without `keyring` nothing is tracked; `payload_start` is `click_payload_start(…)`."""
        self._links = links
        self._keyring = keyring
        self._click_url = click_url
        self._payload_start = payload_start
        self._unsubscribe_url = unsubscribe_url
        self._urls: dict[tuple[int, str], str] = {}

    def write(self, index: int, href: str, found: Destination | None = None) -> str:
        """Return the URL in the message for link `index`, which rendered to `href`.

        `found` is `destination(href)` if the caller knows it already.
        """
        if href == self._unsubscribe_url:
            return href
        found = found or destination(href)
        url = found.url
        if self._keyring is None or not found.trackable:
            return url
        tracked = self._urls.get((index, url))
        if tracked is None:
            payload = self._payload_start + click_payload_end(url, self._links[index].label)
            tracked = self._click_url + self._keyring.sign_payload(payload)
            self._urls[index, url] = tracked
        return tracked


def click_payload_start(opened: bytes) -> bytes:
    """Return the payload of a click token up to the URL, given that of the open token."""
    return b'["' + Purpose.CLICK.encode() + opened[3:-1] + b","


@lru_cache(maxsize=4_096)
def click_payload_end(url: str, link: str) -> bytes:
    """Return the rest of that payload (see `tokens.encode_payload`)."""
    spelled = encode_json(url) if url == link else encode_json([url, link])[1:-1]
    return spelled + b"]"


class LinkEnvironment(SandboxEnvironment):
    """The sandbox for authors, plus the link tag."""

    block_nesting_limit = SandboxEnvironment.block_nesting_limit + 1

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(autoescape=autoescape)
        self.tags[_LinkTag.name] = _LinkTag(self)


class _LinkTag(LiquidTag):
    """`{% eb_link 3 %}https://…{% endeb_link %}`"""

    name = "eb_link"
    end = "endeb_link"

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        index, _, mode = stream.eat(TOKEN_EXPRESSION).value.partition(" ")
        block = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _LinkNode(token, int(index), mode.strip(), block)


class _LinkNode(ShortcutNode):
    """Renders its block to an href, and writes the link for it."""

    __slots__ = ("block", "index", "mode")
    steps = 40
    """For the token in the link and its signature."""

    def __init__(self, token: Token, index: int, mode: str, block: BlockNode) -> None:
        super().__init__(token)
        self.blank = False
        self.index = index
        self.mode = mode
        self.block = block

    def children(
        self, static_context: RenderContext, *, include_partials: bool = True
    ) -> list[Node]:
        return [self.block]

    def shortcut(self) -> Shortcut | None:
        # The href must not be escaped yet.
        steps = plain_steps(
            self.block.nodes, autoescape=False, decode=None if self.mode else decode_attribute
        )
        return None if steps is None else _LinkShortcut(self, steps)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, SandboxContext)
        href = context.get_buffer(buffer)
        self.block.render(context, href)
        # Values are escaped in HTML, but not in the text part.
        written = href.getvalue()
        context.budget.charge(len(written) // _CHARS_PER_STEP)
        url = written if self.mode else decode_attribute(written)
        return buffer.write(self.written(context.companion, url, None))

    def written(self, writer: object, href: str, found: Destination | None) -> str:
        assert isinstance(writer, LinkWriter)
        url = writer.write(self.index, href, found)
        if self.mode:
            return _shown(url, self.mode)
        return escape(url) if _HTML_SPECIAL.search(url) else url


class _LinkShortcut(Shortcut):
    """A link with an href made of text and plain lookups only."""

    __slots__ = ("_found", "_link", "_steps")

    def __init__(self, link: _LinkNode, steps: list[str | Lookup]) -> None:
        super().__init__(link)
        self._link = link
        self._steps = steps
        texts = [step for step in self._steps if isinstance(step, str)]
        self._found = destination("".join(texts)) if len(texts) == len(steps) else None

    def text(self, context: Mapping[str, object], companion: object, budget: Budget) -> str:
        if self._found is not None:
            return self._link.written(companion, self._found.url, self._found)
        href = "".join(
            step if isinstance(step, str) else step.text(context, companion, budget)
            for step in self._steps
        )
        budget.charge(len(href) // _CHARS_PER_STEP)
        return self._link.written(companion, href, None)


def _shown(url: str, mode: str) -> str:
    """Return the link as the text part shows it."""
    if url.startswith("#"):
        return ""
    if url.lower().startswith(("mailto:", "tel:", "sms:")):
        url = url.partition(":")[2].partition("?")[0]
    return url if mode == "bare" else f" ({url})"
