"""The settings of a worker of the bench besides its ordinary ones: one file in one folder."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FOLDER = "FAULTS_FOLDER"
_FILE = "worker.json"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`mutation`: the mechanism that is removed, by its name in the simulation's list.

    `job_lease_seconds`: how long a stored job rests after its worker died; None keeps the default.
    The rates apply to each job on its way to the broker. `early`: a delayed job is also sent
    without its delay. `settle_seconds`: how long each outcome is on its way to the store. The
    timeouts are the mail transport's: shorter than in production, so that a mail server that does
    not answer costs the bench only seconds.
    """

    seed: int = 0
    mutation: str | None = None
    job_lease_seconds: float | None = None
    duplicate: float = 0.0
    drop: float = 0.0
    early: float = 0.0
    settle_seconds: float = 0.0
    connect_timeout_seconds: float = 2.0
    command_timeout_seconds: float = 3.0
    content_timeout_seconds: float = 15.0

    def write(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "WorkerSettings":
        return replace(cls(), **json.loads((folder / _FILE).read_text()))


def folder_from_environment() -> Path:
    return Path(os.environ[FOLDER])  # noqa: TID251 (the one setting a worker cannot be handed)
