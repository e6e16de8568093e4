"""Raw tracking events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Reading, Row, Writing
from functions.flow.event import TrackingEvent
from functions.service.tracking.ports import TRACKING_EVENTS_PER_LEAD_MAX
from functions.service.tracking.records import StoredTrackingEvent


class SqliteTrackingEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, hits: Sequence[StoredTrackingEvent]) -> None:
        if not hits:
            return

        def work(writing: Writing) -> None:
            writing.each(
                "INSERT INTO hits (hit_id, lead_id, at, look_at, document)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    (hit.hit_id, hit.lead_id, to_ms(hit.hit.at), to_ms(hit.look_at), dump_json(hit))
                    for hit in hits
                ),
            )

        await self._database.write("hits.insert", work)

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """Leads without hits are left out."""

        def work(reading: Reading) -> dict[str, list[TrackingEvent]]:
            found: dict[str, list[TrackingEvent]] = {}
            for lead_id in lead_ids:
                rows = reading.rows(
                    "SELECT document FROM hits WHERE lead_id = ? ORDER BY at, hit_id LIMIT ?",
                    (lead_id, TRACKING_EVENTS_PER_LEAD_MAX),
                )
                if rows:
                    found[lead_id] = [load_json(StoredTrackingEvent, row[0]).hit for row in rows]
            return found

        return await self._database.read("hits.of_leads", work)

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        def work(reading: Reading) -> list[StoredTrackingEvent]:
            rows = reading.rows(
                "SELECT document, look_at FROM hits WHERE look_at <= ?"
                " ORDER BY look_at, hit_id LIMIT ?",
                (to_ms(now), limit),
            )
            return [_stored_hit(row) for row in rows]

        return await self._database.read("hits.unsettled", work)

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        if not look_at:
            return

        def work(writing: Writing) -> None:
            writing.each(
                "UPDATE hits SET look_at = ? WHERE hit_id = ?",
                ((to_ms(at), hit_id) for hit_id, at in look_at.items()),
            )

        await self._database.write("hits.settle", work)


def _stored_hit(row: Row) -> StoredTrackingEvent:
    return replace(load_json(StoredTrackingEvent, row[0]), look_at=from_ms(row[1]))
