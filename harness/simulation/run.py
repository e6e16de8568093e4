"""The long run: many seeds; prints the first that breaks a guarantee, with its trace."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from harness.simulation.scenario import Result, simulate

TRACE_SHOWN = 400
PROGRESS_EVERY_SECONDS = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m harness.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--store", choices=("sqlite", "mongo"), default="sqlite")
    parser.add_argument("--whole", action="store_true", help="print the whole trace")
    chosen = parser.parse_args()
    seeds = range(chosen.start, chosen.start + chosen.seeds)
    began = told = time.monotonic()
    done = steps = sends = crashes = unknown = 0
    for result in _results(seeds, chosen.jobs, chosen.store):
        done += 1
        steps += result.steps
        sends += result.sends
        crashes += result.crashes
        unknown += result.unknown
        if result.violations:
            sys.stdout.write(_failure(result, chosen.whole, chosen.store))
            return 1
        if time.monotonic() - told > PROGRESS_EVERY_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{done} of {len(seeds)} seeds, {done / (told - began):.1f}/s\n")
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"simulation: seeds={done} violations=0 steps={steps} sends={sends} crashes={crashes} "
        f"unknown={unknown} seconds={seconds:.0f}\n"
    )
    return 0


def _results(seeds: range, jobs: int, store: str) -> Iterator[Result]:
    play = simulate if store == "sqlite" else _on_mongo
    if jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(play, seeds, chunksize=4)


def _on_mongo(seed: int) -> Result:
    # Only when it is needed, because it starts a server.
    from harness.simulation import mongo

    return simulate(seed, mongo.open_mongo, mongo.SMALL)


def _failure(result: Result, whole: bool, store: str) -> str:
    """The part of the trace that concerns the violations, or all of it."""
    lines = list(result.trace)
    if not whole:
        about = {it.about.partition("/")[0] for it in result.violations}
        general = ("CRASH", "storm", "calm", "clock", "frozen", "wiped", "away", "DEFECT", "lost")
        lines = [
            it for it in lines if any(name in it for name in about) or any(w in it for w in general)
        ]
    found = [f"{it.invariant} {it.about}: {it.message}" for it in result.violations[:20]]
    return "\n".join(
        [
            *lines[-TRACE_SHOWN:],
            *found,
            f"seed {result.seed} breaks {len(result.violations)} promises; again, with all that "
            f"happened: python -m harness.simulation --seeds 1 --start {result.seed} --jobs 1 "
            f"--store {store} --whole",
            "",
        ]
    )
