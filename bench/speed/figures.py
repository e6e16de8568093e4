"""The table, and the same as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """`target`: the minimum, or with `is_at_most` the maximum. `runs`: the figure is their median.
    `note`: its peculiarities.
    """

    part: str
    name: str
    value: float
    unit: str
    runs: int = 1
    target: float | None = None
    is_at_most: bool = False
    note: str = ""

    @property
    def is_kept(self) -> bool:
        if self.target is None:
            return True
        return self.value <= self.target if self.is_at_most else self.value >= self.target


def of_runs(
    part: str,
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    is_at_most: bool = False,
    note: str = "",
) -> Figure:
    """The median; the note shows the spread of the runs."""
    if len(values) > 1:
        spread = f"{_shown(min(values))} to {_shown(max(values))}"
        note = f"{spread}; {note}" if note else spread
    return Figure(part, name, median(values), unit, len(values), target, is_at_most, note)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that a `share` of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def print_row(figure: Figure) -> None:
    """Printed as soon as the figure is known."""
    target = ""
    if figure.target is not None:
        sign = "≤" if figure.is_at_most else "≥"
        target = f"{sign} {figure.target:g} {'kept' if figure.is_kept else 'MISSED'}"
    value = f"{_shown(figure.value)} {figure.unit}"
    shown = f"{figure.part:<8}{figure.name:<42}{value:>18}  {figure.runs:>4}  {target:<15}"
    print(shown + figure.note, flush=True)


def print_head(conditions: Mapping[str, str]) -> None:
    for name, text in conditions.items():
        print(f"{name:<14}{text}")
    print(f"\n{'part':<8}{'what':<42}{'median':>18}  runs  {'target':<15}spread, note")
    print("-" * 110, flush=True)


def write_json(path: Path, conditions: Mapping[str, str], figures: Sequence[Figure]) -> None:
    rows = [{**asdict(it), "is_kept": it.is_kept} for it in figures]
    text = json.dumps({"conditions": conditions, "figures": rows}, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n")


def _shown(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
