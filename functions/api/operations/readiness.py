"""Readiness: one look at store, broker and mail server, kept for everybody who asks.

Anybody may ask without a token; if each request looked for itself, anybody could make this process
talk to its mail server as often as they like.
"""

import asyncio
from time import perf_counter
from weakref import WeakKeyDictionary

from functions.api.http.context import ServicesSource
from functions.api.operations.schemas_health import CheckView, ReadyView
from functions.api.sending.schemas import BreakerView
from functions.service.campaigns.restoration import is_held_within
from functions.service.operations.check_neighbours import check_neighbours
from functions.service.operations.doctor import LOOK_SECONDS_MAX
from functions.service.operations.probes import BROKER, MAIL, STORE
from functions.service.operations.records import SystemCheck
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.look_at_sending_account import look_at_sending_account

KEPT_SECONDS = 5.0

_AWAY = {
    STORE: "The store does not answer. Until it does, nothing can be read or changed.",
    BROKER: "The broker accepts no jobs. Leads wait in the store until it does.",
    MAIL: "The mail server does not answer. Messages wait and are tried again.",
}


class Readiness:
    """Each event loop has a look of its own, as it has services of its own."""

    def __init__(self, source: ServicesSource) -> None:
        self._source = source
        self._looks: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[float, asyncio.Task[ReadyView]]
        ] = WeakKeyDictionary()

    async def view(self) -> ReadyView:
        loop = asyncio.get_running_loop()
        now = loop.time()
        began, look = self._looks.get(loop, (now, None))
        if look is None or (look.done() and now - began >= KEPT_SECONDS):
            look = asyncio.ensure_future(self._look())
            self._looks[loop] = now, look
        # Whoever asked first may leave; the others still wait for the answer.
        return await asyncio.shield(look)

    async def _look(self) -> ReadyView:
        began = perf_counter()
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                services = await self._source.services()
        except Exception as problem:
            latency_ms = round((perf_counter() - began) * 1000)
            return _ready([_view_of(STORE, latency_ms, type(problem).__name__)])
        checks, sending_account, is_held = await asyncio.gather(
            check_neighbours(services),
            look_at_sending_account(services, LOOK_SECONDS_MAX),
            is_held_within(services, LOOK_SECONDS_MAX),
        )
        return _ready([_view(it) for it in checks], sending_account, is_held)


def _view(check: SystemCheck) -> CheckView:
    return _view_of(check.name, check.latency_ms or 0, check.problem)


def _view_of(name: str, latency_ms: int, problem: str) -> CheckView:
    """`problem`: only the type of the error, because its text may contain addresses; empty if there
    is none."""
    message = f"{_AWAY[name]} ({problem})" if problem else "Answers."
    return CheckView(name=name, ok=not problem, latency_ms=latency_ms, message=message)


def _ready(
    checks: list[CheckView],
    sending_account: SendingAccount | None = None,
    is_held: bool | None = None,
) -> ReadyView:
    is_away = any(not it.ok for it in checks if it.name == STORE)
    is_whole = all(it.ok for it in checks)
    return ReadyView(
        status="away" if is_away else "ready" if is_whole else "degraded",
        checks=checks,
        breaker=None if sending_account is None else BreakerView.of(sending_account.breaker),
        blocked=0 if sending_account is None else sending_account.blocked,
        blocked_reason="" if sending_account is None else sending_account.blocked_reason,
        is_held=is_held,
    )
