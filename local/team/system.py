"""The team's doctor as the API asks it: what `emailbuilder doctor` finds, and who is at work.

Invariant: every look is bounded as the doctor's own are, and its words are redacted as they are.
"""

import time
from collections.abc import Mapping

from functions.service.operations.system_report import (
    CheckState,
    Diagnosis,
    QueueDepth,
    Swept,
    SystemCheck,
    WorkerSeen,
)
from functions.service.services import Services
from local.team.checks import Check, State
from local.team.depths import Depth
from local.team.doctor import MakeResolver, examine, sender
from local.team.heartbeats import SweepBeat, WorkerBeat
from local.team.queues import DEAD_LETTERS
from local.team.sender_dns import system_resolver
from local.team.settings import TeamSettings

DNS_KEPT_SECONDS = 300.0
"""Pages ask every few seconds; who may send for a domain changes less often."""

_STATES = {
    State.OK: CheckState.OK,
    State.WARN: CheckState.WARNING,
    State.FAIL: CheckState.FAILED,
}


class TeamDoctor:
    """Implements `Doctor`."""

    def __init__(
        self, settings: TeamSettings, make_resolver: MakeResolver = system_resolver
    ) -> None:
        self._settings = settings
        self._make_resolver = make_resolver
        self._sender: list[Check] = []
        self._sender_until = 0.0

    async def look(self, services: Services) -> Diagnosis:
        found = await examine(self._settings, _Made(services), self._sender_checks)
        queues, workers, sweep = found.queues, found.workers, found.sweep
        return Diagnosis(
            checks=[_check(it) for it in found.checks],
            queues=None if queues is None else [_queue(it) for it in queues],
            workers=None if workers is None else [_worker(it) for it in workers],
            swept=None if sweep is None else _swept(sweep),
            links=links(self._settings),
        )

    async def close(self) -> None:
        """Nothing stays open between looks."""

    async def _sender_checks(self) -> list[Check]:
        if time.monotonic() > self._sender_until:
            self._sender = await sender(self._settings, self._make_resolver)
            self._sender_until = time.monotonic() + DNS_KEPT_SECONDS
        return self._sender


class _Made:
    """A source of services that were made already."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def services(self) -> Services:
        return self._services


def links(settings: TeamSettings) -> Mapping[str, str]:
    pages = {"rabbitmq": settings.rabbitmq_page, "metrics": settings.metrics_page}
    return {name: page for name, page in pages.items() if page}


def _check(it: Check) -> SystemCheck:
    return SystemCheck(it.name, _STATES[it.state], it.words, it.mend)


def _queue(it: Depth) -> QueueDepth:
    consumers = None if it.jobs is None else it.consumers
    holds_dead_letters = it.name == DEAD_LETTERS
    return QueueDepth(it.name, it.jobs, consumers=consumers, holds_dead_letters=holds_dead_letters)


def _worker(it: WorkerBeat) -> WorkerSeen:
    return WorkerSeen(
        name=it.name,
        seen_at=it.at,
        started_at=it.started_at,
        jobs_done=it.jobs,
        memory_bytes=it.rss_bytes,
    )


def _swept(it: SweepBeat) -> Swept:
    return Swept(it.at, it.by)
