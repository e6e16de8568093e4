"""Strict JSON: UTF-8, not nested too deeply, and only values that every store can keep.

A body that passes can be written to either store and is read back unchanged. A value that does not
pass is reported with its path. The schemas check the rest.
"""

import json
import re
from typing import NamedTuple, NoReturn

from functions.service.errors import CallerError

DEPTH_MAX = 40
INTEGER_MAX = 2**63 - 1

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_HALF_PAIR_ESCAPE = re.compile(rb"\\u[dD][89abABcdefCDEF]")


class _Place(NamedTuple):
    """The position of a value. It is turned into a path only if the value is refused."""

    above: "_Place | None"
    key: str | int
    depth: int


def parse_json(body: bytes) -> object:
    """Raises CallerError: 400 if the body is not JSON, 422 if it cannot be stored."""
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
        raise _too_deep(None) from problem
    _check(document, may_hold_halves=_HALF_PAIR_ESCAPE.search(body) is not None)
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is not JSON: send a number or null")


def _check(document: object, *, may_hold_halves: bool) -> None:
    ahead: list[tuple[object, _Place | None]] = [(document, None)]
    while ahead:
        value, place = ahead.pop()
        depth = 0 if place is None else place.depth
        if depth > DEPTH_MAX:
            raise _too_deep(place)
        if isinstance(value, dict):
            for key, inner in value.items():
                inner_place = _Place(place, key, depth + 1)
                _check_key(key, inner_place)
                ahead.append((inner, inner_place))
        elif isinstance(value, list):
            ahead.extend(
                (inner, _Place(place, index, depth + 1)) for index, inner in enumerate(value)
            )
        elif isinstance(value, str):
            if may_hold_halves and _HALF_PAIR.search(value):
                raise _refused(place, "bad_text", "contains half a character (a lone surrogate)")
        elif isinstance(value, int | float) and not -INTEGER_MAX <= value <= INTEGER_MAX:
            _check_number(value, place)


def _check_key(key: str, place: _Place) -> None:
    if key.startswith("$"):
        raise _refused(place, "bad_key", "begins with a dollar sign, which names must not")
    if "\0" in key or _HALF_PAIR.search(key):
        raise _refused(place, "bad_key", "contains a character in its name that cannot be stored")


def _check_number(value: int | float, place: _Place | None) -> None:
    if isinstance(value, int):
        raise _refused(place, "bad_number", "has more than 64 bits: send it as text")
    if value in (float("inf"), float("-inf")):
        raise _refused(place, "bad_number", "is too large for a number: send it as text")


def _path(place: _Place | None) -> str:
    parts: list[str | int] = []
    while place is not None:
        parts.append(place.key)
        place = place.above
    path = ""
    for part in reversed(parts):
        shown = f"[{part}]" if isinstance(part, int) else part[:64]
        path += shown if isinstance(part, int) or not path else f".{shown}"
    return path.encode("utf-8", "replace").decode()


def _malformed(message: str) -> CallerError:
    return CallerError(400, "malformed_json", f"{message[:1].upper()}{message[1:]}.")


def _too_deep(place: _Place | None) -> CallerError:
    # The path would be as deep as the body, so only its beginning is given.
    where = _path(place)[:120] or None
    message = f"The body is nested more than {DEPTH_MAX} levels deep: make it flatter."
    return CallerError(400, "nested_too_deeply", message, where)


def _refused(place: _Place | None, code: str, message: str) -> CallerError:
    path = _path(place) or "body"
    return CallerError(422, code, f"{path} {message}.", path)
