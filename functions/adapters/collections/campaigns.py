"""Published flow versions, and the latest restoration of the store."""

from collections.abc import Sequence

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Index,
    Table,
    Tables,
    save,
)
from functions.service.campaigns.ports import Restorations
from functions.service.campaigns.records import Choice, FlowVersion, LeadChoice, Restoration

FLOW_VERSIONS = Collection(
    "flow_versions",
    FlowVersion,
    key=("campaign_id", "version"),
    indexes=(Index("campaign", ("campaign_id",)),),
    text=("flow",),
)

RESTORATIONS = Collection("restorations", Restoration, key=("name",), fields=("revision",))
LEAD_CHOICES = Collection("lead_choices", LeadChoice, key=("lead_id",))
LATEST = "latest"


class CampaignsCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.restorations: Restorations = _Restorations(
            tables.of(RESTORATIONS), tables.of(LEAD_CHOICES)
        )


class _Restorations:
    def __init__(self, restorations: Table[Restoration], choices: Table[LeadChoice]) -> None:
        self._restorations = restorations
        self._choices = choices

    async def find(self) -> Restoration | None:
        found = await self._restorations.get("restorations.find", [(LATEST,)])
        return found[0] if found else None

    async def begin(self, restoration: Restoration) -> None:
        await self._choices.delete("restorations.begin")
        await self._restorations.put("restorations.begin", restoration)

    async def save(self, restoration: Restoration) -> bool:
        return await save(self._restorations, "restorations.save", restoration)

    async def choose(self, lead_ids: Sequence[str], choices: Sequence[LeadChoice]) -> None:
        await self._choices.delete("restorations.choose", ("lead_id", "in", lead_ids))
        await self._choices.insert("restorations.choose", choices)

    async def choices(self, lead_ids: Sequence[str]) -> dict[str, Choice]:
        found = await self._choices.get("restorations.choices", [(it,) for it in lead_ids])
        return {it.lead_id: it.choice for it in found}


class FlowVersions:
    """The part of `Campaigns` that both stores share."""

    def __init__(self, versions: Table[FlowVersion]) -> None:
        self._versions = versions

    async def add_version(self, version: FlowVersion) -> bool:
        return await self._versions.insert("campaigns.add_version", [version]) == 1

    async def version(self, campaign_id: str, version: int) -> FlowVersion | None:
        found = await self._versions.get("campaigns.version", [(campaign_id, version)])
        return found[0] if found else None
