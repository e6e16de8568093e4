"""The campaigns' counters that are rolled up from the journal."""

from collections.abc import Sequence

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.database import Database, Reading, Writing
from functions.service.reports.records import Counts

_FIRST = """INSERT INTO counts (revision, document, campaign_id) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING"""
_NEXT = """UPDATE counts SET revision = ?, document = ?
    WHERE campaign_id = ? AND revision = ?"""
_OUTCOME_SINCE = """SELECT document FROM counts
    WHERE json_extract(document, '$.last_outcome_hour') >= ?
    ORDER BY json_extract(document, '$.last_outcome_hour') DESC LIMIT ?"""


class SqliteCounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        def work(reading: Reading) -> list[Counts]:
            sql = "SELECT document FROM counts WHERE campaign_id IN ({})"
            return [load_json(Counts, row[0]) for row in reading.rows_in(sql, campaign_ids)]

        return await self._database.read("counts.find", work)

    async def outcome_since(self, hour: str, limit: int) -> list[Counts]:
        def work(reading: Reading) -> list[Counts]:
            rows = reading.rows(_OUTCOME_SINCE, (hour, limit))
            return [load_json(Counts, row[0]) for row in rows]

        return await self._database.read("counts.outcome_since", work)

    async def save(self, counts: Counts) -> bool:
        values = (counts.revision, dump_json(counts), counts.campaign_id)
        expected = counts.revision - 1

        def work(writing: Writing) -> bool:
            if expected == 0:
                return writing.write(_FIRST, values) == 1
            return writing.write(_NEXT, (*values, expected)) == 1

        return await self._database.write("counts.save", work)
