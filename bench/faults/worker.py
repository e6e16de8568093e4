"""The Celery application of the bench: the team's, with logging and crash points added.

`celery -A bench.faults.worker worker …`.
"""

import faulthandler
import os
import signal

from celery.signals import worker_ready

from bench.faults.disturbed import bench_compose
from bench.faults.lines import Fault, Lines, now
from bench.faults.settings import folder_from_environment
from bench.faults.unknowns import READY
from local.team.settings import TeamSettings
from local.team.worker import make_app

# On this signal, a worker that hangs prints its stacks.
faulthandler.register(signal.SIGUSR1)
FOLDER = folder_from_environment()
_settings = TeamSettings.from_environment()
app = make_app(_settings, bench_compose(_settings, FOLDER))


@worker_ready.connect  # type: ignore[untyped-decorator]
def _say_ready(**_: object) -> None:
    Lines(FOLDER / Fault.file_name).write(Fault(now(), READY, os.getpid()))
