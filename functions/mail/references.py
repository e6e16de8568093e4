"""Decode character references as the HTML standard does, in text and in attribute values.

Role: the only place that reads `&amp;` and its kind, so that a link leads where a browser would
lead. The rules differ: `&copy=2` is a character in text and stays what it is in an attribute, where
it is the usual way to write a query (HTML standard, *named character reference state*). Python's
`html.unescape` knows the rule for text only.
Invariant: linear in the length of the text; a reference never decodes to another one.
It must not know Liquid.
"""

import re
from html.entities import html5

_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+));?|(?P<name>[A-Za-z][A-Za-z0-9]{0,31};?))"
)
_REPLACEMENT = "\ufffd"
_DIGITS_MAX = 7
"""No character has a longer number, in decimal or hexadecimal."""
_WINDOWS = {
    code: bytes((code,)).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
"""Numbers that mean a character of Windows-1252 (*numeric character reference end state*)."""


def decode_text(text: str) -> str:
    """Return `text` as a browser shows it."""
    return _REFERENCE.sub(_in_text, text) if "&" in text else text


def decode_attribute(value: str, *, is_continued: bool = False) -> str:
    """Return the value of an attribute, given what stands between its quotes.

    `is_continued`: more text follows, so that a name at the end without its semicolon is no
    reference.
    """
    if "&" not in value:
        return value
    return _REFERENCE.sub(_in_attribute_before_more if is_continued else _in_attribute, value)


def _in_text(match: re.Match[str]) -> str:
    name = match["name"]
    if name is None:
        return _numbered(match)
    for end in range(len(name), 1, -1):
        character = html5.get(name[:end])
        if character is not None:
            return character + name[end:]
    return match[0]


def _in_attribute(match: re.Match[str]) -> str:
    name = match["name"]
    if name is None:
        return _numbered(match)
    if not name.endswith(";") and match.string.startswith("=", match.end()):
        return match[0]
    return html5.get(name, match[0])


def _in_attribute_before_more(match: re.Match[str]) -> str:
    is_open = match.end() == len(match.string) and not match[0].endswith(";")
    return match[0] if is_open and match["name"] else _in_attribute(match)


def _numbered(match: re.Match[str]) -> str:
    digits, radix = (match["hex"], 16) if match["hex"] else (match["decimal"], 10)
    digits = digits.lstrip("0")
    code = int(digits, radix) if 0 < len(digits) <= _DIGITS_MAX else 0
    if code in _WINDOWS:
        return _WINDOWS[code]
    is_character = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else _REPLACEMENT
