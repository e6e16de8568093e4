"""Stored jobs, uploaded rows on their way to them, answers given under an Idempotency-Key."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import DeleteMany, InsertOne, ReplaceOne

from functions.adapters.mongo.indexes import DOWN, EPOCH, UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.adapters.mongo.shape import from_document, from_text, to_document, to_text
from functions.service.jobs.records import Answer, JobState, StoredJob

_REPORT = ("report",)

RESERVE_TRIES_MAX = 5
"""A reservation that is found taken and is then released under our eyes is tried again."""


def _job(document: Document) -> StoredJob:
    return from_document(StoredJob, document, "job_id", text=_REPORT)


class MongoJobs:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def insert(self, job: StoredJob) -> bool:
        document = to_document(job, "job_id", text=_REPORT)
        written = await self._session.write("jobs.insert", "jobs", [InsertOne(document)])
        return not written.refused

    async def find(self, job_id: str) -> StoredJob | None:
        found = await self._session.find_ids("jobs.find", "jobs", [job_id])
        return _job(found[0]) if found else None

    async def take(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        method = "jobs.take"
        if limit <= 0:
            return []
        is_waiting = {"state": JobState.WAITING}
        # Absent and null times are below every date.
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
        won = await self._session.find_ids(method, "jobs", job_ids, {"token": token})
        by_id = {document["_id"]: document for document in won}
        return [_job(by_id[job_id]) for job_id in job_ids if job_id in by_id]

    async def save(self, job: StoredJob) -> bool:
        document = to_document(job, "job_id", text=_REPORT)
        before = {"_id": job.job_id, "token": job.token}
        written = await self._session.write("jobs.save", "jobs", [ReplaceOne(before, document)])
        return written.matched == 1

    async def page(self, campaign_id: str, limit: int) -> list[StoredJob]:
        found = await self._session.find(
            "jobs.page",
            "jobs",
            {"campaign_id": campaign_id},
            limit=limit,
            sort=(("created_at", DOWN), ("_id", DOWN)),
        )
        return [_job(document) for document in found]


class MongoAnswers:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def reserve(self, answer: Answer) -> Answer | None:
        """One round trip if the key is free, two if it is taken."""
        for _ in range(RESERVE_TRIES_MAX):
            document = to_document(answer, "key")
            written = await self._session.write("answers.reserve", "answers", [InsertOne(document)])
            if not written.refused:
                return None
            found = await self._session.find_ids("answers.reserve", "answers", [answer.key])
            for there in found:
                return from_document(Answer, there, "key")
        raise RuntimeError(f"the key {answer.key!r} is taken and released without end")

    async def save(self, answer: Answer) -> None:
        document = to_document(answer, "key")
        await self._session.write(
            "answers.save", "answers", [ReplaceOne({"_id": answer.key}, document, upsert=True)]
        )

    async def release(self, key: str) -> None:
        """An answer that was given stays: only a reservation is forgotten."""
        await self._session.write(
            "answers.release", "answers", [DeleteMany({"_id": key, "status": 0})]
        )

    async def expire(self, before: datetime, limit: int) -> int:
        found = await self._session.find(
            "answers.expire",
            "answers",
            {"at": {"$gte": EPOCH, "$lt": before}},
            limit=limit,
            sort=(("at", UP),),
            projection={"_id": 1},
        )
        return await self._session.delete_by(
            "answers.expire", "answers", "_id", [document["_id"] for document in found]
        )


class MongoUploads:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def add(self, upload_id: str, number: int, rows: Sequence[object], at: datetime) -> None:
        page_id = f"{upload_id}/{number}"
        document = {"upload_id": upload_id, "number": number, "rows": to_text(list(rows)), "at": at}
        await self._session.write(
            "uploads.add", "uploads", [ReplaceOne({"_id": page_id}, document, upsert=True)]
        )

    async def read(self, upload_id: str, number: int) -> list[object] | None:
        found = await self._session.find_ids("uploads.read", "uploads", [f"{upload_id}/{number}"])
        if not found:
            return None
        rows = from_text(found[0]["rows"])
        assert isinstance(rows, list)
        return rows

    async def drop(self, upload_id: str) -> None:
        await self._session.write("uploads.drop", "uploads", [DeleteMany({"upload_id": upload_id})])

    async def abandoned(self, before: datetime, limit: int) -> list[str]:
        if limit <= 0:
            return []
        stages: list[Document] = [
            {"$group": {"_id": "$upload_id", "youngest": {"$max": "$at"}}},
            {"$match": {"youngest": {"$lte": before}}},
            {"$sort": {"youngest": UP, "_id": UP}},
            {"$limit": limit},
        ]
        found = await self._session.aggregate(
            "uploads.abandoned", "uploads", stages, batch_size=limit + 1
        )
        return [document["_id"] for document in found]
