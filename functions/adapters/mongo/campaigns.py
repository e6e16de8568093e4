"""Campaigns. Their flow versions are described in `functions.adapters.collections.campaigns`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteMany, InsertOne, ReplaceOne

from functions.adapters.collections.campaigns import FLOW_VERSIONS, FlowVersions
from functions.adapters.mongo.indexes import DOWN, UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.adapters.mongo.shape import from_document, to_document
from functions.adapters.mongo.table import MongoTables
from functions.service.access.records import WorkspaceId
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.jobs.records import JobState

_DRAFT = ("draft",)


def _campaign(document: Document) -> Campaign:
    return from_document(Campaign, document, "campaign_id", text=_DRAFT)


class MongoCampaigns(FlowVersions):
    def __init__(self, session: MongoSession, tables: MongoTables) -> None:
        super().__init__(tables.of(FLOW_VERSIONS))
        self._session = session

    async def insert(self, campaign: Campaign) -> bool:
        document = to_document(campaign, "campaign_id", text=_DRAFT)
        written = await self._session.write("campaigns.insert", "campaigns", [InsertOne(document)])
        return not written.refused

    async def find(self, workspace_id: WorkspaceId, campaign_ids: Sequence[str]) -> list[Campaign]:
        found = await self._session.find_ids(
            "campaigns.find", "campaigns", campaign_ids, {"workspace_id": workspace_id}
        )
        return [_campaign(document) for document in found]

    async def find_anywhere(self, campaign_ids: Sequence[str]) -> list[Campaign]:
        found = await self._session.find_ids("campaigns.find_anywhere", "campaigns", campaign_ids)
        return [_campaign(document) for document in found]

    async def replace(self, campaign: Campaign) -> bool:
        document = to_document(campaign, "campaign_id", text=_DRAFT)
        before = {
            "_id": campaign.campaign_id,
            "revision": campaign.revision - 1,
            "created_at": campaign.created_at,
        }
        written = await self._session.write(
            "campaigns.replace", "campaigns", [ReplaceOne(before, document)]
        )
        return written.matched == 1

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        after: tuple[datetime, str] | None,
        limit: int,
        status: CampaignStatus | None,
    ) -> list[Campaign]:
        condition: Document = {
            "workspace_id": workspace_id,
            "status": {"$ne": CampaignStatus.DELETING},
        }
        if status is not None:
            condition = {"$and": [condition, {"status": status}]}
        if after is not None:
            at, campaign_id = after
            condition["$or"] = [
                {"created_at": {"$lt": at}},
                {"created_at": at, "_id": {"$lt": campaign_id}},
            ]
        found = await self._session.find(
            "campaigns.page",
            "campaigns",
            condition,
            limit=limit,
            sort=(("created_at", DOWN), ("_id", DOWN)),
        )
        return [_campaign(document) for document in found]

    async def with_status(
        self, workspace_id: WorkspaceId, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        found = await self._session.find(
            "campaigns.with_status",
            "campaigns",
            {"workspace_id": workspace_id, "status": status, "_id": {"$gt": after_id}},
            limit=limit,
            sort=(("_id", UP),),
        )
        return [_campaign(document) for document in found]

    async def with_status_anywhere(
        self, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        found = await self._session.find(
            "campaigns.with_status_anywhere",
            "campaigns",
            {"status": status, "_id": {"$gt": after_id}},
            limit=limit,
            sort=(("_id", UP),),
        )
        return [_campaign(document) for document in found]

    async def created_at_anywhere(self, created_at: datetime, limit: int) -> list[Campaign]:
        found = await self._session.find(
            "campaigns.created_at_anywhere",
            "campaigns",
            {"created_at": created_at, "status": {"$ne": CampaignStatus.DELETING}},
            limit=limit,
            sort=(("_id", UP),),
        )
        return [_campaign(document) for document in found]

    async def tally(self, workspace_id: WorkspaceId) -> dict[CampaignStatus, int]:
        stages: list[Document] = [
            {"$match": {"workspace_id": workspace_id}},
            {"$group": {"_id": "$status", "number": {"$sum": 1}}},
        ]
        found = await self._session.aggregate(
            "campaigns.tally", "campaigns", stages, batch_size=len(CampaignStatus) + 1
        )
        numbers = {CampaignStatus(it["_id"]): int(it["number"]) for it in found}
        numbers.pop(CampaignStatus.DELETING, None)
        return numbers

    async def delete(self, campaign_id: str) -> None:
        """The campaign itself is deleted last, so that a deletion can continue after a crash."""
        of_campaign: dict[str, Any] = {"campaign_id": campaign_id}
        finished = {**of_campaign, "state": {"$ne": JobState.WAITING}}
        for collection, condition in (
            ("flow_versions", of_campaign),
            ("counts", {"_id": campaign_id}),
            ("results", of_campaign),
            ("jobs", finished),
            ("campaigns", {"_id": campaign_id}),
        ):
            await self._session.write("campaigns.delete", collection, [DeleteMany(condition)])
