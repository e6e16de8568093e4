"""Redaction: masks secrets in logs and reports.

It recognises them by name (a field or header called password, token …), by shape (the password of
an address, `Bearer …`), and by value (registered secrets). Invariant: the result consists only of
plain JSON values, and its size is bounded.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MASK = "***"
TEXT_CHARS_MAX = 20_000
DEPTH_MAX = 8
ITEMS_MAX = 200
SECRET_CHARS_MIN = 4
"""A shorter secret is masked only where it appears as a password; masking it everywhere would blank
parts of ordinary words.
"""

_NAME = re.compile(
    r"(?:^|_)(?:authorization|cookie|credentials?|passw(?:or)?d|passphrase|pwd|secrets?|tokens?"
    r"|api_?keys?|private_key|signing_keys?|tracking_keys?)$"
)
# The password of an address. Digits up to a slash are a port, even if an @ follows later.
_ADDRESS = re.compile(r"(://[^\s:/?#@\"']*:)(?!\d{1,5}(?:[/?#\s\"',]|$))[^\s\"'<>]*@")
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)[\w.~+/=:-]{4,}", re.IGNORECASE)
_PAIR = re.compile(
    r"(?<![a-z0-9])((?:\w+[-_])?(?:authorization|cookie|passw(?:or)?d|secret|token|api_?key"
    r"|tracking_keys)[\"']?(?:\s*[=:]\s*|\s*,\s*(?=b?[\"'])))(?!\s*(?:bearer|basic)\s)"
    r"(b?\"[^\"]*\"|b?'[^']*'|[^\s,;&\"'(){}\[\]]+)",
    re.IGNORECASE,
)


class Redactor:
    """`secrets`: values to mask wherever they appear."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # In an address a secret is percent-encoded; in a repr it is escaped.
        forms = {
            form
            for it in secrets
            if len(it) >= SECRET_CHARS_MIN
            for form in (it, quote(it, safe=""), quote(it), repr(it)[1:-1], repr(it + '"')[1:-2])
        }
        longest_first = sorted(forms, key=lambda it: (-len(it), it))
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(MASK, text)
        text = _ADDRESS.sub(rf"\1{MASK}@", text)
        text = _SCHEME.sub(rf"\1\2{MASK}", text)
        text = _PAIR.sub(rf"\1{MASK}", text)
        # Truncated last, because half a secret would not be recognised.
        return text if len(text) <= TEXT_CHARS_MAX else text[:TEXT_CHARS_MAX] + " … (cut)"

    def value(self, value: object, depth: int = 0) -> object:
        """The value as plain JSON values. Anything else becomes its text."""
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            return self.text(value.decode("utf-8", "replace"))
        if depth < DEPTH_MAX and isinstance(value, Mapping):
            return self.fields(value, depth + 1)
        if depth < DEPTH_MAX and isinstance(value, list | tuple | set | frozenset):
            items = [self._item(it, depth + 1) for it in list(value)[:ITEMS_MAX]]
            return items if len(value) <= ITEMS_MAX else [*items, "… (cut)"]
        return self.text(_shown(value))

    def fields(self, fields: Mapping[Any, object], depth: int = 0) -> dict[str, object]:
        """Each field under its name, masked if the name says so."""
        return {
            self.text(_text(name)): MASK
            if is_secret_name(name) and value is not None
            else self.value(value, depth)
            for name, value in list(fields.items())[:ITEMS_MAX]
        }

    def _item(self, item: object, depth: int) -> object:
        """Headers come as pairs of name and value."""
        if isinstance(item, tuple) and len(item) == 2 and is_secret_name(item[0]):
            return [self.value(item[0], depth), MASK]
        return self.value(item, depth)


def is_secret_name(name: object) -> bool:
    if not isinstance(name, str | bytes):
        return False
    return _NAME.search(_text(name).lower().replace("-", "_")) is not None


def _text(name: object) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception as defect:
        return f"{type(value).__name__} ({type(defect).__name__} while it was shown)"
