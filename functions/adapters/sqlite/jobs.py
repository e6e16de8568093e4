"""Stored jobs and uploads: the queries that a `Table` cannot express."""

from dataclasses import replace
from datetime import datetime

from functions.adapters.collections.jobs import JOBS, UPLOADS, StoredJobs, UploadPages
from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import to_ms
from functions.adapters.sqlite.database import Database, Reading, Writing
from functions.adapters.sqlite.table import SqliteTables
from functions.service.access.records import WorkspaceId
from functions.service.jobs.records import StoredJob

# The oldest waiting job of each campaign, unless a worker holds it.
_LOOK = """SELECT document FROM jobs AS job
    WHERE state = 'waiting' AND coalesce(lease_until, ?1) <= ?1 AND NOT EXISTS (
        SELECT 1 FROM jobs AS older WHERE older.state = 'waiting'
        AND older.campaign_id = job.campaign_id
        AND (older.created_at, older.job_id) < (job.created_at, job.job_id))
    ORDER BY created_at, job_id LIMIT ?2"""

_LEASE = """UPDATE jobs SET lease_until = ?1, token = ?2, document = ?3
    WHERE job_id = ?4 AND state = 'waiting' AND coalesce(lease_until, ?5) <= ?5"""


class SqliteJobs(StoredJobs):
    def __init__(self, database: Database, tables: SqliteTables) -> None:
        super().__init__(tables.of(JOBS))
        self._database = database

    async def take_anywhere(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        now_ms, lease_ms = to_ms(now), to_ms(lease_until)

        def work(writing: Writing) -> list[StoredJob]:
            free = (load_json(StoredJob, row[0]) for row in writing.rows(_LOOK, (now_ms, limit)))
            leased = [replace(job, lease_until=lease_until, token=token) for job in free]
            return [
                job
                for job in leased
                if writing.write(_LEASE, (lease_ms, token, dump_json(job), job.job_id, now_ms))
            ]

        return await self._database.write("jobs.take_anywhere", work)


class SqliteUploads(UploadPages):
    def __init__(self, database: Database, tables: SqliteTables) -> None:
        super().__init__(tables.of(UPLOADS))
        self._database = database

    async def abandoned_anywhere(
        self, before: datetime, limit: int
    ) -> list[tuple[WorkspaceId, str]]:
        sql = (
            "SELECT workspace_id, upload_id FROM uploads"
            " GROUP BY upload_id HAVING max(at) <= ? LIMIT ?"
        )

        def work(reading: Reading) -> list[tuple[WorkspaceId, str]]:
            return [(row[0], row[1]) for row in reading.rows(sql, (to_ms(before), limit))]

        return await self._database.read("uploads.abandoned_anywhere", work)
