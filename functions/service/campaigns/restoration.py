"""A store that was restored from a backup is held until a person decides about its leads.

Since the backup was made, messages may have left that the restored store does not know. So nothing
is sent, launched or swept until a person has chosen whether such messages are skipped or sent.
Invariant: while a store is held, no campaign is running, so even a worker that has not heard of the
restoration sends nothing. Work that was stored before the restoration keeps to the choice later.
This module must not know backups, or who asks.
"""

import asyncio

from functions.service.campaigns.records import Choice, Restoration
from functions.service.errors import conflict
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.services import Services, WorkspaceServices

HELD_REASON = "the store was restored from a backup, and nobody has decided about its leads yet"
"""The `pause_reason` of campaigns that run again after the release."""
ENROL_OF_IMPORT = ".enrol"
"""The end of the id of an enrol job; the rest is that of the import."""


async def is_held(services: Services) -> bool:
    restoration = await services.store.restorations.find()
    return restoration is not None and restoration.is_held


async def is_held_within(services: Services, seconds_max: float) -> bool | None:
    """None if the store does not answer in this time. Never raises."""
    try:
        async with asyncio.timeout(seconds_max):
            return await is_held(services)
    except Exception:
        return None


async def check_not_held(services: Services) -> None:
    """Raises CallerError 409."""
    if await is_held(services):
        raise conflict(
            "held",
            "The store was restored from a backup and is held: decide first what happens to "
            "messages that may have been sent since, by `emailbuilder held` or on the page "
            "Restored store.",
        )


async def to_skip(services: WorkspaceServices, job: StoredJob) -> Restoration | None:
    """The latest restoration, if the job was stored before it and a person chose to skip messages
    that may have left; otherwise None."""
    restoration = await services.store.restorations.find()
    if restoration is None or restoration.choice is not Choice.SKIP:
        return None
    stored_at = job.created_at
    if job.kind is JobKind.ENROL:
        # An import stores this job when it ends, which may be after the restoration.
        parent_id = job.job_id.removesuffix(ENROL_OF_IMPORT)
        if parent_id != job.job_id:
            parent = await services.store.jobs.find(services.workspace_id, parent_id)
            stored_at = parent.created_at if parent else stored_at
    return restoration if stored_at <= restoration.restored_at else None
