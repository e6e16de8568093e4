"""Contacts, and addresses that must not be sent mail, as stored.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.flow.lead import AttributeValue
from functions.service.access.records import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person in the audience of one campaign.

    `seq`: the number in the campaign, from 1. `email`: normalised (`mail.address`). `email_key`:
    equal for all spellings of one address, unique per campaign. `source` and `line`: the import
    job that added or last updated it, and its row, by which a repeated page recognises its own
    work. `revision`: from 1, grows by one with each change.
    """

    workspace_id: WorkspaceId
    campaign_id: str
    seq: int
    email: str
    email_key: str
    attributes: Mapping[str, AttributeValue]
    source: str
    line: int
    revision: int = 1


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    """A mail server says that there is no such address, or that it is closed."""
    COMPLAINT = "complaint"
    """The reader reported an e-mail as spam."""
    BY_HAND = "by_hand"
    IMPORTED = "imported"

    @classmethod
    def _missing_(cls, value: object) -> "SuppressionReason | None":
        """The words of older stores."""
        return {"bounced": cls.HARD_BOUNCE, "complained": cls.COMPLAINT}.get(str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that a workspace must not send mail to. `email_key` (`mail.address`): unique in
    the workspace. `source`: where it came from, for people: the mail server's words, the name of
    the imported file, or what a person wrote; empty if the reader unsubscribed. `campaign_id`: the
    campaign that caused it; None if none did."""

    workspace_id: WorkspaceId
    email_key: str
    reason: SuppressionReason
    at: datetime
    campaign_id: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullMailbox:
    """A message that came back because its recipient's mailbox was full. `message_key`: its send
    key. `at`: when it came back."""

    workspace_id: WorkspaceId
    email_key: str
    message_key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRemoval:
    """An address that a person allowed again. `removal_id`: unique in the workspace; ids sort by
    time. `reason`: what that person wrote. `was` and `since`: the suppression that was removed."""

    workspace_id: WorkspaceId
    removal_id: str
    email_key: str
    at: datetime
    reason: str
    was: SuppressionReason
    since: datetime
