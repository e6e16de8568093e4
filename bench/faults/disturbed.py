"""The services of a worker in the bench: logged, with crash points, and optionally mutated.

From the outside in: crash points, then the mutation, then the real adapters; and between the
services and the broker a layer that loses and repeats jobs.
"""

import asyncio
import os
import random  # noqa: TID251 (chance is what this is about)
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from bench.faults.crash_points import (
    CrashingDispatcher,
    CrashingTransport,
    CrashPoints,
    crashing_limiter,
    crashing_store,
)
from bench.faults.settings import WorkerSettings
from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings
from functions.service.jobs import work_on_jobs
from functions.service.jobs.ports import Dispatcher
from functions.service.jobs.records import Job, ResumeJob
from functions.service.observer import Observer
from functions.service.sending.ports import Messages
from functions.service.sending.records import MessageChange, MessageState
from functions.service.services import Services
from harness.simulation.faulty_store import Around, layered
from harness.simulation.mutations import MUTATIONS, Mutation
from local.team.settings import TeamSettings
from local.team.wiring import compose
from local.team.worker import Compose

_for_life = ExitStack()
"""What stays the same until this process ends."""

NONE = Mutation("none", frozenset(), 0)


class UnreliableDispatcher:
    """Loses and repeats jobs; sends delayed ones too early."""

    def __init__(self, inner: Dispatcher, settings: WorkerSettings) -> None:
        self._inner = inner
        self._settings = settings
        self._chance = random.Random(f"{settings.seed}/{os.getpid()}")

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        passed: list[Job] = []
        for job in jobs:
            if self._happens(self._settings.drop):
                continue
            passed.append(job)
            if self._happens(self._settings.duplicate):
                passed.append(job)
            is_delayed = isinstance(job, ResumeJob) and job.delay_seconds > 0
            if is_delayed and self._happens(self._settings.early):
                passed.append(replace(cast(ResumeJob, job), delay_seconds=0))
        if passed:
            await self._inner.dispatch(passed)

    async def ping(self) -> None:
        await self._inner.ping()

    async def close(self) -> None:
        await self._inner.close()

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate


class _SlowToSettle(Around):
    """Outcomes take their time to the store."""

    def __init__(self, inner: object, seconds: float) -> None:
        super().__init__(inner)
        self._messages = cast(Messages, inner)
        self._seconds = seconds

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        if any(it.state is not MessageState.SENDING for it in changes):
            await asyncio.sleep(self._seconds)
        return await self._messages.write(changes)


def mutation_named(name: str | None) -> Mutation:
    if name is None:
        return NONE
    return next(it for it in MUTATIONS if it.name == name)


def disturbed(services: Services, folder: Path, settings: WorkerSettings) -> Services:
    mutation = mutation_named(settings.mutation)
    if settings.job_lease_seconds is not None:
        work_on_jobs.LEASE = timedelta(seconds=settings.job_lease_seconds)
    _for_life.enter_context(mutation.patched())
    points = CrashPoints(folder)
    unreliable = UnreliableDispatcher(services.dispatcher, settings)
    store = layered(
        services.store, {"messages": lambda port: _SlowToSettle(port, settings.settle_seconds)}
    )
    return replace(
        services,
        store=crashing_store(mutation.adapt(store), folder, points),
        dispatcher=CrashingDispatcher(unreliable, folder, points),
        transport=CrashingTransport(services.transport, points),
        limiter=crashing_limiter(services.limiter, points),
    )


def bench_compose(settings: TeamSettings, folder: Path) -> Compose:
    """Replaces the team's `compose`: the same services, with disturbances."""
    given = WorkerSettings.read(folder)
    server = replace(
        SmtpSettings.from_uri(settings.smtp_uri.get_secret_value()),
        connect_timeout_seconds=given.connect_timeout_seconds,
        command_timeout_seconds=given.command_timeout_seconds,
        content_timeout_seconds=given.content_timeout_seconds,
    )

    async def composed(observer: Observer) -> Services:
        services = await compose(settings, observer)
        transport = SmtpTransport(server, connections_max=settings.smtp_connections_max)
        return disturbed(replace(services, transport=transport), folder, given)

    return composed
