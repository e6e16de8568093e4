"""The scheduler of Celery beat, with a heartbeat: a file that it touches at every tick.

Health checks read the age of that file. The schedule's own file does not serve: gdbm writes it
through a memory map, and on tmpfs that leaves its modification time as it was.
"""

from pathlib import Path

from celery.beat import PersistentScheduler

TICK_SECONDS_MAX = 10
"""It ticks at least this often, however rare the sweeps are."""


class Scheduler(PersistentScheduler):  # type: ignore[misc]
    """The heartbeat is beside the schedule: its name, with `.heartbeat` after it."""

    def tick(self) -> float:
        seconds_until_next: float = super().tick()
        Path(f"{self.schedule_filename}.heartbeat").touch()
        return seconds_until_next
