"""Header values: addresses, names and subjects spelled for RFC 5322.

Role: every rendered value that goes into a header passes through this module.
Invariant: no value can start a header of its own. CR, LF, NUL and other control characters are
refused in addresses and in what an author writes, and become a space in what is rendered for a
contact. Every line is at most 998 bytes long.
It must not know which headers a message has.
"""

import re
from binascii import b2a_base64
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from functions.mail.address import (
    ADDRESS_CHARS_MAX,
    LOCAL_CHARS_MAX,
    AddressError,
    ascii_domain,
)
from functions.mail.errors import AddressRefusedError, HeaderInjectionError, TemplateError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]*[A-Za-z0-9])*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_SPACE_BETWEEN_WORDS = re.compile(r"(?<=\S) (?=\S)")
_LINE_CHARS = 76
_WORD_FRAME_CHARS = len("=?utf-8?B??=")
_WORD_BYTES = 45
"""Capacity of an encoded word: 12 characters around 60 of base64 are less than 75."""


def refuse_controls(value: str, what: str) -> str:
    """Return `value`, or raise `HeaderInjectionError`."""
    if _CONTROLS.search(value):
        raise HeaderInjectionError(f"the {what} contains a line break or another control character")
    return value


def one_line(value: str) -> str:
    """Return rendered text with a space for each run of control characters, and none outside."""
    return _CONTROLS.sub(" ", value).strip()


def mailbox(address: str) -> str:
    """Return `address` for an envelope, with an international domain in ASCII.

    Raises `AddressRefusedError`, and `HeaderInjectionError` for control characters.
    """
    local, _, domain = refuse_controls(address, "address").rpartition("@")
    if not local.isascii():
        raise AddressRefusedError(
            f"'{address}' has letters other than a to z before the @, which few servers accept"
        )
    if not domain.isascii():
        try:
            domain = ascii_domain(domain)
        except AddressError as error:
            raise AddressRefusedError(f"'{domain}' is not a domain name") from error
    if (
        not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
        or len(local) > LOCAL_CHARS_MAX
        or len(local) + 1 + len(domain) > ADDRESS_CHARS_MAX
    ):
        raise AddressRefusedError(f"'{address}' is not an e-mail address")
    return f"{local}@{domain}"


def check_mailbox(address: str) -> str | None:
    """Say in one sentence why mail cannot be sent from or to `address`, or None."""
    try:
        mailbox(address)
    except TemplateError as error:
        return str(error)
    return None


def encode_text(name: str, value: str) -> bytes:
    """Return the header `name` with free text such as a subject, folded and encoded as needed."""
    if value.isascii() and "=?" not in value:
        folded = _folded(f"{name}: {value}")
        if folded is not None:
            return folded.encode()
    return f"{name}: {_encoded_words(value, name)}".encode()


@lru_cache(maxsize=256)
def encode_sender(name: str, address: str) -> bytes:
    """Return the From header. `address` went through `mailbox`."""
    if not name:
        return f"From: {address}".encode()
    if not name.isascii() or "=?" in name or len(name) > _LINE_CHARS:
        return f"From: {_encoded_words(name, 'From')}\r\n <{address}>".encode()
    if not _ATOMS.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"From: {name}\r\n <{address}>".encode()


@lru_cache(maxsize=16)
def date_text(at: datetime) -> str:
    """Return an aware datetime in the format of RFC 5322."""
    return format_datetime(at)


def _folded(line: str) -> str | None:
    """Break a line at single spaces, or return None if there are not enough of them.

    A line is folded only at a single space between two words, so that unfolding restores exactly
    that space.
    """
    lines: list[str] = []
    start = 0
    while len(line) - start > _LINE_CHARS:
        spaces = [
            match.start()
            for match in _SPACE_BETWEEN_WORDS.finditer(line, start + 1, start + _LINE_CHARS + 1)
        ]
        # Never fold after the name of the header: some parsers drop an empty first line.
        spaces = spaces if lines else spaces[1:]
        if not spaces:
            return None
        lines.append(line[start : spaces[-1]])
        start = spaces[-1]
    return "\r\n".join([*lines, line[start:]])


def _encoded_words(value: str, name: str) -> str:
    """Return RFC 2047 encoded words, one per line; no character is split between two of them.

    The first is on the line of the header's `name`. No line is longer than 76 characters.
    """
    room = (_LINE_CHARS - len(f"{name}: ") - _WORD_FRAME_CHARS) // 4 * 3
    whole = value.encode(errors="replace")
    words = [whole] if len(whole) <= room else [b""]
    for character in () if len(whole) <= room else value:
        encoded = character.encode(errors="replace")
        if len(words[-1]) + len(encoded) > room:
            words.append(b"")
            room = _WORD_BYTES
        words[-1] += encoded
    return "\r\n ".join(f"=?utf-8?B?{b2a_base64(each, newline=False).decode()}?=" for each in words)
