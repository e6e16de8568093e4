"""A check: one thing a system depends on, how it is, and how to mend it.

Invariant: whatever a look raises, and however long it takes, becomes a check; so one broken
thing never hides the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

CHECK_SECONDS_MAX = 3.0
WORDS_CHARS_MAX = 200


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, or may work; somebody should look at it."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """`words`: what was found. `mend`: what to do, a sentence; empty where all is well."""

    name: str
    state: State
    words: str
    mend: str = ""


async def look_at(
    name: str,
    mend: str,
    look: Callable[[], Awaitable[Sequence[Check]]],
    *,
    failure: State = State.FAIL,
) -> list[Check]:
    """What `look` finds; where it raises or takes too long, a check `name` that says so."""
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            return list(await look())
    except TimeoutError:
        words = f"No answer within {CHECK_SECONDS_MAX:g} s."
    except Exception as problem:
        words = said(problem)
    return [Check(name, failure, words, mend)]


def said(problem: BaseException) -> str:
    """One bounded line. It may hold secrets still: reports are redacted as a whole."""
    text = " ".join(str(problem).split())
    words = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    return words if len(words) <= WORDS_CHARS_MAX else words[:WORDS_CHARS_MAX] + " …"
