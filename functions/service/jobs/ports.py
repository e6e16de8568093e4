"""The stores of jobs, uploads and idempotency records, and the broker.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.jobs.records import IdempotencyRecord, Job, StoredJob, UploadPage


class Uploads(Protocol):
    """Rows of an import, in numbered pages, from the request until the job has read them."""

    async def add(self, page: UploadPage) -> None:
        """Replaces the page if it exists."""

    async def read(
        self, workspace_id: WorkspaceId, upload_id: str, number: int
    ) -> list[object] | None: ...

    async def drop(self, workspace_id: WorkspaceId, upload_id: str) -> None: ...

    async def abandoned_anywhere(
        self, before: datetime, limit: int
    ) -> list[tuple[WorkspaceId, str]]:
        """Uploads of all workspaces whose pages were all written before `before`."""


class Jobs(Protocol):
    async def insert(self, job: StoredJob) -> bool:
        """False if the id is taken in any workspace."""

    async def find(self, workspace_id: WorkspaceId, job_id: str) -> StoredJob | None: ...

    async def take_anywhere(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        """Lease waiting jobs of all workspaces that hold no unexpired lease: of each campaign only
        the oldest waiting one, by (created_at, job_id). Up to three round trips."""

    async def save(self, job: StoredJob) -> bool:
        """Compare-and-set: wins while the stored token is `job.token`, which `take_anywhere`
        changes."""

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, limit: int
    ) -> list[StoredJob]:
        """Newest first."""


class IdempotencyRecords(Protocol):
    async def reserve(self, record: IdempotencyRecord) -> IdempotencyRecord | None:
        """None if the key is now reserved; otherwise the record that holds it."""

    async def save(self, record: IdempotencyRecord) -> None: ...

    async def release(self, workspace_id: WorkspaceId, key: str) -> None:
        """Delete a reservation after its work has failed."""

    async def expire_anywhere(self, before: datetime, limit: int) -> int:
        """Delete records of all workspaces that are older than `before`. Returns how many were
        deleted; fewer than `limit` means that none is left."""


class JobsStore(Protocol):
    """This area's part of the store."""

    jobs: Jobs
    uploads: Uploads
    idempotency_records: IdempotencyRecords


class Dispatcher(Protocol):
    async def dispatch(self, jobs: Sequence[Job]) -> None:
        """Hand jobs to the broker, in batches. Raises if any could not be handed over; the others
        may have been, which is harmless, because every job may be delivered twice."""

    async def ping(self) -> None:
        """Raises if the broker cannot take jobs now."""

    async def close(self) -> None: ...
