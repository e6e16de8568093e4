"""Processor time that each command of the command line needs to start:

`python -m bench.startup`. Measures `--help` of every command, and the commands that call the API
against a port on which nothing listens, that is, everything except the API's response. It takes the
user and system time of the child, the minimum of several runs. Exit code 1 if one takes longer than
`SECONDS_MAX`.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence

import click

from local.cli.main import app

SECONDS_MAX = 0.4
RUNS = 3
NOBODY = ("--url", "http://127.0.0.1:9")
ASKING: tuple[tuple[str, ...], ...] = (
    ("campaign", "list"),
    ("campaign", "status", "c"),
    ("lead", "show", "c", "l"),
    ("dead-letters", "list"),
    ("doctor",),
)


def commands(group: click.Group = app, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The arguments that call each command, including groups."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def calls() -> Iterator[tuple[str, ...]]:
    """The measured calls."""
    yield from ((*command, "--help") for command in commands())
    yield ("token",)
    yield from ((*command, *NOBODY) for command in ASKING)


def processor_seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "local.cli", *command], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    slow = 0
    for command in calls():
        seconds = min(processor_seconds(command) for _ in range(RUNS))
        slow += seconds > SECONDS_MAX
        print(f"{seconds:.2f} s  emailbuilder {' '.join(command)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
