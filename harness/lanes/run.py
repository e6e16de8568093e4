"""Runs lanes of steps in parallel, watches them, ends them together and sums them up.

A failed step does not keep the others from running, so that one run reports everything that is
wrong. A lane without output for minutes counts as hanging: its stacks are printed, and the run
ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from harness.lanes import descendants
from harness.lanes.reports import Case, read
from harness.patience import patience

LOOK_SECONDS = 0.2
TOLD_EVERY_SECONDS = 30.0
STILL_SECONDS_MAX = 300.0
"""On a quiet machine."""
END_SECONDS_MAX = 15.0
STOOD_STILL = 124
"""The exit code, as for timeout(1)."""


@dataclass(frozen=True, slots=True)
class Step:
    """`report`: the file to which the command writes its test results; without one, the step counts
    as one test. `tells`: the beginning of the output line that ends the summary.
    """

    name: str
    command: Sequence[str]
    report: Path | None = None
    tells: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """`niceness`: how much its processes yield to others that want the processor."""

    name: str
    steps: Sequence[Step]
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has ended."""

    step: Step
    seconds: float
    processor_seconds: float
    exit_code: int
    cases: list[Case]


@dataclass
class Track:
    """A running lane."""

    lane: Lane
    log: Path
    done: list[Done] = field(default_factory=list)
    child: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    size: int = 0
    grew_at: float = 0.0

    @property
    def is_over(self) -> bool:
        return len(self.done) == len(self.lane.steps)

    @property
    def has_failed(self) -> bool:
        return any(it.exit_code for it in self.done)

    @property
    def step(self) -> Step:
        return self.lane.steps[len(self.done)]

    def look(self) -> None:
        """Read new output, and start the next step if one has ended."""
        now, size = time.monotonic(), self.log.stat().st_size
        if size != self.size:
            self.size, self.grew_at = size, now
        before = _children_seconds()
        if self.child is not None and self.child.poll() is not None:
            self._finish(self.child.returncode, _children_seconds() - before)
        if self.child is None and not self.is_over:
            self._begin()

    def _begin(self) -> None:
        if self.step.report is not None:
            self.step.report.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            output.write(f"\n=== {self.step.name}\n".encode())
            output.flush()
            self.child = subprocess.Popen(
                ["nice", "-n", str(self.lane.niceness), *self.step.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
                # We pass on a Ctrl-C ourselves.
                start_new_session=True,
            )
        self.began = self.grew_at = time.monotonic()

    def _finish(self, exit_code: int, processor_seconds: float) -> None:
        seconds = time.monotonic() - self.began
        cases = _cases(self.step, seconds, exit_code)
        self.done.append(Done(self.step, seconds, processor_seconds, exit_code, cases))
        self.child = None

    def still_seconds(self) -> float:
        return 0.0 if self.is_over else time.monotonic() - self.grew_at

    def last_lines(self) -> str:
        """The latest output, which says what the step is doing."""
        if self.is_over:
            return "failed" if self.has_failed else "done"
        lines = self.log.read_text(errors="replace").rstrip().splitlines()
        return f"{self.step.name}: {lines[-1][-60:] if lines else ''}"


def run(
    lanes: Sequence[Lane], folder: Path, still_seconds_max: float | None = None
) -> tuple[list[Track], int]:
    """The results of the lanes, and the exit code of the first step that failed. Raises
    KeyboardInterrupt on SIGTERM too; in every case no process is left.
    """
    still_seconds_max = still_seconds_max or patience(STILL_SECONDS_MAX)
    folder.mkdir(parents=True, exist_ok=True)
    tracks = [Track(it, folder / f"{it.name}.log") for it in lanes]
    for it in tracks:
        it.log.write_bytes(b"")
    descendants.adopt_orphans()
    with _sigterm_interrupts():
        try:
            exit_code = _watch(tracks, still_seconds_max)
            if exit_code == 0:
                _name_left()
        finally:
            descendants.end_all(END_SECONDS_MAX)
    failed = [done.exit_code for it in tracks for done in it.done if done.exit_code]
    return tracks, exit_code or next(iter(failed), 0)


def _watch(tracks: Sequence[Track], still_seconds_max: float) -> int:
    """Runs until all have ended. Returns an exit code if one of them hangs."""
    began = told = time.monotonic()
    while not all(it.is_over for it in tracks):
        for it in tracks:
            it.look()
        stuck = [it for it in tracks if it.still_seconds() > still_seconds_max]
        if stuck:
            names = " and ".join(it.lane.name for it in stuck)
            _say(f"The lane {names} has said nothing for {still_seconds_max:.0f} s.")
            _say(descendants.end_with_stacks(END_SECONDS_MAX))
            return STOOD_STILL
        now = time.monotonic()
        if now - told > TOLD_EVERY_SECONDS:
            told = now
            _say(f"{now - began:5.0f} s  " + " | ".join(f"{it.last_lines()}" for it in tracks))
        time.sleep(LOOK_SECONDS)
    return 0


def _children_seconds() -> float:
    """The processor time of all children that have been waited for, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def _cases(step: Step, seconds: float, exit_code: int) -> list[Case]:
    """The cases of a step that has ended. A failed step has at least one failure."""
    outcome = "failed" if exit_code else "passed"
    if step.report is None:
        return [Case(step.name, seconds, outcome)]
    try:
        cases = read(step.report)
    except (OSError, ValueError):
        return [Case(f"{step.name} (no report)", seconds, "failed")]
    if exit_code and not any(it.outcome == "failed" for it in cases):
        cases.append(Case(f"{step.name} (exit code {exit_code})", 0, "failed"))
    return cases


def _environment() -> dict[str, str]:
    ours = {key: value for key, value in os.environ.items() if "MAKE" not in key}  # noqa: TID251
    return {**ours, "PYTHONFAULTHANDLER": "1"}


def _name_left() -> None:
    left = descendants.descendants()
    if left:
        _say("Left behind, and ended:")
    for pid in left:
        _say(f"  {pid}: {descendants.command_of(pid)}")


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        # Only once: a second signal must not interrupt the clean-up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt), signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
