"""The scheduler's heartbeat, which health checks read."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.beat import Service

from local.team.scheduler import TICK_SECONDS_MAX, make_scheduler
from local.team.settings import SchedulerSettings

TMPFS = Path("/dev/shm")
HOURLY = SchedulerSettings.read({"BROKER_URL": "amqp://nobody.invalid//", "SWEEP_SECONDS": "3600"})


@pytest.fixture(params=["disk", "tmpfs"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if request.param == "disk":
        yield tmp_path
        return
    if not os.access(TMPFS, os.W_OK):
        pytest.skip("there is no tmpfs at /dev/shm")
    with tempfile.TemporaryDirectory(dir=TMPFS) as made:
        yield Path(made)


def test_heartbeat_is_young_after_a_tick(folder: Path) -> None:
    """Whether or not anything was due, although the schedule's own file is not written."""
    app = make_scheduler(HOURLY)
    schedule = folder / "schedule"
    service = Service(app, schedule_filename=str(schedule), scheduler_cls=app.conf.beat_scheduler)
    heartbeat = folder / "schedule.heartbeat"
    try:
        seconds_until_next = service.scheduler.tick()
        long_ago = time.time() - 1000
        written = set(folder.glob("schedule*"))
        assert written > {heartbeat}
        for file in written:
            os.utime(file, (long_ago, long_ago))
        service.scheduler.tick()
        assert time.time() - heartbeat.stat().st_mtime < 100
        ages = [time.time() - it.stat().st_mtime for it in written - {heartbeat}]
        assert min(ages) > 900
        # So it is touched again in time, however rare the sweeps are.
        assert 0 < seconds_until_next <= TICK_SECONDS_MAX
    finally:
        service.scheduler.close()
