"""Strict JSON: UTF-8, not nested too deeply, not too many values, and only values that every store
can keep.

A body that passes can be written to either store and is read back unchanged. A value that does not
pass is reported with its path. The schemas check the rest.

Invariant: reading a body takes at most ten times the memory of the largest body (bench/bodies.py).
An empty list takes two bytes of the body and eighty of memory, so values are counted before any is
made.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NoReturn

from functions.service.errors import CallerError

DEPTH_MAX = 40
INTEGER_MAX = 2**63 - 1
VALUES_MAX = 350_000
"""Names count as well."""

_SEPARATORS = frozenset(b",:[{")
"""One stands before each name and each value, except the first value of all."""
_SEPARATOR_OR_TEXT = re.compile(rb'[,:\[{]|"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""Possessive, so that no text makes it go back."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_HALF_PAIR_ESCAPE = re.compile(rb"\\u[dD][89abABcdefCDEF]")


def parse_json(body: bytes) -> object:
    """Raises CallerError: 400 if the body is not JSON, 422 if it cannot be stored."""
    _check_count(body)
    try:
        document: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as problem:
        raise _malformed("the body is not valid UTF-8: send it in UTF-8") from problem
    except json.JSONDecodeError as problem:
        raise _malformed(
            f"the body is not valid JSON: {problem.msg} (line {problem.lineno}, column "
            f"{problem.colno})"
        ) from problem
    except ValueError as problem:
        raise _malformed("a number in the body has too many digits") from problem
    except RecursionError as problem:
        raise _too_deep(()) from problem
    _check(document, may_hold_halves=_HALF_PAIR_ESCAPE.search(body) is not None)
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is not JSON: send a number or null")


def _check_count(body: bytes) -> None:
    # Texts may contain separators, too, but a body with few of them needs no second look.
    if sum(body.count(it) for it in _SEPARATORS) <= VALUES_MAX:
        return
    found = (it for it in _SEPARATOR_OR_TEXT.finditer(body) if body[it.start()] in _SEPARATORS)
    if next(islice(found, VALUES_MAX, None), None) is not None:
        raise CallerError(
            413,
            "too_many_values",
            f"The body has more than {VALUES_MAX:,} names and values: send it in parts. Contacts "
            "are imported as a CSV file of any size.",
        )


def _check(document: object, *, may_hold_halves: bool) -> None:
    """Depth first, so that only one path is kept: `path` leads to the current value."""
    path: list[str | int] = [""]
    ahead: list[Iterator[tuple[str | int, object]]] = [iter([("", document)])]
    while ahead:
        step = next(ahead[-1], None)
        if step is None:
            ahead.pop()
            path.pop()
            continue
        path[-1], value = step
        if len(path) - 1 > DEPTH_MAX:
            raise _too_deep(path)
        if isinstance(value, dict):
            path.append("")
            for key in value:
                path[-1] = key
                _check_key(path)
            ahead.append(iter(value.items()))
        elif isinstance(value, list):
            path.append(0)
            ahead.append(iter(enumerate(value)))
        elif isinstance(value, str):
            if may_hold_halves and _HALF_PAIR.search(value):
                raise _refused(path, "bad_text", "contains half a character (a lone surrogate)")
        elif isinstance(value, int | float) and not -INTEGER_MAX <= value <= INTEGER_MAX:
            _check_number(value, path)


def _check_key(path: Sequence[str | int]) -> None:
    key = path[-1]
    assert isinstance(key, str)
    if key.startswith("$"):
        raise _refused(path, "bad_key", "begins with a dollar sign, which names must not")
    if "\0" in key or _HALF_PAIR.search(key):
        raise _refused(path, "bad_key", "contains a character in its name that cannot be stored")


def _check_number(value: int | float, path: Sequence[str | int]) -> None:
    if isinstance(value, int):
        raise _refused(path, "bad_number", "has more than 64 bits: send it as text")
    if value in (float("inf"), float("-inf")):
        raise _refused(path, "bad_number", "is too large for a number: send it as text")


def _shown(path: Sequence[str | int]) -> str:
    """The path without its first part, which stands for the body."""
    text = ""
    for part in path[1:]:
        shown = f"[{part}]" if isinstance(part, int) else part[:64]
        text += shown if isinstance(part, int) or not text else f".{shown}"
    return text.encode("utf-8", "replace").decode()


def _malformed(message: str) -> CallerError:
    return CallerError(400, "malformed_json", f"{message[:1].upper()}{message[1:]}.")


def _too_deep(path: Sequence[str | int]) -> CallerError:
    # The path would be as deep as the body, so only its beginning is given.
    where = _shown(path)[:120] or None
    message = f"The body is nested more than {DEPTH_MAX} levels deep: make it flatter."
    return CallerError(400, "nested_too_deeply", message, where)


def _refused(path: Sequence[str | int], code: str, message: str) -> CallerError:
    shown = _shown(path) or "body"
    return CallerError(422, code, f"{shown} {message}.", shown)
