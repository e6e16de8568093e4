"""The settings of workspaces, sessions, and the buckets of throttles."""

from collections.abc import Sequence
from datetime import datetime

from functions.adapters.collections.table import (
    Collection,
    Collections,
    Condition,
    Index,
    Table,
    Tables,
    save,
)
from functions.service.access.ports import Sessions, WorkspaceSettingsStore
from functions.service.access.records import (
    Session,
    ThrottleBucket,
    WorkspaceId,
    WorkspaceSettings,
)

WORKSPACE_SETTINGS = Collection(
    "workspace_settings", WorkspaceSettings, key=("workspace_id",), fields=("revision",)
)

SESSIONS = Collection(
    "sessions",
    Session,
    key=("session_id",),
    fields=("workspace_id", "last_seen_at"),
    indexes=(Index("seen", ("workspace_id", "-last_seen_at")),),
)

THROTTLE_BUCKETS = Collection(
    "throttle_buckets",
    ThrottleBucket,
    key=("name",),
    fields=("full_at",),
    indexes=(Index("full", ("full_at",)),),
)


class AccessCollections(Collections):
    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.workspace_settings: WorkspaceSettingsStore = _WorkspaceSettings(
            tables.of(WORKSPACE_SETTINGS)
        )
        self.sessions: Sessions = _Sessions(tables.of(SESSIONS))


class _WorkspaceSettings:
    def __init__(self, table: Table[WorkspaceSettings]) -> None:
        self._table = table

    async def find(self, workspace_id: WorkspaceId) -> WorkspaceSettings | None:
        found = await self._table.get("workspace_settings.find", [(workspace_id,)])
        return found[0] if found else None

    async def save(self, settings: WorkspaceSettings) -> bool:
        return await save(self._table, "workspace_settings.save", settings)


class _Sessions:
    def __init__(self, table: Table[Session]) -> None:
        self._table = table

    async def add(self, session: Session) -> None:
        await self._table.insert("sessions.add", [session])

    async def find(self, session_id: str) -> Session | None:
        found = await self._table.get("sessions.find", [(session_id,)])
        return found[0] if found else None

    async def seen(self, session: Session) -> None:
        seen_before = session.last_seen_at
        await self._table.replace("sessions.seen", session, ("last_seen_at", "<", seen_before))

    async def latest(self, workspace_id: WorkspaceId, limit: int) -> list[Session]:
        return await self._table.find(
            "sessions.latest",
            ("workspace_id", "=", workspace_id),
            by=("-last_seen_at",),
            limit=limit,
        )

    async def remove(self, workspace_id: WorkspaceId, session_ids: Sequence[str]) -> int:
        return await self._table.delete(
            "sessions.remove",
            ("workspace_id", "=", workspace_id),
            ("session_id", "in", session_ids),
        )

    async def remove_unseen(self, workspace_id: WorkspaceId, before: datetime, limit: int) -> None:
        await self._table.delete(
            "sessions.remove_unseen",
            ("workspace_id", "=", workspace_id),
            ("last_seen_at", "<", before),
            by=("last_seen_at",),
            limit=limit,
        )

    async def close(self) -> None:
        """Does nothing: the store closes its connections."""


class StoredThrottleBuckets:
    """A store adds `take`, which no `Table` can express."""

    def __init__(self, table: Table[ThrottleBucket]) -> None:
        self._table = table

    async def forget_full(self, now: datetime, limit: int) -> int:
        method = "throttle_buckets.forget_full"
        is_full: Condition = ("full_at", "<", now)
        full = await self._table.find(method, is_full, by=("full_at",), limit=limit)
        if not full:
            return 0
        names = [it.name for it in full]
        return await self._table.delete(method, is_full, ("name", "in", names))

    async def close(self) -> None:
        """Does nothing: the store closes its connections."""
