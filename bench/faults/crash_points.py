"""Named points of the send and commit path at which a worker dies.

A file arms a point; the first worker to reach it takes the file, logs this, and kills itself.
Invariant: an armed point kills one worker, once. Production code does not know about this: the
layers here wrap the ports of a worker.
"""

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from bench.faults.lines import Claiming, Dispatching, Fault, Lines, Marking, now
from functions.flow.outcome import Deferred, Outcome, Rejected
from functions.mail.envelope import Envelope
from functions.service.execution.ports import Leads
from functions.service.execution.records import Commit
from functions.service.jobs.ports import Dispatcher
from functions.service.jobs.records import Job, RunJob
from functions.service.sending.limiter import Limiter, Unlimited
from functions.service.sending.ports import MailConnection, MailTransport, Messages
from functions.service.sending.records import Claim, MessageChange, MessageState
from functions.service.store import Store
from harness.simulation.faulty_store import Around, Method, layered

_ARMED = "armed"

STEPS = (
    "ask limiter",
    "claim",
    "mark",
    "send",
    "settle",
    "give up",
    "tell limiter",
    "commit a step that sends",
    "commit a step that rests",
    "journal",
    "dispatch",
    "drained",
    "take due",
    "count",
    "counted",
    "enrol",
    "save job",
    "renew message",
    "renew lead",
)
"""In the order in which a lead reaches them. "give up" writes `unknown`."""

FINAL_DOT = ("at the final dot, kept", "at the final dot, lost")
"""These two belong to the mail server: it kills the sender whose final dot has just arrived."""

POINTS = (
    *(f"{when} {step}" for step in STEPS for when in ("before", "after")),
    "amid dispatch",
    *FINAL_DOT,
)


def arm(folder: Path, point: str) -> None:
    if point in FINAL_DOT:
        (folder / "kill-at-final-dot").write_text(point.rpartition(" ")[2])
        return
    waiting = folder / f"{_ARMED}.new"
    waiting.write_text(point)
    waiting.rename(folder / _ARMED)


def disarm(folder: Path) -> None:
    for name in (_ARMED, "kill-at-final-dot"):
        (folder / name).unlink(missing_ok=True)


def is_armed(folder: Path) -> bool:
    return any((folder / name).exists() for name in (_ARMED, "kill-at-final-dot"))


