"""Campaigns. Their flow versions are described in `functions.adapters.collections.campaigns`."""

from collections.abc import Sequence
from datetime import datetime

from functions.adapters.collections.campaigns import FLOW_VERSIONS, FlowVersions
from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import to_ms
from functions.adapters.sqlite.database import Database, Reading, Value, Writing
from functions.adapters.sqlite.table import SqliteTables
from functions.service.access.records import WorkspaceId
from functions.service.campaigns.records import Campaign, CampaignStatus


class SqliteCampaigns(FlowVersions):
    def __init__(self, database: Database, tables: SqliteTables) -> None:
        super().__init__(tables.of(FLOW_VERSIONS))
        self._database = database

    async def insert(self, campaign: Campaign) -> bool:
        def work(writing: Writing) -> bool:
            inserted = writing.write(
                "INSERT INTO campaigns"
                " (workspace_id, status, created_at, revision, document, campaign_id)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (*_columns(campaign), campaign.campaign_id),
            )
            return inserted == 1

        return await self._database.write("campaigns.insert", work)

    async def find(self, workspace_id: WorkspaceId, campaign_ids: Sequence[str]) -> list[Campaign]:
        def work(reading: Reading) -> list[Campaign]:
            sql = "SELECT document FROM campaigns WHERE +workspace_id = ? AND campaign_id IN ({})"
            rows = reading.rows_in(sql, campaign_ids, (workspace_id,))
            return [load_json(Campaign, row[0]) for row in rows]

        return await self._database.read("campaigns.find", work)

    async def find_anywhere(self, campaign_ids: Sequence[str]) -> list[Campaign]:
        def work(reading: Reading) -> list[Campaign]:
            sql = "SELECT document FROM campaigns WHERE campaign_id IN ({})"
            return [load_json(Campaign, row[0]) for row in reading.rows_in(sql, campaign_ids)]

        return await self._database.read("campaigns.find_anywhere", work)

    async def replace(self, campaign: Campaign) -> bool:
        def work(writing: Writing) -> bool:
            replaced = writing.write(
                "UPDATE campaigns SET"
                " workspace_id = ?, status = ?, created_at = ?, revision = ?, document = ?"
                " WHERE campaign_id = ? AND revision = ? AND created_at = ?",
                (
                    *_columns(campaign),
                    campaign.campaign_id,
                    campaign.revision - 1,
                    to_ms(campaign.created_at),
                ),
            )
            return replaced == 1

        return await self._database.write("campaigns.replace", work)

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        after: tuple[datetime, str] | None,
        limit: int,
        status: CampaignStatus | None,
    ) -> list[Campaign]:
        terms = ["workspace_id = ?", "status != ?"]
        values: list[Value] = [workspace_id, CampaignStatus.DELETING.value]
        if after is not None:
            terms.append("(created_at, campaign_id) < (?, ?)")
            values += [to_ms(after[0]), after[1]]
        if status is not None:
            terms.append("status = ?")
            values.append(status.value)
        sql = (
            f"SELECT document FROM campaigns WHERE {' AND '.join(terms)}"  # noqa: S608 (own words)
            " ORDER BY created_at DESC, campaign_id DESC LIMIT ?"
        )

        def work(reading: Reading) -> list[Campaign]:
            return [load_json(Campaign, row[0]) for row in reading.rows(sql, (*values, limit))]

        return await self._database.read("campaigns.page", work)

    async def with_status(
        self, workspace_id: WorkspaceId, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        def work(reading: Reading) -> list[Campaign]:
            rows = reading.rows(
                "SELECT document FROM campaigns WHERE workspace_id = ? AND status = ?"
                " AND campaign_id > ? ORDER BY campaign_id LIMIT ?",
                (workspace_id, status.value, after_id, limit),
            )
            return [load_json(Campaign, row[0]) for row in rows]

        return await self._database.read("campaigns.with_status", work)

    async def with_status_anywhere(
        self, status: CampaignStatus, *, after_id: str, limit: int
    ) -> list[Campaign]:
        def work(reading: Reading) -> list[Campaign]:
            rows = reading.rows(
                "SELECT document FROM campaigns WHERE status = ? AND campaign_id > ?"
                " ORDER BY campaign_id LIMIT ?",
                (status.value, after_id, limit),
            )
            return [load_json(Campaign, row[0]) for row in rows]

        return await self._database.read("campaigns.with_status_anywhere", work)

    async def created_at_anywhere(self, created_at: datetime, limit: int) -> list[Campaign]:
        def work(reading: Reading) -> list[Campaign]:
            rows = reading.rows(
                "SELECT document FROM campaigns WHERE created_at = ? AND status != ?"
                " ORDER BY campaign_id LIMIT ?",
                (to_ms(created_at), CampaignStatus.DELETING.value, limit),
            )
            return [load_json(Campaign, row[0]) for row in rows]

        return await self._database.read("campaigns.created_at_anywhere", work)

    async def tally(self, workspace_id: WorkspaceId) -> dict[CampaignStatus, int]:
        def work(reading: Reading) -> dict[CampaignStatus, int]:
            rows = reading.rows(
                "SELECT status, count(*) FROM campaigns"
                " WHERE workspace_id = ? AND status != ? GROUP BY status",
                (workspace_id, CampaignStatus.DELETING.value),
            )
            return {CampaignStatus(status): number for status, number in rows}

        return await self._database.read("campaigns.tally", work)

    async def delete(self, campaign_id: str) -> None:
        def work(writing: Writing) -> None:
            # The campaign is deleted last, so that an interrupted deletion can continue.
            for sql in (
                "DELETE FROM flow_versions WHERE campaign_id = ?",
                "DELETE FROM counts WHERE campaign_id = ?",
                "DELETE FROM results WHERE campaign_id = ?",
                "DELETE FROM jobs WHERE campaign_id = ? AND state != 'waiting'",
                "DELETE FROM campaigns WHERE campaign_id = ?",
            ):
                writing.write(sql, (campaign_id,))

        await self._database.write("campaigns.delete", work)


def _columns(campaign: Campaign) -> tuple[Value, ...]:
    return (
        campaign.workspace_id,
        campaign.status.value,
        to_ms(campaign.created_at),
        campaign.revision,
        dump_json(campaign),
    )
