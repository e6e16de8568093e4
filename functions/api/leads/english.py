"""A lead's timeline in English, one sentence per code, for the command line and for clients that
use the API's older sentences. Titles are between asterisks. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from functions.api.leads.spoken import instant, length
from functions.service.leads.timeline_codes import (
    NextCode,
    NodeName,
    TimelineCode,
    TimelineParameters,
)


def sentence(
    code: TimelineCode, parameters: TimelineParameters, now: datetime, zone: tzinfo | None = UTC
) -> str:
    """`zone`: None means this machine's time zone. `now`: times in the same year omit the year."""
    return _SENTENCES[code](_Filled(parameters, now, zone))


def next_sentence(
    code: NextCode, parameters: TimelineParameters, now: datetime, zone: tzinfo | None = UTC
) -> str:
    filled = _Filled(parameters, now, zone)
    text = _NEXT[code](filled)
    if parameters.get("is_paused"):
        text += " The campaign is paused: nothing moves until it resumes."
    return text


@dataclass(frozen=True, slots=True)
class _Filled:
    """Parts of sentences, filled in with the parameters."""

    given: TimelineParameters
    now: datetime
    zone: tzinfo | None

    @property
    def node(self) -> str:
        return title(self.given.get("node"))

    @property
    def email(self) -> str:
        return title(self.given.get("email"))

    @property
    def to(self) -> str:
        return title(self.given.get("to"))

    @property
    def because(self) -> str:
        reason = self.given.get("reason")
        return f": {reason}" if reason else ""

    @property
    def took(self) -> str:
        return f": took {self.branch}"

    @property
    def branch(self) -> str | None:
        return self.given.get("branch") or self.given.get("port")

    @property
    def after_sending(self) -> str:
        seconds = self.given.get("after_seconds")
        return "" if seconds is None else f" {length(seconds)} after sending"

    def until(self, before: str) -> str:
        """`before` followed by the time `until`; empty if there is none."""
        until = self.given.get("until")
        return f"{before}{instant(until, self.now, self.zone)}" if until else ""

    @property
    def looked_for(self) -> str:
        """What a condition waits for the reader to do; empty for other conditions."""
        if "email" not in self.given:
            return ""
        what = "a click in" if self.given.get("event") == "clicked" else "an open of"
        return f"{what} {self.email}"


def title(name: NodeName | None) -> str:
    """What a node is called in a sentence."""
    if name is None:
        return "a message"
    if name["title"]:
        return f"*{name['title']}*"
    if name["type"] not in (None, "sendEmail"):
        return f"the {name['type']}"
    return f"*{name['node_id']}*" if name["node_id"] else "a message"


def _sent(it: _Filled) -> str:
    number = it.given.get("message_number")
    return f"Sent {it.node}" + (f" (message {number})" if number else "")


def _retried(it: _Filled) -> str:
    number, retry_of = it.given.get("message_number"), it.given.get("retry_of")
    numbers = f" (message {number}, a retry of message {retry_of})" if retry_of else ""
    together = " together with other failed leads" if it.given.get("job_id") else ""
    return f"A person retried {it.node}{together}{numbers}{it.because}"


def _waited(it: _Filled) -> str:
    late = it.given.get("late_seconds")
    waited = f"Waited {length(it.given.get('waited_seconds', 0))}{it.until(' (until ')})"
    return waited + (f", {length(late)} late" if late else "")


def _past(it: _Filled) -> str:
    past = it.given.get("past")
    was = f" ({instant(past, it.now, it.zone)})" if past else ""
    return f"The wait was already over{was}: continued immediately"


def _reacted(verb: str, what: str) -> Callable[[_Filled], str]:
    """`what`: text before the e-mail, used if no link is named."""

    def text(it: _Filled) -> str:
        link = it.given.get("link")
        done = f"*{link}*" if link else f"{what}{it.email}"
        return f"{verb} {done}{it.after_sending}{it.until(' by ')}{it.took}"

    return text


def _attribute(it: _Filled) -> str:
    value = it.given.get("value")
    return f"{it.given.get('attribute')} is {'missing' if value is None else value}{it.took}"


def _passed(it: _Filled) -> str:
    return f"{it.node[:1].upper()}{it.node[1:]} is switched off: skipped"


def _moved_to_version(it: _Filled) -> str:
    where = f", to {it.to}" if "to" in it.given else ""
    version, before = it.given.get("version"), it.given.get("previous_version")
    return f"Moved to version {version} of the flow{where} (it was in version {before})"


def _skipped(what: str) -> Callable[[_Filled], str]:
    instead = ", which would have lasted until "
    return lambda it: f"A person ended {what}{it.until(instead)}{it.because}"


def _finished(it: _Filled) -> str:
    return "Finished" if it.given.get("reason") in (None, "finished") else f"Finished{it.because}"


def _no_connection(it: _Filled) -> str:
    by = "" if it.given.get("port") == "next" else f" by {it.branch}"
    return f"Finished: nothing follows {it.node}{by}"


