"""The stores of jobs, uploads and answers, and the broker.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from functions.service.access.records import WorkspaceId
from functions.service.jobs.records import Answer, Job, StoredJob, UploadPage


class Uploads(Protocol):
    """Rows of an import on their way from the request to the job, in numbered pages."""

    async def add(self, page: UploadPage) -> None:
        """Writing a page again replaces it."""

    async def read(
        self, workspace_id: WorkspaceId, upload_id: str, number: int
    ) -> list[object] | None: ...

    async def drop(self, workspace_id: WorkspaceId, upload_id: str) -> None: ...

    async def abandoned_anywhere(
        self, before: datetime, limit: int
    ) -> list[tuple[WorkspaceId, str]]:
        """Uploads none of whose pages is younger than `before`, in all workspaces."""


class Jobs(Protocol):
    async def insert(self, job: StoredJob) -> bool:
        """False if the id is taken, in whatever workspace."""

    async def find(self, workspace_id: WorkspaceId, job_id: str) -> StoredJob | None: ...

    async def take_anywhere(
        self, now: datetime, lease_until: datetime, token: str, limit: int
    ) -> list[StoredJob]:
        """Lease waiting jobs of all workspaces without a live lease: of each campaign only its
        oldest waiting one (by created_at, job_id). Up to three round trips."""

    async def save(self, job: StoredJob) -> bool:
        """Compare-and-set: wins while the stored token is `job.token` (a take changes it)."""

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, limit: int
    ) -> list[StoredJob]:
        """Newest first."""


class Answers(Protocol):
    async def reserve(self, answer: Answer) -> Answer | None:
        """None if the key is now ours; else the answer that was there."""

    async def save(self, answer: Answer) -> None: ...

    async def release(self, workspace_id: WorkspaceId, key: str) -> None:
        """Forget a reservation whose work failed."""

    async def expire_anywhere(self, before: datetime, limit: int) -> int:
        """How many were deleted, in all workspaces; below `limit` when none is left."""


class JobsStore(Protocol):
    """The part of the store for this area."""

    jobs: Jobs
    uploads: Uploads
    answers: Answers


class Dispatcher(Protocol):
    async def dispatch(self, jobs: Sequence[Job]) -> None:
        """Hand jobs to the broker, in batches. Raises if any could not be handed over; what
        was handed over before stays so (every job may be delivered twice)."""

    async def ping(self) -> None:
        """Raises when the broker cannot take jobs now."""

    async def close(self) -> None: ...
