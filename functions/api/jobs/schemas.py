"""Schemas of stored jobs."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.fields import Document
from functions.service.jobs.records import JobKind, StoredJob

_UNITS = {
    JobKind.IMPORT: "pages",
    JobKind.ENROL: "contacts",
    JobKind.CANCEL: "leads",
    JobKind.DELETE: "leads",
    JobKind.RETRY: "leads",
    JobKind.MOVE: "leads",
}


class JobView(BaseModel):
    """Long work. `done` of `total` are counted in `unit`. `report`: counts and messages that depend
    on the kind of job."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": "i-abcdefghijklmnopqrst",
                    "campaign_id": "welcome",
                    "kind": "import",
                    "state": "done",
                    "done": 4,
                    "total": 4,
                    "unit": "pages",
                    "report": {
                        "accepted": 3998,
                        "duplicate": 1,
                        "rejected": 1,
                        "problems": [
                            {
                                "line": 17,
                                "code": "address_invalid",
                                "message": "The address has no @.",
                            }
                        ],
                    },
                    "created_at": "2026-03-09T09:00:00Z",
                    "updated_at": "2026-03-09T09:00:04Z",
                }
            ]
        }
    )

    job_id: str
    campaign_id: str
    kind: str
    state: str = Field(description="`waiting` (also while it runs), `done` or `failed`.")
    done: int
    total: int | None = Field(description="null if it is not known in advance.")
    unit: str
    report: Document
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, job: StoredJob) -> "JobView":
        return cls(
            job_id=job.job_id,
            campaign_id=job.campaign_id,
            kind=job.kind,
            state=job.state,
            done=job.cursor,
            total=job.until or None,
            unit=_UNITS[job.kind],
            report=_report(dict(job.report)),
            created_at=job.created_at,
            updated_at=job.updated_at,
        )


def _report(stored: Document) -> Document:
    """Stored problems have their message as `words`. Answers also have it as `message`."""
    stored.pop("waiting_ids", None)  # What a job that moves leads comes back to.
    problems = stored.get("problems")
    if not isinstance(problems, list):
        return stored
    return {**stored, "problems": [{**it, "message": it["words"]} for it in problems]}


class JobsView(BaseModel):
    jobs: list[JobView]
