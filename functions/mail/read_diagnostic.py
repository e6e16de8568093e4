"""The parts of a mail server's words in a report: its status, and its reply as one line. Pure."""

import re

REASON_CHARS_MAX = 300

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def status_in(field: str) -> str | None:
    """The enhanced status code in a field of a report."""
    found = _STATUS.search(field)
    return found[0] if found else None


def after_type(diagnostic: str) -> str:
    """`smtp; 550 5.1.1 …` without its type."""
    kind, separator, said = diagnostic.partition(";")
    return (said if separator and _TYPE.fullmatch(kind.strip()) else diagnostic).strip()


def reason_line(said: str) -> str:
    return " ".join(said.split())[:REASON_CHARS_MAX]
