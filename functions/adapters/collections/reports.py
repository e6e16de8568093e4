"""The counters of campaigns and the results of their e-mails, both rolled up from the journal."""

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
from functions.service.reports.ports import CountsStore, ResultsStore
from functions.service.reports.records import Counts, EmailResults

COUNTS = Collection(
    "counts",
    Counts,
    key=("campaign_id",),
    fields=("workspace_id", "revision", "last_outcome_hour"),
    indexes=(Index("recent", ("workspace_id", "-last_outcome_hour")),),
)


RESULTS = Collection(
    "results",
    EmailResults,
    key=("campaign_id", "node_id"),
    fields=("revision",),
    indexes=(Index("campaign", ("campaign_id", "node_id")),),
)


class ReportsCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.counts: CountsStore = _Counts(tables.of(COUNTS))
        self.results: ResultsStore = _Results(tables.of(RESULTS))


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


class _Results:
    def __init__(self, table: Table[EmailResults]) -> None:
        self._table = table

    async def find(self, campaign_id: str, node_ids: Sequence[str]) -> list[EmailResults]:
        return await self._table.get("results.find", [(campaign_id, it) for it in node_ids])

    async def of_campaign(self, campaign_id: str, limit: int) -> list[EmailResults]:
        return await self._table.find(
            "results.of_campaign", ("campaign_id", "=", campaign_id), by=("node_id",), limit=limit
        )

    async def add(self, results: Sequence[EmailResults]) -> int:
        return await self._table.insert("results.add", results)

    async def change(self, results: Sequence[EmailResults]) -> int:
        befores = [it.revision - 1 for it in results]
        return await self._table.replace_each("results.change", results, "revision", befores)

    async def delete(self, campaign_id: str) -> None:
        await self._table.delete("results.delete", ("campaign_id", "=", campaign_id))
