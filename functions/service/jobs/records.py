"""Stored jobs, jobs that travel through a broker, and idempotency records.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
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
    RETRY = "retry"
    MOVE = "move"
    """Leads to a later flow version."""


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """Long work with a cursor: any worker continues it where the last one stopped.

    `cursor`: how far it is, and `until`: where it ends, in a unit that depends on the kind: pages
    of rows for import, contact seq for enrol, lead seq for cancel, retry and move, deleted
    documents for delete. `report`: counts and messages for people; of a retry or a move also what
    was chosen. `lease_until`
    and `token`: the lease of the worker that has it; None before the first. Jobs of one campaign
    run one at a time, oldest first.
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
    """A page of rows of an import, for the job to read. `number`: from 0. `at`: when it was
    written. `rows`: JSON values."""

    workspace_id: WorkspaceId
    upload_id: str
    number: int
    at: datetime
    rows: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The answer to the first request with an Idempotency-Key. `fingerprint`: identifies that
    request. `status`: HTTP status; 0 while the request is in progress. `body`: of the answer."""

    workspace_id: WorkspaceId
    key: str
    fingerprint: str
    at: datetime
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendJob:
    """Send one e-mail. Goes to the send queue. (node_id, visit, resend_number) is the fence."""

    lead_id: str
    campaign_id: str
    node_id: str
    visit: int
    resend_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeJob:
    """Resume one lead. Goes to the resume queue. (node_id, visit) is the fence; both are None if
    the sender had none. `delay_seconds`: how long the broker holds the job back.

    `is_condition`: the pause is the timeout of a condition, for which Celery has a separate task.
    """

    lead_id: str
    campaign_id: str
    node_id: str | None = None
    visit: int | None = None
    delay_seconds: int = 0
    is_condition: bool = False


@dataclass(frozen=True, slots=True)
class RunJob:
    """Continue a stored job. Goes to the resume queue."""

    job_id: str


Job = SendJob | ResumeJob | RunJob
