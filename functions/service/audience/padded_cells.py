"""Blanks around the values of a contact file: whether there are any, and rows that csv refuses
because of them.

Invariant: pure. `is_padded` is true whenever stripping a value of the text could change it.
This module must not know what the values mean.
"""

import re
from functools import lru_cache

_RARE_BLANKS = ('"', "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f")


def is_padded(text: str, delimiter: str) -> bool:
    """Whether a value may have blanks around it, other than spaces before it, which csv leaves out.
    Quoted values may, and all in a text with other blanks than the space."""
    if not text.isascii() or any(map(text.__contains__, _RARE_BLANKS)):
        return True
    return _space_after(delimiter).search(text) is not None


@lru_cache
def _space_after(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf" (?:[\r\n{re.escape(delimiter)}]|\Z)")


def padded_cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line whose quoted fields have blanks around them, as in `a , "b, c" , d`. None
    if it cannot be read like this either."""
    field = _field(delimiter)
    bare = line.rstrip("\r\n")
    cells: list[str] = []
    at = 0
    while True:
        found = field.match(bare, at)
        if found is None:
            return None
        quoted, plain = found.groups()
        cells.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if at == len(bare):
            return cells
        at += 1


@lru_cache
def _field(delimiter: str) -> re.Pattern[str]:
    end = rf"(?=\Z|{re.escape(delimiter)})"
    quoted = rf'[ \t]*+"((?:[^"]++|"")*+)"[ \t]*{end}'
    plain = rf'((?![ \t]*")[^{re.escape(delimiter)}]*+){end}'
    return re.compile(f"{quoted}|{plain}")
