"""The store of campaigns and flow versions.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.campaigns.records import Campaign, CampaignStatus, FlowVersion


class Campaigns(Protocol):
    async def insert(self, campaign: Campaign) -> bool:
        """False if the id is taken, in whatever workspace."""

    async def find(self, workspace_id: WorkspaceId, campaign_ids: Sequence[str]) -> list[Campaign]:
        """In no order; missing ones are left out."""

    async def find_anywhere(self, campaign_ids: Sequence[str]) -> list[Campaign]:
        """In all workspaces, for workers: leads, messages and tracking events name a campaign."""

    async def replace(self, campaign: Campaign) -> bool:
        """Compare-and-set: wins if the stored revision is `campaign.revision - 1`."""

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        after: tuple[datetime, str] | None,
        limit: int,
        status: CampaignStatus | None,
    ) -> list[Campaign]:
        """Newest first by (created_at, campaign_id), strictly after the cursor. Deleting ones
        are hidden."""

    async def with_status(
        self, workspace_id: WorkspaceId, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        """By campaign_id, strictly after `after_id`."""

    async def with_status_anywhere(
        self, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        """In all workspaces, for the sweep. By campaign_id, strictly after `after_id`."""

    async def tally(self, workspace_id: WorkspaceId) -> dict[CampaignStatus, int]:
        """How many there are in each status. Deleting ones are hidden."""

    async def delete(self, campaign_id: str) -> None:
        """The campaign, its flow versions, counts and finished jobs (several round trips)."""

    async def add_version(self, version: FlowVersion) -> bool:
        """False if that version exists already."""

    async def version(self, campaign_id: str, version: int) -> FlowVersion | None: ...


class CampaignsStore(Protocol):
    """The part of the store for this area."""

    campaigns: Campaigns
