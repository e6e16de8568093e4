"""The store of workspace settings.

Invariant: every write is a compare-and-set on one document. Each method takes one round trip.
This module must not know adapters.
"""

from typing import Protocol

from functions.service.access.records import WorkspaceId, WorkspaceSettings


class WorkspaceSettingsStore(Protocol):
    async def find(self, workspace_id: WorkspaceId) -> WorkspaceSettings | None:
        """None before the first change."""

    async def save(self, settings: WorkspaceSettings) -> bool:
        """Compare-and-set: wins if the stored revision is `settings.revision - 1` (0: none is
        stored)."""


class AccessStore(Protocol):
    """This area's part of the store."""

    workspace_settings: WorkspaceSettingsStore
