"""Messages per second that the inbox stores on disk before answering, over 1, 4 and 16 connections.

`python -m bench.inbox [messages]` prints one line. The sender runs in this process and the inbox in
another, as on a developer's machine; messages have 12.7 KB, and connections are reused.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiosmtplib import SMTP

MESSAGE = (
    b"From: sender@example.com\r\nTo: reader@example.org\r\nSubject: Measured\r\n"
    b"Message-ID: <measured@example.com>\r\n\r\n" + (b"x" * 74 + b"\r\n") * 165
)


async def send(port: int, messages: int) -> None:
    client = SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    async with client:
        for _ in range(messages):
            await client.sendmail("sender@example.com", ["reader@example.org"], MESSAGE)


async def rate(port: int, connections: int, messages: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(send(port, messages // connections) for _ in range(connections)))
    return messages / (time.perf_counter() - started)


def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inbox = subprocess.Popen(
            [sys.executable, "-m", "local.inbox", "--path", str(Path(folder, "i.db")), "--port=0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert inbox.stdout is not None
            port = int(inbox.stdout.readline().rsplit(":", 1)[1])
            rates = {c: asyncio.run(rate(port, c, messages)) for c in (1, 4, 16)}
        finally:
            inbox.terminate()
            inbox.wait()
    shown = " ".join(f"connections_{c}={r:.0f}/s" for c, r in rates.items())
    print(f"inbox: messages={messages} bytes={len(MESSAGE)} {shown}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_200)
