"""What a person sees of a message: its headers, text, HTML page, and links."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

LINKS_MAX = 1_000
LINK_TEXT_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor of the page: its target and its text."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """`text` and `html` are the first parts of their kind, None if there is none.

    `images` are the addresses of the pictures in the page, including the tracking pixel.
    """

    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    links: tuple[Link, ...]
    images: tuple[str, ...]


def read_message(raw: bytes) -> ReadMessage:
    """Never raises: broken parts of a message are shown as far as they can be read."""
    message = message_from_bytes(raw, policy=policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    text = html = None
    for part in message.walk():
        if part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and text is None:
            text = _text_of(part)
        elif kind == "text/html" and html is None:
            html = _text_of(part)
    page = page_of(html or "")
    return ReadMessage(
        headers=tuple(_headers(message)),
        text=text,
        html=html,
        links=page.links,
        images=page.images,
    )


@dataclass(frozen=True, slots=True)
class Page:
    links: tuple[Link, ...]
    images: tuple[str, ...]


def page_of(html: str) -> Page:
    """The links and images of a page, in order."""
    collector = _Collector()
    collector.feed(html)
    collector.close()
    collector.finish()
    return Page(tuple(collector.links), tuple(collector.images))


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for name, written in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(name, written))
        except (AttributeError, IndexError, LookupError, TypeError, ValueError):
            value = str(written)  # the header parser fails on some malformed headers
        yield name, _clean(" ".join(value.split()))


def _text_of(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    written = payload if isinstance(payload, bytes) else b""
    try:
        return written.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return written.decode("utf-8", "replace")


def _clean(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Collector(HTMLParser):
    """Collects anchors with their text (including images' alt texts), and images."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.images: list[str] = []
        self._url: str | None = None
        self._pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.finish()
            self._url = values.get("href")
        elif tag == "img":
            if (source := values.get("src")) and len(self.images) < LINKS_MAX:
                self.images.append(source)
            if self._url is not None and (alt := values.get("alt")):
                self._pieces.append(alt)

    def handle_data(self, data: str) -> None:
        if self._url is not None:
            self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.finish()

    def finish(self) -> None:
        """Close the open anchor, if there is one."""
        if self._url is not None and len(self.links) < LINKS_MAX:
            text = " ".join("".join(self._pieces).split())[:LINK_TEXT_CHARS_MAX]
            self.links.append(Link(self._url, text))
        self._url = None
        self._pieces = []
