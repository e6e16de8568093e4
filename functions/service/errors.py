"""The caller's fault, as an error the API and the command line can show as it is.

Invariant: `words` say what is wrong and what would be right; `code` never changes its meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.flow.validate import Finding


# Not frozen: Python itself sets the traceback of an exception on its way.
@dataclass(slots=True, eq=False)
class CallerError(Exception):
    """`status`: the HTTP status that fits. `field`: a path such as `nodes[2].id`, or None."""

    status: int
    code: str
    words: str
    field: str | None = None

    def __str__(self) -> str:
        return self.words


@dataclass(slots=True, eq=False)
class FlowInvalidError(Exception):
    """The flow has errors; nothing was published."""

    findings: Sequence[Finding]

    def __str__(self) -> str:
        first = self.findings[0].message
        more = len(self.findings) - 1
        return first if not more else f"{first} (and {more} more)"


def missing(what: str, name: str) -> CallerError:
    return CallerError(404, "not_found", f"There is no {what} {name}.")


def conflict(code: str, words: str) -> CallerError:
    return CallerError(409, code, words)
