"""`python -m harness.lanes`: `make test` after the set-up."""

import sys
from collections.abc import Sequence
from pathlib import Path

from harness.lanes.run import Lane, Step, run
from harness.lanes.summary import summary

REPORTS = Path("build/test-reports")
PYTHON = ".venv/bin/python"

SPREAD = ("--dist", "worksteal")
WHOLE_FILES = ("--dist", "loadfile")
"""A stack that the tests of a file share is started once, not in each worker."""


def main() -> int:
    try:
        tracks, exit_code = run(lanes(), REPORTS)
    except KeyboardInterrupt:
        sys.stdout.write("Interrupted; everything is ended.\n")
        return 130
    for line in summary(tracks):
        sys.stdout.write(f"{line}\n")
    return exit_code


def lanes() -> Sequence[Lane]:
    """Steps that only need a processor yield to steps that wait for servers and browsers, and the
    one that takes longest fills what the others leave."""
    return [
        Lane(
            "checks",
            [
                _make("check-python"),
                _make("check-frontend"),
                _make("test-frontend", "vitest.json"),
            ],
            niceness=2,
        ),
        Lane("python", [_pytest("python", "not servers and not long", *SPREAD)], niceness=4),
        Lane("servers", [_pytest("servers", "servers and not long", *WHOLE_FILES), _compose()]),
        Lane("browser", [_make("test-browser", "browser.json"), _make("test-team", "team.json")]),
    ]


def _make(target: str, report: str | None = None) -> Step:
    return Step(target, ["make", "-s", target], REPORTS / report if report else None)


def _compose() -> Step:
    return Step("test-compose-short", ["make", "-s", "test-compose-short"], tells="compose:")


def _pytest(name: str, markers: str, *options: str) -> Step:
    report = REPORTS / f"{name}.xml"
    written = ["-n", "3", "--junitxml", str(report), "-m", markers, *options]
    return Step(f"pytest: {name}", [PYTHON, "-m", "pytest", *written], report)


sys.exit(main())
