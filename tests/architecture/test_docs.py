"""The pages agree with the code: drawings, words and links."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from functions.flow.executor import TRANSITIONS
from functions.flow.lead import LeadStatus, Reason, State
from functions.flow.outcome import Outcome
from functions.service.jobs.records import JobKind
from functions.service.sending.records import MessageState
from scripts import draw_areas, draw_transitions
from scripts.drawings import Drawing, run
from tests.architecture.source import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
NOT_AS_SPECIFIED = "0007"
ADDED = {
    name
    for patch in (ROOT / "examples" / "extend").glob("*.patch")
    for name in re.findall(r"^\+\+\+ b/(\S+)$", patch.read_text(), re.MULTILINE)
}


DRAWINGS = [draw_areas.AREAS, draw_transitions.DRAWN]


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda it: it.name)
def test_drawing_is_what_the_code_says(drawing: Drawing) -> None:
    """As `make check` does: the page equals what the script would write."""
    done = subprocess.run(
        [sys.executable, ROOT / drawing.script, "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_drawing_has_every_pair_of_the_table() -> None:
    """Each with at least one resulting state."""
    drawn = draw_transitions.drawing(TRANSITIONS)
    for state, kind in TRANSITIONS:
        assert re.search(rf"^\| {state} \| {kind.__name__} \| [a-z, ]+ \|$", drawn, re.MULTILINE)


def test_drawing_of_another_table_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removed transition is noticed; after writing, the page is right again."""
    page = tmp_path / "ARCHITECTURE.md"
    fewer = dict(TRANSITIONS)
    fewer.popitem()
    text = (ROOT / "ARCHITECTURE.md").read_text()
    page.write_text(draw_transitions.DRAWN.placed(text, draw_transitions.drawing(fewer)))
    monkeypatch.setattr(sys, "argv", ["draw_transitions.py", "--check"])
    assert run(draw_transitions.DRAWN, page) == 1
    monkeypatch.setattr(sys, "argv", ["draw_transitions.py"])
    assert run(draw_transitions.DRAWN, page) == 0
    assert page.read_text() == text


def test_page_without_markers_is_refused() -> None:
    """The script does not write to an arbitrary place."""
    with pytest.raises(SystemExit, match="markers"):
        draw_transitions.DRAWN.placed("# Architecture\n", "drawn")


def test_import_upward_and_the_circle_it_closes_are_drawn(tmp_path: Path) -> None:
    """Campaigns may import content; the reverse is an upward import and closes a cycle."""
    shutil.copytree(ROOT / "functions" / "service", tmp_path / "functions" / "service")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert "Imports upward: 0. Circles: 0." in draw_areas.drawing(tmp_path)
    file = tmp_path / "functions" / "service" / "content" / "addressed.py"
    file.write_text(file.read_text() + "\nfrom functions.service.campaigns import edit\n")
    assert "Imports upward: 1. Circles: 2." in draw_areas.drawing(tmp_path)


WORDS = [
    *(it.value for it in LeadStatus),
    *(it.value for it in Reason),
    *(it.value for it in State),
    *(it.value for it in MessageState),
    *(it.value for it in JobKind),
    *(kind.__name__.lower() for kind in Outcome.__args__),
    *("campaign", "flow", "flow version", "port", "connection", "contact", "lead", "event"),
    *("step", "effect", "job", "outcome", "journal"),
    *("launch", "plan", "commit", "dispatch", "claim", "send", "settle", "sweep"),
]


@pytest.mark.parametrize("word", sorted(set(WORDS)))
def test_glossary_has_the_word(word: str) -> None:
    """States and reasons as the code spells them, and the words of the style."""
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    assert re.search(rf"\b{re.escape(word)}\b", glossary), word


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Links to files of the project exist; links to other places are not checked."""
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [*PAGES], ids=lambda it: it.relative_to(ROOT).as_posix())
def test_files_named_are_there(page: Path) -> None:
    """Python files in backticks, from the root or from `functions/`, or added by an example."""
    for name in re.findall(r"`([a-z_/]+\.py)`", page.read_text()):
        is_there = any((folder / name).exists() for folder in (ROOT, ROOT / "functions"))
        assert is_there or name in ADDED, name


@pytest.mark.parametrize("page", DECISIONS, ids=lambda it: it.stem)
def test_decision_is_a_page_with_its_three_parts(page: Path) -> None:
    """Context, decision, consequences; the page of differences is a table instead."""
    text = page.read_text()
    assert re.match(rf"# {page.stem[:4]} \S", text)
    assert text.count("\n") <= 60
    if not page.stem.startswith(NOT_AS_SPECIFIED):
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_gaps() -> None:
    """So that a number always names the same page."""
    assert [page.stem[:4] for page in DECISIONS] == [
        f"{number:04}" for number in range(1, len(DECISIONS) + 1)
    ]
