"""Say what a flow needs of its contacts and some of them do not have, with counts.

Invariant: a need that every contact meets gives no finding; nor does any need without contacts.
Each place of a flow gets one finding for each attribute and fault. Pure.
This module must not know where contacts are stored.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from functions.flow.attributes import spelled
from functions.flow.sentences import shown
from functions.flow.validate import Finding, Severity
from functions.service.campaigns.audience_count import AudienceCount, Fault, Faulty
from functions.service.campaigns.needs import Awaited, Inserted, Need, Ordered, Tested


def audience_findings(count: AudienceCount, total: int) -> Iterator[Finding]:
    """`total`: how many contacts there are; fewer may have been counted."""
    if not count.contacts:
        return
    of_all = f"{count.contacts:,}"
    if count.contacts < total:
        of_all = f"the first {of_all}"
    said: set[tuple[str, str, str, str]] = set()
    for need in count.needs:
        for code, message in _messages(need, count, of_all):
            place = need.place
            once = (code, place.node_id, place.field, need.name)
            if once not in said:
                said.add(once)
                yield Finding(
                    Severity.WARNING, code, place.node_id, place.field, message, place.line
                )


def _messages(need: Need, count: AudienceCount, of_all: str) -> Iterator[tuple[str, str]]:
    """The code and the message of everything that is wrong with a need."""
    if isinstance(need, Inserted):
        yield from _absence(need, count, of_all)
        return
    for fault in Fault:
        faulty = count.faulty(need, fault)
        if faulty is not None:
            yield fault.value, _of_values(need, fault, faulty, of_all)


def _absence(need: Inserted, count: AudienceCount, of_all: str) -> Iterator[tuple[str, str]]:
    missing = count.contacts - count.filled[need.name]
    if count.ambiguous[need.name]:
        yield (
            "ambiguous_attribute",
            f"Several attributes of the contacts are named {need.name} but for upper and lower "
            "case: write the name exactly as the one you mean.",
        )
    elif missing == count.contacts:
        close = get_close_matches(need.name.lower(), sorted(count.names), n=1)
        hint = f"did you mean {close[0]}?" if close else "correct the name, or import it."
        yield "unknown_attribute", f"No contact has an attribute {need.name}: {hint}"
    elif missing and need.needs_value:
        yield (
            "hole",
            f"{_have(missing, of_all)} no {need.name}: give it a fallback, such as "
            f"{{{{ contact.{spelled(need.name)} | default: 'there' }}}}.",
        )


def _of_values(need: Need, fault: Fault, faulty: Faulty, of_all: str) -> str:
    have, sample = _have(faulty.contacts, of_all), shown(faulty.sample)
    match need, fault:
        case Ordered(), _:
            return (
                f"{have} a value of {need.name} that does not compare with {shown(need.than)}, "
                f"such as {sample}: for them the answer is no. Correct the values, or compare with "
                "something else."
            )
        case Tested(), _:
            return (
                f"{have} the text {sample} as {need.name}, which counts as true where a template "
                f"only asks for contact.{spelled(need.name)}: compare it, as in "
                f"contact.{spelled(need.name)} == true."
            )
        case Awaited(), Fault.PAST_DATE:
            return (
                f"For {faulty.contacts:,} of {of_all} contacts the time of this wait has passed, "
                f"for example with {need.name} {sample}: they go on at once. If the date comes "
                "back every year, let the wait be yearly."
            )
        case Awaited(), _:
            goes = "end there" if need.wait.if_missing == "end" else "go on at once"
            return (
                f"{have} a value of {need.name} that is no date, or could be two, such as "
                f"{sample}: they {goes}. Write dates like 2027-12-24."
            )
    return (
        f"{have} a value of {need.name} that is no known time zone, such as {sample}: "
        "the campaign's time zone is used. Write a name such as Europe/Berlin, or an offset such "
        "as UTC+2."
    )


def _have(contacts: int, of_all: str) -> str:
    verb = "has" if contacts == 1 else "have"
    return f"{contacts:,} of {of_all} contacts {verb}"
