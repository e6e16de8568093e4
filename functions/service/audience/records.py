"""Contacts, and addresses that must not be written to, as the store remembers them.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.flow.lead import AttributeValue
from functions.service.access.records import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of one campaign's audience. `email_key` (of `mail.address`) is unique per campaign.

    `source` and `line` name the import job and its row, so that a repeated page finds its own.
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
    """An address that a workspace must not write to: `email_key` (of `mail.address`) is unique
    there."""

    workspace_id: WorkspaceId
    email_key: str
    reason: str
    at: datetime
    campaign_id: str | None = None