_SENTENCES: Mapping[TimelineCode, Callable[[_Filled], str]] = {
    TimelineCode.ENTERED: lambda _: "Entered the campaign",
    TimelineCode.SENDING: lambda it: f"Began to send {it.node}",
    TimelineCode.SENT: _sent,
    TimelineCode.DEFERRED: lambda it: (
        f"{it.node} had to wait{it.because}{it.until('; next attempt on ')}"
    ),
    TimelineCode.REJECTED: lambda it: f"The mail server refused {it.node}{it.because}",
    TimelineCode.UNRENDERABLE: lambda it: (
        f"{it.node} could not be rendered for this contact{it.because}"
    ),
    TimelineCode.SUPPRESSED: lambda it: (
        f"Did not send {it.node}: mail to this address is suppressed"
    ),
    TimelineCode.UNKNOWN: lambda it: f"It is not known whether {it.node} arrived{it.because}",
    TimelineCode.WAITED: _waited,
    TimelineCode.DATE_MISSING: lambda it: (
        f"{it.given.get('attribute')} is not a date: continued immediately"
    ),
    TimelineCode.DATE_PAST: _past,
    TimelineCode.TOOK_CLICKED: _reacted("Clicked", "a link in "),
    TimelineCode.TOOK_OPENED: _reacted("Opened", ""),
    TimelineCode.TOOK_NOT_CLICKED: _reacted("Did not click", "any link in "),
    TimelineCode.TOOK_NOT_OPENED: _reacted("Did not open", ""),
    TimelineCode.TOOK_NOT_SENT: lambda it: f"{it.email} was never sent to this contact{it.took}",
    TimelineCode.TOOK_ATTRIBUTE: _attribute,
    TimelineCode.TOOK_ATTRIBUTES: lambda it: (
        f"Checked the contact's attributes ({it.given.get('match')} of the rules){it.took}"
    ),
    TimelineCode.TOOK_SPLIT: lambda it: f"Split by share{it.took}",
    TimelineCode.PASSED: _passed,
    TimelineCode.SEND_AGAIN_DECIDED: lambda it: f"A person decided to send {it.node} again",
    TimelineCode.TREAT_AS_SENT_DECIDED: lambda it: f"A person decided to treat {it.node} as sent",
    TimelineCode.WAIT_SKIPPED: _skipped("the wait"),
    TimelineCode.WATCH_SKIPPED: _skipped("the watch"),
    TimelineCode.MOVED: lambda it: f"A person moved it to {it.to}{it.because}",
    TimelineCode.MOVED_TO_VERSION: _moved_to_version,
    TimelineCode.HAD_ALREADY: lambda it: (
        f"Did not send {it.node}: had it already, before the move to this version"
    ),
    TimelineCode.RETRIED: _retried,
    TimelineCode.RESTORED: lambda _: (
        "The store was restored from a backup: e-mails that may have been sent are skipped"
    ),
    TimelineCode.PRESUMED: lambda it: (
        f"Did not send {it.node}: it may have been sent before the store was restored"
    ),
    TimelineCode.OPENED: lambda it: f"Opened {it.node}{it.after_sending}",
    TimelineCode.CLICKED: lambda it: (
        f"Clicked {it.given.get('link', 'a link')} in {it.node}{it.after_sending}"
    ),
    TimelineCode.UNSUBSCRIBED: lambda it: f"Unsubscribed{it.after_sending}",
    TimelineCode.BOUNCED: lambda it: f"{it.node} came back{it.because}",
    TimelineCode.COMPLAINED: lambda it: f"Reported {it.node} as spam{it.after_sending}",
    TimelineCode.ENDED_END: _finished,
    TimelineCode.ENDED_NO_CONNECTION: _no_connection,
    TimelineCode.ENDED_SUPPRESSED: lambda _: "Ended: mail to this address is suppressed",
    TimelineCode.ENDED_CANCELLED: lambda _: "Ended: the campaign was cancelled",
    TimelineCode.ENDED_REMOVED: lambda it: f"Removed from the campaign{it.because}",
    TimelineCode.ENDED_STEP_GONE: lambda it: (
        f"Ended at {it.node}: version {it.given.get('version')} of the flow lacks this step"
    ),
    TimelineCode.ENDED_GOAL: lambda _: "Ended: the campaign's goal was reached",
    TimelineCode.FAILED_REJECTED: lambda _: "Failed: the mail server refused the message",
    TimelineCode.FAILED_TEMPLATE: lambda _: (
        "Failed: the message could not be rendered for this contact"
    ),
    TimelineCode.FAILED_POISON: lambda _: "Failed: the flow led the lead round a loop too often",
}


def _waits(it: _Filled) -> str:
    following = it.given.get("next_node")
    what = title(following) if following else "the end"
    if following and following["type"] == "condition":
        what = (
            f"looks for {it.looked_for}" if it.looked_for else "looks at the contact's attributes"
        )
    return f"Next: {what}{it.until(' on ')}."


def _watches(it: _Filled) -> str:
    what = f"watches for {it.looked_for}" if it.looked_for else "watches"
    return f"Next: {what}{it.until(' until ')}."


_NEXT: Mapping[NextCode, Callable[[_Filled], str]] = {
    NextCode.ENTERS: lambda _: "Next: enters the campaign.",
    NextCode.ON_ITS_WAY: lambda it: f"Next: {it.node} is on its way to the mail server.",
    NextCode.WAITS: _waits,
    NextCode.WATCHES: _watches,
    NextCode.TRIES_AGAIN: lambda it: f"Next: {it.node} is tried again{it.until(' on ')}.",
    NextCode.NEEDS_DECISION: lambda it: (
        f"It is not known whether {it.node} arrived. Decide: send it again, or treat it as sent."
    ),
}
