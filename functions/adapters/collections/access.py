"""The settings of workspaces."""

from functions.adapters.collections.table import Collection, Collections, Table, Tables, save
from functions.service.access.ports import WorkspaceSettingsStore
from functions.service.access.records import WorkspaceId, WorkspaceSettings

WORKSPACE_SETTINGS = Collection(
    "workspace_settings", WorkspaceSettings, key=("workspace_id",), fields=("revision",)
)


class AccessCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.workspace_settings: WorkspaceSettingsStore = _WorkspaceSettings(
            tables.of(WORKSPACE_SETTINGS)
        )


class _WorkspaceSettings:
    def __init__(self, table: Table[WorkspaceSettings]) -> None:
        self._table = table

    async def find(self, workspace_id: WorkspaceId) -> WorkspaceSettings | None:
        found = await self._table.get("workspace_settings.find", [(workspace_id,)])
        return found[0] if found else None

    async def save(self, settings: WorkspaceSettings) -> bool:
        return await save(self._table, "workspace_settings.save", settings)
