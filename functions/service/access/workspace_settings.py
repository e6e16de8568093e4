"""Read the settings of a workspace, and change them by compare-and-set.

Invariant: two people never overwrite each other's changes unnoticed. A change without an effect
writes nothing.
This module must not know HTTP.
"""

from collections.abc import Callable
from dataclasses import replace

from functions.service.access.records import WorkspaceSettings
from functions.service.errors import CallerError, conflict
from functions.service.services import WorkspaceServices

ATTEMPTS_MAX = 8


async def read_workspace_settings(services: WorkspaceServices) -> WorkspaceSettings:
    """The defaults, before the first change."""
    found = await services.store.workspace_settings.find(services.workspace_id)
    return found or WorkspaceSettings(workspace_id=services.workspace_id)


async def change_workspace_settings(
    services: WorkspaceServices,
    change: Callable[[WorkspaceSettings], WorkspaceSettings],
    *,
    if_revision: int | None = None,
) -> WorkspaceSettings:
    """`if_revision`: the revision that the caller saw; None accepts any. Raises CallerError."""
    for _ in range(ATTEMPTS_MAX):
        settings = await read_workspace_settings(services)
        if if_revision is not None and settings.revision != if_revision:
            raise CallerError(
                412,
                "changed_meanwhile",
                "The settings have changed since you loaded them: reload them, then repeat your "
                "change.",
            )
        wanted = change(settings)
        if wanted == settings:
            return settings
        now = await services.store.now()
        wanted = replace(wanted, revision=settings.revision + 1, updated_at=now)
        if await services.store.workspace_settings.save(wanted):
            return wanted
    raise conflict("busy", "Others are changing the settings at the moment: try again.")
