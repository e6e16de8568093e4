"""Published flow versions."""

from functions.adapters.collections.table import Collection, Index, Table
from functions.service.campaigns.records import FlowVersion

FLOW_VERSIONS = Collection(
    "flow_versions",
    FlowVersion,
    key=("campaign_id", "version"),
    indexes=(Index("campaign", ("campaign_id",)),),
    text=("flow",),
)


class FlowVersions:
    """The part of `Campaigns` that both stores share."""

    def __init__(self, versions: Table[FlowVersion]) -> None:
        self._versions = versions

    async def add_version(self, version: FlowVersion) -> bool:
        return await self._versions.insert("campaigns.add_version", [version]) == 1

    async def version(self, campaign_id: str, version: int) -> FlowVersion | None:
        found = await self._versions.get("campaigns.version", [(campaign_id, version)])
        return found[0] if found else None
