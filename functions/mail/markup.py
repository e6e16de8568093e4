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

_MARKUP = re.compile(r"<(?:(?P<tag>/?[a-z][^\s/>]*)|(?P<comment>!--)|(?P<declaration>[!?]))", re.I)
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<end>>)|(?P<name>[^\s/>][^\s/>=]*)"""
    r"""(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*))?)?)"""
)
_UNPARSED = frozenset({"script", "style", "textarea", "title", "xmp"})


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
    """A comment, a declaration, or the content of an element that displays no text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    start: int
    end: int


def looks_like_html(masked: str) -> bool:
    """Return whether the text contains any tag."""
    return _MARKUP.search(masked) is not None


def scan(masked: str) -> Iterator[Tag | Hidden | Text]:
    """Yield the parts of `masked` in order, without gaps."""
    position = 0
    while opening := _MARKUP.search(masked, position):
        if opening.start() > position:
            yield Text(position, opening.start())
        if opening["tag"]:
            tag = _read_tag(masked, opening)
            if tag is None:
                position = opening.start()
                break
            yield tag
            position = tag.end
            if tag.name in _UNPARSED and not tag.closing:
                end = _content_end(masked, tag)
                yield Hidden(position, end)
                position = end
        else:
            closing = "-->" if opening["comment"] else ">"
            end = masked.find(closing, opening.end())
            if end < 0:
                position = opening.start()
                break
            position = end + len(closing)
            yield Hidden(opening.start(), position)
    else:
        if position < len(masked):
            yield Text(position, len(masked))
        return
    yield Hidden(position, len(masked))


def _read_tag(masked: str, opening: re.Match[str]) -> Tag | None:
    """Read the attributes up to the closing bracket. Return None if there is none."""
    name = opening["tag"].lower()
    attributes: list[Attribute] = []
    position = opening.end()
    while match := _ATTRIBUTE.match(masked, position):
        position = match.end()
        if match["end"]:
            closing = name.startswith("/")
            return Tag(name.lstrip("/"), closing, opening.start(), position, tuple(attributes))
        for kind, quotes in (("double", 1), ("single", 1), ("bare", 0)):
            start, end = match.span(kind)
            if start >= 0:
                attributes.append(
                    Attribute(match["name"].lower(), start - quotes, end + quotes, start, end)
                )
    return None


def _content_end(masked: str, tag: Tag) -> int:
    closing = re.compile(rf"</{tag.name}(?=[\s/>])", re.I).search(masked, tag.end)
    return closing.start() if closing else len(masked)
