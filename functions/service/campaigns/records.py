"""Campaigns and their published flows, as stored.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.mail.footer import Footer
from functions.service.access.records import WorkspaceId


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"
    DELETING = "deleting"
    """Hidden, while a job deletes it in pages."""


ACTIVE = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
ENDED = frozenset({CampaignStatus.COMPLETED, CampaignStatus.CANCELLED, CampaignStatus.ARCHIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`draft`: the flow document being edited (nodes, connections, zone, layout); it may be
    invalid.

    `version`: the latest published flow version, 0 before the first. `epoch`: Unix seconds of the
    first launch, part of lead ids; None before it. `enrolled_seq`: contacts up to this seq have
    been enrolled. `from_email` and `from_name`: the sender of e-mails that name none; None: the
    installation's. `reply_to`: the same for the address that answers go to.
    `lateness_max_seconds`: after a pause, leads overdue by more than this are removed; None: never.
    `pause_reason`: why the product paused it by itself; None if it did not.
    `revision`: grows by one with each change.
    """

    workspace_id: WorkspaceId
    campaign_id: str
    name: str
    status: CampaignStatus
    draft: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
    version: int = 0
    epoch: int | None = None
    enrolled_seq: int = 0
    from_email: str | None = None
    from_name: str | None = None
    reply_to: str | None = None
    lateness_max_seconds: int | None = None
    pause_reason: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """A published flow, never changed. `version`: from 1. `flow`: the document of a `Flow`.
    `footer`: of its marketing e-mails; None: published before there were footers. `reply_to`: the
    workspace's, for e-mails that name none; None: it had none."""

    campaign_id: str
    version: int
    flow: Mapping[str, object]
    published_at: datetime
    footer: Footer | None = None
    reply_to: str | None = None
