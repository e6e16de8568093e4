"""Draw the imports between the areas of the service into ARCHITECTURE.md, between two markers.

    python scripts/draw_areas.py            writes the drawing
    python scripts/draw_areas.py --check    exit code 1 if the file shows other imports

The source tells how many modules of an area import another area; the order is that of the layers
contract in pyproject.toml. The root of functions/service, which every area receives, is left out.
"""

import ast
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.drawings import Drawing, run  # noqa: E402 (the line above makes it importable)

PACKAGE = "functions.service"


def layers(root: Path = ROOT) -> list[str]:
    """The areas, the lowest first."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = (it for it in contracts["contracts"] if it["type"] == "layers")
    return [it.strip("()") for it in reversed(contract["layers"])]


def imports(root: Path = ROOT) -> Counter[tuple[str, str]]:
    """How many modules of the first area import the second."""
    areas = layers(root)
    found: Counter[tuple[str, str]] = Counter()
    for area in areas:
        for path in sorted((root / PACKAGE.replace(".", "/") / area).rglob("*.py")):
            found.update((area, it) for it in _imported(path, areas) if it != area)
    return found


def _imported(path: Path, areas: list[str]) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{it.name}" for it in node.names)}
        elif isinstance(node, ast.Import):
            names |= {it.name for it in node.names}
    return {area for area in areas for it in names if f"{it}.".startswith(f"{PACKAGE}.{area}.")}


def drawing(root: Path = ROOT) -> str:
    areas, counts = layers(root), imports(root)
    upward = [(a, b) for a, b in counts if areas.index(b) > areas.index(a)]
    lines = ["", "| area | imports (number of modules) |", "|---|---|"]
    for area in reversed(areas):
        below = [f"{it} {counts[area, it]}" for it in areas if counts[area, it]]
        lines.append(f"| {area} | {', '.join(below) or 'none'} |")
    lines += ["", f"Imports upward: {len(upward)}. Circles: {len(_circles(counts))}.", ""]
    return "\n".join(lines) + "\n"


def _circles(counts: Counter[tuple[str, str]]) -> set[str]:
    """The areas that reach themselves."""
    reached = {a: {b for x, b in counts if x == a} for a, _ in counts}
    for _ in range(len(reached)):
        for below in reached.values():
            below |= {it for area in list(below) for it in reached.get(area, ())}
    return {area for area, below in reached.items() if area in below}


AREAS = Drawing("areas", "scripts/draw_areas.py", "other imports between areas", drawing)

if __name__ == "__main__":
    raise SystemExit(run(AREAS))
