"""What a worker reports while it runs: heartbeats, metrics over HTTP, traces.

Invariant: nothing here may delay or end the work. Only a port in use keeps the worker from
starting, because the operator expects metrics there.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from redis.asyncio import Redis

from functions.runtime import Runtime
from functions.service.services import Services
from functions.settings_error import SettingsError
from local.team.heartbeats import (
    SweepBeat,
    WorkerBeat,
    own_rss_bytes,
    write_sweep,
    write_worker,
)
from local.team.metrics import PrometheusObserver, start_metrics_server
from local.team.redis_client import open_redis
from local.team.settings import TeamSettings
from local.team.traces import configure_traces

BEAT_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Watch:
    """One per worker process, from its start to its end."""

    def __init__(
        self,
        settings: TeamSettings,
        observer: PrometheusObserver,
        runtime: Callable[[], Runtime],
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._runtime = runtime
        self._stack = ExitStack()
        self._end = threading.Event()
        self._name = "worker"
        self._redis: Redis = open_redis(settings.redis_url.get_secret_value())

    def start(self, name: str) -> None:
        """`name`: the worker's name in heartbeats. Raises SettingsError."""
        self._name = name
        settings = self._settings
        self._stack.callback(configure_traces("worker", settings.otlp_endpoint))
        if settings.metrics_port:
            try:
                stop = start_metrics_server(
                    settings.metrics_port, self._observer.registry, host=settings.metrics_host
                )
            except OSError as problem:
                raise SettingsError(
                    f"METRICS_PORT: cannot listen on {settings.metrics_host}:"
                    f"{settings.metrics_port} ({problem})"
                ) from None
            self._stack.callback(stop)
        beating = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        beating.start()

    def stop(self) -> None:
        """Idempotent."""
        self._end.set()
        self._stack.close()

    async def swept(self, now: datetime) -> None:
        """Reports that this worker has swept. Never raises."""
        try:
            await write_sweep(self._redis, SweepBeat(now, self._name))
        except Exception as problem:
            logger.debug("no heartbeat of the sweep: %s", type(problem).__name__)

    def _beat_on(self) -> None:
        started_at: datetime | None = None
        while not self._end.is_set():
            try:
                runtime = self._runtime()
                started_at = runtime.run(self._beat(runtime.services, started_at))
            except Exception as problem:
                # The store or Redis is down: then nobody could read it either.
                logger.debug("no heartbeat: %s", type(problem).__name__)
            self._end.wait(BEAT_SECONDS)

    async def _beat(self, services: Services, started_at: datetime | None) -> datetime:
        """Runs on the loop that does the work, so that a loop that hangs stops beating."""
        now = await services.store.now()
        beat = WorkerBeat(
            name=self._name,
            at=now,
            pid=os.getpid(),
            started_at=started_at or now,
            jobs=self._observer.jobs_done,
            rss_bytes=own_rss_bytes(),
            store_version=services.store.known_version,
        )
        await write_worker(self._redis, beat)
        return beat.started_at
