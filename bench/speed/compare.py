"""Two versions in turn: `python -m bench.speed.compare OTHER --part sqlite`.

OTHER is a checkout of the version to compare with, set up by its own `make setup`. In each pair,
both versions run the bench once. The order changes from pair to pair, so that neither profits from
what else the machine does. A figure's ratio is above 1 where this version is better. The table has
the median of the ratios with its interval of at least 95 percent; exit code 1 if a figure of speed
has its whole interval below 0.97.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from math import comb
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.speed.run import PARTS

RATIO_MIN = 0.97
CONFIDENCE = 0.95
PAIRS_MIN = 7
HERE = Path(__file__).parents[2]

Figures = Mapping[str, tuple[float, str]]
"""Value and unit by part and name."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speed.compare", description=__doc__)
    parser.add_argument("other", type=Path, help="a checkout with a .venv of its own")
    parser.add_argument("--part", action="append", choices=PARTS, required=True)
    parser.add_argument("--pairs", type=int, default=PAIRS_MIN)
    given, rest = parser.parse_known_args()
    if given.pairs < PAIRS_MIN:
        parser.error(f"--pairs must be at least {PAIRS_MIN}, so that there is an interval")
    options = [*(word for part in given.part for word in ("--part", part)), "--rounds", "1", *rest]
    pairs: list[tuple[Figures, Figures]] = []
    for number in range(given.pairs):
        order = (HERE, given.other) if number % 2 else (given.other, HERE)
        found = {checkout: measured(checkout, options) for checkout in order}
        pairs.append((found[HERE], found[given.other]))
        print(f"pair {number + 1} of {given.pairs} is measured", flush=True)
    sys.exit(0 if shown(pairs) else 1)


def measured(checkout: Path, options: Sequence[str]) -> Figures:
    """The figures of one run. A missed target is the business of the bench itself."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [".venv/bin/python", "-m", "bench.speed", *options, "--json", str(path)]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        if not path.exists():
            sys.exit(f"The bench of {checkout} failed:\n{done.stdout}{done.stderr}")
        rows = json.loads(path.read_text())["figures"]
    return {f"{it['part']}: {it['name']}": (it["value"], it["unit"]) for it in rows}


def shown(pairs: Sequence[tuple[Figures, Figures]]) -> bool:
    """Prints the table; says whether no figure of speed is slower than allowed."""
    print(f"\n{'what':<52}{'here':>12}{'other':>12}  {'ratio':>6}  interval")
    kept = True
    for name, (_, unit) in pairs[0][0].items():
        if not all(name in other and other[name][0] > 0 < here[name][0] for here, other in pairs):
            continue
        is_speed = unit.endswith("/s")
        values = [(here[name][0], other[name][0]) for here, other in pairs]
        # Of times, sizes and processor time less is better; a ratio to a floor has no unit.
        more_is_better = is_speed or not unit
        ratios = [here / other if more_is_better else other / here for here, other in values]
        low, high = interval(ratios)
        ours, theirs = (median(column) for column in zip(*values, strict=True))
        row = f"{name[:51]:<52}{ours:>12,.5g}{theirs:>12,.5g}"
        print(f"{row}  {median(ratios):6.3f}  {low:.3f} to {high:.3f}  {unit}")
        kept = kept and not (is_speed and high < RATIO_MIN)
    return kept


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Where the true median lies, with at least `CONFIDENCE`, by the ranks of the sign test."""
    ordered = sorted(ratios)
    count = len(ordered)
    outside, rank = 0.0, 0
    while rank < count // 2:
        outside += 2 * comb(count, rank) / 2**count
        if outside > 1 - CONFIDENCE:
            break
        rank += 1
    return ordered[max(rank - 1, 0)], ordered[count - max(rank, 1)]


if __name__ == "__main__":
    main()
