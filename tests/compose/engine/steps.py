"""The output of a run: a line for each step, with its duration."""

import contextlib
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    began = time.monotonic()
    sys.stdout.write(f"  {text} … ")
    sys.stdout.flush()
    try:
        yield
    except BaseException:
        sys.stdout.write(f"failed after {time.monotonic() - began:.0f} s\n")
        raise
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()