class CrashPoints:
    """The crash points of one worker process."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / _ARMED
        self._faults = Lines(folder / Fault.file_name)

    def reach(self, point: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._armed.read_text() != point:
                return
            # Only one process can remove it.
            self._armed.rename(self._armed.with_suffix(f".{os.getpid()}"))
            self._faults.write(Fault(now(), "crash point", os.getpid(), point))
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, step: str, method: Method) -> Method:
        async def call(*given: object, **named: object) -> object:
            self.reach(f"before {step}")
            answer = await method(*given, **named)
            self.reach(f"after {step}")
            return answer

        return call


class _Named(Around):
    """Wraps ports for which each method is one step, whatever its arguments."""

    def __init__(self, inner: object, points: CrashPoints, steps: Mapping[str, str]) -> None:
        super().__init__(inner)
        for method, step in steps.items():
            setattr(self, method, points.around(step, getattr(inner, method)))


class _Messages(_Named):
    """Logs each claim and each mark with its worker before it is written."""

    def __init__(
        self, inner: object, points: CrashPoints, claimings: Lines, markings: Lines
    ) -> None:
        super().__init__(inner, points, {"renew": "renew message"})
        self._messages = cast(Messages, inner)
        self._points = points
        self._claimings = claimings
        self._markings = markings

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        at, pid = now(), os.getpid()
        self._claimings.write(*(Claiming(at, pid, it.message.lead_id) for it in claims))
        self._points.reach("before claim")
        won = await self._messages.claim(claims)
        self._points.reach("after claim")
        return won

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        marks = [it for it in changes if it.state is MessageState.SENDING]
        at, pid = now(), os.getpid()
        if marks:
            self._markings.write(*(Marking(at, pid, it.key) for it in marks))
        steps = _steps_of(changes)
        for step in steps:
            self._points.reach(f"before {step}")
        applied = await self._messages.write(changes)
        for step in steps:
            self._points.reach(f"after {step}")
        return applied


def _steps_of(changes: Sequence[MessageChange]) -> list[str]:
    """A group contains both marks and settlements."""
    steps = []
    if any(it.state is MessageState.SENDING for it in changes):
        steps.append("mark")
    if any(it.state is MessageState.UNKNOWN for it in changes):
        steps.append("give up")
    ended = (MessageState.SENT, MessageState.REJECTED, MessageState.DEFERRED)
    if any(it.state in ended for it in changes):
        steps.append("settle")
    return steps


class _Leads(_Named):
    def __init__(self, inner: object, points: CrashPoints) -> None:
        super().__init__(
            inner,
            points,
            {"drained": "drained", "take_due": "take due", "enrol": "enrol", "renew": "renew lead"},
        )
        self._leads = cast(Leads, inner)
        self._points = points

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        does_send = any(it.outbox for it in commits)
        step = "commit a step that sends" if does_send else "commit a step that rests"
        self._points.reach(f"before {step}")
        won = await self._leads.commit(commits, token, at)
        self._points.reach(f"after {step}")
        return won


class CrashingDispatcher:
    """Logs each lead's job before it is dispatched."""

    def __init__(self, inner: Dispatcher, folder: Path, points: CrashPoints) -> None:
        self._inner = inner
        self._points = points
        self._dispatchings = Lines(folder / Dispatching.file_name)

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        at, pid = now(), os.getpid()
        of_leads = [it for it in jobs if not isinstance(it, RunJob)]
        self._dispatchings.write(*(Dispatching(at, pid, it.lead_id) for it in of_leads))
        self._points.reach("before dispatch")
        half = len(jobs) // 2
        if half:
            await self._inner.dispatch(jobs[:half])
            self._points.reach("amid dispatch")
        await self._inner.dispatch(jobs[half:])
        self._points.reach("after dispatch")

    async def ping(self) -> None:
        await self._inner.ping()

    async def close(self) -> None:
        await self._inner.close()


class _Connection:
    def __init__(self, inner: MailConnection, points: CrashPoints) -> None:
        self._inner = inner
        self._points = points

    async def open(self) -> Deferred | None:
        return await self._inner.open()

    async def send(self, envelope: Envelope) -> Outcome:
        self._points.reach("before send")
        outcome = await self._inner.send(envelope)
        self._points.reach("after send")
        return outcome


class CrashingTransport:
    def __init__(self, inner: MailTransport, points: CrashPoints) -> None:
        self._inner = inner
        self._points = points

    @property
    def connections_max(self) -> int:
        return self._inner.connections_max

    @property
    def connections_working(self) -> int:
        return self._inner.connections_working

    @property
    def connections_limit(self) -> int:
        return self._inner.connections_limit

    @property
    def message_seconds(self) -> float:
        return self._inner.message_seconds

    def limit_to(self, connections: int) -> None:
        self._inner.limit_to(connections)

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        return self._connection()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[MailConnection]:
        async with self._inner.connection() as connection:
            yield _Connection(connection, self._points)

    async def ping(self) -> None:
        await self._inner.ping()

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        return await self._inner.try_envelope(mail_from, rcpt_to)

    async def close(self) -> None:
        await self._inner.close()


def crashing_limiter(inner: Limiter | Unlimited, points: CrashPoints) -> Limiter:
    steps = {"ask": "ask limiter", "report": "tell limiter"}
    return cast(Limiter, _Named(inner, points, steps))


def crashing_store(inner: Store, folder: Path, points: CrashPoints) -> Store:
    claimings = Lines(folder / Claiming.file_name)
    markings = Lines(folder / Marking.file_name)

    def named(**steps: str) -> Callable[[object], object]:
        return lambda port: _Named(port, points, steps)

    return layered(
        inner,
        {
            "messages": lambda port: _Messages(port, points, claimings, markings),
            "leads": lambda port: _Leads(port, points),
            "journal": named(insert="journal", mark_rolled="counted"),
            "counts": named(save="count"),
            "jobs": named(save="save job"),
        },
    )
