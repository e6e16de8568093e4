"""Stored jobs, answers given under an Idempotency-Key, and addresses not to be written to."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import DeleteMany, InsertOne, ReplaceOne

from functions.adapters.mongo.gate import Document, Gate
from functions.adapters.mongo.indexes import DOWN, EPOCH, UP
from functions.adapters.mongo.shape import from_document, to_document
from functions.service.audience.records import Suppression
from functions.service.jobs.records import Answer, JobState, StoredJob

_REPORT = ("report",)

RESERVE_TRIES_MAX = 5
"""A reservation that is found taken and is then released under our eyes is tried again."""


def _job(document: Document) -> StoredJob:
    return from_document(StoredJob, document, "job_id", text=_REPORT)


class MongoJobs:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def insert(self, job: StoredJob) -> bool:
        document = to_document(job, "job_id", text=_REPORT)
        written = await self._gate.write("jobs.insert", "jobs", [InsertOne(document)])
        return not written.refused

    async def find(self, job_id: str) -> StoredJob | None:
        found = await self._gate.find_ids("jobs.find", "jobs", [job_id])
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
        free = await self._gate.aggregate(method, "jobs", stages, batch_size=limit + 1)
        if not free:
            return []
        job_ids = [document["_id"] for document in free]
        lease = {"lease_until": lease_until, "token": token}
        await self._gate.update_ids(method, "jobs", job_ids, is_waiting | is_free, {"$set": lease})
        won = await self._gate.find_ids(method, "jobs", job_ids, {"token": token})
        by_id = {document["_id"]: document for document in won}
        return [_job(by_id[job_id]) for job_id in job_ids if job_id in by_id]

    async def save(self, job: StoredJob) -> bool:
        document = to_document(job, "job_id", text=_REPORT)
        before = {"_id": job.job_id, "token": job.token}
        written = await self._gate.write("jobs.save", "jobs", [ReplaceOne(before, document)])
        return written.matched == 1

    async def page(self, campaign_id: str, limit: int) -> list[StoredJob]:
        found = await self._gate.find(
            "jobs.page",
            "jobs",
            {"campaign_id": campaign_id},
            limit=limit,
            sort=(("created_at", DOWN), ("_id", DOWN)),
        )
        return [_job(document) for document in found]


class MongoAnswers:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def reserve(self, answer: Answer) -> Answer | None:
        """One round trip if the key is free, two if it is taken."""
        for _ in range(RESERVE_TRIES_MAX):
            document = to_document(answer, "key")
            written = await self._gate.write("answers.reserve", "answers", [InsertOne(document)])
            if not written.refused:
                return None
            found = await self._gate.find_ids("answers.reserve", "answers", [answer.key])
            for there in found:
                return from_document(Answer, there, "key")
        raise RuntimeError(f"the key {answer.key!r} is taken and released without end")

    async def save(self, answer: Answer) -> None:
        document = to_document(answer, "key")
        await self._gate.write(
            "answers.save", "answers", [ReplaceOne({"_id": answer.key}, document, upsert=True)]
        )

    async def release(self, key: str) -> None:
        """An answer that was given stays: only a reservation is forgotten."""
        await self._gate.write(
            "answers.release", "answers", [DeleteMany({"_id": key, "status": 0})]
        )

    async def expire(self, before: datetime, limit: int) -> int:
        found = await self._gate.find(
            "answers.expire",
            "answers",
            {"at": {"$gte": EPOCH, "$lt": before}},
            limit=limit,
            sort=(("at", UP),),
            projection={"_id": 1},
        )
        return await self._gate.delete_by(
            "answers.expire", "answers", "_id", [document["_id"] for document in found]
        )


class MongoSuppressions:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def add(self, suppression: Suppression) -> None:
        document = to_document(suppression, "email_key")
        await self._gate.write("suppressions.add", "suppressions", [InsertOne(document)])

    async def find(self, email_keys: Sequence[str]) -> list[Suppression]:
        found = await self._gate.find_ids("suppressions.find", "suppressions", email_keys)
        return [from_document(Suppression, document, "email_key") for document in found]
