"""A mail server that follows a script: it refuses, stalls or disconnects at any step.

Steps are "connect", the verbs of SMTP, "content" (the first bytes of a message have arrived) and
"final" (its last dot has arrived). Steps that the script does not mention succeed, except that RCPT
and DATA are out of order (503) after a refused MAIL or RCPT.
"""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

YES = {
    "connect": "220 ready",
    "EHLO": "250-scripted\r\n250-SIZE 10000000\r\n250 8BITMIME",
    "DATA": "354 go on",
    "final": "250 2.0.0 queued as 1",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
    "STARTTLS": "220 go on",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What the server does at a step: wait, answer, disconnect."""

    reply: str | None = None
    then_drop: bool = False
    after_seconds: float = 0


DROP = Act(then_drop=True)
STALL = Act(after_seconds=30, then_drop=True)


class _HungUp(Exception):  # noqa: N818 (a step of the script, not an error)
    pass


@dataclass
class ScriptedServer:
    """`script`: for each step, what happens the first time, the second time …"""

    script: dict[str, list[Act]] = field(default_factory=dict)
    ehlo: Sequence[str] = ()
    tls: ssl.SSLContext | None = None
    connections: int = 0
    open_now: int = 0
    open_most: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    raw_messages: list[bytes] = field(default_factory=list)
    reached: dict[str, asyncio.Event] = field(default_factory=dict)
    encrypted: int = 0
    port: int = 0

    def event(self, step: str) -> asyncio.Event:
        return self.reached.setdefault(step, asyncio.Event())

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["ScriptedServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            with suppress(_HungUp, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._converse(reader, writer)
        finally:
            self.open_now -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._act("connect", writer)
        is_refused = False
        while line := await reader.readline():
            command = line.decode().strip()
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            is_refused = is_refused and verb in ("RCPT", "DATA")
            code = await self._act(verb, writer, "503 out of order" if is_refused else None)
            if verb in ("MAIL", "RCPT"):
                is_refused |= not code.startswith("2")
            if verb == "DATA" and code == "354":
                await self._take_message(reader, writer)
            elif verb == "STARTTLS" and code == "220":
                assert self.tls is not None
                await writer.start_tls(self.tls)
                self.encrypted += 1
            elif verb == "QUIT":
                return

    async def _take_message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        lines = [await reader.readline()]
        if self.script.get("content"):
            await self._act("content", writer)
        while lines[-1] != b".\r\n":
            lines.append(await reader.readline())
            if not lines[-1]:
                raise _HungUp
        raw = b"".join(lines[:-1])
        self.raw_messages.append(raw)
        self.messages.append(
            b"".join(line.removeprefix(b".") for line in raw.splitlines(keepends=True))
        )
        await self._act("final", writer)

    async def _act(
        self, step: str, writer: asyncio.StreamWriter, otherwise: str | None = None
    ) -> str:
        self.event(step).set()
        planned = self.script.get(step)
        act = planned.pop(0) if planned else Act(otherwise or self._yes(step))
        if act.after_seconds:
            await asyncio.sleep(act.after_seconds)
        if act.reply is not None:
            writer.write(act.reply.encode("utf-8", "surrogateescape") + b"\r\n")
            await writer.drain()
        if act.then_drop:
            raise _HungUp
        return (act.reply or "")[:3]

    def _yes(self, step: str) -> str:
        if step == "EHLO" and self.ehlo:
            lines = ["scripted", *self.ehlo]
            return "\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])
        return YES.get(step, "250 ok")


def plain_auth(command: str) -> Mapping[str, str]:
    """Read `AUTH PLAIN …`."""
    _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
    return {"user": user, "password": password}
