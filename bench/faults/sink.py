"""A mail server that writes each message to disk before it answers, and misbehaves as a seed
determines.

The fate of a message follows from the seed, its recipient and the number of attempts for that
recipient; the fate of a connection follows from the seed and its number. Invariant: a message is in
the ledger before its 250 leaves, and every message with an outcome that its sender cannot know is
in the log of misdeeds. It knows nothing about the system that sends.
"""

import argparse
import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

from bench.faults.lines import Accepted, Lines, Misdeed, now
from bench.faults.peers import kill_peer
from harness.simulation.world import as_of_key

HOST = "127.0.0.1"
PORT_FILE = "sink-port"
"""The file in its folder with the address on which it listens."""
CONTENT_BYTES_MAX = 1 << 20
_NODE = re.compile(rb"^Subject: \[([A-Za-z0-9-]+)\]", re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rates:
    """Probabilities. The first two are per connection, the others per message; at most one applies
    to a message.
    """

    refuse_connection: float = 0.0
    """421 instead of a greeting."""
    black_hole: float = 0.0
    """Connected, but no answer at all."""
    put_off: float = 0.0
    """451 at RCPT."""
    refuse_recipient: float = 0.0
    """550 at RCPT."""
    refuse_data: float = 0.0
    """554 at DATA."""
    refuse_content: float = 0.0
    """552 after the final dot: the message was not kept."""
    drop_before_data: float = 0.0
    drop_kept: float = 0.0
    """The connection drops after the final dot, and the message is in the ledger."""
    drop_lost: float = 0.0
    """The same, but the message is not in the ledger."""
    stall: float = 0.0
    """The answer to the final dot takes `STALL_SECONDS`."""

    @classmethod
    def usual(cls, scale: float = 1.0) -> "Rates":
        """As in docs/faults.md, multiplied by `scale`."""
        return cls(
            **dict.fromkeys(("refuse_connection", "black_hole", "put_off"), 0.1 * scale),
            refuse_recipient=0.1 * scale,
            refuse_data=0.05 * scale,
            refuse_content=0.05 * scale,
            drop_before_data=0.1 * scale,
            drop_kept=0.01 * scale,
            drop_lost=0.01 * scale,
            stall=0.02 * scale,
        )


STALL_SECONDS = 4.0
"""Longer than a message takes, but shorter than the content timeout of the bench's workers."""
_OF_CONNECTIONS = ("refuse_connection", "black_hole")
_OF_MESSAGES = tuple(field.name for field in fields(Rates) if field.name not in _OF_CONNECTIONS)


def drawn(rates: Rates, kinds: Sequence[str], *what: object) -> str | None:
    """Which of `kinds` applies here, if any; repeated calls give the same answer."""
    digest = sha256("/".join(map(str, what)).encode()).digest()
    share = int.from_bytes(digest[:6], "big") / (1 << 48)
    for kind in kinds:
        share -= getattr(rates, kind)
        if share < 0:
            return kind
    return None


class _HangUp(Exception):  # noqa: N818 (it ends a conversation; it is no error)
    pass


class Sink:
    """`kill_file`: while this file exists, the next sender to transmit a final dot is killed before
    the answer; the file's content says whether the message is kept first.
    """

    def __init__(self, folder: Path, seed: int, rates: Rates) -> None:
        self._ledger = Lines(folder / Accepted.file_name)
        self._misdeeds = Lines(folder / Misdeed.file_name)
        self._kill_file = folder / "kill-at-final-dot"
        self._folder = folder
        self._seed = seed
        self.rates = rates
        self._connections = 0
        self._attempts: Counter[str] = Counter()

    async def serve(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._converse, HOST, port, limit=CONTENT_BYTES_MAX)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        kind = drawn(self.rates, _OF_CONNECTIONS, self._seed, "connection", self._connections)
        try:
            if kind is not None:
                self._note(kind)
            if kind == "refuse_connection":
                writer.write(b"421 too busy\r\n")
                await writer.drain()
            elif kind == "black_hole":
                await reader.read()
            else:
                await _Conversation(self, reader, writer).run()
        except (_HangUp, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()

    def befalls(self, recipient: str) -> str | None:
        """The fate of this attempt to send to `recipient`."""
        self._attempts[recipient] += 1
        return drawn(self.rates, _OF_MESSAGES, self._seed, recipient, self._attempts[recipient])

    def _note(self, kind: str, recipient: str | None = None, message_id: str | None = None) -> None:
        self._misdeeds.write(Misdeed(now(), kind, recipient, message_id))

    def note(self, kind: str, recipient: str, message_id: str | None = None) -> None:
        self._note(kind, recipient, message_id)

    def accept(self, message_id: str, recipient: str, content: bytes) -> None:
        found = _NODE.search(content)
        node = found[1].decode() if found else "?"
        self._ledger.write(Accepted(now(), message_id, recipient, node, len(content)))

    def armed(self) -> str | None:
        """Returns `kept` or `lost` if the sender must be killed now, and disarms."""
        taken = self._kill_file.with_suffix(".taken")
        with contextlib.suppress(FileNotFoundError):
            self._kill_file.rename(taken)
            return taken.read_text()
        return None

    def kill_sender(self, port: int) -> bool:
        return kill_peer(port, self._folder, "at the final dot")


class _Conversation:
    """One connection, following RFC 5321, without extensions."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._sink = sink
        self._reader = reader
        self._writer = writer
        self._recipient = ""
        self._fate: str | None = None

    async def run(self) -> None:
        await self._say("220 sink")
        while True:
            line = await self._reader.readuntil(b"\r\n")
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    await self._say("250 sink")
                case "MAIL" | "RSET" | "NOOP":
                    await self._say("250 ok")
                case "RCPT":
                    await self._take_recipient(rest)
                case "DATA":
                    await self._take_content()
                case "QUIT":
                    await self._say("221 bye")
                    return
                case _:
                    await self._say("502 not here")

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()

    def _misbehave(self, message_id: str | None = None) -> None:
        assert self._fate is not None
        self._sink.note(self._fate, self._recipient, message_id)

    async def _take_recipient(self, rest: str) -> None:
        self._recipient = rest.partition("<")[2].partition(">")[0]
        self._fate = self._sink.befalls(self._recipient)
        match self._fate:
            case "put_off":
                self._misbehave()
                await self._say("451 4.3.0 later")
            case "refuse_recipient":
                self._misbehave()
                await self._say("550 5.1.1 nobody here")
            case "drop_before_data":
                self._misbehave()
                raise _HangUp
            case _:
                await self._say("250 ok")

    async def _take_content(self) -> None:
        if self._fate == "refuse_data":
            self._misbehave()
            await self._say("554 5.7.1 not this")
            return
        await self._say("354 go on")
        content = await self._reader.readuntil(b"\r\n.\r\n")
        found = _MESSAGE_ID.search(content)
        message_id = as_of_key(found[1].decode()) if found else "?"
        armed = self._sink.armed()
        if armed is not None:
            await self._end_sender(armed, message_id, content)
        if self._fate == "refuse_content":
            self._misbehave(message_id)
            await self._say("552 5.3.4 too much")
            return
        if self._fate in ("drop_kept", "drop_lost", "stall"):
            self._misbehave(message_id)
        if self._fate == "stall":
            await asyncio.sleep(STALL_SECONDS)
        if self._fate != "drop_lost":
            self._sink.accept(message_id, self._recipient, content)
        if self._fate in ("drop_kept", "drop_lost"):
            raise _HangUp
        await self._say("250 2.0.0 kept")

    async def _end_sender(self, armed: str, message_id: str, content: bytes) -> None:
        if armed == "kept":
            self._sink.accept(message_id, self._recipient, content)
        port = self._writer.get_extra_info("peername")[1]
        # Searching for the peer reads all of /proc, so it runs off the loop.
        await asyncio.to_thread(self._sink.kill_sender, port)
        raise _HangUp


async def _serve(folder: Path, seed: int, rates: Rates) -> None:
    sink = Sink(folder, seed, rates)
    server = await sink.serve(0)
    # Another process may have taken a port that was chosen beforehand.
    waiting = folder / f"{PORT_FILE}.new"
    waiting.write_text(str(server.sockets[0].getsockname()[1]))
    waiting.rename(folder / PORT_FILE)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rates", default=json.dumps(asdict(Rates())), help="JSON")
    given = parser.parse_args()
    rates = replace(Rates(), **json.loads(given.rates))
    asyncio.run(_serve(given.folder, given.seed, rates))


if __name__ == "__main__":
    main()
