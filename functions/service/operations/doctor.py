"""The health of a system: each probe examines one thing, and a doctor runs all probes at once.

Invariant: probes use `look_at`, which turns errors and timeouts into failed checks, so that one
broken thing never hides the others. A check states only the type of an error, because its text may
contain addresses and passwords. A wiring that quotes errors redacts the whole diagnosis.
This module must not know what is behind the ports.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from functions.service.operations.records import CheckState, Diagnosis, SystemCheck

LOOK_SECONDS_MAX = 3.0
"""The time limit for each probe."""

Probe = Callable[[], Awaitable[Diagnosis]]
"""Returns the checks of one thing, and the queues, workers or last sweep that it saw."""


class Doctor:
    """Each wiring passes its own list of probes. Their order is the order of the checks.

    `links`: pages of other systems that people may open. `redact`: applied to all text of checks.
    `close_probes`: closes the connections of the probes.
    """

    def __init__(
        self,
        probes: Sequence[Probe] = (),
        *,
        links: Mapping[str, str] | None = None,
        redact: Callable[[str], str] = str,
        close_probes: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._probes = probes
        self._links = links or {}
        self._redact = redact
        self._close_probes = close_probes

    async def look(self) -> Diagnosis:
        """Takes little more than `LOOK_SECONDS_MAX` at most. What does not answer becomes a failed
        check; what cannot be known is None."""
        found = await asyncio.gather(*(probe() for probe in self._probes))
        return Diagnosis(
            checks=[self._redacted(check) for it in found for check in it.checks],
            queues=next((it.queues for it in found if it.queues is not None), None),
            workers=next((it.workers for it in found if it.workers is not None), None),
            swept=next((it.swept for it in found if it.swept is not None), None),
            links=self._links,
        )

    async def close(self) -> None:
        if self._close_probes is not None:
            await self._close_probes()

    def _redacted(self, check: SystemCheck) -> SystemCheck:
        return replace(
            check, message=self._redact(check.message), remedy=self._redact(check.remedy)
        )


def kept(probe: Probe, seconds: float) -> Probe:
    """Caches the probe's result for this long."""
    found, until = Diagnosis(checks=()), 0.0

    async def remembered() -> Diagnosis:
        nonlocal found, until
        now = asyncio.get_running_loop().time()
        if now > until:
            found = await probe()
            until = now + seconds
        return found

    return remembered


def kind_of(problem: Exception) -> str:
    return f"Does not answer ({type(problem).__name__})."


async def look_at(
    name: str,
    remedy: str,
    look: Callable[[], Awaitable[Sequence[SystemCheck]]],
    message_of: Callable[[Exception], str] = kind_of,
) -> list[SystemCheck]:
    """The checks that `look` returns or, if it raises or takes too long, a failed check `name`.
    `words_of`: describes an error."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            return list(await look())
    except TimeoutError as late:
        problem: Exception = late
        message = f"No answer within {LOOK_SECONDS_MAX:g} s."
    except Exception as raised:
        problem = raised
        message = message_of(raised)
    return [
        SystemCheck(
            name=name,
            state=CheckState.FAILED,
            message=message,
            remedy=remedy,
            latency_ms=round((clock() - began) * 1000),
            problem=type(problem).__name__,
        )
    ]
