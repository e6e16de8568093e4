"""The counters of campaigns, which are rolled up from the journal."""

from collections.abc import Sequence

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Index,
    Table,
    Tables,
    save,
)
from functions.service.access.records import WorkspaceId
from functions.service.reports.ports import CountsStore
from functions.service.reports.records import Counts

COUNTS = Collection(
    "counts",
    Counts,
    key=("campaign_id",),
    fields=("workspace_id", "revision", "last_outcome_hour"),
    indexes=(Index("recent", ("workspace_id", "-last_outcome_hour")),),
)


class ReportsCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.counts: CountsStore = _Counts(tables.of(COUNTS))


class _Counts:
    def __init__(self, table: Table[Counts]) -> None:
        self._table = table

    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        return await self._table.get("counts.find", [(it,) for it in campaign_ids])

    async def outcome_since(self, workspace_id: WorkspaceId, hour: str, limit: int) -> list[Counts]:
        return await self._table.find(
            "counts.outcome_since",
            ("workspace_id", "=", workspace_id),
            ("last_outcome_hour", ">=", hour),
            by=("-last_outcome_hour",),
            limit=limit,
        )

    async def save(self, counts: Counts) -> bool:
        return await save(self._table, "counts.save", counts)
