"""Contacts, and addresses that must not be sent mail, as stored.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.flow.lead import AttributeValue
from functions.service.access.records import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person in the audience of one campaign.

    `seq`: the number in the campaign, from 1. `email`: normalised (`mail.address`). `email_key`:
    equal for all spellings of one address, unique per campaign. `source` and `line`: the import
    job and its row, by which a repeated page recognises its own contacts.
    """

    workspace_id: WorkspaceId
    campaign_id: str
    seq: int
    email: str
    email_key: str
    attributes: Mapping[str, AttributeValue]
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that a workspace must not send mail to. `email_key` (`mail.address`): unique in
    the workspace. `campaign_id`: the campaign that caused it; None if none did."""

    workspace_id: WorkspaceId
    email_key: str
    reason: str
    at: datetime
    campaign_id: str | None = None
