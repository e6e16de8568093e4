"""Campaigns and their published flows, as stored, and the latest restoration of the store.

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
    SCHEDULED = "scheduled"
    """Published; the sweep starts it at its time."""
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    """For contacts: all leads have ended, and it has not ended yet."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"
    DELETING = "deleting"
    """Hidden, while a job deletes it in pages."""


class Ending(StrEnum):
    """When a campaign completes. Until then it waits for contacts whenever all leads have ended."""

    WHEN_THROUGH = "when_through"
    """As soon as all leads have ended."""
    AT_DATE = "at_date"
    """As soon as all leads have ended, but not before `ends_at`."""
    BY_HAND = "by_hand"
    """Not before a person ends it."""


ACTIVE = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.WAITING})
CLOSED = frozenset({CampaignStatus.CANCELLED, CampaignStatus.ARCHIVED})
"""They never run again. A completed campaign does, if it gets contacts."""
ENDED = CLOSED | {CampaignStatus.COMPLETED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`draft`: the flow document being edited (nodes, connections, zone, layout); it may be
    invalid.

    `version`: the latest published flow version, 0 before the first. `epoch`: Unix seconds of the
    first launch, part of lead ids; None before it. `enrolled_seq`: contacts up to this seq have
    been enrolled. `from_email` and `from_name`: the sender of e-mails that name none; None: the
    installation's. `reply_to`: the same for the address that answers go to.
    `launch_at`: when it is or was to start; None: it was launched at once, or not at all.
    `launched_at`: when it started; None: not yet, or before this was recorded. `schedule`: how many
    times it was scheduled; part of the id of the job that launches it. `ends_at`: only with
    `Ending.AT_DATE`.
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
    launch_at: datetime | None = None
    launched_at: datetime | None = None
    schedule: int = 0
    ends: Ending = Ending.WHEN_THROUGH
    ends_at: datetime | None = None
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


class RestorationState(StrEnum):
    RESTORING = "restoring"
    """Its documents are being written; if this stays, the restore has failed."""
    HELD = "held"
    RELEASING = "releasing"
    """A person has decided; the sweep goes through the leads."""
    OVER = "over"


class Choice(StrEnum):
    """What happens to messages that may have left since the backup."""

    SKIP = "skip"
    """They count as sent. None is sent twice; those that had not left are never sent."""
    SEND = "send"
    """They are sent. None is lost; those that had left are sent twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """The latest restoration of this store.

    `backup_at`: a time before which everything is in the backup. `restored_at`: by then, nothing
    sent mail from the store of which the backup was made. `choice`: for leads without one of their
    own; None until the release. `campaign_id` and `after_seq`: how far the release is.
    `leads_skipped`: leads with messages that now count as sent. `revision`: grows by one with each
    change, from 1. `name`: there is one record.
    """

    backup_at: datetime
    restored_at: datetime
    state: RestorationState = RestorationState.HELD
    choice: Choice | None = None
    campaign_id: str = ""
    after_seq: int = 0
    leads_skipped: int = 0
    revision: int = 1
    name: str = "latest"

    @property
    def is_held(self) -> bool:
        return self.state is not RestorationState.OVER


@dataclass(frozen=True, slots=True)
class LeadChoice:
    """What a person chose for one lead, until the release."""

    lead_id: str
    choice: Choice
