"""The stores of campaigns and flow versions, and of the latest restoration.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.campaigns.records import (
    Campaign,
    CampaignStatus,
    Choice,
    FlowVersion,
    LeadChoice,
    Restoration,
)


class Campaigns(Protocol):
    async def insert(self, campaign: Campaign) -> bool:
        """False if the id is taken in any workspace."""

    async def find(self, workspace_id: WorkspaceId, campaign_ids: Sequence[str]) -> list[Campaign]:
        """In no particular order. Missing campaigns are left out."""

    async def find_anywhere(self, campaign_ids: Sequence[str]) -> list[Campaign]:
        """In all workspaces. For workers, whose leads, messages and tracking events name only a
        campaign."""

    async def replace(self, campaign: Campaign) -> bool:
        """Compare-and-set: wins if the stored revision is `campaign.revision - 1`, and the stored
        campaign is this one and not a later one with its id (`created_at`)."""

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        after: tuple[datetime, str] | None,
        limit: int,
        status: CampaignStatus | None,
    ) -> list[Campaign]:
        """Newest first by (created_at, campaign_id), strictly after `after`. Without campaigns
        that are being deleted."""

    async def with_status(
        self, workspace_id: WorkspaceId, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        """By campaign_id, strictly after `after_id`."""

    async def with_status_anywhere(
        self, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        """By campaign_id, strictly after `after_id`, in all workspaces. For the sweep."""

    async def created_at_anywhere(self, created_at: datetime, limit: int) -> list[Campaign]:
        """Those created in this millisecond, in all workspaces, by campaign_id. Without campaigns
        that are being deleted. For returned mail, which names its campaign only by this time."""

    async def tally(self, workspace_id: WorkspaceId) -> dict[CampaignStatus, int]:
        """The number of campaigns in each status, without those that are being deleted."""

    async def delete(self, campaign_id: str) -> None:
        """Delete the campaign with its flow versions, counts and finished jobs. Several round
        trips."""

    async def add_version(self, version: FlowVersion) -> bool:
        """False if that version already exists."""

    async def version(self, campaign_id: str, version: int) -> FlowVersion | None: ...


class Restorations(Protocol):
    async def find(self) -> Restoration | None:
        """The latest; None if this store was never restored."""

    async def begin(self, restoration: Restoration) -> None:
        """Replaces the one before, and forgets what was chosen for its leads. Two round trips."""

    async def save(self, restoration: Restoration) -> bool:
        """Compare-and-set: wins if the stored revision is `restoration.revision - 1`."""

    async def choose(self, lead_ids: Sequence[str], choices: Sequence[LeadChoice]) -> None:
        """Replace what was chosen for `lead_ids` by `choices`. Two round trips."""

    async def choices(self, lead_ids: Sequence[str]) -> dict[str, Choice]:
        """By lead id. Leads for which nothing was chosen are left out."""


class CampaignsStore(Protocol):
    """This area's part of the store."""

    campaigns: Campaigns
    restorations: Restorations
