"""Workbooks, each read by a process of its own (`workbook_child`), which ends with its use."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from functions.service.audience.ports import (
    SheetRow,
    SheetSample,
    WorkbookBounds,
    WorkbookError,
    WorkbookFault,
)

OPEN_MAX = 3
"""Each holds its file in memory while it arrives. One at a time is unpacked."""
FRAME_BYTES_MAX = 64 * 1024 * 1024

_CHILD = Path(__file__).with_name("workbook_child.py")
_FAULTS: dict[int, WorkbookFault] = {
    signal.SIGXCPU: WorkbookFault.TOO_SLOW,
    # The parser ends the process if there is no memory; the system, if it has none either.
    signal.SIGABRT: WorkbookFault.TOO_LARGE,
    signal.SIGKILL: WorkbookFault.TOO_LARGE,
}


class ProcessWorkbooks:
    """`Workbooks`, of one event loop."""

    def __init__(self, bounds: WorkbookBounds | None = None) -> None:
        self._bounds = bounds or WorkbookBounds()
        self._turn = asyncio.Semaphore(1)
        self._open = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_Workbook"]:
        if self._open >= OPEN_MAX:
            raise WorkbookError(WorkbookFault.BUSY)
        self._open += 1
        try:
            workbook = _Workbook(await _start(self._bounds), self._turn)
            try:
                yield workbook
            finally:
                await workbook.close()
        finally:
            self._open -= 1


async def _start(bounds: WorkbookBounds) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-B", str(_CHILD), _packages(), json.dumps(asdict(bounds))),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )


def _packages() -> str:
    """The folder with the parser's package, which is not loaded here."""
    spec = find_spec("python_calamine")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parents[1])


class _Workbook:
    def __init__(self, child: Process, turn: asyncio.Semaphore) -> None:
        self._child = child
        self._turn = turn
        self._has_turn = False

    async def write(self, chunk: bytes) -> None:
        if chunk:
            await self._send(chunk)

    async def sheets(self) -> Sequence[SheetSample]:
        await self._turn.acquire()
        self._has_turn = True
        await self._send(b"")
        answer = await self._receive()
        return [
            SheetSample(it["name"], it["is_hidden"], [SheetRow(*row) for row in it["rows"]])
            for it in answer["sheets"]
        ]

    async def rows(self, index: int) -> AsyncIterator[Sequence[SheetRow]]:
        await self._send(str(index).encode())
        while rows := (await self._receive()).get("rows"):
            yield [SheetRow(*it) for it in rows]

    async def close(self) -> None:
        try:
            with suppress(ProcessLookupError):
                self._child.kill()
            # While there is something left to read, the end is not noticed.
            assert self._child.stdout is not None
            await self._child.stdout.read()
            await self._child.wait()
        finally:
            if self._has_turn:
                self._turn.release()

    async def _send(self, content: bytes) -> None:
        assert self._child.stdin is not None
        # If the process has ended, what it said before tells why.
        with suppress(ConnectionError):
            self._child.stdin.write(len(content).to_bytes(4, "big") + content)
            await self._child.stdin.drain()

    async def _receive(self) -> dict[str, Any]:
        """Raises WorkbookError."""
        assert self._child.stdout is not None
        try:
            size = int.from_bytes(await self._child.stdout.readexactly(4), "big")
            if size > FRAME_BYTES_MAX:
                raise WorkbookError(WorkbookFault.TOO_LARGE)
            answer: dict[str, Any] = json.loads(await self._child.stdout.readexactly(size))
        except asyncio.IncompleteReadError:
            ended = -await self._child.wait()
            raise WorkbookError(_FAULTS.get(ended, WorkbookFault.DAMAGED)) from None
        if "fault" in answer:
            raise WorkbookError(WorkbookFault(answer["fault"]))
        return answer
