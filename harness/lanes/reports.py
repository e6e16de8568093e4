"""Reads the test reports of pytest, Vitest and Playwright into one form."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Case:
    """`outcome`: passed, failed or skipped."""

    name: str
    seconds: float
    outcome: str


def read(path: Path) -> list[Case]:
    """Raises OSError if there is no report, ValueError if it is truncated."""
    if path.suffix == ".xml":
        try:
            return list(_of_pytest(ElementTree.parse(path).getroot()))
        except ElementTree.ParseError as problem:
            raise ValueError(str(problem)) from problem
    report = json.loads(path.read_text())
    return list(_of_vitest(report) if "testResults" in report else _of_playwright(report))


def _of_pytest(root: ElementTree.Element) -> Iterator[Case]:
    for it in root.iter("testcase"):
        outcome = "passed"
        if it.find("failure") is not None or it.find("error") is not None:
            outcome = "failed"
        elif it.find("skipped") is not None:
            outcome = "skipped"
        name = f"{it.get('classname', '').replace('.', '/')}.py::{it.get('name')}"
        yield Case(name, float(it.get("time", 0)), outcome)


def _of_vitest(report: dict[str, Any]) -> Iterator[Case]:
    outcomes = {"passed": "passed", "failed": "failed"}
    for file in report["testResults"]:
        where = Path(file["name"]).name
        for it in file["assertionResults"]:
            seconds = (it.get("duration") or 0) / 1000
            yield Case(
                f"{where} › {it['fullName']}", seconds, outcomes.get(it["status"], "skipped")
            )
        if file["status"] == "failed" and not file["assertionResults"]:
            # The test file could not be loaded.
            yield Case(where, 0, "failed")


def _of_playwright(suite: dict[str, Any]) -> Iterator[Case]:
    outcomes = {"expected": "passed", "unexpected": "failed", "flaky": "failed"}
    for spec in suite.get("specs", []):
        for it in spec["tests"]:
            seconds = sum(result["duration"] for result in it["results"]) / 1000
            name = f"{spec['file']} › {spec['title']}"
            yield Case(name, seconds, outcomes.get(it["status"], "skipped"))
    for inner in suite.get("suites", []):
        yield from _of_playwright(inner)
