"""Find the tags in the HTML of a template, by position.

Role: links.py and plain_text.py work on its result. The parser of the standard library gives no
positions of attributes, and a template can only be edited in place with positions.
Invariant: linear in the length of the text. A tag that is not closed ends the scan: a browser would
treat the rest as part of it.
It must not know Liquid: it reads text in which Liquid is masked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKUP = re.compile(
    r"<(?:(?P<tag>/?[a-z][^ \t\n\r\f/>]*)|(?P<comment>!--)|[!?]|(?P<slip>/[^a-z>]))", re.I
)
"""`slip`: an end tag without a name, which browsers take for a comment."""
_ATTRIBUTE = re.compile(
    r"""[ \t\n\r\f/]*(?:(?P<end>>)|(?P<name>[^ \t\n\r\f/>][^ \t\n\r\f/>=]*)"""
    r"""(?:[ \t\n\r\f]*=[ \t\n\r\f]*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<bare>[^ \t\n\r\f>"'][^ \t\n\r\f>]*)|(?P<open>["']))?)?)"""
)
_COMMENT_END = re.compile(r"--!?>")
_EMPTY_COMMENT = re.compile(r"-?>")
_CONDITIONAL = re.compile(r"<!--\[if\b[^\]]*\]>", re.I)
"""The start of a comment that Outlook reads as markup."""
_DOCTYPE = "<!doctype"
_UNPARSED = frozenset(
    {"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"}
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`start` and `end` include the quotes of the value; `value_*` do not."""

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or an end tag if `closing`. `name` is in lower case."""

    name: str
    closing: bool
    start: int
    end: int
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        return next((each for each in self.attributes if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A comment, a declaration, or the content of an element that displays no text.

    `tags`: those of a conditional comment (`<!--[if mso]> … <![endif]-->`); they work in Outlook.
    """

    start: int
    end: int
    tags: tuple[Tag, ...] = ()
    is_doctype: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    start: int
    end: int


def tags_of(part: Tag | Hidden | Text) -> tuple[Tag, ...]:
    """Return the tag that `part` is, or those of a conditional comment."""
    return (part,) if isinstance(part, Tag) else part.tags if isinstance(part, Hidden) else ()


def looks_like_html(masked: str) -> bool:
    """Return whether the text contains any tag."""
    return any(not opening["slip"] for opening in _MARKUP.finditer(masked))


def scan(masked: str) -> Iterator[Tag | Hidden | Text]:
    """Yield the parts of `masked` in order, without gaps."""
    return _scan(masked, 0, len(masked))


def _scan(masked: str, position: int, stop: int) -> Iterator[Tag | Hidden | Text]:
    while opening := _MARKUP.search(masked, position, stop):
        if opening.start() > position:
            yield Text(position, opening.start())
        position = opening.start()
        part = _read_tag(masked, opening, stop) if opening["tag"] else _hidden(masked, opening)
        if part is None or part.end > stop:
            break
        yield part
        position = part.end
        if isinstance(part, Tag) and part.name in _UNPARSED and not part.closing:
            end = _content_end(masked, part, stop)
            yield Hidden(position, end)
            position = end
    else:
        if position < stop:
            yield Text(position, stop)
        return
    yield Hidden(position, stop)


def _hidden(masked: str, opening: re.Match[str]) -> Hidden | None:
    """Return the comment or the declaration, or None if it has no end."""
    if not opening["comment"]:
        start, end = opening.start(), masked.find(">", opening.start()) + 1
        is_doctype = masked[start : start + len(_DOCTYPE)].lower() == _DOCTYPE
        return Hidden(start, end, is_doctype=is_doctype) if end else None
    closing = _EMPTY_COMMENT.match(masked, opening.end()) or _COMMENT_END.search(
        masked, opening.end()
    )
    if closing is None:
        return None
    conditional = _CONDITIONAL.match(masked, opening.start(), closing.start())
    inside = _scan(masked, conditional.end(), closing.start()) if conditional else ()
    tags = tuple(part for part in inside if isinstance(part, Tag))
    return Hidden(opening.start(), closing.end(), tags)


def _read_tag(masked: str, opening: re.Match[str], stop: int) -> Tag | None:
    """Read the attributes up to the closing bracket. Return None if there is none."""
    name = opening["tag"].lower()
    attributes: list[Attribute] = []
    position = opening.end()
    while match := _ATTRIBUTE.match(masked, position, stop):
        position = match.end()
        if match["end"]:
            closing = name.startswith("/")
            return Tag(name.lstrip("/"), closing, opening.start(), position, tuple(attributes))
        if match["open"]:
            return None
        for kind, quotes in (("double", 1), ("single", 1), ("bare", 0)):
            start, end = match.span(kind)
            if start >= 0:
                attributes.append(
                    Attribute(match["name"].lower(), start - quotes, end + quotes, start, end)
                )
    return None


def _content_end(masked: str, tag: Tag, stop: int) -> int:
    pattern = re.compile(rf"</{tag.name}(?=[ \t\n\r\f/>])", re.I)
    closing = pattern.search(masked, tag.end, stop)
    return closing.start() if closing else stop
