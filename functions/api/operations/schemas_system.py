"""Schemas of the state of the system."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.old_names import WithOldNames
from functions.api.sending.schemas import BreakerView
from functions.service.operations.look_at_system import SystemReport
from functions.service.operations.records import (
    CheckState,
    Lateness,
    QueueDepth,
    Swept,
    SystemCheck,
    WorkerSeen,
)


class SystemCheckView(WithOldNames):
    OLD_NAMES: ClassVar = {"words": "message"}

    name: str
    state: CheckState
    message: str = Field(description="What was found.")
    remedy: str | None = Field(description="What to do; null if all is well.")

    @classmethod
    def of(cls, check: SystemCheck) -> "SystemCheckView":
        return cls(
            name=check.name, state=check.state, message=check.message, remedy=check.remedy or None
        )


class QueueView(BaseModel):
    """Values that the broker does not report are null."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    waiting: int | None = Field(description="null if the queue does not exist yet.")
    in_flight: int | None = Field(description="Jobs that were delivered but are not done.")
    delayed: int | None
    consumers: int | None = Field(description="How many consumers take jobs from it.")
    holds_dead_letters: bool

    @classmethod
    def of(cls, queue: QueueDepth) -> "QueueView":
        return cls.model_validate(queue)


class WorkerView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    seen_at: datetime = Field(description="The time of its last heartbeat.")
    started_at: datetime
    jobs_done: int
    memory_bytes: int

    @classmethod
    def of(cls, worker: WorkerSeen) -> "WorkerView":
        return cls.model_validate(worker)


class SweptView(BaseModel):
    at: datetime
    by: str | None = Field(description="The worker; null if workers have no names.")

    @classmethod
    def of(cls, swept: Swept) -> "SweptView":
        return cls(at=swept.at, by=swept.by)


class LatenessView(BaseModel):
    """How late pauses of running campaigns ended, since each campaign began."""

    pauses: int
    p50_ms: int | None = Field(
        description="Half of the pauses were at most this late; null: more than an hour."
    )
    p99_ms: int | None

    @classmethod
    def of(cls, lateness: Lateness) -> "LatenessView":
        return cls(pauses=lateness.pauses, p50_ms=lateness.p50_ms, p99_ms=lateness.p99_ms)


class LinksView(BaseModel):
    """Pages for people; null if their address is not configured."""

    rabbitmq: str | None
    metrics: str | None

    @classmethod
    def of(cls, links: Mapping[str, str]) -> "LinksView":
        return cls(rabbitmq=links.get("rabbitmq"), metrics=links.get("metrics"))


class SystemView(BaseModel):
    """A value is null if it is not known in this deployment, or if a system does not answer now; in
    that case a check says which."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "warning",
                    "at": "2026-03-09T09:00:00Z",
                    "checks": [
                        {
                            "name": "store",
                            "state": "ok",
                            "message": "Reads and writes, 2 ms.",
                            "remedy": None,
                        },
                        {
                            "name": "dead letters",
                            "state": "warning",
                            "message": "2 jobs failed for good.",
                            "remedy": "Look at them, fix the cause, then requeue or drop them.",
                        },
                    ],
                    "queues": [
                        {
                            "name": "send_email",
                            "waiting": 3,
                            "in_flight": None,
                            "delayed": None,
                            "consumers": 2,
                            "holds_dead_letters": False,
                        }
                    ],
                    "dead_letters": 2,
                    "workers": [
                        {
                            "name": "worker@1f2e",
                            "seen_at": "2026-03-09T08:59:58Z",
                            "started_at": "2026-03-09T07:00:00Z",
                            "jobs_done": 90,
                            "memory_bytes": 63963136,
                        }
                    ],
                    "swept": {"at": "2026-03-09T08:59:59Z", "by": "worker@1f2e"},
                    "breaker": None,
                    "overdue_seconds": 0.4,
                    "lateness": {"pauses": 458, "p50_ms": 250, "p99_ms": 1000},
                    "links": {"rabbitmq": "http://localhost:15672", "metrics": None},
                }
            ]
        }
    )

    state: CheckState = Field(description="The worst of the checks.")
    at: datetime | None = Field(description="Now, by the store's clock.")
    checks: list[SystemCheckView]
    queues: list[QueueView] | None
    dead_letters: int | None = Field(description="How many dead letters there are.")
    workers: list[WorkerView] | None = Field(description="The workers that are alive.")
    swept: SweptView | None = Field(description="The last sweep.")
    breaker: BreakerView | None = Field(description="Also null if no send rate is set.")
    overdue_seconds: float | None = Field(description="How late the most overdue lead is.")
    lateness: LatenessView | None = Field(description="Also null before a pause has ended.")
    links: LinksView

    @classmethod
    def of(cls, report: SystemReport) -> "SystemView":
        it = report.diagnosis
        return cls(
            state=_worst(check.state for check in it.checks),
            at=report.at,
            checks=[SystemCheckView.of(check) for check in it.checks],
            queues=None if it.queues is None else [QueueView.of(queue) for queue in it.queues],
            dead_letters=it.dead_letters,
            workers=None if it.workers is None else [WorkerView.of(one) for one in it.workers],
            swept=None if it.swept is None else SweptView.of(it.swept),
            breaker=None
            if report.sending_account is None
            else BreakerView.of(report.sending_account.breaker),
            overdue_seconds=report.overdue_seconds,
            lateness=None if report.lateness is None else LatenessView.of(report.lateness),
            links=LinksView.of(it.links),
        )


def _worst(states: Iterable[CheckState]) -> CheckState:
    return max(states, key=list(CheckState).index, default=CheckState.OK)
