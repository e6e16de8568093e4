"""Turn the bytes of a contact file into text, and find its encoding.

Invariant: the text does not depend on how the file is cut into chunks. Bytes that are invalid in
the encoding become characters that `unreadable` finds, and never raise.
This module must not know what the columns mean.
"""

import codecs
import re
from typing import Protocol

from functions.service.audience.file_kind import is_workbook
from functions.service.audience.guess_encoding import EncodingGuess, guess_encoding
from functions.service.audience.import_policy import Choice, ContactFileError, Question

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNREADABLE_BYTES = re.compile("[\x00\ud800-\udfff]")
_UNREADABLE_UNITS = re.compile("[\x00\ud800-\udfff\ufffd]")
_BYTE_ORDER_MARK = "\ufeff"

_TEXT_ENCODINGS = re.compile(
    r"utf-(8|16|32)(-[lb]e)?|cp\d+|iso8859-\d+|mac-\w+|koi8-\w|tis-620|"
    r"(shift|euc|iso2022)_\w+|gb\w+|big5\w*|johab|hz"
)
_READ_AS = {
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "iso8859-1": "cp1252",
    "x-mac-roman": "mac-roman",
}
"""What says Latin 1 is Windows-1252, which has more characters; browsers read it like this too."""


class _Decoder(Protocol):
    def decode(self, input: bytes, final: bool = False, /) -> str: ...


class TextDecoder:
    """Decodes a file as it arrives. `encoding` is None as long as everything has been ASCII.

    One chunk decides: the first one that is not ASCII, since before that every guess reads the
    same. UTF-8 is assumed unless more of its characters are invalid than valid: text in another
    encoding is hardly ever valid UTF-8, and a single bad byte should cost one row instead of
    turning every accented letter of the file into two characters. `guess`: None if the file was
    Unicode.
    """

    def __init__(self, chosen: str | None = None) -> None:
        """`chosen`: the encoding that a person named. A byte order mark prevails over it."""
        self.encoding: str | None = None
        self.guess: EncodingGuess | None = None
        self.unreadable = _UNREADABLE_BYTES
        self._chosen = chosen
        self._decoder: _Decoder | None = None
        self._begun = False

    @property
    def question(self) -> Question | None:
        """Asked if the encoding is neither chosen nor certain."""
        if self.guess is None or self.guess.is_certain or self._chosen is not None:
            return None
        choices = self.choices
        return Question(
            code="encoding_doubtful",
            field="encoding",
            message="The encoding of the file is not certain. Say which of these is right: "
            + "; ".join(f"{it.value}: {it.label}" for it in choices)
            + ". Or save the file as UTF-8.",
            choices=choices,
            proposed=self.guess.encoding,
        )

    @property
    def choices(self) -> tuple[Choice, ...]:
        """How other encodings would read the file, the likeliest first."""
        readings = self.guess.readings if self.guess is not None else ()
        return tuple(Choice(it.encoding, it.label) for it in readings)

    def decode(self, chunk: bytes, *, final: bool) -> str:
        """`chunk`: the next part of the file. The first should have at least a few kilobytes."""
        if not self._begun:
            self._begun = True
            chunk = self._begin(chunk)
        if self._decoder is None:
            if chunk.isascii():
                return chunk.decode("ascii")
            self._settle(self._byte_encoding(chunk, final=final))
        assert self._decoder is not None
        # Files put together have further marks within.
        return self._decoder.decode(chunk, final).replace(_BYTE_ORDER_MARK, "")

    def _begin(self, sample: bytes) -> bytes:
        if is_workbook(sample):
            raise ContactFileError(
                "file_is_workbook",
                "file",
                "This is the file of a spreadsheet program, which is no text: import it as a file.",
            )
        for mark, encoding in _MARKS:
            if sample.startswith(mark):
                self._settle(encoding)
                return sample[len(mark) :]
        if self._chosen is not None:
            self._settle(self._chosen)
            return sample
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

    def _byte_encoding(self, chunk: bytes, *, final: bool) -> str:
        # Unless it is the last one, the chunk may end within a character.
        text, _ = codecs.utf_8_decode(chunk, "surrogateescape", final)
        broken = len(_UNREADABLE_BYTES.findall(text)) - text.count("\x00")
        right = sum(not character.isascii() for character in text) - broken
        if right >= broken and (right or not broken):
            return "utf-8"
        self.guess = guess_encoding(chunk)
        return self.guess.encoding


def encoding_named(name: str) -> str:
    """The encoding of text that a person or a content type names. Raises ContactFileError."""
    lower = name.strip().strip("\"'").lower()
    try:
        found = _READ_AS.get(lower) or codecs.lookup(lower).name
    except (LookupError, ValueError):
        found = ""
    found = _READ_AS.get(found, found)
    if _TEXT_ENCODINGS.fullmatch(found) is None:
        raise ContactFileError(
            "encoding_unknown",
            "encoding",
            f"{name[:50]} is no encoding that can be read. Some that can: utf-8, windows-1252, "
            "windows-1250, windows-1251, macintosh, shift_jis, gb18030, big5, euc-kr.",
        )
    return found


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
            if "@" in text or any(delimiter in text for delimiter in ",;\t|"):
                return encoding
    return None
