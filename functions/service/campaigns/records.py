"""Campaigns and their published flows, as the store remembers them.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.service.access.records import WorkspaceId


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"
    DELETING = "deleting"
    """Hidden; a job takes it away in pages."""


ACTIVE = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
ENDED = frozenset({CampaignStatus.COMPLETED, CampaignStatus.CANCELLED, CampaignStatus.ARCHIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`draft`: the flow document being edited, sound or not (nodes, connections, zone, layout).

    `version`: the latest published flow version, 0 before the first. `epoch`: unix seconds of
    the first launch, part of lead ids. `enrolled_seq`: contacts up to this seq have an enrol
    job. `lateness_max_seconds`: after a pause, leads later than this are let go (None: never).
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
    lateness_max_seconds: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """Immutable once written. `flow` is the document of a validated `Flow`."""

    campaign_id: str
    version: int
    flow: Mapping[str, object]
    published_at: datetime
