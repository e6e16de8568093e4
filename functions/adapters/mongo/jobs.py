"""Stored jobs and uploads: the queries that a `Table` cannot express."""

from datetime import datetime

from functions.adapters.collections.jobs import JOBS, UPLOADS, StoredJobs, UploadPages
from functions.adapters.mongo.indexes import UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.adapters.mongo.table import MongoTables
from functions.service.access.records import WorkspaceId
from functions.service.jobs.records import JobState, StoredJob


class MongoJobs(StoredJobs):
    def __init__(self, session: MongoSession, tables: MongoTables) -> None:
        super().__init__(tables.of(JOBS))
        self._session = session

    async def take_anywhere(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        method = "jobs.take_anywhere"
        if limit <= 0:
            return []
        is_waiting = {"state": JobState.WAITING}
        # None also matches an absent field.
        is_free = {"$or": [{"lease_until": None}, {"lease_until": {"$lte": now}}]}
        oldest = {"$first": "$$ROOT"}
        stages: list[Document] = [
            {"$match": is_waiting},
            {"$project": {"campaign_id": 1, "created_at": 1, "lease_until": 1}},
            {"$sort": {"campaign_id": UP, "created_at": UP, "_id": UP}},
            {"$group": {"_id": "$campaign_id", "oldest": oldest}},
            {"$replaceRoot": {"newRoot": "$oldest"}},
            {"$match": is_free},
            {"$sort": {"created_at": UP, "_id": UP}},
            {"$limit": limit},
        ]
        free = await self._session.aggregate(method, "jobs", stages, batch_size=limit + 1)
        if not free:
            return []
        job_ids = [document["_id"] for document in free]
        lease = {"lease_until": lease_until, "token": token}
        await self._session.update_ids(
            method, "jobs", job_ids, is_waiting | is_free, {"$set": lease}
        )
        won = await self._table.find(
            method, ("job_id", "in", job_ids), ("token", "=", token), limit=len(job_ids)
        )
        by_id = {job.job_id: job for job in won}
        return [by_id[job_id] for job_id in job_ids if job_id in by_id]


class MongoUploads(UploadPages):
    def __init__(self, session: MongoSession, tables: MongoTables) -> None:
        super().__init__(tables.of(UPLOADS))
        self._session = session

    async def abandoned_anywhere(
        self, before: datetime, limit: int
    ) -> list[tuple[WorkspaceId, str]]:
        if limit <= 0:
            return []
        of_upload = {"youngest": {"$max": "$at"}, "workspace_id": {"$first": "$workspace_id"}}
        stages: list[Document] = [
            {"$group": {"_id": "$upload_id", **of_upload}},
            {"$match": {"youngest": {"$lte": before}}},
            {"$sort": {"youngest": UP, "_id": UP}},
            {"$limit": limit},
        ]
        found = await self._session.aggregate(
            "uploads.abandoned_anywhere", "uploads", stages, batch_size=limit + 1
        )
        return [(document["workspace_id"], document["_id"]) for document in found]
