"""Turn the bytes of a contact file into text, and find its encoding and its delimiter.

Invariant: the text does not depend on how the file is cut into chunks. Bytes that are invalid in
the encoding become characters that `unreadable` finds, and never raise.
This module must not know what the columns mean.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Protocol

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNREADABLE_BYTES = re.compile("[\x00\ud800-\udfff]")
_UNREADABLE_UNITS = re.compile("[\x00\ud800-\udfff\ufffd]")


class _Decoder(Protocol):
    def decode(self, input: bytes, final: bool = False, /) -> str: ...


class TextDecoder:
    """Decodes a file as it arrives. `encoding` is None as long as everything has been ASCII.

    One chunk decides: the first one that is not ASCII, since before that every guess reads the
    same. UTF-8 is assumed unless more of its characters are invalid than valid. Windows-1252 text
    is hardly ever valid UTF-8, and a single bad byte should cost one row instead of turning every
    accented letter of the file into two characters.
    """

    def __init__(self) -> None:
        self.encoding: str | None = None
        self.unreadable = _UNREADABLE_BYTES
        self._decoder: _Decoder | None = None
        self._begun = False

    def decode(self, chunk: bytes, *, final: bool) -> str:
        """`chunk`: the next part of the file. The first should have at least a few kilobytes."""
        if not self._begun:
            self._begun = True
            chunk = self._begin(chunk)
        if self._decoder is None:
            if chunk.isascii():
                return chunk.decode("ascii")
            self._settle(_byte_encoding(chunk, final=final))
        assert self._decoder is not None
        return self._decoder.decode(chunk, final)

    def _begin(self, sample: bytes) -> bytes:
        for mark, encoding in _MARKS:
            if sample.startswith(mark):
                self._settle(encoding)
                return sample[len(mark) :]
        wide = _wide_encoding(sample)
        if wide is not None:
            self._settle(wide)
        return sample

    def _settle(self, encoding: str) -> None:
        self.encoding = encoding
        wide = encoding.startswith(("utf-16", "utf-32"))
        if wide:
            self.unreadable = _UNREADABLE_UNITS
        errors = "replace" if wide else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)


def _byte_encoding(chunk: bytes, *, final: bool) -> str:
    # Unless it is the last one, the chunk may end within a character.
    text, _ = codecs.utf_8_decode(chunk, "surrogateescape", final)
    broken = len(_UNREADABLE_BYTES.findall(text)) - text.count("\x00")
    right = sum(not character.isascii() for character in text) - broken
    return "utf-8" if right >= broken and (right or not broken) else "cp1252"


def _wide_encoding(sample: bytes) -> str | None:
    """Detect UTF-16 without a byte order mark: in names, digits and addresses every other byte is
    zero."""
    pairs = len(sample) // 2
    even_zeros, odd_zeros = sample[0::2].count(0), sample[1::2].count(0)
    for encoding, zeros, others in (
        ("utf-16-le", odd_zeros, even_zeros),
        ("utf-16-be", even_zeros, odd_zeros),
    ):
        if zeros > 4 * others and zeros * 50 >= pairs:
            text = sample[: 2 * pairs].decode(encoding, "replace")
            # A stray zero byte in a small 8-bit file would produce neither of these.
            if "@" in text or any(delimiter in text for delimiter in DELIMITERS):
                return encoding
    return None


def delimiter_of(lines: Iterable[str], mail_level: Callable[[list[str]], int]) -> str:
    """The delimiter under which the first lines look most like contacts.

    `mail_level`: how likely a first row is to name or contain an address. Ties are broken by, in
    this order: having more than one column, the number of rows as wide as the first, and the
    number of columns.
    """
    sample = list(lines)

    def score(delimiter: str) -> tuple[int, bool, int, int]:
        rows = _sample_rows(sample, delimiter)
        if not rows:
            return (0, False, 0, 0)
        width = len(rows[0])
        alike = sum(len(row) == width for row in rows)
        return (mail_level(rows[0]), width > 1, alike, width)

    return max(DELIMITERS, key=score)


def _sample_rows(lines: list[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(lines, delimiter=delimiter), SAMPLE_ROWS):
            if row:
                rows.append(row)
    except csv.Error:
        pass  # The rows before it suffice. The reader itself will report the line.
    return rows
