"""What a row returns, and the table of all."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.relays.stand import Stand


@dataclass(frozen=True, slots=True)
class Result:
    """`mails`: how many were to be sent. `seconds`: None where they say nothing. `ratio`: to the
    seconds of the ideal, or of the right setting. `wrong`: empty if all is as wanted."""

    mails: int
    happened: str
    wrong: list[str]
    seconds: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`is_alone`: it measures time, so nothing else may run meanwhile."""

    name: str
    relay: str
    wanted: str
    play: Callable[[Stand], Result]
    is_alone: bool = False


def print_head() -> None:
    print(f"{'row':<10}{'relay':<42}{'wanted':<40}{'mails':>6}{'seconds':>9}{'ratio':>7}")
    print("-" * 114, flush=True)


def print_row(row: Row, result: Result) -> None:
    seconds = "" if result.seconds is None else f"{result.seconds:.1f}"
    ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
    print(f"{row.name:<10}{row.relay:<42}{row.wanted:<40}{result.mails:>6}{seconds:>9}{ratio:>7}")
    verdict = f"WRONG: {'; '.join(result.wrong)}. " if result.wrong else "right: "
    print(f"{'':<10}{verdict}{result.happened}", flush=True)
