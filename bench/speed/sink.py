"""Postfix's smtp-sink with a capture file, and the messages in it.

Floor and stack are measured against the same sink, including the capture, so neither has an easier
server. If possible, the file is in memory, because writing it to disk would compete with the
store's fsync. The capture contains what the sink acknowledged, one transaction after another; each
is preceded by the sink's own lines, which do not count as bytes of the message.
"""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.servers.smtp_sink import SmtpSink

SHARED_MEMORY = Path("/dev/shm")
PORTION_BYTES = 64 * 1024 * 1024
"""The capture is set aside and removed in portions of this size, so that it stays bounded."""
_ENVELOPE = re.compile(
    rb"X-Client-Addr: [^\n]*\n(?:X-[^\n]*\n)*?X-Rcpt-Args: <([^>\n]*)>[^\n]*\n"
    rb"Received: [^\n]*\n(?:\t[^\n]*\n)+(?=[^\t])"
)
"""The line before each message; a message counts only if the rest was written too."""
_ENVELOPE_BYTES_MAX = 2048


class Ledger:
    """Recipients and bytes in a capture file; continues reading where it stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recipients: Counter[bytes] = Counter()
        self.bytes_all = 0
        self._parts: list[tuple[Path, int, bytes]] = []
        self._portions = 0

    @property
    def path(self) -> Path:
        return self.folder / "capture"

    @property
    def messages(self) -> int:
        return self.recipients.total()

    def read_on(self) -> int:
        """How many messages have arrived so far."""
        if not self._parts and self.path.exists():
            self._parts.append((self.path, 0, b""))
        self._parts = [self._read(*part) for part in self._parts]
        if self._parts and self._parts[-1][1] > PORTION_BYTES:
            self._set_aside()
        return self.messages

    def _read(self, path: Path, start: int, rest: bytes) -> tuple[Path, int, bytes]:
        with path.open("rb") as file:
            file.seek(start)
            fresh = file.read()
        text = rest + fresh
        end = 0
        for found in _ENVELOPE.finditer(text):
            self.recipients[found[1]] += 1
            self.bytes_all -= found.end() - found.start()
            end = found.end()
        self.bytes_all += len(fresh)
        keep = max(end, len(text) - _ENVELOPE_BYTES_MAX)
        return path, start + len(fresh), text[keep:]

    def _set_aside(self) -> None:
        """The sink opens the file again for each message, so the next one goes into a new file. A
        message in progress still ends in the old file, which is read once more before it is
        removed.
        """
        if len(self._parts) > 1:
            self._parts.pop(0)[0].unlink()
        path, start, rest = self._parts.pop()
        self._portions += 1
        aside = path.rename(self.folder / f"capture.{self._portions}")
        self._parts.append((aside, start, rest))
        self.path.touch(mode=0o666)
        self.path.chmod(0o666)
        self._parts.append((self.path, 0, b""))


class CapturingSink(SmtpSink):
    """`ledger` contains what has arrived since the last `fresh_ledger`."""

    def __init__(self) -> None:
        super().__init__()
        place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        self._captures = Path(tempfile.mkdtemp(prefix="emailbuilder-sink-", dir=place))
        # The sink drops its privileges before it writes.
        self._captures.chmod(0o777)
        self.ledger = Ledger(self._captures)

    def command(self) -> Sequence[str]:
        program, *rest = super().command()
        return [program, "-D", str(self.ledger.path), *rest]

    def fresh_ledger(self) -> Ledger:
        """Forget what has arrived so far. No message may be in flight."""
        for file in self._captures.iterdir():
            file.unlink()
        self.ledger = Ledger(self._captures)
        return self.ledger

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, problem, trace)
        shutil.rmtree(self._captures, ignore_errors=True)

    def __enter__(self) -> Self:
        super().__enter__()
        return self
