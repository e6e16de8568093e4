"""Drawings in ARCHITECTURE.md that are generated from the code, each between two markers."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "ARCHITECTURE.md"


@dataclass(frozen=True)
class Drawing:
    """`name` and `script` appear in its markers; `other` completes "ARCHITECTURE.md shows …"."""

    name: str
    script: str
    other: str
    draw: Callable[[], str]

    @property
    def begin(self) -> str:
        return f"<!-- {self.name}: drawn by {self.script} -->"

    @property
    def end(self) -> str:
        return f"<!-- end of {self.name} -->"

    def placed(self, page: str, drawn: str) -> str:
        """Raises SystemExit if the markers are missing or out of order."""
        before, begin, rest = page.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise SystemExit(f"ARCHITECTURE.md lacks the markers\n{self.begin}\n{self.end}")
        return f"{before}{self.begin}\n{drawn}{self.end}{after}"


def run(drawing: Drawing, page: Path = PAGE) -> int:
    """The command line of a drawing: writes the page, or compares it with `--check`."""
    parser = argparse.ArgumentParser(description=f"Draw {drawing.name} into ARCHITECTURE.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    text = page.read_text(encoding="utf-8")
    wanted = drawing.placed(text, drawing.draw())
    if text == wanted:
        return 0
    if arguments.check:
        sys.stderr.write(f"ARCHITECTURE.md shows {drawing.other}: run `make format`\n")
        return 1
    page.write_text(wanted, encoding="utf-8")
    return 0
