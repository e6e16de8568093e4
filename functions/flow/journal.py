"""Journal entries and counter deltas: the trace that a step leaves for people.

Invariant: the entries and the delta of a record belong to one revision of one lead, and the delta
is applied to the campaign's counts exactly once (the record's key is unique).
This module must not know how records are stored or added up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.flow.value import value

Delta = Mapping[str, int]
"""Signed amounts by counter key. The functions below make the keys."""

DetailValue = str | int | None


class EntryKind(StrEnum):
    ENTERED = "entered"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNRENDERABLE = "unrenderable"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    WATCHING = "watching"
    RESUMED = "resumed"
    TOOK = "took"
    PASSED = "passed"
    """The node is switched off, and the lead passed it."""
    DECIDED = "decided"
    """A person resolved an unknown message."""
    RESTORED = "restored"
    """The store was restored, and a person chose to skip e-mails that may have left before."""
    PRESUMED = "presumed"
    """The store was restored, and the e-mail counts as sent, because it may have left before."""
    SKIPPED = "skipped"
    """A person ended a pause before its time."""
    MOVED = "moved"
    """A person moved the lead; the node of the entry is where it was before."""
    MOVED_TO_VERSION = "moved_to_version"
    """A person moved the lead to a later flow version; the node of the entry is where it was."""
    HAD_ALREADY = "had_already"
    """The lead passed an e-mail that it had before it was moved to this flow version."""
    RETRIED = "retried"
    """A person decided to send the e-mail that failed the lead again."""
    ENDED = "ended"
    TRACKING_EVENT = "hit"
    """A reader opened or clicked, or a mail came back (written when that was stored, not by a
    step)."""


@value
class Entry:
    """One thing that happened to a lead. `detail` holds plain values, times as ISO 8601 UTC."""

    kind: EntryKind
    node_id: str | None
    detail: Mapping[str, DetailValue]


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """`key`: unique; lead and revision for steps, other forms for tracking events and enrolments.
    `lead_id`: None for enrolments. `revision`: that of the lead; 0 for tracking events and
    enrolments. `at`: UTC."""

    key: str
    campaign_id: str
    lead_id: str | None
    revision: int
    at: datetime
    entries: tuple[Entry, ...]
    delta: Delta


IN_VERSION = "in"
"""What the keys of `version_key` begin with."""

LATENESS_BUCKETS_MS = (50, 100, 250, 500, 1000, 2000, 5000, 15000, 60000, 300000, 3600000)
LATENESS_BEYOND = "inf"


def status_key(status: str) -> str:
    """Number of leads of the campaign that are in a status now."""
    return "leads/" + status


def at_key(node_id: str, state: str) -> str:
    """Number of leads that are at a node in a state now."""
    return "at/" + node_id + "/" + state


def version_key(version: int, node_id: str | None, state: str) -> str:
    """Number of leads on their way in a flow version that are at a node in a state now. `node_id`:
    None before the first step."""
    return f"{IN_VERSION}/{version}/{state}/{node_id or ''}"


def total_key(what: str, node_id: str) -> str:
    """How often something has happened at a node: entered, passed, sent, opened, clicked …"""
    return f"total/{node_id}/{what}"


def branch_key(what: str, node_id: str, port: str) -> str:
    """Number of leads that took a branch of a split and to whom something has happened since, with
    any of the e-mails that they were sent since: sent, bounced, opened, clicked …"""
    return f"branch/{node_id}/{port}/{what}"


LINK_PREFIX = "link/"
_ESCAPED = "%.$\0"
"""The sign of the escapes comes first."""


def link_key(node_id: str, link: str) -> str:
    """Number of leads that clicked a link of an e-mail. Not one of the campaign's counts: it goes
    to the results of the e-mail. Characters that a store does not take in a name are escaped."""
    for character in _ESCAPED:
        link = link.replace(character, f"%{ord(character):02X}")
    return f"{LINK_PREFIX}{node_id}/{link}"


def link_of(key: str) -> tuple[str, str]:
    """The node and the link of a key made by `link_key`."""
    node_id, _, link = key.removeprefix(LINK_PREFIX).partition("/")
    for character in reversed(_ESCAPED):
        link = link.replace(f"%{ord(character):02X}", character)
    return node_id, link


def lateness_key(lateness_ms: int) -> str:
    """Bucket of the lateness histogram. Each lateness is in one bucket: the first it fits into."""
    for bound in LATENESS_BUCKETS_MS:
        if lateness_ms <= bound:
            return f"late/{bound}"
    return f"late/{LATENESS_BEYOND}"
