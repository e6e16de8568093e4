"""The floor: what one process sends with aiosmtplib alone, without store, broker or rendering."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiosmtplib

from bench.speed.campaign import address
from bench.speed.sink import CapturingSink, Ledger

CONNECTIONS = 16
SENDER = "ann@example.com"


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds`: from connecting to the last answer; `cpu_seconds`: of the sending process."""

    seconds: float
    ledger: Ledger
    cpu_seconds: float


def measure(sink: CapturingSink, contents: Sequence[bytes], count: int) -> Run:
    ledger = sink.fresh_ledger()
    cpu_before = time.process_time()
    seconds = asyncio.run(_send_all(sink.port, contents, count))
    cpu_seconds = time.process_time() - cpu_before
    ledger.read_on()
    return Run(seconds, ledger, cpu_seconds)


async def _send_all(port: int, contents: Sequence[bytes], count: int) -> float:
    numbers = iter(range(count))
    began = time.perf_counter()
    await asyncio.gather(*(_send_some(port, contents, numbers) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


async def _send_some(port: int, contents: Sequence[bytes], numbers: Iterator[int]) -> None:
    """Contents repeat; recipients do not."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    async with client:
        for number in numbers:
            content = contents[number % len(contents)]
            await client.sendmail(SENDER, [address(number)], content)
