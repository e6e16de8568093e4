"""Celery beat, which requests sweeps, with a heartbeat: a file that it touches at every tick.

Health checks read the age of that file. The schedule's own file does not work for this: gdbm writes
it through a memory map, which on tmpfs does not update its modification time.
"""

from pathlib import Path

from celery import Celery
from celery.beat import PersistentScheduler

from local.team.queues import SWEEP_TTL_SECONDS, SWEEPS, WORK_QUEUES
from local.team.settings import SchedulerSettings

TICK_SECONDS_MAX = 10
"""The longest time between two ticks, however rare the sweeps are."""


class Scheduler(PersistentScheduler):  # type: ignore[misc]
    """The heartbeat file is beside the schedule's file: its name, with `.heartbeat` appended."""

    def tick(self) -> float:
        seconds_until_next: float = super().tick()
        Path(f"{self.schedule_filename}.heartbeat").touch()
        return seconds_until_next


def make_scheduler(settings: SchedulerSettings) -> Celery:
    app = Celery("emailbuilder", set_as_current=False)
    app.conf.update(
        broker_url=settings.broker_url.get_secret_value(),
        task_queues=WORK_QUEUES,
        task_routes={"sweep_task": {"queue": SWEEPS}},
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        beat_scheduler="local.team.scheduler:Scheduler",
        beat_max_loop_interval=TICK_SECONDS_MAX,
        beat_schedule={
            "sweep": {
                "task": "sweep_task",
                "schedule": settings.sweep_seconds,
                "options": {"expires": SWEEP_TTL_SECONDS, "ignore_result": True},
            }
        },
    )
    return app
