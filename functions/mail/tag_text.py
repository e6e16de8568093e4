"""Read Liquid tags as HTML editors write them.

Role: editors spell a tag as they spell text: `&gt;` for an operator, `&quot;` around a literal,
no-break spaces between words. This module restores the tag before it is parsed, and says what is
wrong with a tag that cannot be restored.
Invariant: no template that is valid changes its meaning: outside of literals none of these
characters is allowed in Liquid. No line is added or removed, no tag begins or ends elsewhere.
It must not know what tags mean, except which of them compare.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from functions.mail.errors import TemplateError
from functions.mail.references import decode_text
from functions.mail.spans import Kind, Span, line_of

_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
_UNSEEN = "\u00ad\u200b\u2060\ufeff"
_RESTORED = str.maketrans({**dict.fromkeys(_SPACES, " "), **dict.fromkeys(_UNSEEN, None)})
_SUSPECT = re.compile(f"[&{_SPACES}{_UNSEEN}]")
_CURLY = re.compile("[\u2018-\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a]")
_MARKUP = re.compile(r"</?[a-z][^<>]*>", re.I)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_COMPARES = re.compile(r"\{%-?\s*(?:if|elsif|unless|case|when)\b")
_TAGS = (Kind.OUTPUT, Kind.TAG)
_STRUCTURE = "{}%"
_DOUBLE = re.compile(r"&(?:quot|QUOT|#0*34|#[xX]0*22);?")
_SINGLE = re.compile(r"&(?:apos|#0*39|#[xX]0*27);?")
_QUOTE = re.compile(rf"[\"']|(?P<double>{_DOUBLE.pattern})|(?P<single>{_SINGLE.pattern})")
_SHOWN_CHARS_MAX = 60


def restore_tags(source: str, spans: Iterable[Span]) -> str:
    """Return `source` with the characters of its tags restored; literals stay as they are."""
    return _edited(source, spans, _restored) if _SUSPECT.search(source) else source


def decode_comparisons(source: str, spans: Iterable[Span]) -> str:
    """Return HTML in which the literals that tags compare with are decoded, as values are."""
    return _edited(source, spans, lambda tag: decode_literals(tag) if _COMPARES.match(tag) else tag)


def decode_literals(tag: str) -> str:
    """Return a tag of HTML with its literals decoded, for use in text."""
    if "&" not in tag:
        return tag
    return "".join(
        _decoded_literal(text) if is_literal else text for is_literal, text in _pieces(tag)
    )


def explain_tags(source: str, spans: Iterable[Span]) -> TemplateError | None:
    """Return what an editor has done to a tag of `source` that cannot be undone, if anything."""
    for each in spans:
        if each.kind not in _TAGS:
            continue
        tag = source[each.start : each.end]
        for is_literal, text in _pieces(tag):
            fault = None if is_literal else _fault(text)
            if fault is not None:
                return TemplateError(f"{_shown(tag)} has {fault}", line_of(source, each.start))
    return None


def _fault(text: str) -> str | None:
    if curly := _CURLY.search(text):
        return f"the curly quote {curly[0]}: put text in straight quotes, \" or '"
    if markup := _MARKUP.search(text):
        return f"the markup {_shown(markup[0])} in it: format the whole tag, or none of it"
    if encoded := _PERCENT.search(text):
        return f"the encoded character {encoded[0]} in it: write the character itself"
    return None


def _edited(source: str, spans: Iterable[Span], edit: Callable[[str], str]) -> str:
    return "".join(
        edit(source[each.start : each.end]) if each.kind in _TAGS else source[each.start : each.end]
        for each in spans
    )


def _restored(tag: str) -> str:
    return "".join(
        text if is_literal else _decoded(text).translate(_RESTORED)
        for is_literal, text in _pieces(tag)
    )


def _pieces(tag: str) -> Iterator[tuple[bool, str]]:
    """Yield what is a literal, with straight quotes around it, and what is not."""
    position = 0
    while opening := _QUOTE.search(tag, position):
        if opening["double"] or opening["single"]:
            quote, pattern = ('"', _DOUBLE) if opening["double"] else ("'", _SINGLE)
            found = pattern.search(tag, opening.end())
            start, end = found.span() if found else (-1, -1)
        else:
            quote = opening[0]
            start = tag.find(quote, opening.end())
            end = start + 1
        if start < 0:
            break
        yield False, tag[position : opening.start()]
        yield True, _quoted(tag[opening.end() : start], quote)
        position = end
    yield False, tag[position:]


def _quoted(text: str, quote: str) -> str:
    """Return `text` as a literal; Liquid has no way to write a quote inside its own kind."""
    if quote in text:
        quote = "'" if quote == '"' else '"'
    return f"{quote}{text}{quote}"


def _decoded_literal(literal: str) -> str:
    decoded = _decoded(literal[1:-1])
    # With quotes of both kinds in it, there is no other way to write it.
    return literal if '"' in decoded and "'" in decoded else _quoted(decoded, literal[0])


def _decoded(text: str) -> str:
    """Decode references line by line, but none that would begin or end a tag."""
    if "&" not in text:
        return text
    lines = text.split("\n")
    return "\n".join(_decoded_line(line) for line in lines)


def _decoded_line(line: str) -> str:
    decoded = decode_text(line).replace("\n", " ")
    is_safe = all(decoded.count(each) == line.count(each) for each in _STRUCTURE)
    return decoded if is_safe else line


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_CHARS_MAX else f"{text[: _SHOWN_CHARS_MAX - 2]} …"
