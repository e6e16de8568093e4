"""The journal of leads."""

from collections.abc import Sequence

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import to_ms
from functions.adapters.sqlite.database import Database, Reading, Value, Writing
from functions.flow.event import TrackingEventKind
from functions.flow.journal import JournalRecord

# Jumps from one campaign to the next, however many records each has.
_UNROLLED_CAMPAIGNS = """WITH RECURSIVE next (campaign_id) AS (
        SELECT min(campaign_id) FROM journal WHERE is_rolled = 0
        UNION ALL
        SELECT (SELECT min(campaign_id) FROM journal
                WHERE is_rolled = 0 AND campaign_id > next.campaign_id)
        FROM next WHERE next.campaign_id IS NOT NULL)
    SELECT campaign_id FROM next WHERE campaign_id IS NOT NULL LIMIT ?"""

_LEADS_TRACKED = """SELECT DISTINCT lead_id FROM journal
    WHERE campaign_id = ? AND json_extract(document, '$.entries[0].node_id') = ?
        AND json_extract(document, '$.entries[0].detail.what') = ?
        AND lead_id > ? AND revision = 0 AND lead_id IS NOT NULL
    ORDER BY lead_id LIMIT ?"""


class SqliteJournal:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, records: Sequence[JournalRecord]) -> None:
        if not records:
            return

        def work(writing: Writing) -> None:
            writing.each(
                "INSERT INTO journal (key, campaign_id, lead_id, revision, at, is_rolled, document)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (_values(record) for record in records),
            )

        await self._database.write("journal.insert", work)

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        def work(reading: Reading) -> list[JournalRecord]:
            rows = reading.rows(
                "SELECT document FROM journal WHERE lead_id = ? ORDER BY at, revision, key LIMIT ?",
                (lead_id, limit),
            )
            return [load_json(JournalRecord, row[0]) for row in rows]

        return await self._database.read("journal.of_lead", work)

    async def leads_tracked(
        self, campaign_id: str, node_id: str, kind: TrackingEventKind, *, after_id: str, limit: int
    ) -> list[str]:
        def work(reading: Reading) -> list[str]:
            values = (campaign_id, node_id, kind.value, after_id, limit)
            return [row[0] for row in reading.rows(_LEADS_TRACKED, values)]

        return await self._database.read("journal.leads_tracked", work)

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        def work(reading: Reading) -> list[str]:
            return [row[0] for row in reading.rows(_UNROLLED_CAMPAIGNS, (limit,))]

        return await self._database.read("journal.unrolled_campaigns", work)

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]:
        def work(reading: Reading) -> list[JournalRecord]:
            rows = reading.rows(
                "SELECT document FROM journal WHERE campaign_id = ? AND is_rolled = 0 LIMIT ?",
                (campaign_id, limit),
            )
            return [load_json(JournalRecord, row[0]) for row in rows]

        return await self._database.read("journal.unrolled", work)

    async def mark_rolled(self, keys: Sequence[str]) -> None:
        if not keys:
            return

        def work(writing: Writing) -> None:
            writing.each("UPDATE journal SET is_rolled = 1 WHERE key = ?", ((key,) for key in keys))

        await self._database.write("journal.mark_rolled", work)


def _values(record: JournalRecord) -> tuple[Value, ...]:
    """A record without a delta needs no rolling up."""
    return (
        record.key,
        record.campaign_id,
        record.lead_id,
        record.revision,
        to_ms(record.at),
        0 if record.delta else 1,
        dump_json(record),
    )
