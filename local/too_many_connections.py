"""The answer of our own mail servers to a connection over their cap."""

import asyncio


class TooManyConnections(asyncio.Protocol):
    """Refuses the connection, and closes it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
        transport.close()
