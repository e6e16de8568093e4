"""Find tags that an editor has taken apart or encoded, so that readers would see them.

Role: such a tag is no longer Liquid, and a template that contains it is valid.
Invariant: linear in the length of the text.
It must not know Liquid beyond the characters that begin a tag.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from functions.mail.markup import Tag, Text
from functions.mail.references import decode_text
from functions.mail.text_findings import ReadText, TextFinding

SPLIT_TAG = "split_tag"
ENCODED_TAG = "encoded_tag"

_BRACE = r"(?:\{|&(?:#0*123|#[xX]0*7[bB]|lbrace|lcub);)"
_BRACES = re.compile(rf"{_BRACE}(?:{_BRACE}|%)")
_PERCENT = re.compile(r"(?:\{|%7B)(?:\{|%7B|%25)[^{}\n]{0,200}?(?:\}|%7D|%25)(?:\}|%7D)", re.I)
_OPENS = ("{", "%")


def lost_tags(text: ReadText) -> Iterator[TextFinding]:
    """Yield what would be a tag of an HTML body if an editor had not changed it."""
    yield from _split(text)
    for start, end, is_attribute in text.places():
        pattern = _PERCENT if is_attribute else _BRACES
        for match in pattern.finditer(text.masked, start, end) if text.parts else ():
            tag = unquote(match[0]) if is_attribute else decode_text(match[0])
            message = f"{{written}} is an encoded tag and would be sent as it is: write {tag}"
            message += "." if is_attribute else " … instead."
            yield text.finding(ENCODED_TAG, match.start(), match.end(), message)


def _split(text: ReadText) -> Iterator[TextFinding]:
    """A brace, markup, and the second character of what would begin a tag."""
    brace: int | None = None
    for part in text.parts:
        if isinstance(part, Tag):
            continue
        if not isinstance(part, Text):
            brace = None
            continue
        if brace is not None and text.masked.startswith(_OPENS, part.start):
            message = (
                "The tag {written} … is split by markup and would be sent as it is: format the "
                "whole tag, or none of it."
            )
            yield text.finding(SPLIT_TAG, brace, part.start + 1, message)
        brace = part.end - 1 if text.masked[part.end - 1] == "{" else None
