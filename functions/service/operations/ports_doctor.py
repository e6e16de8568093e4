"""How a system is as far as its ports tell: for those without workers of their own.

Invariant: all is asked at once, each for a bounded time, and what does not answer is a check that
says so; errors are told by their kind only, since their texts may hold addresses and passwords.
This module must not know what is behind the ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.service.operations.system_report import (
    LOOK_SECONDS_MAX,
    CheckState,
    Diagnosis,
    QueueDepth,
    Swept,
    SystemCheck,
)

if TYPE_CHECKING:
    from functions.service.operations.ports import QueueDepths
    from functions.service.services import Services

SWEEP_SECONDS_MAX = 5.0
"""A sweep longer ago than this, or than three of its periods, is worth a look."""

_REMEDIES = {
    "store": "See that the store's address is right and that it runs; until it does nothing can be "
    "read or changed.",
    "mail": "See that the mail server's address is right and that it runs; leads wait until it "
    "greets.",
    "broker": "See that the queues are there and can be reached; leads wait in the store until "
    "they can.",
    "dead letters": "Look at them, mend what they died of, then put them back or throw them away.",
    "sweep": "See that the schedule runs, and read the log for why a sweep failed.",
}


class PortsDoctor:
    """Implements `Doctor` by the ports alone, for systems without workers of their own.

    `depths`: of the broker's queues; None: the broker is only pinged. `swept`: the last sweep as
    this process saw it; None: nobody here can know. `own`: checks that only the wiring can make,
    and at once.
    """

    def __init__(
        self,
        depths: QueueDepths | None = None,
        swept: Callable[[], Swept | None] | None = None,
        own: Callable[[], Sequence[SystemCheck]] = tuple,
        links: Mapping[str, str] | None = None,
    ) -> None:
        self._depths = depths
        self._swept = swept
        self._own = own
        self._links = links or {}

    async def look(self, services: Services) -> Diagnosis:
        swept = None if self._swept is None else self._swept()
        store, mail, (broker, queues), sweep = await asyncio.gather(
            _check("store", services.store.ping),
            _check("mail", services.transport.ping),
            self._broker(services),
            self._sweep(services, swept),
        )
        found = Diagnosis((), queues, swept=swept, links=self._links)
        checks = [store, broker, *_letters(found.dead_letters), mail, *sweep, *self._own()]
        return replace(found, checks=checks)

    async def close(self) -> None:
        if self._depths is not None:
            await self._depths.close()

    async def _broker(self, services: Services) -> tuple[SystemCheck, list[QueueDepth] | None]:
        if self._depths is None:
            return await _check("broker", services.dispatcher.ping), None
        queues: list[QueueDepth] = []
        depths = self._depths

        async def read() -> None:
            queues.extend(await depths.read())

        check = await _check("broker", read)
        return check, queues if check.state is CheckState.OK else None

    async def _sweep(self, services: Services, swept: Swept | None) -> list[SystemCheck]:
        if self._swept is None:
            return []
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                now = await services.store.now()
        except Exception:
            # Without the store nobody sweeps, and its own check says what to do.
            return []
        return [sweep_check(swept, now, services.policy.sweep_seconds)]


def sweep_check(swept: Swept | None, now: datetime, period_seconds: float) -> SystemCheck:
    """`now`: by the clock that timed the sweep."""
    if swept is None:
        words = "Nobody has swept yet."
        return SystemCheck("sweep", CheckState.WARNING, words, _REMEDIES["sweep"])
    ago = max(now - swept.at, timedelta())
    words = f"{ago.total_seconds():.1f} s ago."
    if ago > timedelta(seconds=max(SWEEP_SECONDS_MAX, 3 * period_seconds)):
        return SystemCheck("sweep", CheckState.WARNING, words, _REMEDIES["sweep"])
    return SystemCheck("sweep", CheckState.OK, words)


def _letters(count: int | None) -> list[SystemCheck]:
    if count is None:
        return []
    if not count:
        return [SystemCheck("dead letters", CheckState.OK, "None.")]
    words = f"{count} {'job' if count == 1 else 'jobs'} failed for good."
    return [SystemCheck("dead letters", CheckState.WARNING, words, _REMEDIES["dead letters"])]


async def _check(name: str, ask: Callable[[], Awaitable[None]]) -> SystemCheck:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            await ask()
    except Exception as problem:
        return _failed(name, problem)
    return SystemCheck(name, CheckState.OK, f"Answers, {(loop.time() - began) * 1000:.0f} ms.")


def _failed(name: str, problem: Exception) -> SystemCheck:
    if isinstance(problem, TimeoutError):
        words = f"No answer within {LOOK_SECONDS_MAX:g} s."
    else:
        words = f"Does not answer ({type(problem).__name__})."
    return SystemCheck(name, CheckState.FAILED, words, _REMEDIES[name])
