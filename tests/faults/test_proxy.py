"""The bench's proxy: transparent in calm weather; in bad weather it loses answers to done work."""

import asyncio
from pathlib import Path

from bench.faults.lines import Fault
from bench.faults.proxy import Proxy, Weather
from harness.servers.child import free_port


async def asked(port: int, heard: list[bytes], proxy: Proxy, weather: Weather) -> bytes:
    """What comes back through the proxy from a server that echoes and records lines."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(heard[-1])
        await writer.drain()

    proxy.weather = weather
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    async with server:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"do it\n")
        try:
            return await reader.read(100)
        except ConnectionError:
            return b""
        finally:
            writer.close()


def test_calm_weather_changes_nothing(tmp_path: Path) -> None:
    """Request and answer pass unchanged, and nothing is logged."""
    port, heard = free_port(), list[bytes]()
    with Proxy("store proxy", free_port(), port, tmp_path, 0) as proxy:
        assert asyncio.run(asked(port, heard, proxy, Weather())) == b"do it\n"
    assert Fault.read(tmp_path) == []


def test_lost_answer_means_work_done(tmp_path: Path) -> None:
    """The server has the request, the client gets no answer, and the log says so."""
    port, heard = free_port(), list[bytes]()
    with Proxy("store proxy", free_port(), port, tmp_path, 0) as proxy:
        assert asyncio.run(asked(port, heard, proxy, Weather(lose_answer=1.0))) == b""
    assert heard == [b"do it\n"]
    assert [it.kind for it in Fault.read(tmp_path)] == ["store proxy: answer lost"]


def test_reset_comes_after_the_answer(tmp_path: Path) -> None:
    """The answer may still arrive; the connection is gone, and the log says so."""
    port, heard = free_port(), list[bytes]()
    with Proxy("store proxy", free_port(), port, tmp_path, 0) as proxy:
        asyncio.run(asked(port, heard, proxy, Weather(reset=1.0)))
    assert heard == [b"do it\n"]
    assert [it.kind for it in Fault.read(tmp_path)] == ["store proxy: connection reset"]
