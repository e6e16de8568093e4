"""Split the source of a template into text and Liquid, as python-liquid's lexer does.

Role: the first check of a template, before anything expensive is done with it.
Invariant: linear in the length of the source. For a source that passes, the regular expressions of
python-liquid are linear, too; an unclosed tag or a long gap makes some of them quadratic.
It must not know what the tags mean.
"""

import re
from dataclasses import dataclass
from enum import Enum

from functions.mail.errors import TemplateError, TemplateTooLongError

SOURCE_CHARS_MAX = 256_000
TAG_CHARS_MAX = 2_000
TAGS_MAX = 5_000
"""Parsing a tag takes longer than writing many."""

_OPENING = re.compile(r"\{\{|\{%")
_LONG_GAP = re.compile(r"\{[{%]-?\s{100}")
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_VERBATIM_ENDS = {
    "raw": re.compile(r"\{%-?\s*endraw\s*-?%\}"),
    "doc": re.compile(r"\{%-?\s*enddoc\s*-?%\}"),
}


class Kind(Enum):
    TEXT = "text"
    OUTPUT = "output"
    """`{{ … }}`"""
    TAG = "tag"
    """`{% … %}`"""
    VERBATIM = "verbatim"
    """`{% raw %} … {% endraw %}`, including both tags."""


@dataclass(frozen=True, slots=True)
class Span:
    kind: Kind
    start: int
    end: int


def split_source(
    source: str, chars_max: int = SOURCE_CHARS_MAX, tags_max: int = TAGS_MAX
) -> list[Span]:
    """Return the spans of `source` in order, without gaps. Raises `TemplateError`."""
    if len(source) > chars_max:
        raise TemplateError(f"a template may have at most {chars_max:,} characters")
    gap = _LONG_GAP.search(source)
    if gap:
        raise TemplateError("too many spaces at the start of a tag", line_of(source, gap.start()))
    spans: list[Span] = []
    position = tags = 0
    while opening := _OPENING.search(source, position):
        if opening.start() > position:
            spans.append(Span(Kind.TEXT, position, opening.start()))
        tags += 1
        if tags > tags_max:
            raise TemplateTooLongError(f"a template may have at most {tags_max:,} tags")
        spans.append(_liquid_span(source, opening.start()))
        position = spans[-1].end
    if position < len(source):
        spans.append(Span(Kind.TEXT, position, len(source)))
    return spans


def _liquid_span(source: str, start: int) -> Span:
    verbatim = _VERBATIM.match(source, start)
    if verbatim:
        end = _VERBATIM_ENDS[verbatim[1]].search(source, verbatim.end())
        if end is None:
            raise TemplateError(f"'{verbatim[0]}' is never closed", line_of(source, start))
        return Span(Kind.VERBATIM, start, end.end())
    kind, closing = (Kind.OUTPUT, "}}") if source[start + 1] == "{" else (Kind.TAG, "%}")
    end_start = source.find(closing, start + 2, start + TAG_CHARS_MAX)
    if end_start < 0:
        message = f"'{source[start : start + 20].strip()}' is not closed with '{closing}'"
        raise TemplateError(message, line_of(source, start))
    return Span(kind, start, end_start + 2)


def mask_liquid(source: str, spans: list[Span]) -> str:
    """Return `source` with every Liquid span overwritten, character by character.

    Positions stay the same, and quotes or angle brackets inside Liquid no longer look like HTML.
    Tags become spaces, because they display nothing; all other Liquid becomes U+FFFC.
    """
    fill = {Kind.TAG: " ", Kind.OUTPUT: "\ufffc", Kind.VERBATIM: "\ufffc"}
    return "".join(
        source[each.start : each.end]
        if each.kind is Kind.TEXT
        else fill[each.kind] * (each.end - each.start)
        for each in spans
    )


def line_of(source: str, position: int) -> int:
    """Return the line of `position`, from 1."""
    return source.count("\n", 0, position) + 1
