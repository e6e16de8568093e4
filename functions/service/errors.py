"""Errors that the caller caused, ready to be shown by the API and the command line.

Invariant: `message` says what is wrong and what would be right. The meaning of a `code` never
changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.flow.validate import Finding


# Not frozen: Python sets the traceback of an exception while it propagates.
@dataclass(slots=True, eq=False)
class CallerError(Exception):
    """`status`: the matching HTTP status. `code`: stable, for programs. `message`: for people.
    `field`: the path of the wrong field, such as `nodes[2].id`; None if no field is to blame.
    `retry_after_seconds`: when to try again, if that is known."""

    status: int
    code: str
    message: str
    field: str | None = None
    retry_after_seconds: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True, eq=False)
class FlowInvalidError(Exception):
    """The flow has errors, so nothing was published or sent."""

    findings: Sequence[Finding]

    def __str__(self) -> str:
        first = self.findings[0].message
        more = len(self.findings) - 1
        return first if not more else f"{first} (and {more} more)"


@dataclass(slots=True, eq=False)
class NotAcceptedError(Exception):
    """The campaign has warnings that nobody has accepted, so it was not launched."""

    findings: Sequence[Finding]

    def __str__(self) -> str:
        codes = ", ".join(dict.fromkeys(it.code for it in self.findings))
        return f"Not launched: correct what the warnings name, or accept them ({codes})."


def missing(what: str, name: str) -> CallerError:
    return CallerError(404, "not_found", f"There is no {what} {name}.")


def conflict(code: str, message: str) -> CallerError:
    return CallerError(409, code, message)
