"""Stored jobs, the uploaded rows that they read, and idempotency records."""

from datetime import datetime

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Condition,
    Index,
    Table,
    Tables,
)
from functions.service.access.records import WorkspaceId
from functions.service.jobs.ports import IdempotencyRecords
from functions.service.jobs.records import IdempotencyRecord, StoredJob, UploadPage

JOBS = Collection(
    "jobs",
    StoredJob,
    key=("job_id",),
    fields=("workspace_id", "campaign_id", "created_at", "state", "lease_until", "token"),
    indexes=(Index("campaign", ("campaign_id", "created_at")),),
    text=("report",),
)
UPLOADS = Collection(
    "uploads",
    UploadPage,
    key=("upload_id", "number"),
    fields=("workspace_id", "at"),
    # drop; abandoned_anywhere, without reading the rows
    indexes=(Index("age", ("upload_id", "at")),),
    text=("rows",),
)
IDEMPOTENCY_RECORDS = Collection(
    "answers",
    IdempotencyRecord,
    key=("workspace_id", "key"),
    fields=("at", "status"),
    indexes=(Index("age", ("at",)),),
)

RESERVE_ATTEMPTS_MAX = 5
"""How often to try again if a key is taken, but released before its record is read."""


class JobsCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.idempotency_records: IdempotencyRecords = _IdempotencyRecords(
            tables.of(IDEMPOTENCY_RECORDS)
        )


class _IdempotencyRecords:
    def __init__(self, table: Table[IdempotencyRecord]) -> None:
        self._table = table

    async def reserve(self, record: IdempotencyRecord) -> IdempotencyRecord | None:
        """One round trip if the key is free, two if it is taken."""
        for _ in range(RESERVE_ATTEMPTS_MAX):
            if await self._table.insert("idempotency_records.reserve", [record]):
                return None
            key = (record.workspace_id, record.key)
            for there in await self._table.get("idempotency_records.reserve", [key]):
                return there
        raise RuntimeError(f"the key {record.key!r} is taken and released without end")

    async def save(self, record: IdempotencyRecord) -> None:
        await self._table.put("idempotency_records.save", record)

    async def release(self, workspace_id: WorkspaceId, key: str) -> None:
        """Deletes only a reservation. A stored answer stays."""
        await self._table.delete(
            "idempotency_records.release",
            ("workspace_id", "=", workspace_id),
            ("key", "=", key),
            ("status", "=", 0),
        )

    async def expire_anywhere(self, before: datetime, limit: int) -> int:
        return await self._table.delete(
            "idempotency_records.expire_anywhere", ("at", "<", before), by=("at",), limit=limit
        )


class StoredJobs:
    """The part of `Jobs` that both stores share: all but `take_anywhere`."""

    def __init__(self, table: Table[StoredJob]) -> None:
        self._table = table

    async def insert(self, job: StoredJob) -> bool:
        return await self._table.insert("jobs.insert", [job]) == 1

    async def find(self, workspace_id: WorkspaceId, job_id: str) -> StoredJob | None:
        of_workspace: Condition = ("workspace_id", "=", workspace_id)
        found = await self._table.get("jobs.find", [(job_id,)], of_workspace)
        return found[0] if found else None

    async def save(self, job: StoredJob) -> bool:
        return await self._table.replace("jobs.save", job, ("token", "=", job.token))

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, limit: int
    ) -> list[StoredJob]:
        return await self._table.find(
            "jobs.page",
            ("workspace_id", "=", workspace_id),
            ("campaign_id", "=", campaign_id),
            by=("-created_at", "-job_id"),
            limit=limit,
        )


class UploadPages:
    """The part of `Uploads` that both stores share: all but `abandoned_anywhere`."""

    def __init__(self, table: Table[UploadPage]) -> None:
        self._table = table

    async def add(self, page: UploadPage) -> None:
        await self._table.put("uploads.add", page)

    async def read(
        self, workspace_id: WorkspaceId, upload_id: str, number: int
    ) -> list[object] | None:
        of_workspace: Condition = ("workspace_id", "=", workspace_id)
        found = await self._table.get("uploads.read", [(upload_id, number)], of_workspace)
        return list(found[0].rows) if found else None

    async def drop(self, workspace_id: WorkspaceId, upload_id: str) -> None:
        await self._table.delete(
            "uploads.drop", ("workspace_id", "=", workspace_id), ("upload_id", "=", upload_id)
        )
