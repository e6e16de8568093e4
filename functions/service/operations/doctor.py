"""The health of a system: probes look at one thing each, and a doctor runs all of them at once.

Invariant: probes look by `look_at`, so that whatever a look raises, and however long it takes,
becomes a check, and one broken thing never hides the others. A check names an error by its kind
only, because its text may hold addresses and passwords; a wiring that quotes errors redacts the
whole diagnosis.
This module must not know what is behind the ports.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from functions.service.operations.records import CheckState, Diagnosis, SystemCheck

LOOK_SECONDS_MAX = 3.0
"""For each thing that is looked at."""

Probe = Callable[[], Awaitable[Diagnosis]]
"""Gives the checks of one thing, and what it saw there: queues, workers, the last sweep."""


class Doctor:
    """Each wiring gives its own list of probes. Their order is the order of the checks.

    `links`: pages of neighbours that people may open. `redact`: applied to all text of checks.
    `close_probes`: ends what the probes hold.
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
        """Takes `LOOK_SECONDS_MAX` and a little at most. What does not answer is a failed check;
        what cannot be known is left out."""
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
        return replace(check, words=self._redact(check.words), remedy=self._redact(check.remedy))


def kind_of(problem: Exception) -> str:
    return f"Does not answer ({type(problem).__name__})."


async def look_at(
    name: str,
    remedy: str,
    look: Callable[[], Awaitable[Sequence[SystemCheck]]],
    words_of: Callable[[Exception], str] = kind_of,
) -> list[SystemCheck]:
    """What `look` finds; where it raises or takes too long, a failed check of that name."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            return list(await look())
    except TimeoutError as late:
        problem: Exception = late
        words = f"No answer within {LOOK_SECONDS_MAX:g} s."
    except Exception as raised:
        problem = raised
        words = words_of(raised)
    return [
        SystemCheck(
            name=name,
            state=CheckState.FAILED,
            words=words,
            remedy=remedy,
            latency_ms=round((clock() - began) * 1000),
            problem=type(problem).__name__,
        )
    ]
