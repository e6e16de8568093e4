"""Stored jobs, the jobs that travel through a broker, and answers given to repeated requests.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.service.access.records import WorkspaceId


class JobKind(StrEnum):
    IMPORT = "import"
    ENROL = "enrol"
    CANCEL = "cancel"
    DELETE = "delete"


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """Long work with a cursor: any worker continues it where the last one stopped.

    `cursor` counts what is done, `until` where it ends, in the kind's own unit (pages of rows
    for import, contact seq for enrol, lead seq for cancel and delete). `report` holds counts
    and words for people. Jobs of one campaign run one at a time, oldest first.
    """

    workspace_id: WorkspaceId
    job_id: str
    campaign_id: str
    kind: JobKind
    created_at: datetime
    updated_at: datetime
    state: JobState = JobState.WAITING
    cursor: int = 0
    until: int = 0
    report: Mapping[str, object] = field(default_factory=dict)
    lease_until: datetime | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """Rows of an import on their way from the request to the job: JSON values. `number` from 0."""

    workspace_id: WorkspaceId
    upload_id: str
    number: int
    at: datetime
    rows: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer once given under an Idempotency-Key. `status` 0: still being worked on."""

    workspace_id: WorkspaceId
    key: str
    fingerprint: str
    at: datetime
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendJob:
    """Goes to the send queue."""

    lead_id: str
    campaign_id: str
    node_id: str
    visit: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeJob:
    """Goes to the resume queue. (node_id, visit) is the fence; None where the sender had none.

    `is_condition`: the pause is a condition's timeout, which Celery has a task of its own for.
    """

    lead_id: str
    campaign_id: str
    node_id: str | None = None
    visit: int | None = None
    delay_seconds: int = 0
    is_condition: bool = False


@dataclass(frozen=True, slots=True)
class RunJob:
    """Goes to the resume queue: continue a stored job."""

    job_id: str


Job = SendJob | ResumeJob | RunJob
