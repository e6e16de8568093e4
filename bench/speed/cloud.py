"""The emulated cloud, as `make run` starts it: one process, moto's queues, handlers, inbox.

Its inbox stores every message on disk before it answers, so its speed is not compared with the
floor.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.speed.campaign import ONE_EMAIL, address, attributes
from bench.speed.stack import CAMPAIGN, STALL_SECONDS_MAX, StalledError
from harness.patience import patience
from local.client import Client
from local.settings import LocalSettings
from local.system import System

LOOK_SECONDS = 0.1


def measure(count: int) -> tuple[float, list[str]]:
    """Seconds from the launch to the last mail, and the recipients. Raises StalledError."""
    with TemporaryDirectory(prefix="emailbuilder-speed-") as folder:
        settings = LocalSettings(home=Path(folder), port=0, smtp_port=0)
        with System(settings) as system:
            client = Client(system.url, token=system.token)
            contacts = [{"email": address(n), **attributes(n)} for n in range(count)]
            made = client.create(
                {
                    "campaign_id": CAMPAIGN,
                    "name": CAMPAIGN,
                    **ONE_EMAIL,
                    "contacts": contacts,
                }
            )
            client.finished(made["import_job"]["job_id"])
            began = time.perf_counter()
            client.launch(CAMPAIGN)
            while (came := system.inbox.ledger.count()) < count:
                if time.perf_counter() - began > patience(STALL_SECONDS_MAX + count):
                    raise StalledError(f"{came} of {count} in the inbox, then no progress")
                time.sleep(LOOK_SECONDS)
            seconds = time.perf_counter() - began
            return seconds, [it.rcpt_to[0] for it in system.inbox.ledger.messages()]
