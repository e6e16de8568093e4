"""`python -m tests.compose.engine full|short`; its last line is the verdict."""

import fcntl
import signal
import sys
import time
from pathlib import Path

from tests.compose.engine import kept
from tests.compose.engine.enclosure import own_cgroup, run_enclosed
from tests.compose.engine.failures import NotRunError, StoryError
from tests.compose.engine.obstacles import obstacle
from tests.compose.engine.steps import step
from tests.compose.engine.tools import Tools

SECONDS_MAX = {"full": 2700.0, "short": 300.0}
"""The time limit of a whole run, so that a hanging run ends."""


def main(story: str) -> int:
    # A run that is stopped cleans up like one that finished.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    try:
        _run(story)
    except NotRunError as reason:
        print(f"compose: not run, because {reason}")
        return 0
    except StoryError as failure:
        print(f"compose: failed: {failure}")
        return 1
    except KeyboardInterrupt:
        print("compose: failed: it was interrupted")
        return 128 + signal.SIGINT
    print(f"all of it in {time.monotonic() - began:.0f} s")
    print("compose: verified")
    return 0


def _run(story: str) -> None:
    """Raises NotRunError, StoryError."""
    found = obstacle()
    if found is not None:
        raise NotRunError(found)
    folder = kept.folder()
    tools = Tools(folder)
    if story == "short" and not (tools.are_there and kept.built() == kept.keys()):
        raise NotRunError(
            "its images are not built on this machine, or of other sources; "
            "make test-compose builds them"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        _lock(lock.fileno(), folder)
        print(f"compose on a container engine, {story}:")
        if not tools.are_there:
            with step("unpack the engine"):
                tools.unpack()
        arguments = ["-m", "tests.compose.engine.inside", story, own_cgroup()]
        if run_enclosed(tools, arguments, seconds_max=SECONDS_MAX[story]) != 0:
            raise StoryError("see above")


def _lock(number: int, folder: Path) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoryError(f"another run is using {folder}") from None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
