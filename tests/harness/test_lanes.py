"""The runner of `make test`: it reports the results of its lanes and leaves no process behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from harness.lanes.reports import Case, read
from harness.lanes.run import STOOD_STILL
from harness.patience import patience, until

PROGRAM = """
import sys
from pathlib import Path
from harness.lanes.run import Lane, Step, run
from harness.lanes.summary import summary

folder, still_seconds_max = Path(sys.argv[1]), float(sys.argv[2])
lanes = []
for number, it in enumerate(sys.argv[3:]):
    tells = "told:" if "told:" in it else None
    lanes.append(Lane(f"lane{number}", [Step("step", [sys.executable, "-c", it], tells=tells)]))
try:
    tracks, exit_code = run(lanes, folder, still_seconds_max)
except KeyboardInterrupt:
    sys.exit(130)
print("\\n".join(summary(tracks)))
sys.exit(exit_code)
"""
HANG_ABOUT = """
import time
def hang_about():
    time.sleep(3600)
hang_about()
"""
LEAVE_A_CHILD = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {HANG_ABOUT!r}], start_new_session=True)
"""


def begin(folder: Path, *programs: str, still_seconds_max: float = 300) -> subprocess.Popen[str]:
    """A run whose lanes each run one Python program."""
    arguments = [sys.executable, "-c", PROGRAM, str(folder), str(still_seconds_max), *programs]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def played(folder: Path, *programs: str, still_seconds_max: float = 300) -> tuple[int, str]:
    """Exit code and output of a run that ends by itself."""
    running = begin(folder, *programs, still_seconds_max=still_seconds_max)
    said, _ = running.communicate(timeout=patience(60))
    return running.returncode, said


def test_a_run_ends_with_its_counts_and_the_line_of_a_step(tmp_path: Path) -> None:
    """Each lane writes its own log, which is not shown if everything passes."""
    code, said = played(tmp_path, "print('fine')", "print('told: all of it')")
    assert code == 0
    assert said.splitlines()[-3:] == [
        "",
        "2 passed, 0 failed",
        "told: all of it",
    ]
    assert "fine" not in said
    assert "fine" in (tmp_path / "lane0.log").read_text()


def test_a_step_that_fails_is_shown_in_full_and_keeps_no_other_from_running(
    tmp_path: Path,
) -> None:
    """The run has its exit code."""
    code, said = played(tmp_path, "print('why'); raise SystemExit(7)", "print('fine')")
    assert code == 7
    assert "\nwhy\n" in said
    assert "\nfine\n" not in said
    assert "\n1 passed, 1 failed\n" in said


def test_a_lane_that_hangs_is_ended_with_all_stacks(tmp_path: Path) -> None:
    """Including those of its children, whose errors go to a file; the other lanes end with it."""
    log = tmp_path / "server.log"
    program = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {HANG_ABOUT!r}], stderr=open({str(log)!r}, "w"))
def wait_in_vain():
    import threading
    threading.Event().wait()
wait_in_vain()
"""
    chatty = "import time\nwhile True: print('.', flush=True); time.sleep(0.1)"
    code, said = played(tmp_path, program, chatty, still_seconds_max=patience(2))
    assert code == STOOD_STILL
    assert "The lane lane0 has said nothing for" in said
    assert "in wait_in_vain" in said
    assert f"--- {log}" in said
    assert "in hang_about" in said
    assert "\n0 passed, 2 failed\n" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    """Including grandchildren in their own sessions."""
    running = begin(tmp_path, LEAVE_A_CHILD + HANG_ABOUT)
    it = psutil.Process(running.pid)
    until(lambda: len(it.children(recursive=True)) == 2)
    started = it.children(recursive=True)
    running.send_signal(number)
    assert running.wait(patience(60)) == 130
    assert not any(map(is_there, started))


def test_what_a_step_leaves_behind_is_named_and_ended(tmp_path: Path) -> None:
    """Although its parent has ended."""
    code, said = played(tmp_path, LEAVE_A_CHILD)
    assert code == 0
    assert "Left behind, and ended:" in said
    assert "def hang_about" in said


def test_reports_of_pytest_are_read(tmp_path: Path) -> None:
    """Failures and errors alike have failed."""
    report = tmp_path / "python.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.flow.test_keys" name="test_a[1]"'
        ' time="1.5"/><testcase classname="tests.t" name="test_b" time="0"><failure/></testcase>'
        '<testcase classname="tests.t" name="test_c" time="0"><error/></testcase>'
        '<testcase classname="tests.t" name="test_d" time="0"><skipped/></testcase>'
        "</testsuite></testsuites>"
    )
    assert read(report) == [
        Case("tests/flow/test_keys.py::test_a[1]", 1.5, "passed"),
        *(Case(f"tests/t.py::test_{it}", 0, "failed") for it in "bc"),
        Case("tests/t.py::test_d", 0, "skipped"),
    ]


def test_reports_of_vitest_are_read(tmp_path: Path) -> None:
    """A file that could not be loaded counts as failed, although it has no test."""
    cases = [
        {"fullName": "adds", "status": "passed", "duration": 250.0},
        {"fullName": "takes", "status": "failed", "duration": None},
        {"fullName": "later", "status": "todo"},
    ]
    files = [
        {"name": "/x/sums.test.ts", "status": "failed", "assertionResults": cases},
        {"name": "/x/broken.test.ts", "status": "failed", "assertionResults": []},
    ]
    assert read_json(tmp_path, {"testResults": files}) == [
        Case("sums.test.ts › adds", 0.25, "passed"),
        Case("sums.test.ts › takes", 0, "failed"),
        Case("sums.test.ts › later", 0, "skipped"),
        Case("broken.test.ts", 0, "failed"),
    ]


def test_reports_of_playwright_are_read(tmp_path: Path) -> None:
    """However deep its suites are; a test that passed only on a retry counts as failed."""

    def spec(title: str, status: str) -> object:
        results = [{"duration": 400}, {"duration": 100}]
        return {
            "title": title,
            "file": "a.spec.ts",
            "tests": [{"status": status, "results": results}],
        }

    inner = {"specs": [spec("two", "unexpected"), spec("three", "flaky")]}
    suite = {"specs": [spec("one", "expected"), spec("four", "skipped")], "suites": [inner]}
    assert read_json(tmp_path, {"suites": [suite]}) == [
        Case("a.spec.ts › one", 0.5, "passed"),
        Case("a.spec.ts › four", 0.5, "skipped"),
        Case("a.spec.ts › two", 0.5, "failed"),
        Case("a.spec.ts › three", 0.5, "failed"),
    ]


def read_json(folder: Path, report: object) -> Sequence[Case]:
    path = folder / "report.json"
    path.write_text(json.dumps(report))
    return read(path)


def is_there(it: psutil.Process) -> bool:
    """Whether the process is running; a zombie has ended."""
    return it.is_running() and it.status() != psutil.STATUS_ZOMBIE
