"""Long work with a cursor, uploaded rows on their way to it, answers given to repeated requests."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Reading, Row, Value, Writing
from functions.service.jobs.records import Answer, StoredJob

# Of each campaign the oldest waiting job, where nobody holds it.
_LOOK = """SELECT document, lease_until, token, job_id FROM jobs AS job
    WHERE state = 'waiting' AND coalesce(lease_until, ?1) <= ?1 AND NOT EXISTS (
        SELECT 1 FROM jobs AS older WHERE older.state = 'waiting'
        AND older.campaign_id = job.campaign_id
        AND (older.created_at, older.job_id) < (job.created_at, job.job_id))
    ORDER BY created_at, job_id LIMIT ?2"""

_LEASE = """UPDATE jobs SET lease_until = ?1, token = ?2
    WHERE job_id = ?3 AND state = 'waiting' AND coalesce(lease_until, ?4) <= ?4"""

_SAVE = """UPDATE jobs SET state = ?, lease_until = ?, document = ?
    WHERE job_id = ? AND token IS ?"""


class SqliteJobs:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, job: StoredJob) -> bool:
        def work(writing: Writing) -> bool:
            inserted = writing.write(
                "INSERT INTO jobs"
                " (job_id, campaign_id, created_at, state, lease_until, token, document)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    job.job_id,
                    job.campaign_id,
                    to_ms(job.created_at),
                    job.state.value,
                    to_ms(job.lease_until),
                    job.token,
                    dump_json(job),
                ),
            )
            return inserted == 1

        return await self._database.write("jobs.insert", work)

    async def find(self, job_id: str) -> StoredJob | None:
        def work(reading: Reading) -> StoredJob | None:
            row = reading.row(
                "SELECT document, lease_until, token FROM jobs WHERE job_id = ?", (job_id,)
            )
            return None if row is None else _job(row)

        return await self._database.read("jobs.find", work)

    async def take(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        now_ms, lease_ms = to_ms(now), to_ms(lease_until)

        def work(writing: Writing) -> list[StoredJob]:
            free = writing.rows(_LOOK, (now_ms, limit))
            return [
                _job((document, lease_ms, token))
                for document, _, _, job_id in free
                if writing.write(_LEASE, (lease_ms, token, job_id, now_ms))
            ]

        return await self._database.write("jobs.take", work)

    async def save(self, job: StoredJob) -> bool:
        values: Sequence[Value] = (
            job.state.value,
            to_ms(job.lease_until),
            dump_json(job),
            job.job_id,
            job.token,
        )

        def work(writing: Writing) -> bool:
            return writing.write(_SAVE, values) == 1

        return await self._database.write("jobs.save", work)

    async def page(self, campaign_id: str, limit: int) -> list[StoredJob]:
        def work(reading: Reading) -> list[StoredJob]:
            rows = reading.rows(
                "SELECT document, lease_until, token FROM jobs WHERE campaign_id = ?"
                " ORDER BY created_at DESC, job_id DESC LIMIT ?",
                (campaign_id, limit),
            )
            return [_job(row) for row in rows]

        return await self._database.read("jobs.page", work)


def _job(row: Row) -> StoredJob:
    """A lease changes the columns only."""
    document, lease_until, token = row
    return replace(load_json(StoredJob, document), lease_until=from_ms(lease_until), token=token)


class SqliteAnswers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, answer: Answer) -> Answer | None:
        def work(writing: Writing) -> Answer | None:
            sql = (
                "INSERT INTO answers (key, at, status, document) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING"
            )
            if writing.write(sql, _values(answer)):
                return None
            row = writing.row("SELECT document FROM answers WHERE key = ?", (answer.key,))
            assert row is not None, "only one thread writes here between the two statements"
            return load_json(Answer, row[0])

        return await self._database.write("answers.reserve", work)

    async def save(self, answer: Answer) -> None:
        def work(writing: Writing) -> None:
            writing.write(
                "INSERT OR REPLACE INTO answers (key, at, status, document) VALUES (?, ?, ?, ?)",
                _values(answer),
            )

        await self._database.write("answers.save", work)

    async def release(self, key: str) -> None:
        """An answer that was given stays."""

        def work(writing: Writing) -> None:
            writing.write("DELETE FROM answers WHERE key = ? AND status = 0", (key,))

        await self._database.write("answers.release", work)

    async def expire(self, before: datetime, limit: int) -> int:
        def work(writing: Writing) -> int:
            old = writing.rows(
                "SELECT key FROM answers WHERE at < ? ORDER BY at LIMIT ?", (to_ms(before), limit)
            )
            return writing.each("DELETE FROM answers WHERE key = ?", old)

        return await self._database.write("answers.expire", work)


def _values(answer: Answer) -> tuple[Value, ...]:
    return (answer.key, to_ms(answer.at), answer.status, dump_json(answer))


class SqliteUploads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, upload_id: str, number: int, rows: Sequence[object], at: datetime) -> None:
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

        def work(writing: Writing) -> None:
            writing.write(
                "INSERT OR REPLACE INTO uploads (upload_id, number, at, rows) VALUES (?, ?, ?, ?)",
                (upload_id, number, to_ms(at), text),
            )

        await self._database.write("uploads.add", work)

    async def read(self, upload_id: str, number: int) -> list[object] | None:
        def work(reading: Reading) -> list[object] | None:
            row = reading.row(
                "SELECT rows FROM uploads WHERE upload_id = ? AND number = ?", (upload_id, number)
            )
            return None if row is None else list(json.loads(row[0]))

        return await self._database.read("uploads.read", work)

    async def drop(self, upload_id: str) -> None:
        def work(writing: Writing) -> None:
            going = writing.rows(
                "SELECT upload_id, number FROM uploads WHERE upload_id = ? ORDER BY at, number",
                (upload_id,),
            )
            writing.each("DELETE FROM uploads WHERE upload_id = ? AND number = ?", going)

        await self._database.write("uploads.drop", work)

    async def abandoned(self, before: datetime, limit: int) -> list[str]:
        def work(reading: Reading) -> list[str]:
            rows = reading.rows(
                "SELECT upload_id FROM uploads GROUP BY upload_id HAVING max(at) <= ? LIMIT ?",
                (to_ms(before), limit),
            )
            return [row[0] for row in rows]

        return await self._database.read("uploads.abandoned", work)
