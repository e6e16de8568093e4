"""A TCP proxy that delays answers, loses answers and resets connections, determined by a seed.

An answer is lost as a network loses it: the request went through, the server did its work, and the
connection ends before any byte of the answer arrives. Invariant: nothing is ever altered or
reordered, and every disturbance of a connection is logged. It knows no protocol.
"""

import asyncio
import contextlib
import random  # noqa: TID251 (chance is what this is about)
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.faults.lines import Fault, Lines, now

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Weather:
    """Probabilities per chunk of an answer; `delay_seconds_max` applies to each delayed chunk."""

    lose_answer: float = 0.0
    reset: float = 0.0
    delay: float = 0.0
    delay_seconds_max: float = 0.0


CALM = Weather()
ROUGH = Weather(lose_answer=0.003, reset=0.001, delay=0.05, delay_seconds_max=0.3)


class Proxy:
    """`with Proxy(…) as proxy:` runs in its own thread and loop; `weather` may be changed at any
    time.
    """

    def __init__(self, name: str, port: int, target_port: int, folder: Path, seed: int) -> None:
        self.weather = CALM
        self._name = name
        self.port = port
        self._target_port = target_port
        self._log = Lines(folder / Fault.file_name)
        self._chance = random.Random(f"{seed}/{name}")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._carrying: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._log.close()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)

    async def _close(self) -> None:
        self._server.close()
        for each in self._carrying:
            each.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._carrying.add(this)
        this.add_done_callback(self._carrying.discard)
        there: asyncio.StreamWriter | None = None
        try:
            with contextlib.suppress(OSError):
                from_server, there = await asyncio.open_connection(HOST, self._target_port)
                await self._join(reader, writer, from_server, there)
        finally:
            for end in (writer, there):
                if end is not None:
                    end.transport.abort()

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        there: asyncio.StreamWriter,
    ) -> None:
        """Forwards until either side, or the weather, ends the connection."""
        directions = {
            asyncio.ensure_future(self._carry(reader, there)),
            asyncio.ensure_future(self._carry_answers(from_server, writer)),
        }
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()

    async def _carry_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            weather = self.weather
            if self._happens(weather.delay):
                await asyncio.sleep(self._chance.uniform(0, weather.delay_seconds_max))
            if self._happens(weather.lose_answer):
                self._log.write(Fault(now(), f"{self._name}: answer lost"))
                return
            writer.write(chunk)
            await writer.drain()
            if self._happens(weather.reset):
                self._log.write(Fault(now(), f"{self._name}: connection reset"))
                return

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate
