"""Celery beat's scheduler with a heartbeat: a file that it touches at every tick.

Health checks read the age of that file. The schedule's own file does not work for this: gdbm writes
it through a memory map, which on tmpfs does not update its modification time.
"""

from pathlib import Path

from celery.beat import PersistentScheduler

TICK_SECONDS_MAX = 10
"""The longest time between two ticks, however rare the sweeps are."""


class Scheduler(PersistentScheduler):  # type: ignore[misc]
    """The heartbeat file is beside the schedule's file: its name, with `.heartbeat` appended."""

    def tick(self) -> float:
        seconds_until_next: float = super().tick()
        Path(f"{self.schedule_filename}.heartbeat").touch()
        return seconds_until_next
