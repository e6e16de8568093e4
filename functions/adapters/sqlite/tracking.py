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

    async def insert(self, tracking_events: Sequence[StoredTrackingEvent]) -> int:
        if not tracking_events:
            return 0

        def work(writing: Writing) -> int:
            return writing.each(
                "INSERT INTO hits (hit_id, lead_id, at, look_at, document)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    (
                        it.tracking_event_id,
                        it.lead_id,
                        to_ms(it.tracking_event.at),
                        to_ms(it.look_at),
                        dump_json(it),
                    )
                    for it in tracking_events
                ),
            )

        return await self._database.write("tracking_events.insert", work)

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """Leads without tracking events are left out."""

        def work(reading: Reading) -> dict[str, list[TrackingEvent]]:
            found: dict[str, list[TrackingEvent]] = {}
            for lead_id in lead_ids:
                rows = reading.rows(
                    "SELECT document FROM hits WHERE lead_id = ? ORDER BY at, hit_id LIMIT ?",
                    (lead_id, TRACKING_EVENTS_PER_LEAD_MAX),
                )
                if rows:
                    found[lead_id] = [
                        load_json(StoredTrackingEvent, row[0]).tracking_event for row in rows
                    ]
            return found

        return await self._database.read("tracking_events.of_leads", work)

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        def work(reading: Reading) -> list[StoredTrackingEvent]:
            rows = reading.rows(
                "SELECT document, look_at FROM hits WHERE look_at <= ?"
                " ORDER BY look_at, hit_id LIMIT ?",
                (to_ms(now), limit),
            )
            return [_stored_tracking_event(row) for row in rows]

        return await self._database.read("tracking_events.unsettled", work)

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        if not look_at:
            return

        def work(writing: Writing) -> None:
            writing.each(
                "UPDATE hits SET look_at = ? WHERE hit_id = ?",
                ((to_ms(at), tracking_event_id) for tracking_event_id, at in look_at.items()),
            )

        await self._database.write("tracking_events.settle", work)


def _stored_tracking_event(row: Row) -> StoredTrackingEvent:
    return replace(load_json(StoredTrackingEvent, row[0]), look_at=from_ms(row[1]))
